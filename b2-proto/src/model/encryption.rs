//! Server-side encryption.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use super::FileInfo;
use super::encryption_key::{EncryptionKey, EncryptionKeyId};
use super::readable::{Reported, Wrapper};
use crate::error::{Error, ErrorKind};

/// The only algorithm that B2 supports.
pub(crate) const ALGORITHM: &str = "AES256";

/// The server-side encryption of a file, or of the new files of a bucket.
///
/// Serializing produces the form of requests, which contains an SSE-C key in plain text and not the id of the key,
/// which belongs to the file info. Settings that [`check`](Self::check) refuses are an error. Deserializing also
/// accepts the form of responses.
///
/// ```
/// use b2_proto::model::EncryptionSetting;
///
/// let text = serde_json::to_string(&EncryptionSetting::SseB2)?;
/// assert_eq!(text, r#"{"mode":"SSE-B2","algorithm":"AES256"}"#);
/// assert_eq!(serde_json::from_str::<EncryptionSetting>(&text)?, EncryptionSetting::SseB2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Option<EncryptionFields>")]
#[non_exhaustive]
pub enum EncryptionSetting {
    /// No encryption.
    #[default]
    None,
    /// AES-256 with a key that B2 manages.
    SseB2,
    /// AES-256 with a key that the client sends with every request and B2 does not store.
    SseC(EncryptionKey),
    /// The application key may not read the setting.
    Unknown,
    /// A mode that this version does not know.
    Other(String),
}

impl EncryptionSetting {
    /// Returns the name of the mode: `none`, `SSE-B2`, `SSE-C`, or `None` if it is unknown.
    #[must_use]
    pub fn mode(&self) -> Option<&str> {
        match self {
            Self::None => Some("none"),
            Self::SseB2 => Some("SSE-B2"),
            Self::SseC(_) => Some("SSE-C"),
            Self::Unknown => None,
            Self::Other(mode) => Some(mode),
        }
    }

    /// Returns the algorithm, `AES256`, of a mode that encrypts.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&'static str> {
        match self {
            Self::SseB2 | Self::SseC(_) => Some(ALGORITHM),
            Self::None | Self::Unknown | Self::Other(_) => None,
        }
    }

    /// Returns the customer's key, in mode SSE-C.
    #[must_use]
    pub const fn key(&self) -> Option<&EncryptionKey> {
        match self {
            Self::SseC(key) => Some(key),
            _ => None,
        }
    }

    /// Returns whether the setting is unknown.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Returns whether the setting can be the default of a bucket: B2 encrypts all new files, and stores no SSE-C key.
    #[must_use]
    pub const fn can_be_bucket_default(&self) -> bool {
        matches!(self, Self::SseB2)
    }

    /// Returns whether both are the same encryption with the same key, or `None` if that is not known.
    ///
    /// A setting that B2 reports never contains the key itself. Keys are therefore compared by their MD5 if both have
    /// one, and by their ids otherwise.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::SseC(ours), Self::SseC(theirs)) => ours.same_as(theirs),
            _ => Some(self.mode() == other.mode()),
        }
    }

    /// Sets the id of the SSE-C key of an existing file to the one in its file info.
    pub(crate) fn with_id_from(self, info: &FileInfo) -> Self {
        match self {
            Self::SseC(key) => {
                let id = info.sse_c_key_id().map(|id| EncryptionKeyId::Id(id.to_owned()));
                Self::SseC(key.without_secret().with_key_id(id.unwrap_or_default()))
            }
            other => other,
        }
    }

    /// Adds the id of an SSE-C key to the info of a new file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the id is [`EncryptionKeyId::Unknown`], and
    /// [`ErrorKind::InvalidFileInfo`] if the info contains another id.
    pub fn add_key_id_to_file_info(&self, info: &mut FileInfo) -> Result<(), Error> {
        match self.key().map(EncryptionKey::id) {
            None | Some(EncryptionKeyId::None) => Ok(()),
            Some(EncryptionKeyId::Id(id)) => info.insert_unambiguous(FileInfo::SSE_C_KEY_ID, id),
            Some(EncryptionKeyId::Unknown) => Err(Error::new(
                ErrorKind::InvalidInput,
                "the id of the SSE-C key is unknown; say which id a new file shall carry, or that it carries none",
            )),
        }
    }

    /// Checks that a request can contain the setting.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the mode or an SSE-C key is not known.
    pub fn check(&self) -> Result<(), Error> {
        let problem = match self {
            Self::None | Self::SseB2 => return Ok(()),
            Self::SseC(key) if key.is_known() => return Ok(()),
            Self::SseC(_) => "the SSE-C key itself is not known; B2 never tells it, so give it",
            Self::Unknown => "an unknown encryption cannot be asked for; choose one",
            Self::Other(_) => "this version does not know the encryption mode",
        };
        Err(Error::new(ErrorKind::InvalidInput, problem))
    }
}

