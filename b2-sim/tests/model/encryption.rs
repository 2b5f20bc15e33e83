//! Server-side encryption.

use http::Method;
use serde_json::{Value, json};

use crate::client::{client, read, text};

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const KEY_MD5: &str = "cLydM2Y6W1GXCSbQLxdQbw==";

const MISSING_KEY: &str = "The object was stored using a form of Server Side Encryption. The \
    correct parameters must be provided to retrieve the object.";

fn key_md5() -> String {
    use base64::Engine;
    use md5::Digest;
    base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest([0; 32]))
}

fn customer(md5: &str) -> [(&str, &str); 3] {
    [
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-bz-server-side-encryption-customer-key", KEY),
        ("x-bz-server-side-encryption-customer-key-md5", md5),
    ]
}

#[test]
fn a_download_needs_the_customer_key() {
    let md5 = key_md5();
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let mut headers = vec![("x-bz-file-name", "f")];
    headers.extend(customer(&md5));
    let (status, file) = client.upload_with(&url, &headers, b"hello");
    assert_eq!(status, 200, "{file}");
    assert_eq!(file["serverSideEncryption"]["customerKeyMd5"], md5);
    let (status, refused) = read(&client.fetch(Method::GET, "/file/photos/f", &[]));
    assert_eq!((status, &refused["message"]), (400, &json!(MISSING_KEY)));
    assert_eq!(client.fetch(Method::GET, "/file/photos/f", &customer(&md5)).body(), "hello");
    assert_eq!(client.fetch(Method::GET, "/file/photos/f", &customer(KEY_MD5)).status(), 400);
}

#[test]
fn a_copy_needs_the_customer_key_of_its_source() {
    let customer_key = |byte: u8| {
        use base64::Engine;
        use md5::Digest;
        let engine = base64::engine::general_purpose::STANDARD;
        json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": engine.encode([byte; 32]),
            "customerKeyMd5": engine.encode(md5::Md5::digest([byte; 32])) })
    };
    let (right, wrong) = (customer_key(1), customer_key(2));
    let sse_b2 = json!({ "mode": "SSE-B2", "algorithm": "AES256" });
    let mut client = client();
    let bucket = client.bucket("photos");
    let plain = client.upload(&bucket, "plain", b"hello")["fileId"].clone();
    let copy = json!({ "sourceFileId": plain, "fileName": "secret",
        "destinationServerSideEncryption": right });
    let secret = client.ok("b2_copy_file", copy);
    assert_eq!(
        secret["serverSideEncryption"]["customerKeyMd5"], right["customerKeyMd5"],
        "{secret}"
    );
    let body = json!({ "bucketId": bucket, "fileName": "f", "contentType": "x/y", "serverSideEncryption": right });
    let large = client.ok("b2_start_large_file", body)["fileId"].clone();
    let file = json!({ "sourceFileId": secret["fileId"], "fileName": "g" });
    let part = json!({ "sourceFileId": secret["fileId"], "largeFileId": large, "partNumber": 1,
        "destinationServerSideEncryption": right });
    for (call, body) in [("b2_copy_file", &file), ("b2_copy_part", &part)] {
        for (key, status, code) in [
            (Value::Null, 400, "bad_request"),
            (sse_b2.clone(), 400, "bad_request"),
            (wrong.clone(), 403, "access_denied"),
            (right.clone(), 200, ""),
        ] {
            let mut body = body.clone();
            body["sourceServerSideEncryption"] = key;
            let (got, answer) = client.call(call, body);
            assert_eq!((got, answer["code"].as_str().unwrap_or_default()), (status, code));
            if status == 400 {
                assert_eq!(answer["message"], MISSING_KEY);
            }
        }
        let mut body = body.clone();
        body["sourceFileId"] = plain.clone();
        body["sourceServerSideEncryption"] = right.clone();
        assert_eq!(client.refusal(call, body).0, 400, "the source has no customer key");
    }
    for (key, status) in [(Value::Null, 400), (wrong.clone(), 403)] {
        let mut body = part.clone();
        body["sourceServerSideEncryption"] = right.clone();
        body["destinationServerSideEncryption"] = key;
        assert_eq!(client.refusal("b2_copy_part", body).0, status);
    }
    // The encryption of the copy is that of its call or its bucket, never that of its source.
    let mut body = file;
    body["sourceServerSideEncryption"] = right;
    assert_eq!(client.ok("b2_copy_file", body.clone())["serverSideEncryption"], sse_b2);
    body["destinationServerSideEncryption"] = wrong.clone();
    let copy = client.ok("b2_copy_file", body);
    assert_eq!(copy["serverSideEncryption"]["customerKeyMd5"], wrong["customerKeyMd5"]);
}

