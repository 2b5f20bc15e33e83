//! The readers of JSON: they accept any text, and what is serialized reads back equal.

use std::fmt::Debug;

use b2_proto::account::Snapshot;
use b2_proto::api::{
    BucketNotificationRules, BucketsList, CancelledLargeFile, DownloadAuthorization, FileNamesPage,
    FileVersionsPage, KeysPage, PartsPage, UnfinishedLargeFilesPage, UpdatedFileLegalHold,
    UpdatedFileRetention,
};
use b2_proto::create::Checkpoint;
use b2_proto::encoding::from_json;
use b2_proto::model::{
    ApplicationKey, BucketInfo, BucketRetention, BucketType, ContentSha1, CorsRule,
    DownloadVersion, EncryptionSetting, FileIdAndName, FileInfo, FileLock, FileRetention,
    FileVersion, FullApplicationKey, LegalHold, LifecycleRule, NotificationRule, Part, Readable,
    ReplicationConfiguration, ReplicationStatus, UnfinishedLargeFile,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::input::Choices;

/// The fields of objects that stand alone or inside others.
const FIELDS: &[&[&str]] = &[
    &[
        "accountId",
        "bucketId",
        "fileId",
        "fileName",
        "action",
        "size",
        "range",
        "contentLength",
        "contentType",
        "contentSha1",
        "contentMd5",
        "fileInfo",
        "uploadTimestamp",
        "serverSideEncryption",
        "fileRetention",
        "legalHold",
        "replicationStatus",
        "partNumber",
    ],
    &[
        "bucketId",
        "bucketName",
        "bucketType",
        "bucketInfo",
        "corsRules",
        "lifecycleRules",
        "revision",
        "options",
        "defaultServerSideEncryption",
        "fileLockConfiguration",
        "replicationConfiguration",
    ],
    &[
        "keyName",
        "applicationKeyId",
        "applicationKey",
        "capabilities",
        "accountId",
        "expirationTimestamp",
        "bucketIds",
        "namePrefix",
        "options",
    ],
    &["isClientAuthorizedToRead", "value", "mode", "retainUntilTimestamp", "period"],
    &["mode", "algorithm", "customerKey", "customerKeyMd5", "isClientAuthorizedToRead"],
    &["corsRuleName", "allowedOrigins", "allowedOperations", "allowedHeaders", "maxAgeSeconds"],
    &["name", "eventTypes", "isEnabled", "maxEventsPerBatch", "targetConfiguration", "targetType"],
    &["asReplicationSource", "replicationRules", "sourceApplicationKeyId", "priority"],
    &["files", "buckets", "keys", "parts", "nextFileName", "nextPartNumber", "version"],
];

/// Reads any bytes, and JSON with the fields of the types, before and after a byte of it is damaged.
pub fn json(data: &[u8]) {
    read(data);
    let choices = &mut Choices::new(data);
    let fields = choices.one(FIELDS);
    let mut text = choices.object(fields, 3).to_string().into_bytes();
    read(&text);
    let at = choices.below(text.len());
    text[at] = choices.one(b"\"\\{}[]:,-+.eE0u \n\x1f\xff");
    read(&text);
}

fn read(text: &[u8]) {
    reads_back_equal::<ApplicationKey>(text);
    reads_back_equal::<BucketInfo>(text);
    reads_back_equal::<BucketType>(text);
    reads_back_equal::<ContentSha1>(text);
    reads_back_equal::<CorsRule>(text);
    reads_back_equal::<DownloadVersion>(text);
    reads_back_equal::<FileIdAndName>(text);
    reads_back_equal::<FileInfo>(text);
    reads_back_equal::<FileLock>(text);
    reads_back_equal::<FileVersion>(text);
    reads_back_equal::<FullApplicationKey>(text);
    reads_back_equal::<LifecycleRule>(text);
    reads_back_equal::<Part>(text);
    reads_back_equal::<Readable<FileLock>>(text);
    reads_back_equal::<ReplicationConfiguration>(text);
    reads_back_equal::<ReplicationStatus>(text);
    reads_back_equal::<UnfinishedLargeFile>(text);
    // A request cannot contain some of their values.
    if let Ok(setting) = from_json::<EncryptionSetting>(text)
        && setting.check().is_ok()
    {
        reads_back_equal::<EncryptionSetting>(text);
    }
    if let Ok(retention) = from_json::<FileRetention>(text)
        && retention.check().is_ok()
    {
        reads_back_equal::<FileRetention>(text);
    }
    if let Ok(retention) = from_json::<BucketRetention>(text)
        && retention.check().is_ok()
    {
        reads_back_equal::<BucketRetention>(text);
    }
    let _ = from_json::<LegalHold>(text);
    let _ = from_json::<NotificationRule>(text);

    let _ = from_json::<BucketNotificationRules>(text);
    let _ = from_json::<BucketsList>(text);
    let _ = from_json::<CancelledLargeFile>(text);
    let _ = from_json::<DownloadAuthorization>(text);
    let _ = from_json::<FileNamesPage>(text);
    let _ = from_json::<FileVersionsPage>(text);
    let _ = from_json::<KeysPage>(text);
    let _ = from_json::<PartsPage>(text);
    let _ = from_json::<Snapshot>(text);
    let _ = from_json::<UnfinishedLargeFilesPage>(text);
    let _ = from_json::<UpdatedFileLegalHold>(text);
    let _ = from_json::<UpdatedFileRetention>(text);
    let _ = Checkpoint::from_json(&String::from_utf8_lossy(text));
}

fn reads_back_equal<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &[u8]) {
    if let Ok(value) = from_json::<T>(text) {
        let written = serde_json::to_string(&value).expect("what was read can be serialized");
        assert_eq!(from_json::<T>(written.as_bytes()).as_ref(), Ok(&value), "{written}");
    }
}
