//! What the new file shall be.

use crate::encoding::{HeaderLimit, check_file_info_key, check_file_name, check_header_size};
use crate::error::Error;
use crate::hash::Sha1Digest;
use crate::machine::SourceId;
use crate::model::{BucketId, EncryptionSetting, FileInfo, FileRetention, LegalHold};
use crate::time::Timestamp;

/// The content type that lets B2 choose one by the file name's extension.
pub const AUTO_CONTENT_TYPE: &str = "b2/x-auto";

/// A file that does not exist yet: all about it but its bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewFile {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The name, with slashes for what people see as folders.
    pub name: String,
    /// The MIME type; by default B2 chooses.
    pub content_type: String,
    /// File info: custom metadata, and the headers of later downloads.
    pub info: FileInfo,
    /// Server-side encryption; `None` leaves it to the bucket's default.
    pub encryption: Option<EncryptionSetting>,
    /// File retention; `None` leaves it to the bucket's default.
    pub retention: Option<FileRetention>,
    /// Legal hold.
    pub legal_hold: Option<LegalHold>,
    /// The upload timestamp to record instead of the time of the upload, where the account allows it.
    pub upload_timestamp: Option<Timestamp>,
}

impl NewFile {
    /// A file with this name and defaults for everything else.
    #[must_use]
    pub fn new(bucket_id: impl Into<BucketId>, name: impl Into<String>) -> Self {
        Self {
            bucket_id: bucket_id.into(),
            name: name.into(),
            content_type: AUTO_CONTENT_TYPE.to_owned(),
            info: FileInfo::default(),
            encryption: None,
            retention: None,
            legal_hold: None,
            upload_timestamp: None,
        }
    }

    /// Checks what B2 would refuse, before anything is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFileName`](crate::ErrorKind::InvalidFileName) or
    /// [`ErrorKind::InvalidFileInfo`](crate::ErrorKind::InvalidFileInfo).
    pub fn check(&self) -> Result<(), Error> {
        check_file_name(&self.name)?;
        for key in self.info.keys() {
            check_file_info_key(key)?;
        }
        let limit = match &self.encryption {
            Some(encryption) if encryption.is_encrypted() => HeaderLimit::Advanced,
            _ => HeaderLimit::Ordinary,
        };
        let info = self.info.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        check_header_size(&self.name, info, limit)
    }
}

/// Where the bytes of a new file come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A source that can be read again.
    Source {
        /// Which one.
        source: SourceId,
        /// How many bytes it has.
        len: u64,
        /// Their SHA-1, if the caller knows it.
        sha1: Option<Sha1Digest>,
    },
    /// A stream that can be read once, whose end nobody knows. It is buffered, part by part.
    Stream,
}
