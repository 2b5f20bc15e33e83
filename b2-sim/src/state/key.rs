//! Application keys and what they allow.

use b2_proto::secret::Secret;
use b2_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::Credentials;
use crate::wire::{ApiVersion, Refusal};

/// The capabilities that a key for some buckets cannot have.
pub(crate) const ACCOUNT_LEVEL: [&str; 5] =
    ["listKeys", "writeKeys", "deleteKeys", "writeBuckets", "deleteBuckets"];

const ALL: [&str; 30] = [
    "listKeys",
    "writeKeys",
    "deleteKeys",
    "listBuckets",
    "listAllBucketNames",
    "readBuckets",
    "writeBuckets",
    "deleteBuckets",
    "readBucketEncryption",
    "writeBucketEncryption",
    "readBucketRetentions",
    "writeBucketRetentions",
    "readBucketReplications",
    "writeBucketReplications",
    "readBucketNotifications",
    "writeBucketNotifications",
    "readBucketLogging",
    "writeBucketLogging",
    "readBucketLifecycleRules",
    "writeBucketLifecycleRules",
    "listFiles",
    "readFiles",
    "shareFiles",
    "writeFiles",
    "deleteFiles",
    "readFileLegalHolds",
    "writeFileLegalHolds",
    "readFileRetentions",
    "writeFileRetentions",
    "bypassGovernance",
];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    /// The account of the key. The ID of its master key is the same.
    #[serde(default)]
    pub(crate) account_id: String,
    pub(crate) secret: Secret,
    pub(crate) name: String,
    pub(crate) capabilities: Vec<String>,
    /// The ids of the buckets to which it is restricted.
    pub(crate) buckets: Option<Vec<String>>,
    /// The prefix to which it is restricted.
    pub(crate) prefix: Option<String>,
    pub(crate) expires: Option<Timestamp>,
}

impl Key {
    /// Creates the master key, with all capabilities.
    pub(crate) fn master(credentials: &Credentials) -> Self {
        Self {
            id: credentials.key_id.clone(),
            account_id: credentials.key_id.clone(),
            secret: credentials.key.clone(),
            name: "master".to_owned(),
            capabilities: ALL.map(str::to_owned).to_vec(),
            buckets: None,
            prefix: None,
            expires: None,
        }
    }

    pub(crate) fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|held| held == capability)
    }

    pub(crate) fn require(&self, capability: &str) -> Result<(), Refusal> {
        self.has(capability).then_some(()).ok_or_else(Refusal::unauthorized)
    }

    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Returns whether it is the master key of its account.
    pub(crate) fn is_master(&self) -> bool {
        self.id == self.account_id
    }

    pub(crate) fn require_bucket(&self, bucket_id: &str) -> Result<(), Refusal> {
        match &self.buckets {
            Some(buckets) if !buckets.iter().any(|id| id == bucket_id) => {
                Err(Refusal::unauthorized())
            }
            _ => Ok(()),
        }
    }

    /// Checks that the key is not restricted to buckets.
    pub(crate) fn require_unrestricted(&self) -> Result<(), Refusal> {
        match &self.buckets {
            Some(_) => Err(Refusal::unauthorized()),
            None => Ok(()),
        }
    }

    /// Checks that a file name, or the prefix of a listing, starts with the prefix of the key.
    pub(crate) fn require_prefix(&self, name: &str) -> Result<(), Refusal> {
        match &self.prefix {
            Some(prefix) if !name.starts_with(prefix.as_str()) => Err(Refusal::unauthorized()),
            _ => Ok(()),
        }
    }

    /// Returns the key object without the secret key.
    pub(crate) fn to_json(&self, version: ApiVersion) -> Value {
        let mut value = json!({
            "accountId": self.account_id,
            "applicationKeyId": self.id,
            "keyName": self.name,
            "capabilities": self.capabilities,
            "namePrefix": self.prefix,
            "expirationTimestamp": self.expires,
            "options": ["s3"],
        });
        if version >= ApiVersion::V4 {
            value["bucketIds"] = json!(self.buckets);
        } else {
            value["bucketId"] = json!(self.buckets.as_ref().and_then(|ids| ids.first()));
        }
        value
    }
}
