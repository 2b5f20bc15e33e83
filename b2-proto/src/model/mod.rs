//! What B2 stores and answers, as data.
//!
//! Reading is tolerant: unknown fields are skipped, unknown values of an enumeration are kept as text, and
//! what may be missing is an `Option` or has a default.

mod bucket;
mod bucket_lock;
mod capability;
mod content_sha1;
mod download;
mod encryption;
mod file;
mod file_id_and_name;
mod file_info;
mod ids;
mod key;
mod large_file;
mod lock;
mod notification;
mod open;
mod readable;
mod replication;
mod rules;
mod text_map;

pub use bucket::{Bucket, BucketType};
pub use bucket_lock::{BucketRetention, FileLock, RetentionPeriod, RetentionUnit};
pub use capability::Capability;
pub use content_sha1::ContentSha1;
pub use download::DownloadVersion;
pub(crate) use encryption::ALGORITHM;
pub use encryption::{EncryptionKey, EncryptionKeyId, EncryptionSetting};
pub use file::{FileAction, FileVersion};
pub use file_id_and_name::{FileIdAndName, MetadataDirective};
pub use file_info::FileInfo;
pub use ids::{AccountId, ApplicationKeyId, BucketId, FileId};
pub use key::{ApplicationKey, FullApplicationKey};
pub use large_file::{Part, UnfinishedLargeFile};
pub use lock::{FileRetention, LegalHold, RetentionMode};
pub use notification::{CustomHeader, EventType, NotificationRule, NotificationTarget};
pub use readable::Readable;
pub use replication::{
    ReplicationConfiguration, ReplicationDestination, ReplicationRule, ReplicationSource,
    ReplicationStatus,
};
pub use rules::{CorsOperation, CorsRule, LifecycleRule};
pub use text_map::TextMap;
