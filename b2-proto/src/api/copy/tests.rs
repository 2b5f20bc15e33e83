use serde_json::json;

use super::*;
use crate::api::test::{refused, sent};
use crate::model::EncryptionKey;

fn key(id: &str) -> EncryptionSetting {
    EncryptionSetting::SseC(EncryptionKey::new([1; 32]).with_id(id))
}

#[test]
fn metadata_are_copied_or_replaced() {
    let mut copy = CopyFile::new("s".into(), "d");
    copy.range = Some(5..10);
    let expected = json!({
        "sourceFileId": "s", "fileName": "d", "range": "bytes=5-9", "metadataDirective": "COPY",
    });
    assert_eq!(sent(&copy).unwrap(), expected);
    copy.metadata_directive = MetadataDirective::Replace;
    copy.file.content_type = "text/plain".to_owned();
    copy.file.encryption = Some(key("k1"));
    let sent_copy = sent(&copy).unwrap();
    assert_eq!(sent_copy["metadataDirective"], "REPLACE");
    assert_eq!(sent_copy["contentType"], "text/plain");
    assert_eq!(sent_copy["fileInfo"], json!({"sse_c_key_id": "k1"}));
    copy.file.content_type.clear();
    assert_eq!(sent(&copy).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn metadata_that_would_be_ignored_are_refused() {
    let rows: [fn(&mut NewFile); 3] = [
        |file| file.content_type = "text/plain".to_owned(),
        |file| file.file_info = FileInfo::new().with("color", "red"),
        |file| file.custom_upload_timestamp = Some(crate::time::Timestamp::from_millis(5)),
    ];
    for change in rows {
        let mut copy = CopyFile::new("s".into(), "d");
        change(&mut copy.file);
        assert_eq!(sent(&copy).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn round_trips_through_json() {
    let mut copy = CopyFile::new("s".into(), "d");
    copy.range = Some(5..10);
    copy.destination_bucket_id = Some("b".into());
    copy.metadata_directive = MetadataDirective::Replace;
    copy.file.content_type = "text/plain".to_owned();
    copy.file.file_info = FileInfo::new().with("color", "red");
    copy.file.encryption = Some(EncryptionSetting::SseB2);
    copy.file.legal_hold = Some(LegalHold::On);
    let json = serde_json::to_value(&copy).unwrap();
    assert_eq!(serde_json::from_value::<CopyFile>(json).unwrap(), copy);
    let mut part = CopyPart::new("s".into(), "l".into(), 1);
    part.range = Some(0..1);
    let json = serde_json::to_value(&part).unwrap();
    assert_eq!(serde_json::from_value::<CopyPart>(json).unwrap(), part);
    for range in
        ["", "5-9", "bytes=", "bytes=5", "bytes=5-", "bytes=-1", "bytes=0-18446744073709551615"]
    {
        let json =
            json!({"sourceFileId": "s", "largeFileId": "l", "partNumber": 1, "range": range});
        assert!(serde_json::from_value::<CopyPart>(json).is_err(), "{range}");
    }
}

/// D34: b2sdk fails for a source encryption that B2 needs no key for.
#[test]
fn d34_only_a_client_key_is_sent_for_the_source() {
    let mut copy = CopyFile::new("s".into(), "d");
    copy.source_server_side_encryption = Some(EncryptionSetting::SseB2);
    assert_eq!(sent(&copy).unwrap().get("sourceServerSideEncryption"), None);
    copy.source_server_side_encryption = Some(key("k1"));
    assert_eq!(sent(&copy).unwrap()["sourceServerSideEncryption"]["mode"], "SSE-C");
    let mut part = CopyPart::new("s".into(), "l".into(), 1);
    part.source_server_side_encryption = Some(EncryptionSetting::Unknown);
    part.destination_server_side_encryption = Some(EncryptionSetting::SseB2);
    let least = json!({"sourceFileId": "s", "largeFileId": "l", "partNumber": 1});
    assert_eq!(sent(&part).unwrap(), least);
}

#[test]
fn refuses_what_b2_would() {
    let mut part = CopyPart::new("s".into(), "l".into(), 10_001);
    assert_eq!(sent(&part).unwrap_err().kind(), ErrorKind::InvalidInput);
    part.part_number = 1;
    for range in [5..5, 0..5_000_000_001] {
        part.range = Some(range);
        assert_eq!(sent(&part).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(
        sent(&CopyFile::new("s".into(), "a/")).unwrap_err().kind(),
        ErrorKind::InvalidFileName
    );
}

#[test]
fn errors_mean_what_they_say() {
    let mut copy = CopyFile::new("s".into(), "d");
    let large = refused(&copy, 400, "source_too_large", "Copy source too big: 6000000000");
    assert_eq!(copy_source_size(&large), Some(6_000_000_000));
    assert_eq!(copy_source_size(&refused(&copy, 400, "source_too_large", "too big")), None);
    assert_eq!(copy_source_size(&refused(&copy, 400, "bad_request", "x: 1")), None);
    assert_eq!(refused(&copy, 403, "access_denied", "").kind(), ErrorKind::AccessDenied);
    copy.source_server_side_encryption = Some(key("k1"));
    assert_eq!(refused(&copy, 403, "access_denied", "").kind(), ErrorKind::SseCKey);
}
