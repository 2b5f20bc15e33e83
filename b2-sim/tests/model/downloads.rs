//! Downloads and their authorization.

use http::Method;
use serde_json::json;

use crate::client::{client, read, text};

#[test]
fn private_files_need_a_token() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.upload(&bucket, "f", b"hello");
    let (status, body) = read(&client.fetch_anonymously(Method::GET, "/file/photos/f", &[]));
    assert_eq!((status, text(&body["code"])), (401, "unauthorized"));
    let head = client.fetch_anonymously(Method::HEAD, "/file/photos/f", &[]);
    assert_eq!((head.status().as_u16(), head.body().len()), (401, 0));
    let path = format!("/file/photos/f?Authorization={}", client.token);
    assert_eq!(client.fetch_anonymously(Method::GET, &path, &[]).status(), 200);
    client.ok("b2_update_bucket", json!({ "bucketId": bucket, "bucketType": "allPublic" }));
    assert_eq!(client.fetch_anonymously(Method::GET, "/file/photos/f", &[]).status(), 200);
    let bad = [("authorization", "nonsense")];
    assert_eq!(client.fetch_anonymously(Method::GET, "/file/photos/f", &bad).status(), 401);
}

#[test]
fn a_download_authorization_has_a_prefix_and_an_expiry() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let file = client.upload(&bucket, "a/f", b"hello");
    client.upload(&bucket, "b/f", b"hello");
    let body = json!({ "bucketId": bucket, "fileNamePrefix": "a/", "validDurationInSeconds": 60,
        "b2ContentDisposition": "attachment" });
    let token =
        text(&client.ok("b2_get_download_authorization", body)["authorizationToken"]).to_owned();
    let mut get = |path: &str| {
        let response = client.fetch_anonymously(Method::GET, path, &[("authorization", &token)]);
        (response.status().as_u16(), response.headers().get("content-disposition").cloned())
    };
    assert_eq!(get("/file/photos/a/f").0, 401, "the override must be repeated");
    let (status, disposition) = get("/file/photos/a/f?b2ContentDisposition=attachment");
    assert_eq!((status, disposition.unwrap().as_bytes()), (200, &b"attachment"[..]));
    assert_eq!(get("/file/photos/b/f?b2ContentDisposition=attachment").0, 401);
    let by_id = format!("/b2api/v4/b2_download_file_by_id?fileId={}", text(&file["fileId"]));
    assert_eq!(get(&by_id).0, 401);
    client.now += 60_000;
    let path = format!("/file/photos/a/f?b2ContentDisposition=attachment&Authorization={token}");
    let (_, body) = read(&client.fetch_anonymously(Method::GET, &path, &[]));
    assert_eq!(body["code"], "expired_auth_token");
}

#[test]
fn missing_files_and_buckets_are_not_found() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let file = client.upload(&bucket, "f", b"hello");
    client.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": "f" }));
    let again = json!({ "bucketId": bucket, "fileName": "f" });
    assert_eq!(client.refusal("b2_hide_file", again).1, "already_hidden");
    let unknown = json!({ "bucketId": bucket, "fileName": "g" });
    assert_eq!(client.refusal("b2_hide_file", unknown).1, "no_such_file");
    for path in ["/file/photos/f", "/file/photos/g", "/file/nothing/f"] {
        assert_eq!(client.fetch(Method::GET, path, &[]).status(), 404, "{path}");
    }
    let by_id = format!("/b2api/v4/b2_download_file_by_id?fileId={}", text(&file["fileId"]));
    assert_eq!(client.fetch(Method::GET, &by_id, &[]).body(), "hello", "hidden, but there");
    let bad = "/b2api/v4/b2_download_file_by_id?fileId=x";
    assert_eq!(client.fetch(Method::GET, bad, &[]).status(), 400);
    client.service.config_mut().caps.download = Some(0);
    assert_eq!(client.fetch(Method::GET, &by_id, &[]).status(), 403);
}

#[test]
fn some_file_info_is_sent_as_headers() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.ok(
        "b2_update_bucket",
        json!({ "bucketId": bucket, "bucketInfo": { "Cache-Control": "max-age=9" } }),
    );
    let url = client.upload_url(&bucket);
    let headers = [("x-bz-file-name", "f"), ("x-bz-info-b2-content-language", "de")];
    client.upload_with(&url, &headers, b"hello");
    let response = client.fetch(Method::HEAD, "/file/photos/f?b2ContentType=x/z", &[]);
    let headers = response.headers();
    assert_eq!(headers["content-language"], "de");
    assert_eq!(headers["cache-control"], "max-age=9");
    assert_eq!(headers["content-type"], "x/z");
    assert!(headers.contains_key("date") && headers.contains_key("x-bz-upload-timestamp"));
    assert!(!headers.contains_key("x-bz-info-b2-content-language"));
}

#[test]
fn calls_accept_get_and_post() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let file = client.upload(&bucket, "f", b"hello");
    let path = format!("/b2api/v3/b2_list_file_names?bucketId={bucket}&maxFileCount=1");
    let (status, page) = read(&client.fetch(Method::GET, &path, &[]));
    assert_eq!((status, &page["files"][0]["fileName"]), (200, &json!("f")));
    let token = client.token.clone();
    let body = json!({ "fileId": file["fileId"] }).to_string();
    let request = http::Request::post("/b2api/v4/b2_download_file_by_id")
        .header("authorization", token)
        .body(body.into())
        .unwrap();
    assert_eq!(client.send(request).body(), "hello");
}
