//! Buckets.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::open::{exact, open_enum};
use super::{
    AccountId, BucketId, BucketRetention, CorsRule, EncryptionSetting, FileLock, LifecycleRule,
    Readable, ReplicationConfiguration, TextMap,
};
use crate::json::{AsJson, Json, Object, read_object};

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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bucket {
    /// Whose it is.
    pub account_id: AccountId,
    /// Names it for ever.
    pub bucket_id: BucketId,
    /// Its name; unique over all accounts, and compared without case.
    pub bucket_name: String,
    /// Who can read it.
    pub bucket_type: BucketType,
    /// What it carries: names and values of the owner's choice.
    pub bucket_info: TextMap<String>,
    /// What web pages may do with it.
    pub cors_rules: Vec<CorsRule>,
    /// What B2 hides and deletes by itself.
    pub lifecycle_rules: Vec<LifecycleRule>,
    /// Grows with each change.
    pub revision: u64,
    /// Such as `s3`.
    pub options: Vec<String>,
    /// How new files are encrypted if they ask for nothing.
    pub default_server_side_encryption: Readable<EncryptionSetting>,
    /// Whether files can be locked, and what new ones get if they ask for nothing.
    pub file_lock: Readable<FileLock>,
    /// Where its files are replicated to, and from.
    pub replication: Readable<ReplicationConfiguration>,
}

read_object! { Bucket {
    account_id: "accountId" or default,
    bucket_id: "bucketId",
    bucket_name: "bucketName",
    bucket_type: "bucketType",
    bucket_info: "bucketInfo" or default,
    cors_rules: "corsRules" or default,
    lifecycle_rules: "lifecycleRules" or default,
    revision: "revision" or default,
    options: "options" or default,
    default_server_side_encryption: "defaultServerSideEncryption" or default,
    file_lock: "fileLockConfiguration" or default,
    replication: "replicationConfiguration" or (no_replication()),
} }

fn no_replication() -> Readable<ReplicationConfiguration> {
    Readable::Value(ReplicationConfiguration::default())
}

impl Bucket {
    /// As b2sdk prints it (`as_dict`), which is not the shape B2 answers.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let encryption = self.default_server_side_encryption.value();
        let encryption = encryption.unwrap_or(&EncryptionSetting::Unknown);
        let lock = self.file_lock.value();
        let retention = lock.map_or(&BucketRetention::Unknown, |lock| &lock.default_retention);
        let mut bucket = Object::new();
        bucket.add("accountId", &self.account_id);
        bucket.add("bucketId", &self.bucket_id);
        bucket.add("bucketName", &self.bucket_name);
        bucket.add("bucketType", &self.bucket_type);
        bucket.add("bucketInfo", &self.bucket_info);
        bucket.add("corsRules", &self.cors_rules);
        bucket.add("lifecycleRules", &self.lifecycle_rules);
        bucket.add("revision", &self.revision);
        bucket.add("options", &self.options);
        bucket.put("defaultServerSideEncryption", encryption.to_tree());
        bucket.put("isFileLockEnabled", lock.map_or(Json::Null, |lock| lock.enabled.as_json()));
        bucket.put("defaultRetention", retention.to_tree());
        let replication = self.replication.value();
        bucket.put("replication", replication.map_or(Json::Null, AsJson::as_json));
        bucket.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