/// The JSON object of an [`EncryptionSetting`] when it is read. Every field may be null or absent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct EncryptionFields {
    mode: Option<String>,
    customer_key: Option<String>,
    customer_key_md5: Option<String>,
    is_client_authorized_to_read: Option<bool>,
}

impl TryFrom<Option<EncryptionFields>> for EncryptionSetting {
    type Error = Error;

    fn try_from(fields: Option<EncryptionFields>) -> Result<Self, Error> {
        let Some(fields) = fields else { return Ok(Self::None) };
        if fields.is_client_authorized_to_read == Some(false) {
            return Ok(Self::Unknown);
        }
        Ok(match fields.mode.as_deref() {
            None | Some("none") => Self::None,
            Some("SSE-B2") => Self::SseB2,
            Some("SSE-C") => Self::SseC(match fields.customer_key {
                Some(key) => EncryptionKey::from_base64(&key)?.with_unknown_id(),
                None => EncryptionKey::reported(fields.customer_key_md5),
            }),
            Some(_) => Self::Other(fields.mode.unwrap_or_default()),
        })
    }
}

/// The JSON object of an [`EncryptionSetting`] when it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenEncryption<'a> {
    mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_key_md5: Option<&'a str>,
}

impl<'a> WrittenEncryption<'a> {
    fn without_key(setting: &'a EncryptionSetting) -> Self {
        Self {
            mode: setting.mode(),
            algorithm: setting.algorithm(),
            customer_key: None,
            customer_key_md5: setting.key().and_then(EncryptionKey::md5),
        }
    }
}

impl Serialize for EncryptionSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check().map_err(S::Error::custom)?;
        let customer_key = self.key().and_then(EncryptionKey::to_base64);
        WrittenEncryption { customer_key, ..WrittenEncryption::without_key(self) }
            .serialize(serializer)
    }
}

