//! Parsers of JSON: they accept any text, and a serialized value is parsed as an equal one.

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

use crate::fields::{BUCKET, FILE, KEY};
use crate::input::Choices;

/// The fields of objects that are read alone or inside of others.
const FIELDS: &[&[&str]] = &[
    FILE,
    BUCKET,
    KEY,
    &["isClientAuthorizedToRead", "value", "mode", "retainUntilTimestamp", "period"],
    &["mode", "algorithm", "customerKey", "customerKeyMd5", "isClientAuthorizedToRead"],
    &["corsRuleName", "allowedOrigins", "allowedOperations", "allowedHeaders", "maxAgeSeconds"],
    &["name", "eventTypes", "isEnabled", "maxEventsPerBatch", "targetConfiguration", "targetType"],
    &["asReplicationSource", "replicationRules", "sourceApplicationKeyId", "priority"],
    &["files", "buckets", "keys", "parts", "nextFileName", "nextPartNumber", "version"],
];

/// Parsers of types that are also serialized.
const ROUND_TRIPS: &[fn(&[u8])] = &[
    round_trip::<ApplicationKey>,
    round_trip::<BucketInfo>,
    round_trip::<BucketType>,
    round_trip::<ContentSha1>,
    round_trip::<CorsRule>,
    round_trip::<DownloadVersion>,
    round_trip::<FileIdAndName>,
    round_trip::<FileInfo>,
    round_trip::<FileLock>,
    round_trip::<FileVersion>,
    round_trip::<FullApplicationKey>,
    round_trip::<LifecycleRule>,
    round_trip::<Part>,
    round_trip::<Readable<FileLock>>,
    round_trip::<ReplicationConfiguration>,
    round_trip::<ReplicationStatus>,
    round_trip::<UnfinishedLargeFile>,
    // Values that requests cannot contain are not serialized.
    |text| round_trip_if(text, |setting: &EncryptionSetting| setting.check().is_ok()),
    |text| round_trip_if(text, |retention: &FileRetention| retention.check().is_ok()),
    |text| round_trip_if(text, |retention: &BucketRetention| retention.check().is_ok()),
];

/// Parsers of types that are only read.
const PARSERS: &[fn(&[u8])] = &[
    parse::<BucketNotificationRules>,
    parse::<BucketsList>,
    parse::<CancelledLargeFile>,
    parse::<DownloadAuthorization>,
    parse::<FileNamesPage>,
    parse::<FileVersionsPage>,
    parse::<KeysPage>,
    parse::<LegalHold>,
    parse::<NotificationRule>,
    parse::<PartsPage>,
    parse::<Snapshot>,
    parse::<UnfinishedLargeFilesPage>,
    parse::<UpdatedFileLegalHold>,
    parse::<UpdatedFileRetention>,
];

/// Parses the bytes, and JSON with the fields of the types, before and after one of its bytes is changed.
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
    for parser in ROUND_TRIPS.iter().chain(PARSERS) {
        parser(text);
    }
    let _ = Checkpoint::from_json(&String::from_utf8_lossy(text));
}

fn parse<T: DeserializeOwned>(text: &[u8]) {
    let _ = from_json::<T>(text);
}

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &[u8]) {
    round_trip_if(text, |_: &T| true);
}

/// Checks that a parsed value is serialized as JSON that is parsed as an equal value, if `is_valid`.
fn round_trip_if<T>(text: &[u8], is_valid: impl FnOnce(&T) -> bool)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    if let Ok(value) = from_json::<T>(text)
        && is_valid(&value)
    {
        let json = serde_json::to_string(&value).expect("a parsed value can be serialized");
        assert_eq!(from_json::<T>(json.as_bytes()).as_ref(), Ok(&value), "{json}");
    }
}
