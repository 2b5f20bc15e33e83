//! The JSON form in which b2sdk prints its types (`as_dict`), which differs from the form of B2's responses.

use b2_proto::model::{
    ApplicationKey, BucketInfo, BucketRetention, CorsRule, CustomHeader, DownloadVersion,
    EncryptionSetting, FileIdAndName, FileRetention, FileVersion, LegalHold, NotificationRule,
};
use b2_proto::secret::Secret;
use serde_json::{Value, json};

/// A type that b2sdk prints as JSON.
pub(crate) trait AsDict {
    /// Returns the value that b2sdk prints.
    fn as_dict(&self) -> Value;
}

impl AsDict for BucketInfo {
    fn as_dict(&self) -> Value {
        let encryption = self.default_server_side_encryption.value();
        let lock = self.file_lock.value();
        let retention = lock.map_or(&BucketRetention::Unknown, |lock| &lock.default_retention);
        json!({
            "accountId": self.account_id,
            "bucketId": self.bucket_id,
            "bucketName": self.bucket_name,
            "bucketType": self.bucket_type,
            "bucketInfo": self.bucket_info,
            "corsRules": self.cors_rules.iter().map(AsDict::as_dict).collect::<Vec<_>>(),
            "lifecycleRules": self.lifecycle_rules,
            "revision": self.revision,
            "options": self.options,
            "defaultServerSideEncryption": encryption.unwrap_or(&EncryptionSetting::Unknown).as_dict(),
            "isFileLockEnabled": lock.map(|lock| lock.enabled),
            "defaultRetention": retention.as_dict(),
            "replication": self.replication.value(),
        })
    }
}

impl AsDict for CorsRule {
    fn as_dict(&self) -> Value {
        let mut rule = json!(self);
        // B2 has a null where the model has nothing.
        if let Value::Object(fields) = &mut rule {
            fields.entry("exposeHeaders").or_insert(Value::Null);
        }
        rule
    }
}

impl AsDict for BucketRetention {
    fn as_dict(&self) -> Value {
        match self {
            Self::None => json!({ "mode": null }),
            Self::For { mode, period } => json!({ "mode": mode, "period": period }),
            Self::Unknown => json!({ "mode": "unknown" }),
        }
    }
}

impl AsDict for FileVersion {
    fn as_dict(&self) -> Value {
        let file_id = Some(&self.file_id).filter(|id| !id.as_str().is_empty());
        let mut file = json!({
            "fileId": file_id,
            "fileName": self.file_name,
            "fileInfo": self.file_info,
            "serverSideEncryption": self.server_side_encryption.as_dict(),
            "legalHold": self.legal_hold.as_dict(),
            "fileRetention": self.file_retention.as_dict(),
            "replicationStatus": self.replication_status,
            "accountId": self.account_id,
            "bucketId": self.bucket_id,
            "size": self.size,
            "action": self.action,
        });
        let optional = json!({
            "uploadTimestamp": self.upload_timestamp,
            "contentType": self.content_type,
            "contentSha1": self.content_sha1.to_text(),
            "contentMd5": self.content_md5,
        });
        add_present(&mut file, optional);
        file
    }
}

impl AsDict for DownloadVersion {
    fn as_dict(&self) -> Value {
        let mut file = json!({
            "fileId": self.file_id,
            "fileName": self.file_name,
            "fileInfo": self.file_info,
            "serverSideEncryption": self.server_side_encryption.as_dict(),
            "legalHold": self.legal_hold.as_dict(),
            "fileRetention": self.file_retention.as_dict(),
            "replicationStatus": self.replication_status,
            "size": self.size,
        });
        let optional = json!({
            "uploadTimestamp": self.upload_timestamp,
            "contentType": self.content_type,
            "contentSha1": self.content_sha1.to_text(),
            "cacheControl": self.cache_control,
            "expires": self.expires,
            "contentDisposition": self.content_disposition,
            "contentEncoding": self.content_encoding,
            "contentLanguage": self.content_language,
        });
        add_present(&mut file, optional);
        file
    }
}

impl AsDict for FileIdAndName {
    fn as_dict(&self) -> Value {
        json!({ "fileId": self.file_id, "fileName": self.file_name, "action": "delete" })
    }
}

impl AsDict for ApplicationKey {
    fn as_dict(&self) -> Value {
        json!(self)
    }
}

impl AsDict for NotificationRule {
    fn as_dict(&self) -> Value {
        let target = &self.target_configuration;
        let header =
            |header: &CustomHeader| json!({ "name": header.name, "value": header.value.expose() });
        let headers: Option<Vec<_>> =
            target.custom_headers.as_ref().map(|headers| headers.iter().map(header).collect());
        let mut rule = json!({
            "name": self.name,
            "eventTypes": self.event_types,
            "isEnabled": self.is_enabled,
            "isSuspended": self.is_suspended,
            "objectNamePrefix": self.object_name_prefix,
            "suspensionReason": self.suspension_reason,
            "targetConfiguration": {
                "targetType": target.target_type,
                "url": target.url,
                "customHeaders": headers,
                "hmacSha256SigningSecret": target.hmac_sha256_signing_secret.as_ref().map(Secret::expose),
            },
        });
        add_present(&mut rule, json!({ "maxEventsPerBatch": self.max_events_per_batch }));
        rule
    }
}

/// Masks an SSE-C key.
impl AsDict for EncryptionSetting {
    fn as_dict(&self) -> Value {
        let mut setting = json!({ "mode": self.mode() });
        let mask = self.key().map(|_| "******");
        let optional =
            json!({ "algorithm": self.algorithm(), "customerKey": mask, "customerKeyMd5": mask });
        add_present(&mut setting, optional);
        setting
    }
}

