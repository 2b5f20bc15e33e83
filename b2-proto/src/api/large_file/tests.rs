use serde_json::json;

use super::*;
use crate::ErrorKind;
use crate::api::test::{authorization, sent};
use crate::api::{JsonEndpoint, Operation};
use crate::model::{EncryptionKey, EncryptionSetting, FileInfo, FileRetention, LegalHold};
use crate::time::Timestamp;

fn start() -> StartLargeFile {
    StartLargeFile::new("b".into(), "film.mkv")
}

#[test]
fn sends_only_what_is_given() {
    let sent = sent(&start()).unwrap();
    assert_eq!(sent, json!({"bucketId": "b", "fileName": "film.mkv", "contentType": "b2/x-auto"}));
}

/// D7: b2sdk sends the timestamp under a name that B2 does not know, if at all.
#[test]
fn d7_the_custom_upload_timestamp_is_sent() {
    let mut start = start();
    start.file.custom_upload_timestamp = Some(Timestamp::from_millis(1_500_000_000_000));
    assert_eq!(sent(&start).unwrap()["customUploadTimestamp"], "1500000000000");
}

#[test]
fn sends_settings_and_the_key_id() {
    let mut start = start();
    start.file.file_info = FileInfo::new().with("color", "red");
    start.file.encryption =
        Some(EncryptionSetting::SseC(EncryptionKey::new([1; 32]).with_id("k1")));
    start.file.retention = Some(FileRetention::governance(Timestamp::from_millis(9)));
    start.file.legal_hold = Some(LegalHold::On);
    let sent = sent(&start).unwrap();
    assert_eq!(sent["fileInfo"], json!({"color": "red", "sse_c_key_id": "k1"}));
    assert_eq!(sent["fileRetention"], json!({"mode": "governance", "retainUntilTimestamp": 9}));
    assert_eq!(sent["legalHold"], "on");
    assert!(!format!("{start:?}").contains("AQEB"));
    assert_eq!(start.file.file_info.sse_c_key_id(), None);
}

#[test]
fn settings_need_capabilities() {
    let mut start = start();
    start.file.legal_hold = Some(LegalHold::On);
    let mut authorization = authorization();
    authorization.allowed.capabilities = vec![Capability::WRITE_FILES];
    let error = start.request(Some(&authorization)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("writeFileLegalHolds"), "{error}");
    assert_eq!(error.operation(), Some("b2_start_large_file"));
}

#[test]
fn refuses_what_b2_would() {
    let changed = |change: fn(&mut StartLargeFile)| {
        let mut start = start();
        change(&mut start);
        sent(&start).unwrap_err().kind()
    };
    assert_eq!(
        changed(|start| start.file.file_name = "a//b".to_owned()),
        ErrorKind::InvalidFileName
    );
    assert_eq!(changed(|start| start.file.content_type.clear()), ErrorKind::InvalidInput);
    assert_eq!(
        changed(|start| start.file.file_info = FileInfo::new().with("a:b", "")),
        ErrorKind::InvalidFileInfo
    );
    assert_eq!(
        changed(|start| start.file.legal_hold = Some(LegalHold::Unknown)),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        changed(|start| start.file.retention = Some(FileRetention::Unknown)),
        ErrorKind::InvalidInput
    );
    let long_and_encrypted = changed(|start| {
        start.file.file_info = FileInfo::new().with("story", "v".repeat(2_048));
        start.file.encryption = Some(EncryptionSetting::SseB2);
    });
    assert_eq!(long_and_encrypted, ErrorKind::InvalidFileInfo);
}

#[test]
fn a_large_file_has_2_to_10_000_parts() {
    let finish = |parts: usize| FinishLargeFile {
        file_id: "f".into(),
        part_sha1_array: vec![Sha1Digest::of(b"hello world"); parts],
    };
    for parts in [0, 1, 10_001] {
        assert_eq!(finish(parts).validate().unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    finish(10_000).validate().unwrap();
    let sha1 = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
    assert_eq!(sent(&finish(2)).unwrap(), json!({"fileId": "f", "partSha1Array": [sha1, sha1]}));
}

#[test]
fn pages() {
    let mut parts = ListParts::new("f".into());
    assert_eq!(sent(&parts).unwrap(), json!({"fileId": "f"}));
    parts.max_part_count = Some(1_001);
    sent(&parts).unwrap_err();
    let mut files = ListUnfinishedLargeFiles::new("b".into());
    files.name_prefix = Some("logs/".to_owned());
    files.max_file_count = Some(100);
    let expected = json!({"bucketId": "b", "namePrefix": "logs/", "maxFileCount": 100});
    assert_eq!(sent(&files).unwrap(), expected);
    files.max_file_count = Some(101);
    sent(&files).unwrap_err();
}
