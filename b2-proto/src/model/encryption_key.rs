//! Keys for server-side encryption with a customer key (SSE-C).

use alloc::string::String;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::error::{Error, ErrorKind};

/// A customer's AES-256 key for SSE-C, or the properties that B2 reports of one.
///
/// B2 does not store the key: without it, the files cannot be read. The id of the key is stored in the file info
/// in plain text.
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

/// The id of an SSE-C key in the file info.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EncryptionKeyId {
    /// The file info contains this id.
    Id(String),
    /// The file info contains no id.
    #[default]
    None,
    /// The id is not known, which suffices to read a file and not to write one.
    Unknown,
}

impl EncryptionKey {
    /// Creates a key without an id.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        let md5 = STANDARD.encode(Md5::digest(secret));
        Self { secret: Some(secret), md5: Some(md5), id: EncryptionKeyId::None }
    }

    /// Creates a key of which only the MD5 is known, from a response.
    pub(crate) const fn reported(md5: Option<String>) -> Self {
        Self { secret: None, md5, id: EncryptionKeyId::Unknown }
    }

    /// Removes the secret, which no response contains.
    pub(super) fn without_secret(self) -> Self {
        Self { secret: None, ..self }
    }

    /// Creates a key from its base64 form.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] unless it has 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let secret = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        secret.map(Self::new).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "an SSE-C key is 32 bytes, which base64 writes as 44 characters",
            )
        })
    }

    /// Sets the id, which new files get in their file info.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        self.with_key_id(EncryptionKeyId::Id(id.into()))
    }

    /// Marks the id as unknown, for a key that only reads files.
    #[must_use]
    pub fn with_unknown_id(self) -> Self {
        self.with_key_id(EncryptionKeyId::Unknown)
    }

    pub(super) fn with_key_id(mut self, id: EncryptionKeyId) -> Self {
        self.id = id;
        self
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> &EncryptionKeyId {
        &self.id
    }

    /// Returns whether the key itself is known.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.secret.is_some()
    }

    /// Returns the key in base64, if it is known. This is the secret itself.
    #[must_use]
    pub fn to_base64(&self) -> Option<String> {
        self.secret.map(|secret| STANDARD.encode(secret))
    }

    /// Returns the MD5 of the key in base64, if it is known.
    #[must_use]
    pub fn md5(&self) -> Option<&str> {
        self.md5.as_deref()
    }

    /// Returns whether both are the same key, or `None` if that is not known.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> Option<bool> {
        use EncryptionKeyId::{None as NoId, Unknown};
        match (&self.md5, &other.md5) {
            (Some(ours), Some(theirs)) => Some(ours == theirs),
            _ => match (&self.id, &other.id) {
                (Unknown, _) | (_, Unknown) | (NoId, NoId) => None,
                (ours, theirs) => Some(ours == theirs),
            },
        }
    }
}

/// Shows the id and not the key.
impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.is_known() { "******" } else { "unknown" };
        f.debug_struct("EncryptionKey")
            .field("secret", &secret)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
