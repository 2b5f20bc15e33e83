//! What the new file shall be.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::account::Authorization;
use crate::api::{AUTO_CONTENT_TYPE, JsonEndpoint, StartLargeFile, UploadFile, UploadSha1};
use crate::error::Error;
use crate::hash::Sha1Digest;
use crate::machine::SourceId;
use crate::model::{BucketId, Capability, EncryptionSetting, FileInfo, FileRetention, LegalHold};
use crate::time::Timestamp;

/// A file that does not exist yet: all about it but its bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewFile {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The name, with slashes for what people see as folders.
    pub name: String,
    /// The MIME type; by default B2 chooses one by the extension of the name.
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
    /// [`ErrorKind::InvalidFileName`](crate::ErrorKind::InvalidFileName),
    /// [`ErrorKind::InvalidFileInfo`](crate::ErrorKind::InvalidFileInfo), or
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a setting that cannot be.
    pub fn check(&self) -> Result<(), Error> {
        self.start_large_file().validate()
    }

    /// Checks that the key may make this file of `len` bytes, and that the realm accepts it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unauthorized`](crate::ErrorKind::Unauthorized),
    /// [`ErrorKind::RestrictedBucket`](crate::ErrorKind::RestrictedBucket),
    /// [`ErrorKind::ContentTypeNotAllowed`](crate::ErrorKind::ContentTypeNotAllowed) or
    /// [`ErrorKind::MaxFileSizeExceeded`](crate::ErrorKind::MaxFileSizeExceeded).
    pub fn check_allowed(
        &self,
        authorization: &Authorization,
        len: Option<u64>,
    ) -> Result<(), Error> {
        authorization.require(&Capability::WRITE_FILES)?;
        for capability in self.upload_file(UploadSha1::AtEnd).also_needs() {
            authorization.require(&capability)?;
        }
        authorization.allowed.check_bucket_id(&self.bucket_id)?;
        authorization.allowed.check_file_name(&self.name)?;
        let Some(limits) = &authorization.allowed.uploads else {
            return Ok(());
        };
        limits.check_content_type(&self.content_type)?;
        len.map_or(Ok(()), |len| limits.check_size(len))
    }

    pub(crate) fn upload_file(&self, sha1: UploadSha1) -> UploadFile {
        let mut call = UploadFile::new(self.name.clone(), sha1);
        call.bucket_id = Some(self.bucket_id.clone());
        call.content_type.clone_from(&self.content_type);
        call.file_info.clone_from(&self.info);
        call.server_side_encryption.clone_from(&self.encryption);
        call.file_retention.clone_from(&self.retention);
        call.legal_hold = self.legal_hold;
        call.custom_upload_timestamp = self.upload_timestamp;
        call
    }

    pub(crate) fn start_large_file(&self) -> StartLargeFile {
        let mut call = StartLargeFile::new(self.bucket_id.clone(), self.name.clone());
        call.content_type.clone_from(&self.content_type);
        call.file_info.clone_from(&self.info);
        call.server_side_encryption.clone_from(&self.encryption);
        call.file_retention.clone_from(&self.retention);
        call.legal_hold = self.legal_hold;
        call.custom_upload_timestamp = self.upload_timestamp;
        call
    }
}

/// The source of the bytes of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A source that can be read again.
    Source {
        /// The source.
        source: SourceId,
        /// The number of bytes.
        len: u64,
        /// The SHA-1 of the bytes, if it is known.
        sha1: Option<Sha1Digest>,
    },
    /// A stream that can be read once and whose length is not known. It is buffered, part by part.
    Stream {
        /// The SHA-1 of all bytes, if it is known.
        sha1: Option<Sha1Digest>,
    },
}

impl Content {
    /// A stream whose SHA-1 is not known.
    pub const STREAM: Self = Self::Stream { sha1: None };

    /// Returns the SHA-1 that the caller gave.
    pub(crate) fn sha1(&self) -> Option<Sha1Digest> {
        match self {
            Self::Source { sha1, .. } | Self::Stream { sha1 } => *sha1,
        }
    }
}
