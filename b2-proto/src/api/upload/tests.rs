use serde_json::{Value, json};

use super::*;
use crate::api::test::reply;
use crate::machine::{Origin, SourceId};
use crate::model::{EncryptionKey, FileInfo, FileRetention, LegalHold};
use crate::time::Timestamp;

const SHA1: &str = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";

fn url() -> UploadUrl {
    UploadUrl {
        url: "https://pod.example.com/b2api/v4/up?x=1".to_owned(),
        token: "up-token".into(),
    }
}

fn span(len: u64) -> Vec<Span> {
    vec![Span { origin: Origin::Source(SourceId(0)), range: 0..len }]
}

fn headers(upload: &UploadFile) -> Vec<(String, String)> {
    let request = upload.request(&url(), span(11)).unwrap();
    assert_eq!(request.head.url, url().url);
    let shown = format!("{request:?}");
    assert!(!shown.contains("up-token") && !shown.contains("BwcHBw"), "{shown}");
    let mut all: Vec<_> = request.head.headers.iter().collect();
    all.sort_unstable();
    pairs(&all)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn digest() -> UploadSha1 {
    UploadSha1::Header(Sha1Digest::of(b"hello world"))
}

#[test]
fn the_least_headers() {
    let mut upload = UploadFile::new("a b/\u{e9}.txt", digest());
    // No retention has no header.
    upload.file.retention = Some(FileRetention::None);
    let expected = pairs(&[
        ("accept", "application/json"),
        ("authorization", "up-token"),
        ("content-type", "b2/x-auto"),
        ("x-bz-content-sha1", SHA1),
        ("x-bz-file-name", "a%20b/%C3%A9.txt"),
    ]);
    assert_eq!(headers(&upload), expected);
}

#[test]
fn all_headers() {
    let mut upload = UploadFile::new("a", UploadSha1::AtEnd);
    upload.file.content_type = "text/plain; charset=utf-8".to_owned();
    upload.file.file_info =
        FileInfo::new().with("Color", "r\u{f6}t & more").with_cache_control("no-cache");
    upload.file.encryption =
        Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32]).with_id("k 1")));
    upload.file.retention = Some(FileRetention::compliance(Timestamp::from_millis(9)));
    upload.file.legal_hold = Some(LegalHold::Unset);
    upload.file.custom_upload_timestamp = Some(Timestamp::from_millis(5));
    let md5 = EncryptionKey::new([7; 32]).md5().unwrap().to_owned();
    let expected = pairs(&[
        ("accept", "application/json"),
        ("authorization", "up-token"),
        ("content-type", "text/plain; charset=utf-8"),
        ("x-bz-content-sha1", "hex_digits_at_end"),
        ("x-bz-custom-upload-timestamp", "5"),
        ("x-bz-file-legal-hold", "off"),
        ("x-bz-file-name", "a"),
        ("x-bz-file-retention-mode", "compliance"),
        ("x-bz-file-retention-retain-until-timestamp", "9"),
        ("x-bz-info-b2-cache-control", "no-cache"),
        ("x-bz-info-color", "r%C3%B6t%20%26%20more"),
        ("x-bz-info-sse_c_key_id", "k%201"),
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        (
            "x-bz-server-side-encryption-customer-key",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        ),
        ("x-bz-server-side-encryption-customer-key-md5", &md5),
    ]);
    assert_eq!(headers(&upload), expected);
    let body = upload.request(&url(), span(11)).unwrap().body;
    assert_eq!(body.len(), 51);
    upload.file.encryption = Some(EncryptionSetting::SseB2);
    assert!(
        headers(&upload).contains(&("x-bz-server-side-encryption".to_owned(), "AES256".to_owned()))
    );
}

