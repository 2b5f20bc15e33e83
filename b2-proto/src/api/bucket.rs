//! Calls that create, list, update and delete buckets.

mod settings;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use settings::Settings;

use super::entries::Entries;
use super::{Idempotency, JsonEndpoint, invalid};
use crate::error::Error;
use crate::model::{
    BucketId, BucketInfo, BucketRetention, BucketType, Capability, CorsRule, EncryptionSetting,
    LifecycleRule, ReplicationConfiguration,
};

pub use settings::check_bucket_name;

/// `b2_create_bucket`: creates a bucket. Its name must be unique over all accounts.
///
/// Not idempotent: if the response is lost, the bucket may exist, and a repeated call fails with
/// [`ErrorKind::DuplicateBucketName`](crate::ErrorKind::DuplicateBucketName), as for a bucket of another account.
/// [`ListBuckets`] tells them apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateBucket {
    /// 6 to 63 ASCII letters, digits and `-`, not starting with `b2-`.
    pub bucket_name: String,
    /// The access: [`BucketType::AllPublic`] or [`BucketType::AllPrivate`].
    pub bucket_type: BucketType,
    /// Custom metadata: at most 10 entries with keys of 1 to 50 ASCII letters, digits, `-` and `_`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// The CORS rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// The lifecycle rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// The default encryption of new files: [`EncryptionSetting::SseB2`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// Whether files can be locked. It cannot be disabled again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// The replication of files to and from other buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
}

impl CreateBucket {
    /// Creates the call with the service's defaults for everything else.
    #[must_use]
    pub fn new(bucket_name: impl Into<String>, bucket_type: BucketType) -> Self {
        Self {
            bucket_name: bucket_name.into(),
            bucket_type,
            bucket_info: None,
            cors_rules: None,
            lifecycle_rules: None,
            default_server_side_encryption: None,
            file_lock_enabled: None,
            replication_configuration: None,
        }
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            bucket_type: Some(&self.bucket_type),
            info: self.bucket_info.as_ref(),
            cors: self.cors_rules.as_deref(),
            lifecycle: self.lifecycle_rules.as_deref(),
            encryption: self.default_server_side_encryption.as_ref(),
            retention: None,
            file_lock: self.file_lock_enabled,
            replication: self.replication_configuration.as_ref(),
        }
    }
}

impl JsonEndpoint for CreateBucket {
    type Response = BucketInfo;
    const NAME: &'static str = "b2_create_bucket";
    const CAPABILITY: Capability = Capability::WRITE_BUCKETS;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;
    const NAMES_ACCOUNT: bool = true;

    fn validate(&self) -> Result<(), Error> {
        check_bucket_name(&self.bucket_name)?;
        self.settings().check()
    }

    fn also_needs(&self) -> Vec<Capability> {
        self.settings().also_needs()
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_name.clone())
    }
}

/// `b2_update_bucket`: changes settings of a bucket. `None` leaves a setting as it is.
///
/// Idempotent; but with [`if_revision_is`](Self::if_revision_is), a repeated call fails with
/// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the first one succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateBucket {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Fails with [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) unless the bucket has this revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_revision_is: Option<u64>,
    /// The access: [`BucketType::AllPublic`] or [`BucketType::AllPrivate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_type: Option<BucketType>,
    /// Custom metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// The CORS rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// The lifecycle rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// The default encryption of new files: [`EncryptionSetting::SseB2`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// The default retention of new files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_retention: Option<BucketRetention>,
    /// Whether files can be locked. It cannot be disabled again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// The replication of files to and from other buckets. The default ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
}

