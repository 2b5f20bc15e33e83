//! What all calls that make a file have in common.

use alloc::vec::Vec;

use super::put;
use crate::encoding::{HeaderLimit, check_file_name, shown};
use crate::error::{Error, ErrorKind};
use crate::http::Headers;
use crate::http::names::{CONTENT_TYPE, SSE_C_ALGORITHM, SSE_C_KEY, SSE_C_KEY_MD5};
use crate::model::{ALGORITHM, Capability, EncryptionSetting, FileInfo, FileRetention, LegalHold};

/// The content type that lets B2 choose one by the file name.
pub const AUTO_CONTENT_TYPE: &str = "b2/x-auto";

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
        let encrypted = !matches!(self.encryption, None | Some(EncryptionSetting::None));
        let locked = self.retention.is_some() || self.legal_hold.is_some();
        let limit = if encrypted || locked { HeaderLimit::Advanced } else { limit };
        self.info_to_send()?.check(self.name, limit)
    }

    pub(super) fn also_needs(&self) -> Vec<Capability> {
        let mut needs = Vec::new();
        if self.retention.is_some() {
            needs.push(Capability::WRITE_FILE_RETENTIONS);
        }
        if self.legal_hold.is_some() {
            needs.push(Capability::WRITE_FILE_LEGAL_HOLDS);
        }
        needs
    }
}

/// Adds the header `Content-Type`.
pub(super) fn push_content_type(headers: &mut Headers, content_type: &str) -> Result<(), Error> {
    check_content_type(content_type)?;
    put(headers, CONTENT_TYPE, content_type)
}

/// Refuses what no server takes for a content type: nothing, control characters, letters beyond ASCII.
pub(super) fn check_content_type(content_type: &str) -> Result<(), Error> {
    if !content_type.is_empty() && content_type.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Ok(());
    }
    let shown = shown(content_type);
    let text = format!("'{shown}' is no content type; '{AUTO_CONTENT_TYPE}' lets B2 choose");
    Err(Error::new(ErrorKind::InvalidInput, text))
}

/// Adds the three headers that carry a client's own key.
pub(super) fn push_sse_c(
    headers: &mut Headers,
    encryption: &EncryptionSetting,
) -> Result<(), Error> {
    encryption.check()?;
    if let Some(key) = encryption.key() {
        put(headers, SSE_C_ALGORITHM, ALGORITHM)?;
        put(headers, SSE_C_KEY, &key.to_base64().unwrap_or_default())?;
        put(headers, SSE_C_KEY_MD5, key.md5().unwrap_or_default())?;
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
