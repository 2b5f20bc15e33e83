//! Buckets and their settings.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::open::open_enum;
use super::readable::Reported;
use super::{
    AccountId, BucketId, CorsRule, EncryptionSetting, FileLock, LifecycleRule, Readable,
    ReplicationConfiguration,
};
use crate::encoding::null_as_default;

/// The type of a bucket, which decides who can download its files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "camelCase")]
#[non_exhaustive]
pub enum BucketType {
    /// Downloads need no authorization.
    AllPublic,
    /// Downloads need an authorization.
    AllPrivate,
    /// The bucket holds snapshots, which only B2 creates.
    Snapshot,
    /// A type that B2 reports and does not accept.
    Restricted,
    /// A type that B2 reports and does not accept.
    Shared,
    /// A type that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(BucketType);

/// A bucket and its settings (`b2_list_buckets`, `b2_create_bucket`, `b2_update_bucket`, `b2_delete_bucket`).
///
/// ```
/// use b2_proto::model::{BucketInfo, BucketType};
///
/// let bucket: BucketInfo = serde_json::from_str(
///     r#"{"bucketId": "4a48fe8875c6214145260818", "bucketName": "photos", "bucketType": "allPrivate",
///         "bucketInfo": {"color": "red"}, "revision": 3}"#,
/// )?;
/// assert_eq!(bucket.bucket_type, BucketType::AllPrivate);
/// assert_eq!(bucket.bucket_info["color"], "red");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BucketInfo {
    /// The account that owns the bucket. Empty if the response does not contain it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub account_id: AccountId,
    /// The id, which never changes.
    pub bucket_id: BucketId,
    /// The name, unique among all accounts without regard to case.
    pub bucket_name: String,
    /// The type.
    pub bucket_type: BucketType,
    /// Custom names and values.
    #[serde(default, deserialize_with = "null_as_default")]
    pub bucket_info: BTreeMap<String, String>,
    /// The CORS rules.
    #[serde(default, deserialize_with = "null_as_default")]
    pub cors_rules: Vec<CorsRule>,
    /// The lifecycle rules.
    #[serde(default, deserialize_with = "null_as_default")]
    pub lifecycle_rules: Vec<LifecycleRule>,
    /// A number that grows with each change of the settings.
    #[serde(default, deserialize_with = "null_as_default")]
    pub revision: u64,
    /// Options of the bucket, such as `s3`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub options: Vec<String>,
    /// The encryption of new files whose upload names none.
    #[serde(default, serialize_with = "Reported::serialize_reported")]
    pub default_server_side_encryption: Readable<EncryptionSetting>,
    /// The file lock settings.
    #[serde(default, rename = "fileLockConfiguration")]
    pub file_lock: Readable<FileLock>,
    /// The replication settings.
    #[serde(default = "no_replication", rename = "replicationConfiguration")]
    pub replication: Readable<ReplicationConfiguration>,
}

/// Returns the replication that a response without that field means.
fn no_replication() -> Readable<ReplicationConfiguration> {
    Readable::Value(ReplicationConfiguration::default())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
    fn what_is_withheld_differs_from_what_is_not_there() {
        let mut json = answer();
        json["replicationConfiguration"] = json!({"isClientAuthorizedToRead": false});
        let withheld: BucketInfo = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(withheld.replication, Readable::Unreadable);
        for field in
            ["replicationConfiguration", "defaultServerSideEncryption", "fileLockConfiguration"]
        {
            json.as_object_mut().unwrap().remove(field);
        }
        let missing: BucketInfo = serde_json::from_value(json).unwrap();
        assert_eq!(missing.replication, no_replication());
        assert_eq!(missing.default_server_side_encryption, Readable::Unreadable);
        assert_eq!(missing.file_lock, Readable::Unreadable);
    }

    #[test]
    fn what_is_serialized_reads_back_equal() {
        let lock = json!({"isFileLockEnabled": true, "defaultRetention": {"mode": "governance"}});
        for (field, value) in [
            ("revision", json!(null)),
            ("accountId", json!(null)),
            ("bucketInfo", json!({"color": "red"})),
            (
                "corsRules",
                json!([{"corsRuleName": "rule-1", "allowedOrigins": ["*"], "allowedHeaders": null}]),
            ),
            ("lifecycleRules", json!([{"fileNamePrefix": "", "daysFromHidingToDeleting": 1}])),
            (
                "defaultServerSideEncryption",
                json!({"isClientAuthorizedToRead": true, "value": {"mode": "SSE-Q"}}),
            ),
            ("defaultServerSideEncryption", json!({"isClientAuthorizedToRead": false})),
            ("fileLockConfiguration", json!({"isClientAuthorizedToRead": true, "value": lock})),
            ("fileLockConfiguration", json!(null)),
            ("replicationConfiguration", json!(null)),
            (
                "replicationConfiguration",
                json!({"isClientAuthorizedToRead": true, "value": {
                "asReplicationDestination": {"sourceToDestinationKeyMapping": {"a": "b"}}}}),
            ),
        ] {
            let mut json = answer();
            json[field] = value;
            let bucket: BucketInfo = serde_json::from_value(json).unwrap();
            let written = serde_json::to_string(&bucket).unwrap();
            assert_eq!(serde_json::from_str::<BucketInfo>(&written).unwrap(), bucket, "{written}");
        }
    }
}
