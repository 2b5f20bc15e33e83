//! A bucket and its settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::{CorsRule, DefaultRetention, Encryption, Files, Key, LifecycleRule};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) info: BTreeMap<String, String>,
    pub(crate) cors: Vec<CorsRule>,
    pub(crate) lifecycle: Vec<LifecycleRule>,
    pub(crate) revision: u64,
    pub(crate) encryption: Encryption,
    pub(crate) lock_enabled: bool,
    pub(crate) default_retention: Option<DefaultRetention>,
    pub(crate) replication: Option<Value>,
    pub(crate) notifications: Vec<Value>,
    pub(crate) files: Files,
}

impl Bucket {
    pub(crate) fn new(id: String, account_id: &str, name: &str, kind: &str) -> Self {
        Self {
            id,
            account_id: account_id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            info: BTreeMap::new(),
            cors: Vec::new(),
            lifecycle: Vec::new(),
            revision: 1,
            encryption: Encryption::SseB2,
            lock_enabled: false,
            default_retention: None,
            replication: None,
            notifications: Vec::new(),
            files: Files::default(),
        }
    }

    /// Returns a copy of the bucket without its files.
    pub(crate) fn settings(&self) -> Self {
        Self {
            id: self.id.clone(),
            account_id: self.account_id.clone(),
            name: self.name.clone(),
            kind: self.kind.clone(),
            info: self.info.clone(),
            cors: self.cors.clone(),
            lifecycle: self.lifecycle.clone(),
            encryption: self.encryption.clone(),
            default_retention: self.default_retention.clone(),
            replication: self.replication.clone(),
            notifications: self.notifications.clone(),
            files: Files::default(),
            revision: self.revision,
            lock_enabled: self.lock_enabled,
        }
    }

    pub(crate) fn is_public(&self) -> bool {
        self.kind == "allPublic"
    }

    /// Returns whether a replication rule matches new files of this name.
    pub(crate) fn replicates(&self, file_name: &str) -> bool {
        let source = self.replication.as_ref().map(|both| &both["asReplicationSource"]);
        let rules = source.and_then(|source| source["replicationRules"].as_array());
        rules.into_iter().flatten().any(|rule| {
            let prefix = rule["fileNamePrefix"].as_str().unwrap_or_default();
            rule["isEnabled"] == true && file_name.starts_with(prefix)
        })
    }

    /// Returns the bucket object, with the fields that `key` may read.
    pub(crate) fn to_json(&self, key: &Key) -> Value {
        let shown = |capability: &str, value: Value| {
            let readable = key.has(capability);
            let value = if readable { value } else { Value::Null };
            json!({ "isClientAuthorizedToRead": readable, "value": value })
        };
        json!({
            "accountId": self.account_id,
            "bucketId": self.id,
            "bucketName": self.name,
            "bucketType": self.kind,
            "bucketInfo": self.info,
            "corsRules": self.cors,
            "lifecycleRules": self.lifecycle,
            "options": ["s3"],
            "revision": self.revision,
            "defaultServerSideEncryption":
                shown("readBucketEncryption", self.encryption.to_json()),
            "fileLockConfiguration": shown("readBucketRetentions", json!({
                "isFileLockEnabled": self.lock_enabled,
                "defaultRetention": DefaultRetention::to_json(self.default_retention.as_ref()),
            })),
            "replicationConfiguration":
                shown("readBucketReplications", self.replication.clone().unwrap_or_default()),
        })
    }
}
