//! Capabilities of application keys.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// A capability of an application key, such as `listBuckets`.
///
/// The set is open: B2 grants capabilities that it does not document.
///
/// ```
/// use b2_proto::model::Capability;
///
/// assert_eq!(Capability::from("writeFiles"), Capability::WRITE_FILES);
/// assert_eq!(Capability::from("flyToTheMoon").as_str(), "flyToTheMoon");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capability(Cow<'static, str>);

macro_rules! capabilities {
    ($($name:ident = $text:literal: $doc:literal,)+) => {
        impl Capability {
            $(#[doc = $doc] pub const $name: Self = Self(Cow::Borrowed($text));)+

            /// All capabilities that this version knows, in B2's order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }
    };
}

capabilities! {
    LIST_KEYS = "listKeys": "List the application keys of the account.",
    WRITE_KEYS = "writeKeys": "Create application keys with any capability.",
    DELETE_KEYS = "deleteKeys": "Delete application keys.",
    LIST_BUCKETS = "listBuckets": "List buckets.",
    LIST_ALL_BUCKET_NAMES = "listAllBucketNames": "List the names of all buckets, through the S3-compatible API.",
    READ_BUCKETS = "readBuckets": "Read buckets.",
    WRITE_BUCKETS = "writeBuckets": "Create and change buckets.",
    DELETE_BUCKETS = "deleteBuckets": "Delete buckets.",
    READ_BUCKET_ENCRYPTION = "readBucketEncryption": "Read the default encryption of buckets.",
    WRITE_BUCKET_ENCRYPTION = "writeBucketEncryption": "Change the default encryption of buckets.",
    READ_BUCKET_RETENTIONS = "readBucketRetentions": "Read the file lock settings of buckets.",
    WRITE_BUCKET_RETENTIONS = "writeBucketRetentions": "Change the file lock settings of buckets.",
    READ_FILE_RETENTIONS = "readFileRetentions": "Read the retention of files.",
    WRITE_FILE_RETENTIONS = "writeFileRetentions": "Change the retention of files.",
    READ_FILE_LEGAL_HOLDS = "readFileLegalHolds": "Read the legal holds of files.",
    WRITE_FILE_LEGAL_HOLDS = "writeFileLegalHolds": "Change the legal holds of files.",
    READ_BUCKET_REPLICATIONS = "readBucketReplications": "Read the replication of buckets.",
    WRITE_BUCKET_REPLICATIONS = "writeBucketReplications": "Change the replication of buckets.",
    BYPASS_GOVERNANCE = "bypassGovernance": "Delete or unlock files under governance retention.",
    LIST_FILES = "listFiles": "List files, versions and unfinished large files.",
    READ_FILES = "readFiles": "Download files and read their metadata.",
    SHARE_FILES = "shareFiles": "Create download authorizations.",
    WRITE_FILES = "writeFiles": "Upload, copy and hide files.",
    DELETE_FILES = "deleteFiles": "Delete file versions.",
    READ_BUCKET_NOTIFICATIONS = "readBucketNotifications": "Read the event notification rules of buckets.",
    WRITE_BUCKET_NOTIFICATIONS = "writeBucketNotifications": "Change the event notification rules of buckets.",
    READ_BUCKET_LOGGING = "readBucketLogging": "Read the access logging of buckets.",
    WRITE_BUCKET_LOGGING = "writeBucketLogging": "Change the access logging of buckets.",
    READ_BUCKET_LIFECYCLE_RULES = "readBucketLifecycleRules": "Read the lifecycle rules of buckets.",
    WRITE_BUCKET_LIFECYCLE_RULES = "writeBucketLifecycleRules": "Change the lifecycle rules of buckets.",
}

impl Capability {
    /// Copy files, without reading them otherwise. B2 does not have it, and requires `readFiles`; the gateway of this project
    /// announces it where a grant permits copies.
    pub const COPY_FILES: Self = Self(Cow::Borrowed("copyFiles"));

    /// Returns B2's name of the capability.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Capability {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Capability {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
