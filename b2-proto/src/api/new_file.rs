//! The description of a file to create, which uploads, large files and copies share.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{invalid, put};
use crate::account::Authorization;
use crate::content_type::AUTO_CONTENT_TYPE;
use crate::encoding::{HeaderLimit, check_file_name, encode, shown};
use crate::error::{Error, ErrorKind};
use crate::http::Headers;
use crate::http::names::{
    CONTENT_TYPE, CUSTOM_UPLOAD_TIMESTAMP, FILE_NAME, INFO_PREFIX, LEGAL_HOLD, RETAIN_UNTIL,
    RETENTION_MODE, SSE, SSE_C_ALGORITHM, SSE_C_KEY, SSE_C_KEY_MD5,
};
use crate::model::{
    ALGORITHM, BucketId, Capability, EncryptionSetting, FileInfo, FileRetention, LegalHold,
};
use crate::time::Timestamp;

/// A file to create: everything about it except its bucket and its content.
///
/// ```
/// use b2_proto::api::NewFile;
/// use b2_proto::model::FileInfo;
///
/// let mut file = NewFile::new("2024/ship.jpg");
/// file.content_type = "image/jpeg".to_owned();
/// file.file_info = FileInfo::new().with("color", "red").with_cache_control("max-age=3600");
/// file.check()?;
/// # Ok::<(), b2_proto::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NewFile {
    /// The name, in which slashes separate folders.
    pub file_name: String,
    /// The MIME type. The default, [`AUTO_CONTENT_TYPE`], lets B2 choose one by the extension of the name.
    #[serde(default = "auto_content_type")]
    pub content_type: String,
    /// The file info: custom metadata, and headers of later downloads such as `Cache-Control`. Requests add the id of
    /// an SSE-C key.
    #[serde(default)]
    pub file_info: FileInfo,
    /// The server-side encryption. `None` uses the bucket's default.
    #[serde(rename = "serverSideEncryption")]
    pub encryption: Option<EncryptionSetting>,
    /// The file retention. `None` uses the bucket's default.
    #[serde(rename = "fileRetention")]
    pub retention: Option<FileRetention>,
    /// The legal hold. `None` sets none.
    pub legal_hold: Option<LegalHold>,
    /// The upload time to record instead of the actual one. B2 enables this for some accounts only.
    #[serde(default, deserialize_with = "timestamp_from_text")]
    pub custom_upload_timestamp: Option<Timestamp>,
}

impl NewFile {
    /// Creates the description of a file with defaults for everything but the name.
    #[must_use]
    pub fn new(file_name: impl Into<String>) -> Self {
        Self {
            file_name: file_name.into(),
            content_type: auto_content_type(),
            file_info: FileInfo::new(),
            encryption: None,
            retention: None,
            legal_hold: None,
            custom_upload_timestamp: None,
        }
    }

    /// Checks what B2 would refuse: the name, the content type, the file info and the settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFileName`], [`ErrorKind::InvalidFileInfo`] or [`ErrorKind::InvalidInput`].
    pub fn check(&self) -> Result<(), Error> {
        check_content_type(&self.content_type)?;
        self.check_settings()
    }

    /// Checks everything except the content type.
    pub(super) fn check_settings(&self) -> Result<(), Error> {
        check_file_name(&self.file_name)?;
        if let Some(encryption) = &self.encryption {
            if *encryption == EncryptionSetting::None {
                return Err(invalid(
                    "B2 encrypts all new files; choose SSE-B2 or SSE-C, or leave it to the bucket's default",
                ));
            }
            encryption.check()?;
        }
        if let Some(retention) = &self.retention {
            retention.check()?;
        }
        if let Some(hold) = self.legal_hold {
            hold.to_request()?;
        }
        let advanced =
            self.encryption.is_some() || self.retention.is_some() || self.legal_hold.is_some();
        let limit = if advanced { HeaderLimit::Advanced } else { HeaderLimit::Ordinary };
        self.info_to_send()?.check(&self.file_name, limit)
    }

    /// Checks that a key may create this file with `len` bytes in the bucket, and that the realm accepts it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`], [`ErrorKind::RestrictedBucket`], [`ErrorKind::ContentTypeNotAllowed`] or
    /// [`ErrorKind::MaxFileSizeExceeded`].
    pub fn check_allowed(
        &self,
        authorization: &Authorization,
        bucket_id: &BucketId,
        len: Option<u64>,
    ) -> Result<(), Error> {
        authorization.require(&Capability::WRITE_FILES)?;
        for capability in self.also_needs() {
            authorization.require(&capability)?;
        }
        authorization.allowed.check_bucket_id(bucket_id)?;
        authorization.allowed.check_file_name(&self.file_name)?;
        let Some(limits) = &authorization.allowed.uploads else {
            return Ok(());
        };
        limits.check_content_type(&self.content_type)?;
        len.map_or(Ok(()), |len| limits.check_size(len))
    }

    /// Returns the capabilities that the settings need besides [`Capability::WRITE_FILES`].
    #[must_use]
    pub fn also_needs(&self) -> Vec<Capability> {
        let mut needs = Vec::new();
        if self.retention.is_some() {
            needs.push(Capability::WRITE_FILE_RETENTIONS);
        }
        if self.legal_hold.is_some() {
            needs.push(Capability::WRITE_FILE_LEGAL_HOLDS);
        }
        needs
    }

