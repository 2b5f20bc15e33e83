//! The file object of the API.

use b2_proto::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::state::lock::hold_name;
use crate::state::{EncryptionObject, Info, Key, Kind, Retention, RetentionObject, Version};

/// A file version as the API shows it. Listings serialize thousands of them, so it borrows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileObject<'a> {
    account_id: &'a str,
    bucket_id: &'a str,
    file_id: &'a str,
    file_name: &'a str,
    action: &'static str,
    content_type: &'a str,
    content_length: u64,
    /// The name of the length in version 1 of the API.
    size: u64,
    content_sha1: Option<&'a str>,
    content_md5: Option<&'a str>,
    file_info: &'a Info,
    upload_timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_side_encryption: Option<EncryptionObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_retention: Option<Readable<RetentionObject>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_hold: Option<Readable<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_status: Option<&'a str>,
}

/// A setting that only some keys may read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Readable<T> {
    is_client_authorized_to_read: bool,
    value: Option<T>,
}

impl<T> Readable<T> {
    fn new(is_readable: bool, value: impl FnOnce() -> Option<T>) -> Self {
        let value = if is_readable { value() } else { None };
        Self { is_client_authorized_to_read: is_readable, value }
    }
}

impl<'a> FileObject<'a> {
    /// Returns the object of a version, with the fields that `key` may read.
    pub(super) fn of(
        version: &'a Version,
        account_id: &'a str,
        bucket_id: &'a str,
        key: &Key,
    ) -> Self {
        let len = version.content.len();
        let has_content = version.kind != Kind::Hide;
        let retention = || {
            let value = || Some(Retention::object(version.retention));
            Readable::new(key.has("readFileRetentions"), value)
        };
        let hold = || Readable::new(key.has("readFileLegalHolds"), || version.hold.map(hold_name));
        Self {
            account_id,
            bucket_id,
            file_id: &version.id,
            file_name: &version.name,
            action: version.kind.action(),
            content_type: &version.content_type,
            content_length: len,
            size: len,
            content_sha1: has_content.then_some(&version.sha1),
            content_md5: version.md5.as_deref(),
            file_info: &version.info,
            upload_timestamp: version.timestamp,
            server_side_encryption: has_content.then(|| version.encryption.object()),
            file_retention: has_content.then(retention),
            legal_hold: has_content.then(hold),
            replication_status: version
                .replication_status
                .as_deref()
                .filter(|_| version.kind == Kind::Upload),
        }
    }

    /// Returns the object of a folder of a listing: a prefix that ends with the delimiter.
    pub(crate) fn folder(account_id: &str, bucket_id: &str, name: &str) -> Value {
        json!({
            "accountId": account_id,
            "bucketId": bucket_id,
            "fileId": null,
            "fileName": name,
            "action": "folder",
            "contentType": null,
            "contentLength": 0,
            "size": 0,
            "contentSha1": null,
            "contentMd5": null,
            "fileInfo": {},
            "uploadTimestamp": 0,
        })
    }
}