#[test]
fn refuses_what_b2_would() {
    let kind = |change: fn(&mut UploadFile), len| {
        let mut upload = UploadFile::new("a", UploadSha1::DoNotVerify);
        change(&mut upload);
        upload.request(&url(), span(len)).map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(kind(|_| (), MAX_UPLOAD), Ok(()));
    assert_eq!(kind(|_| (), MAX_UPLOAD + 1), Err(ErrorKind::InvalidInput));
    assert_eq!(kind(|upload| upload.file.file_name.clear(), 1), Err(ErrorKind::InvalidFileName));
    assert_eq!(
        kind(|upload| upload.file.content_type = "a\r\nb".to_owned(), 1),
        Err(ErrorKind::InvalidInput)
    );
    assert_eq!(kind(|upload| upload.file.content_type.clear(), 1), Err(ErrorKind::InvalidInput));
    let bad_key =
        |upload: &mut UploadFile| upload.file.file_info = FileInfo::new().with("b2-secret", "");
    assert_eq!(kind(bad_key, 1), Err(ErrorKind::InvalidFileInfo));
    let no_secret = |upload: &mut UploadFile| {
        upload.file.encryption = Some(EncryptionSetting::SseC(EncryptionKey::reported(None)));
    };
    assert_eq!(kind(no_secret, 1), Err(ErrorKind::InvalidInput));
}

fn answer(sha1: &Value) -> Reply {
    let file = json!({"fileId": "4_z", "fileName": "a", "action": "upload", "contentLength": 11, "contentSha1": sha1});
    reply(200, &file)
}

#[test]
fn other_bytes_are_noticed() {
    let upload = UploadFile::new("a", digest());
    assert_eq!(upload.response(&answer(&json!(SHA1))).unwrap().size, 11);
    upload.response(&answer(&Value::Null)).unwrap();
    let other = json!("da39a3ee5e6b4b0d3255bfef95601890afd80709");
    let error = upload.response(&answer(&other)).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::ChecksumMismatch, Retry::NewUploadUrl));
    let at_end = UploadFile::new("a", UploadSha1::AtEnd);
    let mut reply = answer(&other);
    reply.sent = Some(Sha1Digest::of(b"hello world"));
    assert_eq!(at_end.response(&reply).unwrap_err().kind(), ErrorKind::ChecksumMismatch);
    UploadFile::new("a", UploadSha1::DoNotVerify).response(&reply).unwrap();
}

#[test]
fn responses_about_another_bucket_are_refused() {
    let response = |bucket_id: &str| {
        let file = json!({"fileId": "4_z", "fileName": "a", "bucketId": bucket_id, "action": "upload",
            "contentLength": 11, "contentSha1": SHA1});
        let mut upload = UploadFile::new("a", digest());
        upload.response(&reply(200, &file)).unwrap();
        upload.bucket_id = Some("b".into());
        upload.response(&reply(200, &file)).map_err(|error| error.kind())
    };
    assert!(response("b").is_ok() && response("").is_ok());
    assert_eq!(response("c"), Err(ErrorKind::WrongFile));
}

#[test]
fn parts() {
    let mut part = UploadPart {
        file_id: "f".into(),
        part_number: 10_000,
        sha1: digest(),
        // Chosen at the start: a part repeats nothing but a client's own key.
        server_side_encryption: Some(EncryptionSetting::SseB2),
    };
    let request = part.request(&url(), span(5)).unwrap();
    assert_eq!(request.head.headers.iter().count(), 4);
    assert_eq!(request.head.headers.get("x-bz-part-number"), Some("10000"));
    assert_eq!(request.idle_timeout, Duration::from_secs(128));
    part.server_side_encryption =
        Some(EncryptionSetting::SseC(EncryptionKey::new([7; 32]).with_id("k")));
    let request = part.request(&url(), span(5)).unwrap();
    assert_eq!(request.head.headers.iter().count(), 7);
    let answer =
        json!({"fileId": "f", "partNumber": 10_000, "contentLength": 5, "contentSha1": SHA1});
    assert_eq!(part.response(&reply(200, &answer)).unwrap().part_number, 10_000);
    for number in [0, 10_001] {
        part.part_number = number;
        assert_eq!(part.request(&url(), span(5)).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let mut bad = url();
    bad.url = "no url".to_owned();
    part.part_number = 1;
    assert_eq!(part.request(&bad, span(5)).unwrap_err().retry(), Retry::NewUploadUrl);
    bad = UploadUrl { token: "a\r\nx: b".into(), ..url() };
    let error = part.request(&bad, span(5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CorruptAccountInfo);
    assert!(!format!("{error} {error:?}").contains("x: b"), "{error}");
}