    /// Returns the file info with the id of the SSE-C key.
    pub(super) fn info_to_send(&self) -> Result<FileInfo, Error> {
        let mut info = self.file_info.clone();
        if let Some(encryption) = &self.encryption {
            encryption.add_key_id_to_file_info(&mut info)?;
        }
        Ok(info)
    }

    /// Returns the headers of `b2_upload_file` that describe the file.
    pub(super) fn headers(&self) -> Result<Headers, Error> {
        let mut headers = Headers::new();
        put(&mut headers, FILE_NAME, &encode(&self.file_name))?;
        put(&mut headers, CONTENT_TYPE, &self.content_type)?;
        for (name, value) in self.info_to_send()?.iter() {
            put(&mut headers, &format!("{INFO_PREFIX}{name}"), &encode(value))?;
        }
        match &self.encryption {
            None => {}
            Some(EncryptionSetting::SseB2) => put(&mut headers, SSE, ALGORITHM)?,
            Some(other) => push_sse_c(&mut headers, other)?,
        }
        if let Some(hold) = self.legal_hold {
            put(&mut headers, LEGAL_HOLD, hold.to_request()?)?;
        }
        if let Some(FileRetention::Until { mode, until }) = &self.retention {
            put(&mut headers, RETENTION_MODE, &mode.to_string())?;
            put(&mut headers, RETAIN_UNTIL, &until.as_millis().to_string())?;
        }
        if let Some(timestamp) = self.custom_upload_timestamp {
            put(&mut headers, CUSTOM_UPLOAD_TIMESTAMP, &timestamp.as_millis().to_string())?;
        }
        Ok(headers)
    }
}

impl From<String> for NewFile {
    fn from(file_name: String) -> Self {
        Self::new(file_name)
    }
}

impl From<&str> for NewFile {
    fn from(file_name: &str) -> Self {
        Self::new(file_name)
    }
}

/// The fields of `b2_start_large_file` that describe the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewFileJson<'a> {
    file_name: &'a str,
    content_type: &'a str,
    #[serde(skip_serializing_if = "FileInfo::is_empty")]
    file_info: FileInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_encryption: Option<&'a EncryptionSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_retention: Option<&'a FileRetention>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_hold: Option<LegalHold>,
    /// Decimal text, unlike every other timestamp of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_upload_timestamp: Option<String>,
}

impl Serialize for NewFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let timestamp = self.custom_upload_timestamp;
        let json = NewFileJson {
            file_name: &self.file_name,
            content_type: &self.content_type,
            file_info: self.info_to_send().map_err(S::Error::custom)?,
            server_side_encryption: self.encryption.as_ref(),
            file_retention: self.retention.as_ref(),
            legal_hold: self.legal_hold,
            custom_upload_timestamp: timestamp.map(|time| time.as_millis().to_string()),
        };
        json.serialize(serializer)
    }
}

fn auto_content_type() -> String {
    AUTO_CONTENT_TYPE.to_owned()
}

fn timestamp_from_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    match text.parse() {
        Ok(millis) => Ok(Some(Timestamp::from_millis(millis))),
        Err(_) => Err(D::Error::custom("it is not a number of milliseconds")),
    }
}

/// Refuses content types that no server accepts: empty ones, control characters, characters beyond ASCII.
fn check_content_type(content_type: &str) -> Result<(), Error> {
    if !content_type.is_empty() && content_type.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Ok(());
    }
    let shown = shown(content_type);
    Err(invalid(format!("'{shown}' is no content type; '{AUTO_CONTENT_TYPE}' lets B2 choose")))
}

/// Adds the three headers of an SSE-C key.
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

/// Turns `403 access_denied` into [`ErrorKind::SseCKey`] if the request had an SSE-C key, the likely cause.
pub(super) fn blame_sse_c(error: Error, settings: &[Option<&EncryptionSetting>]) -> Error {
    let involved = settings.iter().flatten().any(|setting| setting.key().is_some());
    if involved && error.kind() == ErrorKind::AccessDenied && error.status() == Some(403) {
        let message = "the SSE-C key is probably not the one the file is encrypted with; the server refused access";
        return error.with_kind(ErrorKind::SseCKey).with_message(message);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EncryptionKey;

    #[test]
    fn round_trips_through_json() {
        let mut file = NewFile::new("a/b.txt");
        let least = r#"{"fileName":"a/b.txt","contentType":"b2/x-auto"}"#;
        assert_eq!(serde_json::to_string(&file).unwrap(), least);
        assert_eq!(serde_json::from_str::<NewFile>(least).unwrap(), file);
        file.content_type = "text/plain".to_owned();
        file.file_info = FileInfo::new().with("color", "red");
        file.encryption = Some(EncryptionSetting::SseB2);
        file.retention = Some(FileRetention::governance(Timestamp::from_millis(9)));
        file.legal_hold = Some(LegalHold::On);
        file.custom_upload_timestamp = Some(Timestamp::from_millis(5));
        let text = serde_json::to_string(&file).unwrap();
        assert!(text.contains(r#""customUploadTimestamp":"5""#), "{text}");
        assert_eq!(serde_json::from_str::<NewFile>(&text).unwrap(), file);
    }

    /// B2 refuses mode `none` for new files.
    #[test]
    fn an_unencrypted_file_cannot_be_requested() {
        let mut file = NewFile::new("a");
        file.encryption = Some(EncryptionSetting::None);
        let error = file.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("SSE-B2"), "{error}");
        for encryption in
            [EncryptionSetting::SseB2, EncryptionSetting::SseC(EncryptionKey::new([1; 32]))]
        {
            file.encryption = Some(encryption);
            file.check().unwrap();
        }
    }
}
