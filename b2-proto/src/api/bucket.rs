//! Buckets: made, listed, changed, deleted.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::{Idempotency, JsonEndpoint, invalid};
use crate::encoding::shown;
use crate::error::Error;
use crate::model::{
    BucketId, BucketInfo, BucketRetention, BucketType, Capability, CorsRule, EncryptionSetting,
    LifecycleRule, ReplicationConfiguration,
};

const MAX_INFO: usize = 10;

/// `b2_create_bucket`: a bucket with a name that nobody else has.
///
/// Not to be repeated blindly: when an answer is lost, the bucket may exist, and the same call then fails
/// with [`ErrorKind::DuplicateBucketName`](crate::ErrorKind::DuplicateBucketName), as it does for a bucket
/// of somebody else. The account's own list tells them apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateBucket {
    /// 6 to 63 ASCII letters, digits and `-`, not starting with `b2-`.
    pub bucket_name: String,
    /// Who can read it: [`BucketType::AllPublic`] or [`BucketType::AllPrivate`].
    pub bucket_type: BucketType,
    /// What it carries: at most 10 names of 1 to 50 ASCII letters, digits, `-` and `_`, with values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// What web pages may do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// What B2 hides and deletes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// How new files are encrypted if they ask for nothing: never with a client's own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// Whether files can be locked. Once on, it stays on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// Where its files are replicated to, and from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
}

impl CreateBucket {
    /// A bucket with everything else as B2 likes it.
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

/// `b2_update_bucket`: changes settings. What is given replaces what was there; what is `None` stays.
///
/// May be repeated; with [`if_revision_is`](Self::if_revision_is), a repeated call can meet its own first
/// success and answer [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateBucket {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Change it only if nobody else has since this revision was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_revision_is: Option<u64>,
    /// Who can read it: [`BucketType::AllPublic`] or [`BucketType::AllPrivate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_type: Option<BucketType>,
    /// What it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_info: Option<BTreeMap<String, String>>,
    /// What web pages may do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_rules: Option<Vec<CorsRule>>,
    /// What B2 hides and deletes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_rules: Option<Vec<LifecycleRule>>,
    /// How new files are encrypted if they ask for nothing: never with a client's own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_server_side_encryption: Option<EncryptionSetting>,
    /// How long new files cannot be deleted if they ask for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_retention: Option<BucketRetention>,
    /// Whether files can be locked. Once on, it stays on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_lock_enabled: Option<bool>,
    /// Where its files are replicated to, and from; the default one ends the replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replication_configuration: Option<ReplicationConfiguration>,
}

impl UpdateBucket {
    /// A change that changes nothing yet.
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

/// `b2_delete_bucket`: deletes a bucket without file versions.
///
/// A repeated call answers [`ErrorKind::BucketIdNotFound`](crate::ErrorKind::BucketIdNotFound).
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

/// `b2_list_buckets`: the buckets of the account, or one of them. A key that is restricted to buckets must
/// name one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListBuckets {
    /// Only the one with this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<BucketId>,
    /// Only the one with this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<String>,
    /// Only those of these types; `all` alone means every type.
    pub bucket_types: Vec<String>,
}

/// The answer to [`ListBuckets`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "BucketsListJson")]
#[non_exhaustive]
pub struct BucketsList {
    /// The buckets, by name; none if none matches.
    pub buckets: Vec<BucketInfo>,
    /// An error for each entry that cannot be read, with its name where that is known. The others are there.
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
    /// All buckets of all types.
    #[must_use]
    pub fn all() -> Self {
        Self { bucket_id: None, bucket_name: None, bucket_types: vec!["all".to_owned()] }
    }

    /// The bucket with this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { bucket_name: Some(name.into()), ..Self::all() }
    }

    /// The bucket with this id.
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

/// The settings that creating and updating a bucket share.
struct Settings<'a> {
    bucket_type: Option<&'a BucketType>,
    info: Option<&'a BTreeMap<String, String>>,
    cors: Option<&'a [CorsRule]>,
    lifecycle: Option<&'a [LifecycleRule]>,
    encryption: Option<&'a EncryptionSetting>,
    retention: Option<&'a BucketRetention>,
    file_lock: Option<bool>,
    replication: Option<&'a ReplicationConfiguration>,
}

impl Settings<'_> {
    fn are_none(&self) -> bool {
        self.bucket_type.is_none()
            && self.info.is_none()
            && self.cors.is_none()
            && self.lifecycle.is_none()
            && self.encryption.is_none()
            && self.retention.is_none()
            && self.file_lock.is_none()
            && self.replication.is_none()
    }

    fn check(&self) -> Result<(), Error> {
        if let Some(BucketType::Snapshot | BucketType::Restricted | BucketType::Shared) =
            self.bucket_type
        {
            return Err(invalid(
                "a bucket can be made allPublic or allPrivate; other types are B2's own",
            ));
        }
        if let Some(info) = self.info {
            check_info(info)?;
        }
        CorsRule::check_all(self.cors.unwrap_or_default())?;
        LifecycleRule::check_all(self.lifecycle.unwrap_or_default())?;
        if self.encryption.is_some_and(|encryption| !encryption.can_be_bucket_default()) {
            return Err(invalid(
                "the default encryption of a bucket is SSE-B2: B2 encrypts all new files, and does not keep SSE-C keys",
            ));
        }
        if let Some(retention) = self.retention {
            retention.check()?;
        }
        self.replication.map_or(Ok(()), ReplicationConfiguration::check)
    }

    fn also_needs(&self) -> Vec<Capability> {
        let mut needs = Vec::new();
        if self.file_lock == Some(true) || self.retention.is_some() {
            needs.push(Capability::WRITE_BUCKET_RETENTIONS);
        }
        if self.encryption.is_some() {
            needs.push(Capability::WRITE_BUCKET_ENCRYPTION);
        }
        if self.replication.is_some() {
            needs.push(Capability::WRITE_BUCKET_REPLICATIONS);
        }
        needs
    }
}

/// Checks that a bucket name holds only characters that B2 allows: ASCII letters, digits, `-` and `.`.
///
/// The other rules (length, where dots may be, the reserved start `b2-`) are the service's to enforce: they have
/// changed before.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), saying what is wrong.
pub fn check_bucket_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let problem = if name.is_empty() {
        "it is empty"
    } else if !name.bytes().all(allowed) {
        "it may hold only ASCII letters, digits, '-' and '.'"
    } else {
        return Ok(());
    };
    let shown = shown(name);
    Err(invalid(format!("B2 forbids the bucket name '{shown}': {problem}")))
}

fn check_info(info: &BTreeMap<String, String>) -> Result<(), Error> {
    if info.len() > MAX_INFO {
        return Err(invalid(format!(
            "a bucket carries at most {MAX_INFO} entries, not {}",
            info.len()
        )));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let bad = |name: &&String| !(1..=50).contains(&name.len()) || !name.bytes().all(allowed);
    match info.keys().find(bad) {
        None => Ok(()),
        Some(name) => {
            let shown = shown(name);
            Err(invalid(format!(
                "B2 forbids the bucket info name '{shown}': it has 1 to 50 ASCII letters, digits, '-' and '_'"
            )))
        }
    }
}

#[cfg(test)]
mod tests;
