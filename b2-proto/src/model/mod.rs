//! What B2 stores and answers, as data.
//!
//! Reading is tolerant: unknown fields are skipped, unknown values of an enumeration are kept as text, and
//! what may be missing is an `Option` or has a default.

mod capability;
mod content_sha1;
mod download;
mod encryption;
mod file;
mod file_info;
mod ids;
mod large_file;
mod lock;
mod open;
mod readable;
mod replication;

pub use capability::Capability;
pub use content_sha1::ContentSha1;
pub use download::DownloadVersion;
pub(crate) use encryption::ALGORITHM;
pub use encryption::{EncryptionKey, EncryptionKeyId, EncryptionSetting};
pub use file::{FileAction, FileVersion};
pub use file_info::FileInfo;
pub use ids::{AccountId, ApplicationKeyId, BucketId, FileId};
pub use large_file::{Part, UnfinishedLargeFile};
pub use lock::{
    BucketRetention, FileLock, FileRetention, LegalHold, RetentionMode, RetentionPeriod,
    RetentionUnit,
};
pub use readable::Readable;
pub(crate) use readable::null_default;
pub use replication::ReplicationStatus;
