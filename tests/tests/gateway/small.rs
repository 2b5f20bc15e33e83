//! Small files: relayed by the gateway, or uploaded with an issued key.

use std::time::Duration;

use b2_proto::gateway::{Names, SmallFiles, Uploads};
use b2_proto::hash::Sha1Digest;
use b2_tests::BUCKET;
use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::realm::config;
use crate::site::Site;

#[test]
fn a_small_file_passes_through() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    let bytes = Bytes::from_static(b"hello");
    let headers = [
        ("x-bz-file-name", "u/42/a%20b.png"),
        ("x-bz-info-color", "r%C3%B6t"),
        ("x-bz-server-side-encryption", "AES256"),
    ];
    let (status, _, file) = site.relay(&url, bytes.clone(), &headers);
    assert_eq!(status, 200, "{file}");
    assert_eq!(file["fileName"], "u/42/a b.png");
    assert_eq!(file["contentSha1"], Sha1Digest::of(&bytes).to_hex());
    assert_eq!(file["fileInfo"], json!({"color": "r\u{f6}t"}));
    assert_eq!(file["serverSideEncryption"]["mode"], "SSE-B2");
    assert_eq!(site.service.read_file(BUCKET, "u/42/a b.png"), Some(bytes));
    // Its ID can be used to get the file info.
    let (status, _, info) =
        site.call(&token, "b2_get_file_info", &json!({ "fileId": file["fileId"] }));
    assert_eq!((status, &info["fileName"]), (200, &file["fileName"]));
}

#[test]
fn the_digest_may_follow_or_be_missing() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    let bytes = b"hello";
    let mut trailed = bytes.to_vec();
    trailed.extend_from_slice(&Sha1Digest::of(bytes).to_hex_bytes());
    let said = site.relay(&url, trailed.into(), &[("x-bz-content-sha1", "hex_digits_at_end")]);
    assert_eq!((said.0, &said.2["contentLength"]), (200, &json!(5)));
    let unverified = [("x-bz-content-sha1", "do_not_verify")];
    assert_eq!(site.relay(&url, Bytes::from_static(bytes), &unverified).0, 200);
}

#[test]
fn a_disconnected_visitor_leaves_no_upload_url() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    let bucket_id = site.bucket_id.clone();
    // The first call requests an upload URL, the second sends the file.
    for call in [1, 2] {
        let bytes = Bytes::from_static(b"hello");
        let request = site.relayed(&url, bytes.clone(), &[("x-bz-file-name", "u/42/gone.png")]);
        site.realm.hang_up(site.now, &mut site.service, request, call);
        assert!(!site.realm.free_url(site.now, &bucket_id), "the URL may still be in use");
    }
    assert_eq!(site.relay(&url, Bytes::from_static(b"hello"), &[]).0, 200);
    assert!(site.realm.free_url(site.now, &bucket_id));
}

/// A size, headers, and the expected response.
type Row<'a> = (usize, &'a [(&'a str, &'a str)], u16, &'a str);

#[test]
fn relayed_files_beyond_the_limits_are_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let url = site.relay_url(&token);
    let wrong = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
    let long = "x/".repeat(600);
    let table: &[Row<'_>] = &[
        (1, &[("x-bz-file-name", "u/41/a")], 403, "access_denied"),
        (1, &[("x-bz-file-name", "u/42/%2e%2e/a")], 400, "bad_request"),
        (1, &[("x-bz-file-name", "u%2F42%2F..%2F41")], 400, "bad_request"),
        (1, &[("x-bz-file-name", &long)], 403, "access_denied"),
        (1, &[("x-bz-file-name", "")], 403, "access_denied"),
        (1, &[("content-type", "text/html")], 400, "content_type_not_allowed"),
        (1, &[("content-type", "b2/x-auto")], 400, "content_type_not_allowed"),
        (1, &[("content-type", "image/png, text/html")], 400, "content_type_not_allowed"),
        (1, &[("x-bz-content-sha1", wrong)], 400, "bad_request"),
        (1, &[("x-bz-content-sha1", "none")], 400, "bad_request"),
        (1, &[("x-bz-content-sha1", "hex_digits_at_end")], 400, "bad_request"),
        (60, &[("x-bz-content-sha1", "hex_digits_at_end")], 400, "bad_request"),
        (1, &[("x-bz-info-b2-cache-control", "no")], 400, "bad_request"),
        (1, &[("x-bz-info-gateway-size", "2")], 400, "bad_request"),
        (1, &[("x-bz-file-legal-hold", "on")], 403, "access_denied"),
        (1, &[("x-bz-file-retention-mode", "compliance")], 403, "access_denied"),
        (1, &[("x-bz-custom-upload-timestamp", "1")], 403, "access_denied"),
        (1, &[("x-bz-server-side-encryption-customer-algorithm", "AES256")], 403, "access_denied"),
        (1, &[("x-bz-server-side-encryption", "ROT13")], 400, "bad_request"),
        // Larger than the limit of the relay, and than any limit.
        (1_100, &[], 400, "bad_request"),
        (1_140, &[], 400, "bad_request"),
    ];
    for (number, (size, headers, status, code)) in table.iter().enumerate() {
        let said = site.relay(&url, Bytes::from(vec![0; *size]), headers);
        assert_eq!((said.0, said.1.as_str()), (*status, *code), "row {number}: {}", said.2);
    }
    assert_eq!(site.count("upload"), 0);
    assert_eq!(site.relay(&url, Bytes::from(vec![0; 1_099]), &[]).0, 200, "to the byte");
    // The grant may have a smaller limit.
    let grant = site.grant("42").uploads(Uploads::new(3, ["image/*"]));
    let token = site.enter("42", grant);
    let url = site.relay_url(&token);
    assert_eq!(site.relay(&url, Bytes::from_static(b"1234"), &[]).0, 400);
    assert_eq!(site.relay(&url, Bytes::from_static(b"123"), &[]).0, 200);
}

