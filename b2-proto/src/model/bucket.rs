//! Buckets.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::open::{exact, open_enum};
use super::readable::null_default;
use super::{
    AccountId, BucketId, BucketRetention, CorsRule, EncryptionSetting, FileLock, LifecycleRule,
    Readable, ReplicationConfiguration,
};

open_enum! {
    /// Who can read a bucket.
    BucketType, exact {
        /// Anybody can download its files.
        AllPublic = "allPublic",
        /// Downloads need an authorization.
        AllPrivate = "allPrivate",
        /// It holds snapshots; only B2 makes such.
        Snapshot = "snapshot",
        /// Seen in answers only.
        Restricted = "restricted",
        /// Seen in answers only.
        Shared = "shared",
    }
}

/// A bucket and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Bucket {
    /// Whose it is.
    #[serde(default, deserialize_with = "null_default")]
    pub account_id: AccountId,
    /// Names it for ever.
    pub bucket_id: BucketId,
    /// Its name; unique over all accounts, and compared without case.
    pub bucket_name: String,
    /// Who can read it.
    pub bucket_type: BucketType,
    /// What it carries: names and values of the owner's choice.
    #[serde(default, deserialize_with = "null_default")]
    pub bucket_info: BTreeMap<String, String>,
    /// What web pages may do with it.
    #[serde(default, deserialize_with = "null_default")]
    pub cors_rules: Vec<CorsRule>,
    /// What B2 hides and deletes by itself.
    #[serde(default, deserialize_with = "null_default")]
    pub lifecycle_rules: Vec<LifecycleRule>,
    /// Grows with each change.
    #[serde(default, deserialize_with = "null_default")]
    pub revision: u64,
    /// Such as `s3`.
    #[serde(default, deserialize_with = "null_default")]
    pub options: BTreeSet<String>,
    /// How new files are encrypted if they ask for nothing.
    #[serde(default)]
    pub default_server_side_encryption: Readable<EncryptionSetting>,
    /// Whether files can be locked, and what new ones get if they ask for nothing.
    #[serde(default, rename = "fileLockConfiguration")]
    pub file_lock: Readable<FileLock>,
    /// Where its files are replicated to, and from.
    #[serde(default = "no_replication", rename = "replicationConfiguration")]
    pub replication: Readable<ReplicationConfiguration>,
}

fn no_replication() -> Readable<ReplicationConfiguration> {
    Readable::Value(ReplicationConfiguration::default())
}

impl Bucket {
    /// As b2sdk prints it (`as_dict`), which is not the shape B2 answers.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let encryption = self.default_server_side_encryption.value();
        let encryption = encryption.unwrap_or(&EncryptionSetting::Unknown);
        let lock = self.file_lock.value();
        let retention = lock.map_or(&BucketRetention::Unknown, |lock| &lock.default_retention);
        let mut map = Map::new();
        map.insert("accountId".to_owned(), json!(self.account_id));
        map.insert("bucketId".to_owned(), json!(self.bucket_id));
        map.insert("bucketName".to_owned(), json!(self.bucket_name));
        map.insert("bucketType".to_owned(), json!(self.bucket_type));
        map.insert("bucketInfo".to_owned(), json!(self.bucket_info));
        map.insert("corsRules".to_owned(), json!(self.cors_rules));
        map.insert("lifecycleRules".to_owned(), json!(self.lifecycle_rules));
        map.insert("revision".to_owned(), json!(self.revision));
        map.insert("options".to_owned(), json!(self.options));
        map.insert("defaultServerSideEncryption".to_owned(), encryption.to_json());
        map.insert("isFileLockEnabled".to_owned(), json!(lock.map(|lock| lock.enabled)));
        map.insert("defaultRetention".to_owned(), retention.to_json());
        map.insert("replication".to_owned(), json!(self.replication.value()));
        Value::Object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        json!({
            "accountId": "acc", "bucketId": "b", "bucketName": "photos", "bucketType": "allSecret",
            "bucketInfo": {}, "corsRules": [], "lifecycleRules": [], "options": ["s3"], "revision": 3,
            "defaultServerSideEncryption": {"isClientAuthorizedToRead": true, "value": {"mode": null, "algorithm": null}},
            "fileLockConfiguration": {"isClientAuthorizedToRead": false, "value": null},
            "replicationConfiguration": {"isClientAuthorizedToRead": true, "value": null},
        })
    }

    #[test]
    fn prints_as_b2sdk_does() {
        let bucket: Bucket = serde_json::from_value(answer()).unwrap();
        assert_eq!(bucket.bucket_type, BucketType::Other("allSecret".to_owned()));
        assert_eq!(
            bucket.to_json(),
            json!({
                "accountId": "acc", "bucketId": "b", "bucketName": "photos", "bucketType": "allSecret",
                "bucketInfo": {}, "corsRules": [], "lifecycleRules": [], "revision": 3, "options": ["s3"],
                "defaultServerSideEncryption": {"mode": "none"}, "isFileLockEnabled": null,
                "defaultRetention": {"mode": "unknown"},
                "replication": {"asReplicationSource": null, "asReplicationDestination": null},
            })
        );
    }

    #[test]
    fn what_is_withheld_differs_from_what_is_not_there() {
        let mut json = answer();
        json["replicationConfiguration"] = json!({"isClientAuthorizedToRead": false});
        let withheld: Bucket = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(withheld.replication, Readable::Unreadable);
        for field in
            ["replicationConfiguration", "defaultServerSideEncryption", "fileLockConfiguration"]
        {
            json.as_object_mut().unwrap().remove(field);
        }
        let missing: Bucket = serde_json::from_value(json).unwrap();
        assert_eq!(missing.replication, no_replication());
        assert_eq!(missing.default_server_side_encryption, Readable::Unreadable);
        assert_eq!(missing.file_lock, Readable::Unreadable);
    }
}
