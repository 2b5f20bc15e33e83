//! Browsers: preflights and what a page may read.

use http::Method;
use serde_json::json;

use crate::client::{TestClient, client};

const ORIGIN: (&str, &str) = ("origin", "http://localhost:3000");

fn open_to_pages(client: &mut TestClient) -> String {
    let bucket = client.bucket("photos");
    let rule = json!({ "corsRuleName": "web-page", "allowedOrigins": ["http://localhost:3000"],
        "allowedOperations": ["b2_upload_file", "b2_upload_part", "b2_download_file_by_name"],
        "allowedHeaders": ["authorization", "content-type", "x-bz-*"],
        "exposeHeaders": ["x-bz-content-sha1"], "maxAgeSeconds": 60 });
    client.ok("b2_update_bucket", json!({ "bucketId": bucket, "corsRules": [rule] }));
    bucket
}

#[test]
fn a_page_uploads_after_a_preflight_without_a_token() {
    let mut client = client();
    let bucket = open_to_pages(&mut client);
    let url = client.upload_url(&bucket);
    let large = client.start(&bucket, "big");
    for target in [&url.0, &client.part_url(&large).0] {
        let asked = [
            ORIGIN,
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-bz-content-sha1"),
        ];
        let reply = client.fetch_anonymously(Method::OPTIONS, target, &asked);
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.headers()["access-control-allow-origin"], ORIGIN.1);
        assert_eq!(reply.headers()["access-control-max-age"], "60");
    }
    let request = http::Request::post(url.0.as_str())
        .header("authorization", &url.1)
        .header("x-bz-file-name", "f")
        .header("x-bz-content-sha1", "do_not_verify")
        .header("content-type", "x/y")
        .header(ORIGIN.0, ORIGIN.1)
        .body("hello".into())
        .unwrap();
    let reply = client.send(request);
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["access-control-allow-origin"], ORIGIN.1);
    assert_eq!(reply.headers()["access-control-expose-headers"], "x-bz-content-sha1");
}

#[test]
fn other_origins_and_calls_get_no_cors_headers() {
    let mut client = client();
    let bucket = open_to_pages(&mut client);
    let url = client.upload_url(&bucket);
    let asked = [("origin", "http://evil.example"), ("access-control-request-method", "POST")];
    assert_eq!(client.fetch_anonymously(Method::OPTIONS, &url.0, &asked).status(), 403);
    let asked = [ORIGIN, ("access-control-request-method", "POST")];
    for call in ["b2_authorize_account", "b2_get_upload_url"] {
        let reply = client.fetch_anonymously(Method::OPTIONS, &format!("/b2api/v4/{call}"), &asked);
        assert_eq!(reply.status(), 405);
        assert!(!reply.headers().contains_key("access-control-allow-origin"));
    }
}

#[test]
fn requests_with_an_account_token_get_no_cors_headers() {
    let mut client = client();
    let bucket = open_to_pages(&mut client);
    client.upload(&bucket, "f", b"hello");
    let with_account = client.fetch(Method::GET, "/file/photos/f", &[ORIGIN]);
    assert_eq!(with_account.status(), 200);
    assert!(!with_account.headers().contains_key("access-control-allow-origin"));
    let body = json!({ "bucketId": bucket, "fileNamePrefix": "", "validDurationInSeconds": 60 });
    let grant = client.ok("b2_get_download_authorization", body);
    let path =
        format!("/file/photos/f?Authorization={}", grant["authorizationToken"].as_str().unwrap());
    let with_grant = client.fetch_anonymously(Method::GET, &path, &[ORIGIN]);
    assert_eq!(with_grant.headers()["access-control-allow-origin"], ORIGIN.1);
}