impl Reported for EncryptionSetting {
    fn serialize_reported<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_unknown() {
            return Wrapper::<()>::WITHHELD.serialize(serializer);
        }
        WrittenEncryption::without_key(self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::model::readable::AsReported;

    fn sse_c(byte: u8) -> EncryptionKey {
        EncryptionKey::new([byte; 32])
    }

    #[test]
    fn wire_forms() {
        let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
        let setting = EncryptionSetting::SseC(sse_c(7).with_id("id"));
        let sent = serde_json::to_value(&setting).unwrap();
        assert_eq!(sent["mode"], "SSE-C");
        assert_eq!(sent["algorithm"], "AES256");
        assert_eq!(sent["customerKey"], key);
        assert_eq!(STANDARD.decode(sent["customerKeyMd5"].as_str().unwrap()).unwrap().len(), 16);
        assert_eq!(EncryptionKey::from_base64(key).unwrap(), sse_c(7));
        assert_eq!(serde_json::to_value(EncryptionSetting::None).unwrap(), json!({"mode": "none"}));
        let sse_b2 = json!({"mode": "SSE-B2", "algorithm": "AES256"});
        assert_eq!(serde_json::to_value(EncryptionSetting::SseB2).unwrap(), sse_b2);
        let text = format!("{setting:?}");
        assert!(!text.contains(key) && text.contains("******"), "{text}");
    }

    #[test]
    fn only_what_is_known_can_be_sent() {
        for setting in [
            EncryptionSetting::Unknown,
            EncryptionSetting::Other("x".to_owned()),
            EncryptionSetting::SseC(EncryptionKey::reported(None)),
        ] {
            assert_eq!(setting.check().unwrap_err().kind(), ErrorKind::InvalidInput);
            assert!(serde_json::to_value(&setting).is_err());
        }
        for text in ["", "short", "AAAA"] {
            assert_eq!(
                EncryptionKey::from_base64(text).unwrap_err().kind(),
                ErrorKind::InvalidInput
            );
        }
    }

    /// D5: b2sdk never resumes an SSE-C upload, because a key that B2 reports is never equal to one at hand.
    #[test]
    fn d5_a_reported_key_compares_by_what_is_known() {
        let ours = EncryptionSetting::SseC(sse_c(1).with_id("a"));
        let md5 = sse_c(1).md5().map(str::to_owned);
        let reported = EncryptionSetting::SseC(EncryptionKey::reported(md5));
        assert_eq!(ours.same_as(&reported), Some(true));
        assert_eq!(EncryptionSetting::SseC(sse_c(2)).same_as(&reported), Some(false));
        let by_id = |id: &str| {
            let info = FileInfo::new().with(FileInfo::SSE_C_KEY_ID, id);
            EncryptionSetting::SseC(EncryptionKey::reported(None)).with_id_from(&info)
        };
        assert_eq!(ours.same_as(&by_id("a")), Some(true));
        assert_eq!(ours.same_as(&by_id("b")), Some(false));
        assert_eq!(ours.same_as(&EncryptionSetting::SseC(EncryptionKey::reported(None))), None);
        assert_eq!(ours.same_as(&EncryptionSetting::Unknown), None);
        assert_eq!(ours.same_as(&EncryptionSetting::SseB2), Some(false));
        assert_eq!(EncryptionSetting::None.same_as(&EncryptionSetting::None), Some(true));
    }

    #[test]
    fn the_key_id_goes_into_the_file_info_once() {
        let mut info = FileInfo::new();
        EncryptionSetting::SseC(sse_c(1)).add_key_id_to_file_info(&mut info).unwrap();
        assert!(info.is_empty());
        let named = EncryptionSetting::SseC(sse_c(1).with_id("a"));
        named.add_key_id_to_file_info(&mut info).unwrap();
        named.add_key_id_to_file_info(&mut info).unwrap();
        assert_eq!(info.sse_c_key_id(), Some("a"));
        let other = EncryptionSetting::SseC(sse_c(1).with_id("b"));
        assert_eq!(
            other.add_key_id_to_file_info(&mut info).unwrap_err().kind(),
            ErrorKind::InvalidFileInfo
        );
        let unknown = EncryptionSetting::SseC(sse_c(1).with_unknown_id());
        assert_eq!(
            unknown.add_key_id_to_file_info(&mut info).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }

    #[test]
    fn requests_read_back_without_the_key_id() {
        for setting in [
            EncryptionSetting::None,
            EncryptionSetting::SseB2,
            EncryptionSetting::SseC(sse_c(7).with_unknown_id()),
        ] {
            let sent = serde_json::to_value(&setting).unwrap();
            assert_eq!(serde_json::from_value::<EncryptionSetting>(sent).unwrap(), setting);
        }
        let bad = json!({"mode": "SSE-C", "customerKey": "AAAA"});
        assert!(serde_json::from_value::<EncryptionSetting>(bad).is_err());
    }

    #[test]
    fn the_form_of_responses_reads_back_equal_and_has_no_key() {
        for setting in [
            EncryptionSetting::None,
            EncryptionSetting::SseB2,
            EncryptionSetting::SseC(EncryptionKey::reported(None)),
            EncryptionSetting::SseC(EncryptionKey::reported(Some("md5".to_owned()))),
            EncryptionSetting::Unknown,
            EncryptionSetting::Other("x".to_owned()),
        ] {
            let shown = serde_json::to_value(AsReported(&setting)).unwrap();
            assert_eq!(serde_json::from_value::<EncryptionSetting>(shown).unwrap(), setting);
        }
        let ours = EncryptionSetting::SseC(sse_c(7));
        let shown = serde_json::to_value(AsReported(&ours)).unwrap();
        assert_eq!(shown.get("customerKey"), None);
    }
}