#[test]
fn a_bucket_has_a_default_encryption() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let sse = json!({ "mode": "SSE-B2", "algorithm": "AES256" });
    let buckets = client.ok("b2_list_buckets", json!({}));
    assert_eq!(buckets["buckets"][0]["defaultServerSideEncryption"]["value"], sse);
    client
        .ok("b2_update_bucket", json!({ "bucketId": bucket, "defaultServerSideEncryption": sse }));
    let file = client.upload(&bucket, "f", b"hello");
    assert_eq!(file["serverSideEncryption"], sse);
    let head = client.fetch(Method::HEAD, "/file/photos/f", &[]);
    assert_eq!(head.headers()["x-bz-server-side-encryption"], "AES256");
    let own = json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": KEY, "customerKeyMd5": key_md5() });
    let body = json!({ "bucketId": bucket, "defaultServerSideEncryption": own });
    assert_eq!(client.refusal("b2_update_bucket", body).0, 400);
}

#[test]
fn parts_need_the_customer_key_of_their_large_file() {
    let md5 = key_md5();
    let mut client = client();
    let bucket = client.bucket("photos");
    let own = json!({ "mode": "SSE-C", "algorithm": "AES256", "customerKey": KEY, "customerKeyMd5": md5 });
    let body = json!({ "bucketId": bucket, "fileName": "f", "contentType": "x/y", "serverSideEncryption": own });
    let started = client.ok("b2_start_large_file", body);
    let url = client.part_url(text(&started["fileId"]));
    assert_eq!(client.upload_part(&url, 1, b"x").0, 400);
    let mut headers = vec![("x-bz-part-number", "1")];
    headers.extend(customer(&md5));
    assert_eq!(client.upload_with(&url, &headers, b"x").0, 200);
}

#[test]
fn an_encryption_mode_of_none_is_refused() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let file = client.upload(&bucket, "f", b"hello");
    for none in [json!({ "mode": "none" }), json!({ "mode": null, "algorithm": null })] {
        for (call, body) in [
            (
                "b2_create_bucket",
                json!({ "bucketName": "videos", "bucketType": "allPrivate",
                    "defaultServerSideEncryption": none }),
            ),
            (
                "b2_update_bucket",
                json!({ "bucketId": bucket, "defaultServerSideEncryption": none }),
            ),
            (
                "b2_start_large_file",
                json!({ "bucketId": bucket, "fileName": "g", "contentType": "x/y",
                    "serverSideEncryption": none }),
            ),
            (
                "b2_copy_file",
                json!({ "sourceFileId": file["fileId"], "fileName": "g",
                    "destinationServerSideEncryption": none }),
            ),
        ] {
            assert_eq!(
                client.refusal(call, body),
                (400, "bad_request".to_owned()),
                "{call} {none}"
            );
        }
        // The mode `none` is valid for the source.
        let copy = json!({ "sourceFileId": file["fileId"], "fileName": "g",
            "sourceServerSideEncryption": none });
        client.ok("b2_copy_file", copy);
    }
    let url = client.upload_url(&bucket);
    let headers = [("x-bz-file-name", "g"), ("x-bz-server-side-encryption", "none")];
    assert_eq!(client.upload_with(&url, &headers, b"hello").0, 400);
}
