//! Uploads of files: digests, headers, URLs.

use b2_proto::hash::Sha1Digest;
use b2_sim::Violation;
use http::Method;
use serde_json::json;

use crate::client::{client, text};

#[test]
fn a_digest_can_be_sent_in_three_ways() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let digest = Sha1Digest::of(b"hello").to_hex();
    let upper = digest.to_uppercase();
    let trailing = format!("hello{digest}");
    for (sha1, body, stored) in [
        (upper.as_str(), "hello", digest.clone()),
        ("hex_digits_at_end", trailing.as_str(), digest.clone()),
        ("do_not_verify", "hello", format!("unverified:{digest}")),
    ] {
        let headers = [("x-bz-file-name", "f"), ("x-bz-content-sha1", sha1)];
        let (status, file) = client.upload_with(&url, &headers, body.as_bytes());
        assert_eq!(status, 200, "{file}");
        assert_eq!(
            (text(&file["contentSha1"]), &file["contentLength"]),
            (stored.as_str(), &json!(5))
        );
        assert_eq!(client.service.read_file("photos", "f").unwrap(), "hello");
    }
}

#[test]
fn nothing_is_stored_on_an_error() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let wrong = Sha1Digest::of(b"other").to_hex();
    let long = "n".repeat(251);
    for headers in [
        vec![("x-bz-content-sha1", wrong.as_str())],
        vec![("x-bz-content-sha1", "abc")],
        vec![("x-bz-content-sha1", "hex_digits_at_end")],
        vec![("x-bz-file-name", long.as_str())],
        vec![("x-bz-file-name", "/f")],
        vec![("x-bz-info-a%20b", "x"), ("x-bz-info-b2-unknown", "x")],
        vec![("expires", "tomorrow")],
        vec![("content-length", "many")],
        vec![("x-bz-custom-upload-timestamp", "9999999999999")],
        vec![("x-bz-file-retention-mode", "governance")],
        vec![("x-bz-server-side-encryption", "NONE")],
    ] {
        let mut all = vec![("x-bz-file-name", "f")];
        all.extend(headers.iter().copied());
        let (status, answer) = client.upload_with(&url, &all, b"hello");
        assert_eq!(status, 400, "{headers:?}: {answer}");
    }
    assert_eq!(client.service.versions("photos"), []);
    let (status, _) = client.upload_with(&url, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!(status, 200, "the URL is still good");
}

#[test]
fn file_info_is_decoded_and_in_lower_case() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let headers = [("x-bz-file-name", "f"), ("X-Bz-Info-Color", "bl%C3%BC+x")];
    let (_, file) = client.upload_with(&url, &headers, b"");
    assert_eq!(file["fileInfo"], json!({ "color": "bl\u{fc} x" }));
    let response = client.fetch(Method::GET, "/file/photos/f", &[]);
    assert_eq!(response.headers()["x-bz-info-color"], "bl%C3%BC%20x");
}

#[test]
fn an_incomplete_body_invalidates_the_url() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let headers = [("x-bz-file-name", "f"), ("content-length", "10")];
    let (status, answer) = client.upload_with(&url, &headers, b"hello");
    assert_eq!((status, text(&answer["code"])), (408, "request_timeout"));
    let (status, answer) = client.upload_with(&url, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!((status, text(&answer["code"])), (401, "bad_auth_token"));
    assert_eq!(client.service.violations(), [Violation::UploadUrlReused { upload_url: 1 }]);
}

#[test]
fn a_url_works_only_with_its_own_token_and_method() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let (one, two) = (client.upload_url(&bucket), client.upload_url(&bucket));
    let mixed = (one.0.clone(), two.1);
    let (status, _) = client.upload_with(&mixed, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!(status, 401);
    assert_eq!(client.service.violations(), [Violation::UploadTokenMisplaced]);
    let response = client.fetch_anonymously(Method::GET, &one.0, &[("authorization", &one.1)]);
    assert_eq!(response.status(), 405);
    client.service.expire_upload_urls();
    let (_, answer) = client.upload_with(&one, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!(answer["code"], "expired_auth_token");
}

#[test]
fn a_url_accepts_one_upload_at_a_time() {
    use b2_proto::time::Timestamp;
    use b2_sim::NextStep;

    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let now = Timestamp::from_millis(client.now);
    let (head, ()) = http::Request::post(url.0.as_str())
        .header("authorization", &url.1)
        .header("x-bz-file-name", "slow")
        .header("content-type", "x/y")
        .header("content-length", "5")
        .header("x-bz-content-sha1", "do_not_verify")
        .body(())
        .unwrap()
        .into_parts();
    let NextStep::Upload(pending) = client.service.begin(now, &head) else {
        panic!("refused");
    };
    let (status, answer) = client.upload_with(&url, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!((status, text(&answer["code"])), (400, "auth_token_limit"));
    assert_eq!(client.service.violations(), [Violation::UploadUrlShared { upload_url: 1 }]);
    client.service.abort(now, pending);
    assert_eq!(client.service.versions("photos"), []);
}

#[test]
fn exceeded_caps_refuse_uploads() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    client.service.config_mut().caps.storage = Some(0);
    let refused = client.refusal("b2_get_upload_url", json!({ "bucketId": bucket }));
    assert_eq!(refused, (403, "storage_cap_exceeded".to_owned()));
    let (status, _) = client.upload_with(&url, &[("x-bz-file-name", "f")], b"hello");
    assert_eq!(status, 403);
    client.service.config_mut().caps.transactions = Some(0);
    assert_eq!(client.refusal("b2_list_buckets", json!({})).1, "transaction_cap_exceeded");
}

#[test]
fn test_mode_causes_failures() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let headers = [("x-bz-file-name", "f"), ("x-bz-test-mode", "fail_some_uploads")];
    let mut seen = Vec::new();
    for _ in 0..40 {
        let url = client.upload_url(&bucket);
        seen.push(client.upload_with(&url, &headers, b"x").0);
    }
    assert!(seen.contains(&200) && seen.contains(&503), "{seen:?}");
}