impl AsDict for FileRetention {
    fn as_dict(&self) -> Value {
        let (mode, until) = match self {
            Self::None => (None, None),
            Self::Until { mode, until } => (Some(json!(mode)), Some(until)),
            Self::Unknown => (Some(json!("unknown")), None),
        };
        json!({ "mode": mode, "retainUntilTimestamp": until })
    }
}

impl AsDict for LegalHold {
    fn as_dict(&self) -> Value {
        match self {
            Self::On => json!("on"),
            Self::Off => json!("off"),
            Self::Unset => Value::Null,
            Self::Unknown => json!("unknown"),
        }
    }
}

/// Adds the fields of `optional` that are not null to an object.
fn add_present(object: &mut Value, optional: Value) {
    if let (Value::Object(object), Value::Object(optional)) = (object, optional) {
        object.extend(optional.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

#[cfg(test)]
mod tests {
    use b2_proto::model::{EncryptionKey, FullApplicationKey};

    use super::*;

    #[test]
    fn buckets() {
        let bucket: BucketInfo = serde_json::from_value(json!({
            "accountId": "acc", "bucketId": "b", "bucketName": "photos", "bucketType": "allSecret",
            "bucketInfo": {}, "corsRules": [], "lifecycleRules": [], "options": ["s3"], "revision": 3,
            "defaultServerSideEncryption": {"isClientAuthorizedToRead": true, "value": {"mode": null, "algorithm": null}},
            "fileLockConfiguration": {"isClientAuthorizedToRead": false, "value": null},
            "replicationConfiguration": {"isClientAuthorizedToRead": true, "value": null},
        }))
        .unwrap();
        assert_eq!(
            bucket.as_dict(),
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
    fn files() {
        let file: FileVersion = serde_json::from_value(json!({
            "accountId": "acc", "bucketId": "b", "fileId": "4_z1", "fileName": "a/b.txt", "action": "upload",
            "contentLength": 11, "contentType": "text/plain", "contentMd5": null,
            "contentSha1": "unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
            "fileInfo": {"Color": "red"}, "uploadTimestamp": 1_500_000_000_000_u64,
            "serverSideEncryption": {"mode": null, "algorithm": null},
            "fileRetention": {"isClientAuthorizedToRead": true, "value": {"mode": null, "retainUntilTimestamp": null}},
            "legalHold": {"isClientAuthorizedToRead": true, "value": null}, "futureField": {"x": []},
        }))
        .unwrap();
        assert_eq!(
            file.as_dict(),
            json!({
                "fileId": "4_z1", "fileName": "a/b.txt", "fileInfo": {"color": "red"},
                "serverSideEncryption": {"mode": "none"}, "legalHold": null,
                "fileRetention": {"mode": null, "retainUntilTimestamp": null}, "replicationStatus": null,
                "accountId": "acc", "bucketId": "b", "size": 11, "uploadTimestamp": 1_500_000_000_000_u64,
                "contentType": "text/plain", "action": "upload",
                "contentSha1": "unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
            })
        );
        let folder: FileVersion = serde_json::from_value(json!({
            "fileId": null, "fileName": "a/", "action": "folder", "contentLength": 0, "fileInfo": null,
            "uploadTimestamp": 0,
        }))
        .unwrap();
        assert_eq!(folder.as_dict()["fileId"], Value::Null);
        assert_eq!(folder.as_dict().get("uploadTimestamp"), None);
    }

    #[test]
    fn downloads() {
        let file: DownloadVersion = serde_json::from_value(json!({
            "size": 11, "range": {"start": 0, "end": 11}, "cacheControl": "no-cache",
            "legalHold": "on", "fileInfo": {},
        }))
        .unwrap();
        assert_eq!(
            file.as_dict(),
            json!({
                "fileId": null, "fileName": null, "fileInfo": {}, "serverSideEncryption": {"mode": "none"},
                "legalHold": "on", "fileRetention": {"mode": null, "retainUntilTimestamp": null},
                "replicationStatus": null, "size": 11, "cacheControl": "no-cache",
            })
        );
    }

    #[test]
    fn deleted_files() {
        let gone = FileIdAndName { file_id: "f".into(), file_name: "a".to_owned() };
        assert_eq!(gone.as_dict(), json!({"action": "delete", "fileId": "f", "fileName": "a"}));
    }

    #[test]
    fn keys_without_their_secret() {
        let full: FullApplicationKey = serde_json::from_value(json!({
            "keyName": "k", "applicationKeyId": "id", "applicationKey": "K001secret", "accountId": "acc",
            "capabilities": ["listFiles"], "bucketIds": ["b"], "namePrefix": null, "expirationTimestamp": 5,
            "options": null,
        }))
        .unwrap();
        assert_eq!(
            full.key.as_dict(),
            json!({
                "keyName": "k", "applicationKeyId": "id", "capabilities": ["listFiles"], "accountId": "acc",
                "expirationTimestamp": 5, "bucketIds": ["b"],
            })
        );
    }

    #[test]
    fn encryption_without_its_key() {
        let key = EncryptionKey::new([7; 32]).with_id("id");
        assert_eq!(
            EncryptionSetting::SseC(key).as_dict(),
            json!({
                "mode": "SSE-C", "algorithm": "AES256", "customerKey": "******", "customerKeyMd5": "******",
            })
        );
        assert_eq!(
            EncryptionSetting::SseB2.as_dict(),
            json!({"mode": "SSE-B2", "algorithm": "AES256"})
        );
        assert_eq!(EncryptionSetting::Unknown.as_dict(), json!({"mode": null}));
    }
}
