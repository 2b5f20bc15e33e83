//! What all calls that make a file have in common.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::sensitive;
use crate::encoding::{HeaderLimit, check_file_name, shown};
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::model::{ALGORITHM, Capability, EncryptionSetting, FileInfo, FileRetention, LegalHold};
use crate::secret::Secret;

/// The content type that lets B2 choose one by the file name.
pub const AUTO_CONTENT_TYPE: &str = "b2/x-auto";

pub(super) const SSE: HeaderName = HeaderName::from_static("x-bz-server-side-encryption");
pub(super) const SSE_C_ALGORITHM: HeaderName =
    HeaderName::from_static("x-bz-server-side-encryption-customer-algorithm");
pub(super) const SSE_C_KEY: HeaderName =
    HeaderName::from_static("x-bz-server-side-encryption-customer-key");
pub(super) const SSE_C_KEY_MD5: HeaderName =
    HeaderName::from_static("x-bz-server-side-encryption-customer-key-md5");

/// The properties of a file about to be made that are checked, and sent, the same way everywhere.
#[derive(Clone, Copy)]
pub(super) struct NewFile<'a> {
    pub(super) name: &'a str,
    pub(super) info: &'a FileInfo,
    pub(super) encryption: Option<&'a EncryptionSetting>,
    pub(super) retention: Option<&'a FileRetention>,
    pub(super) legal_hold: Option<LegalHold>,
}

impl NewFile<'_> {
    /// The file info with the id of the SSE-C key.
    pub(super) fn info_to_send(&self) -> Result<FileInfo, Error> {
        let mut info = self.info.clone();
        if let Some(encryption) = self.encryption {
            encryption.add_key_id_to_file_info(&mut info)?;
        }
        Ok(info)
    }

    /// The same, for a body.
    pub(super) fn info_as_json(&self) -> Json<'static> {
        match self.info_to_send() {
            Ok(info) => info.into_json(),
            Err(error) => Json::unsayable(&error),
        }
    }

    pub(super) fn check(&self, limit: HeaderLimit) -> Result<(), Error> {
        check_file_name(self.name)?;
        if let Some(encryption) = self.encryption {
            encryption.check()?;
        }
        if let Some(retention) = self.retention {
            retention.check()?;
        }
        if let Some(hold) = self.legal_hold {
            hold.to_request()?;
        }
        let encrypted =
            self.encryption.is_some_and(|encryption| *encryption != EncryptionSetting::None);
        let locked = self.retention.is_some() || self.legal_hold.is_some();
        let limit = if encrypted || locked { HeaderLimit::Advanced } else { limit };
        self.info_to_send()?.check(self.name, limit)
    }

    pub(super) fn also_needs(&self) -> Vec<Capability> {
        let retention = self.retention.map(|_| Capability::WRITE_FILE_RETENTIONS);
        let hold = self.legal_hold.map(|_| Capability::WRITE_FILE_LEGAL_HOLDS);
        retention.into_iter().chain(hold).collect()
    }
}

/// Adds the header `Content-Type`.
pub(super) fn insert_content_type(
    headers: &mut HeaderMap,
    content_type: &str,
) -> Result<(), Error> {
    let problem = || {
        let shown = shown(content_type);
        Error::new(
            ErrorKind::InvalidInput,
            format!("'{shown}' is no content type; '{AUTO_CONTENT_TYPE}' lets B2 choose"),
        )
    };
    if content_type.is_empty() {
        return Err(problem());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).map_err(|_| problem())?);
    Ok(())
}

/// Adds the three headers that carry a client's own key.
pub(super) fn insert_sse_c(
    headers: &mut HeaderMap,
    encryption: &EncryptionSetting,
) -> Result<(), Error> {
    encryption.check()?;
    if let Some(key) = encryption.key() {
        headers.insert(SSE_C_ALGORITHM, HeaderValue::from_static(ALGORITHM));
        let secret = Secret::new(key.to_base64().unwrap_or_default());
        headers.insert(SSE_C_KEY, sensitive(&secret)?);
        let md5 = Secret::new(key.md5().unwrap_or_default());
        headers.insert(SSE_C_KEY_MD5, sensitive(&md5)?);
    }
    Ok(())
}

/// Whether a `403 access_denied` is likely to be about the client's own key, because one was involved.
pub(super) fn blame_sse_c(error: Error, settings: &[Option<&EncryptionSetting>]) -> Error {
    let involved = settings.iter().flatten().any(|setting| setting.key().is_some());
    if involved && error.kind() == ErrorKind::AccessDenied && error.status() == Some(403) {
        let message = "the SSE-C key is probably not the one the file is encrypted with; the server refused access";
        return error.with_kind(ErrorKind::SseCKey).with_message(message);
    }
    error
}