#[test]
fn missing_headers() {
    let mut site = Site::new();
    let token = site.visitor();
    let (url, token) = site.relay_url(&token);
    for missing in ["x-bz-file-name", "content-type", "x-bz-content-sha1"] {
        let mut request = Request::post(&url)
            .header("authorization", &token)
            .header("x-bz-file-name", "u/42/a.png")
            .header("content-type", "image/png")
            .header("x-bz-content-sha1", "do_not_verify")
            .body(Bytes::new())
            .unwrap();
        request.headers_mut().remove(missing);
        let response = site.realm.answer(site.now, &mut site.service, request);
        assert_eq!(response.status(), 400, "{missing}");
    }
}

#[test]
fn without_small_files() {
    let mut site = Site::with(config().small_files(SmallFiles::Refuse));
    let token = site.visitor();
    let body = json!({ "bucketId": site.bucket_id.clone() });
    let said = site.call(&token, "b2_get_upload_url", &body);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
}

fn site_that_issues_keys() -> Site {
    let lifetime = Duration::from_secs(600);
    Site::with(
        config().small_files(SmallFiles::IssueKey { realm: "http://b2.test".to_owned(), lifetime }),
    )
}

fn upload(site: &mut Site, (url, token): &(String, String), name: &str) -> u16 {
    let request = Request::post(url)
        .header("authorization", token)
        .header("x-bz-file-name", name)
        .header("content-type", "image/png")
        .header("x-bz-content-sha1", "do_not_verify")
        .header("content-length", 1)
        .body(Bytes::from_static(b"x"))
        .expect("it is well formed");
    site.service.handle(site.now, request).status().as_u16()
}

/// The key can only upload to the bucket, under the prefix, for a limited time.
#[test]
fn an_issued_key_is_limited_to_the_prefix() {
    let mut site = site_that_issues_keys();
    let token = site.visitor();
    let url = site.relay_url(&token);
    assert!(url.0.starts_with("http://b2.test/"), "straight to B2");
    assert_eq!(upload(&mut site, &url, "u/42/a.png"), 200);
    assert_eq!(upload(&mut site, &url, "u/41/a.png"), 401);
    let log: Vec<_> = site.service.log().map(|exchange| exchange.operation.clone()).collect();
    assert_eq!(log.iter().filter(|operation| *operation == "b2_create_key").count(), 1);
    // Files are not relayed.
    let relay = (format!("{}/b2api/v4/b2_upload_file/b/0", crate::realm::BASE), token);
    assert_eq!(site.relay(&relay, Bytes::new(), &[]).0, 401);
}

/// A key cannot enforce unique names, so they are refused.
#[test]
fn issued_keys_need_names_of_the_visitor() {
    let mut site = site_that_issues_keys();
    let names = |names| Uploads::new(5_000, ["image/*"]).names(names);
    let grant = site.grant("42").uploads(names(Names::Unique));
    let token = site.enter("42", grant);
    let body = json!({ "bucketId": site.bucket_id.clone() });
    let said = site.call(&token, "b2_get_upload_url", &body);
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    let grant = site.grant("42").uploads(names(Names::Fixed("a.png".to_owned())));
    let token = site.enter("42", grant);
    let url = site.relay_url(&token);
    assert_eq!(upload(&mut site, &url, "u/42/a.png"), 200);
    assert_eq!(upload(&mut site, &url, "u/42/b.png"), 401);
}
