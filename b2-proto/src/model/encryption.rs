//! Server-side encryption: who holds the key.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::FileInfo;
use crate::error::{Error, ErrorKind};
use crate::json::{AsJson, FromJson, Json, Object, Place, serde_read, serde_write};

/// The one algorithm B2 has.
pub(crate) const ALGORITHM: &str = "AES256";

/// How a file is encrypted at rest, or how new files of a bucket are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptionSetting {
    /// Not at all.
    #[default]
    None,
    /// With AES-256, and a key that B2 manages.
    SseB2,
    /// With AES-256, and a key that the client sends along with every request and B2 does not keep.
    SseC(EncryptionKey),
    /// The application key may not read it.
    Unknown,
    /// A mode this version does not know, as B2 wrote it.
    Other(String),
}

impl EncryptionSetting {
    /// The text of the mode: `none`, `SSE-B2`, `SSE-C`; `None` if it is unknown.
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

    /// The client's own key, in mode SSE-C.
    #[must_use]
    pub const fn key(&self) -> Option<&EncryptionKey> {
        match self {
            Self::SseC(key) => Some(key),
            _ => None,
        }
    }

    /// Whether nothing is known about it.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether new files of a bucket can be encrypted so: B2 cannot know a client's key.
    #[must_use]
    pub const fn can_be_bucket_default(&self) -> bool {
        matches!(self, Self::None | Self::SseB2)
    }

    /// Whether both mean the same encryption, with the same key; `None` where that cannot be told, because
    /// one is not readable or does not say enough about its key.
    ///
    /// A setting that B2 reports never holds the key itself, so keys compare by their MD5 where both have
    /// one, and by their ids where both are known.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::SseC(ours), Self::SseC(theirs)) => ours.same_as(theirs),
            _ => Some(self.mode() == other.mode()),
        }
    }

    /// Takes over the key id that a file's info gives.
    pub(crate) fn take_id_from(&mut self, info: &FileInfo) {
        if let Self::SseC(key) = self {
            key.id = match info.sse_c_key_id() {
                Some(id) => EncryptionKeyId::Id(id.to_owned()),
                None => EncryptionKeyId::None,
            };
        }
    }

    /// Adds the key id of a new file to its info.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the id is [`EncryptionKeyId::Unknown`], and
    /// [`ErrorKind::InvalidFileInfo`] if the info names another one.
    pub fn add_key_id_to_file_info(&self, info: &mut FileInfo) -> Result<(), Error> {
        match self.key().map(|key| &key.id) {
            None | Some(EncryptionKeyId::None) => Ok(()),
            Some(EncryptionKeyId::Id(id)) => info.insert_unambiguous(FileInfo::SSE_C_KEY_ID, id),
            Some(EncryptionKeyId::Unknown) => Err(Error::new(
                ErrorKind::InvalidInput,
                "the id of the SSE-C key is unknown; say which id a new file shall carry, or that it carries none",
            )),
        }
    }

    /// Checks that it can be sent: that it is known, and an SSE-C key is at hand.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`].
    pub fn check(&self) -> Result<(), Error> {
        let problem = match self {
            Self::None | Self::SseB2 => return Ok(()),
            Self::SseC(key) if key.secret.is_some() => return Ok(()),
            Self::SseC(_) => "the SSE-C key itself is not known; B2 never tells it, so give it",
            Self::Unknown => "an unknown encryption cannot be asked for; choose one",
            Self::Other(_) => "this version does not know the encryption mode",
        };
        Err(Error::new(ErrorKind::InvalidInput, problem))
    }

    /// As b2sdk prints it: secrets are masked.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        const MASK: Json<'_> = Json::text("******");
        let mut setting = Object::new();
        setting.put("mode", self.mode().map_or(Json::Null, Json::text));
        if matches!(self, Self::SseB2 | Self::SseC(_)) {
            setting.put("algorithm", Json::text(ALGORITHM));
        }
        if matches!(self, Self::SseC(_)) {
            setting.put("customerKey", MASK);
            setting.put("customerKeyMd5", MASK);
        }
        setting.into()
    }
}

