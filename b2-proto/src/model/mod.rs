//! Data types of the B2 Native API: buckets, files, keys and their settings.
//!
//! All types implement serde's traits in B2's JSON form. Deserializing is tolerant: unknown fields are ignored, unknown
//! values of an enumeration are kept as text, and fields that may be absent are optional or have a default.
//! A field that is given twice is an error.
//! Deserializing what was serialized returns an equal value. Settings that exist in requests only, such as
//! [`EncryptionSetting`] and [`LegalHold`], describe their exceptions.
//!
//! ```
//! use b2_proto::model::{EncryptionSetting, FileVersion, LegalHold};
//!
//! let file: FileVersion = serde_json::from_str(
//!     r#"{"fileId": "4_z1", "fileName": "a.txt", "action": "upload", "contentLength": 11,
//!         "serverSideEncryption": {"mode": "SSE-B2", "algorithm": "AES256"},
//!         "legalHold": {"isClientAuthorizedToRead": false, "value": null}}"#,
//! )?;
//! assert_eq!(file.server_side_encryption, EncryptionSetting::SseB2);
//! assert_eq!(file.legal_hold, LegalHold::Unknown);
//! assert_eq!(serde_json::from_value::<FileVersion>(serde_json::to_value(&file)?)?, file);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod bucket;
mod bucket_lock;
mod capability;
mod content_sha1;
mod download;
mod encryption;
mod encryption_key;
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
#[cfg(test)]
mod tests;

pub use bucket::{BucketInfo, BucketType};
pub use bucket_lock::{BucketRetention, FileLock, RetentionPeriod, RetentionUnit};
pub use capability::Capability;
pub use content_sha1::ContentSha1;
pub use download::DownloadVersion;
pub(crate) use encryption::ALGORITHM;
pub use encryption::EncryptionSetting;
pub use encryption_key::{EncryptionKey, EncryptionKeyId};
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
