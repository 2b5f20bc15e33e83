//! Uploads, downloads and hide markers of files.

use crate::client::{TestClient, client, text};
use b2_proto::hash::Sha1Digest;
use http::Method;
use serde_json::json;

#[test]
fn a_download_returns_the_uploaded_file() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let file = client.upload(&bucket, "a b/\u{fc}.txt", b"hello");
    assert_eq!(file["contentType"], "text/plain");
    assert_eq!(file["contentSha1"], Sha1Digest::of(b"hello").to_hex());
    assert_eq!((&file["contentLength"], &file["size"]), (&json!(5), &json!(5)));

    let id = text(&file["fileId"]);
    for path in [
        "/file/photos/a%20b/%C3%BC.txt".to_owned(),
        "/file/photos/a+b%2F%C3%BC.txt".to_owned(),
        format!("/b2api/v4/b2_download_file_by_id?fileId={id}"),
    ] {
        let response = client.fetch(Method::GET, &path, &[]);
        assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"hello"[..]));
        assert_eq!(response.headers()["x-bz-file-name"], "a%20b/%C3%BC.txt");
        let head = client.fetch(Method::HEAD, &path, &[]);
        assert_eq!(
            (head.headers()["content-length"].as_bytes(), head.body().len()),
            (&b"5"[..], 0)
        );
    }
    assert_eq!(client.service.violations(), []);
}

#[test]
fn a_large_file_consists_of_its_parts() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let id = client.start(&bucket, "big.bin");
    let parts = [vec![1_u8; 150], vec![2; 100], vec![3; 1]];
    let url = client.part_url(&id);
    let mut digests = Vec::new();
    for (number, part) in (1..).zip(&parts) {
        let (status, answer) = client.upload_part(&url, number, part);
        assert_eq!(status, 200, "{answer}");
        digests.push(answer["contentSha1"].clone());
    }
    let listed = client.ok("b2_list_parts", json!({"fileId": id, "maxPartCount": 2}));
    assert_eq!(listed["parts"].as_array().map(Vec::len), Some(2));
    assert_eq!(listed["nextPartNumber"], 3);
    assert_eq!(client.fetch(Method::GET, "/file/photos/big.bin", &[]).status(), 404, "unfinished");
    let finished =
        client.ok("b2_finish_large_file", json!({"fileId": id, "partSha1Array": digests}));
    assert_eq!((&finished["action"], &finished["contentSha1"]), (&json!("upload"), &json!("none")));
    assert_eq!(finished["contentLength"], 251);
    let range = client.fetch(Method::GET, "/file/photos/big.bin", &[("range", "bytes=149-250")]);
    assert_eq!(range.status(), 206);
    assert_eq!(range.headers()["content-range"], "bytes 149-250/251");
    assert_eq!(range.body()[..], [vec![1; 1], vec![2; 100], vec![3; 1]].concat());
    let again =
        client.refusal("b2_finish_large_file", json!({"fileId": id, "partSha1Array": digests}));
    assert_eq!(again, (400, "bad_request".to_owned()));
}

/// An unfinished large file does not change which version is current, and deleting a hide marker makes the file visible.
#[test]
fn a_deleted_hide_marker_no_longer_hides() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.upload(&bucket, "f", b"hello");
    let body = json!({ "bucketId": bucket, "fileName": "f" });
    let marker = client.ok("b2_hide_file", body.clone());
    assert_eq!((&marker["action"], &marker["contentSha1"]), (&json!("hide"), &json!(null)));
    client.start(&bucket, "f");
    assert_eq!(client.refusal("b2_hide_file", body).1, "already_hidden");
    let versions = client.ok("b2_list_file_versions", json!({ "bucketId": bucket }));
    let actions: Vec<_> =
        versions["files"].as_array().unwrap().iter().map(|file| &file["action"]).collect();
    assert_eq!(actions, ["start", "hide", "upload"]);
    let unhide = json!({ "fileName": "f", "fileId": marker["fileId"] });
    client.ok("b2_delete_file_version", unhide.clone());
    assert_eq!(client.fetch(Method::GET, "/file/photos/f", &[]).body(), "hello");
    assert_eq!(client.refusal("b2_delete_file_version", unhide).1, "file_not_present");
    let unfinished = json!({ "bucketId": bucket, "fileName": "g" });
    client.start(&bucket, "g");
    assert_eq!(client.refusal("b2_hide_file", unfinished).1, "no_such_file");
}

#[test]
fn files_have_a_replication_status() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let plain = client.upload(&bucket, "a/1", b"hello");
    assert_eq!(plain.get("replicationStatus"), None);
    let rule = |enabled: bool| {
        json!({
            "destinationBucketId": "other", "fileNamePrefix": "a/", "includeExistingFiles": false,
            "isEnabled": enabled, "priority": 1, "replicationRuleName": "all-of-a",
        })
    };
    let replicate = |client: &mut TestClient, enabled| {
        let source =
            json!({ "replicationRules": [rule(enabled)], "sourceApplicationKeyId": "key" });
        let configuration =
            json!({ "asReplicationSource": source, "asReplicationDestination": null });
        let body = json!({ "bucketId": bucket, "replicationConfiguration": configuration });
        client.ok("b2_update_bucket", body);
    };
    replicate(&mut client, true);
    let file = client.upload(&bucket, "a/2", b"hello");
    assert_eq!(file["replicationStatus"], "PENDING");
    assert_eq!(client.upload(&bucket, "b/1", b"hello").get("replicationStatus"), None);
    let id = text(&file["fileId"]).to_owned();
    client.service.set_replication_status(&id, Some("COMPLETED"));
    let listed = client.ok("b2_get_file_info", json!({ "fileId": id }));
    assert_eq!(listed["replicationStatus"], "COMPLETED");
    let head = client.fetch(Method::HEAD, "/file/photos/a/2", &[]);
    assert_eq!(head.headers()["x-bz-replication-status"], "COMPLETED");
    replicate(&mut client, false);
    assert_eq!(client.upload(&bucket, "a/3", b"hello").get("replicationStatus"), None);
}