/// As a request has it, the key included.
impl AsJson for EncryptionSetting {
    fn as_json(&self) -> Json<'_> {
        if let Err(error) = self.check() {
            return error.into();
        }
        let mut setting = Object::new();
        setting.put("mode", self.mode().map_or(Json::Null, Json::text));
        if !matches!(self, Self::None) {
            setting.put("algorithm", Json::text(ALGORITHM));
        }
        if let Self::SseC(key) = self {
            setting.put("customerKey", key.to_base64().map_or(Json::Null, Json::owned));
            setting.put("customerKeyMd5", key.md5.as_json());
        }
        setting.into()
    }
}

/// As an answer has it: `{mode, algorithm, customerKeyMd5}`, where anything may be null or absent.
impl FromJson for EncryptionSetting {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        match place.field("mode").text_if_any() {
            None | Some("none") => Self::None,
            Some("SSE-B2") => Self::SseB2,
            Some("SSE-C") => Self::SseC(EncryptionKey::reported(place.read("customerKeyMd5"))),
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

serde_read!(EncryptionSetting);
serde_write!(EncryptionSetting);

/// A client's own AES-256 key for SSE-C, or what is known about one that is not at hand.
///
/// B2 does not keep the key: whoever loses it loses the files. Its id, in contrast, is stored with each
/// file, in the clear.
///
/// ```
/// use b2_proto::model::EncryptionKey;
///
/// let key = EncryptionKey::new([7; 32]).with_id("2024-05");
/// assert!(!format!("{key:?}").contains('7'));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionKey {
    secret: Option<[u8; 32]>,
    md5: Option<String>,
    id: EncryptionKeyId,
}

/// The id that a file carries of its SSE-C key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EncryptionKeyId {
    /// It carries this one.
    Id(String),
    /// It carries none.
    #[default]
    None,
    /// It may or may not carry one: enough to read a file, not enough to write one.
    Unknown,
}

impl EncryptionKey {
    /// A key; files that are written with it carry no id.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        let md5 = STANDARD.encode(Md5::digest(secret));
        Self { secret: Some(secret), md5: Some(md5), id: EncryptionKeyId::None }
    }

    /// A key of which only what B2 reported is known.
    pub(crate) const fn reported(md5: Option<String>) -> Self {
        Self { secret: None, md5, id: EncryptionKeyId::Unknown }
    }

    /// Reads the base64 form of a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] unless it is 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let secret = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        secret.map(Self::new).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "an SSE-C key is 32 bytes, which base64 writes as 44 characters",
            )
        })
    }

    /// The same key, with an id that new files shall carry.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = EncryptionKeyId::Id(id.into());
        self
    }

    /// The same key, with an id that may or may not exist: for reading.
    #[must_use]
    pub fn with_unknown_id(mut self) -> Self {
        self.id = EncryptionKeyId::Unknown;
        self
    }

    /// What is known about the id.
    #[must_use]
    pub const fn id(&self) -> &EncryptionKeyId {
        &self.id
    }

    /// Whether the key itself is at hand.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.secret.is_some()
    }

    /// The key in base64, if it is at hand. This is the secret itself.
    #[must_use]
    pub fn to_base64(&self) -> Option<String> {
        self.secret.map(|secret| STANDARD.encode(secret))
    }

    /// The MD5 of the key in base64, if it is known.
    #[must_use]
    pub fn md5(&self) -> Option<&str> {
        self.md5.as_deref()
    }

    /// Whether both are the same key; `None` where that cannot be told.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> Option<bool> {
        use EncryptionKeyId::Unknown;
        match (&self.md5, &other.md5) {
            (Some(ours), Some(theirs)) => Some(ours == theirs),
            _ => match (&self.id, &other.id) {
                (Unknown, _) | (_, Unknown) | (EncryptionKeyId::None, EncryptionKeyId::None) => {
                    None
                }
                (ours, theirs) => Some(ours == theirs),
            },
        }
    }
}

/// Shows the id, never the key.
impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.is_known() { "******" } else { "unknown" };
        f.debug_struct("EncryptionKey")
            .field("secret", &secret)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        for text in [setting.to_json().to_string(), format!("{setting:?}")] {
            assert!(!text.contains(key) && text.contains("******"), "{text}");
        }
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
            let mut setting = EncryptionSetting::SseC(EncryptionKey::reported(None));
            setting.take_id_from(&info);
            setting
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
}