impl UpdateBucket {
    /// Creates a call that changes nothing yet.
    #[must_use]
    pub const fn new(bucket_id: BucketId) -> Self {
        Self {
            bucket_id,
            if_revision_is: None,
            bucket_type: None,
            bucket_info: None,
            cors_rules: None,
            lifecycle_rules: None,
            default_server_side_encryption: None,
            default_retention: None,
            file_lock_enabled: None,
            replication_configuration: None,
        }
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            bucket_type: self.bucket_type.as_ref(),
            info: self.bucket_info.as_ref(),
            cors: self.cors_rules.as_deref(),
            lifecycle: self.lifecycle_rules.as_deref(),
            encryption: self.default_server_side_encryption.as_ref(),
            retention: self.default_retention.as_ref(),
            file_lock: self.file_lock_enabled,
            replication: self.replication_configuration.as_ref(),
        }
    }
}

impl JsonEndpoint for UpdateBucket {
    type Response = BucketInfo;
    const NAME: &'static str = "b2_update_bucket";
    const CAPABILITY: Capability = Capability::WRITE_BUCKETS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;
    const NAMES_ACCOUNT: bool = true;

    fn validate(&self) -> Result<(), Error> {
        if self.settings().are_none() {
            return Err(invalid("nothing to change; give at least one setting"));
        }
        self.settings().check()
    }

    fn also_needs(&self) -> Vec<Capability> {
        self.settings().also_needs()
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_delete_bucket`: deletes an empty bucket.
///
/// A repeated call fails with [`ErrorKind::BucketIdNotFound`](crate::ErrorKind::BucketIdNotFound).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteBucket {
    /// The bucket.
    pub bucket_id: BucketId,
}

impl JsonEndpoint for DeleteBucket {
    type Response = BucketInfo;
    const NAME: &'static str = "b2_delete_bucket";
    const CAPABILITY: Capability = Capability::DELETE_BUCKETS;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;
    const NAMES_ACCOUNT: bool = true;

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_list_buckets`: lists the buckets of the account, or one of them. A key that is restricted to buckets must name
/// one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListBuckets {
    /// Lists only the bucket with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<BucketId>,
    /// Lists only the bucket with this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<String>,
    /// Lists only buckets of these types; `all` alone is every type.
    pub bucket_types: Vec<String>,
}

/// The response to [`ListBuckets`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "BucketsListJson")]
#[non_exhaustive]
pub struct BucketsList {
    /// The buckets, ordered by name.
    pub buckets: Vec<BucketInfo>,
    /// An error for each entry that cannot be read, with its name if that is known.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
struct BucketsListJson {
    buckets: Entries<BucketInfo>,
}

impl From<BucketsListJson> for BucketsList {
    fn from(json: BucketsListJson) -> Self {
        let Entries { entries, unreadable } = json.buckets;
        Self { buckets: entries, unreadable }
    }
}

impl ListBuckets {
    /// Creates the call that lists all buckets.
    #[must_use]
    pub fn all() -> Self {
        Self { bucket_id: None, bucket_name: None, bucket_types: vec!["all".to_owned()] }
    }

    /// Creates the call that lists the bucket with this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { bucket_name: Some(name.into()), ..Self::all() }
    }

    /// Creates the call that lists the bucket with this id.
    #[must_use]
    pub fn with_id(id: BucketId) -> Self {
        Self { bucket_id: Some(id), ..Self::all() }
    }
}

impl Default for ListBuckets {
    fn default() -> Self {
        Self::all()
    }
}

impl JsonEndpoint for ListBuckets {
    type Response = BucketsList;
    const NAME: &'static str = "b2_list_buckets";
    const CAPABILITY: Capability = Capability::LIST_BUCKETS;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;
    const NAMES_ACCOUNT: bool = true;

    fn validate(&self) -> Result<(), Error> {
        let all = self.bucket_types.iter().any(|text| text == "all");
        match self.bucket_types.len() {
            0 => Err(invalid("no bucket type is listed; 'all' means every type")),
            2.. if all => Err(invalid("'all' already means every bucket type; give it alone")),
            _ => Ok(()),
        }
    }

    fn subject(&self) -> Option<String> {
        self.bucket_name.clone().or_else(|| self.bucket_id.as_ref().map(BucketId::to_string))
    }
}

#[cfg(test)]
mod tests;
