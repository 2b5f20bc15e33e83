//! Application keys and what they allow.

use b2_proto::secret::Secret;
use b2_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::Credentials;
use crate::wire::{ApiVersion, Refusal};

/// What a key restricted to buckets may not hold.
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
    pub(crate) secret: Secret,
    pub(crate) name: String,
    pub(crate) capabilities: Vec<String>,
    /// The only buckets it works with, by id.
    pub(crate) buckets: Option<Vec<String>>,
    /// What every file name must start with.
    pub(crate) prefix: Option<String>,
    pub(crate) expires: Option<Timestamp>,
}

impl Key {
    /// Everything, everywhere, forever.
    pub(crate) fn master(credentials: &Credentials) -> Self {
        Self {
            id: credentials.key_id.clone(),
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

    pub(crate) fn require_bucket(&self, bucket_id: &str) -> Result<(), Refusal> {
        match &self.buckets {
            Some(buckets) if !buckets.iter().any(|id| id == bucket_id) => {
                Err(Refusal::unauthorized())
            }
            _ => Ok(()),
        }
    }

    /// For calls about the account as a whole, such as making keys.
    pub(crate) fn require_unrestricted(&self) -> Result<(), Refusal> {
        match &self.buckets {
            Some(_) => Err(Refusal::unauthorized()),
            None => Ok(()),
        }
    }

    /// Whether a name, or the prefix of a listing, lies where the key may work.
    pub(crate) fn require_prefix(&self, name: &str) -> Result<(), Refusal> {
        match &self.prefix {
            Some(prefix) if !name.starts_with(prefix.as_str()) => Err(Refusal::unauthorized()),
            _ => Ok(()),
        }
    }

    /// As lists show it: without the key itself.
    pub(crate) fn to_json(&self, account_id: &str, version: ApiVersion) -> Value {
        let mut value = json!({
            "accountId": account_id,
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
