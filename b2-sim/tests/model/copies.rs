//! Copies inside of the service.

use b2_proto::hash::Sha1Digest;
use serde_json::json;

use crate::client::client;

#[test]
fn a_copy_has_the_content_and_the_metadata_of_its_source() {
    let mut client = client();
    let (bucket, other) = (client.bucket("photos"), client.bucket("backup"));
    let source = client.upload(&bucket, "f.txt", b"hello");
    let body =
        json!({ "sourceFileId": source["fileId"], "fileName": "g", "destinationBucketId": other });
    let copy = client.ok("b2_copy_file", body);
    assert_eq!((&copy["action"], &copy["contentType"]), (&json!("copy"), &json!("text/plain")));
    assert_eq!(client.service.read_file("backup", "g").unwrap(), "hello");
    let info = client.ok("b2_get_file_info", json!({ "fileId": copy["fileId"] }));
    assert_eq!((&info["action"], &info["contentSha1"]), (&json!("upload"), &source["contentSha1"]));
}

#[test]
fn a_copied_range_has_its_own_digest() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = client.upload(&bucket, "f", b"hello world");
    let mut body =
        json!({ "sourceFileId": source["fileId"], "fileName": "g", "range": "bytes=6-10" });
    let copy = client.ok("b2_copy_file", body.clone());
    assert_eq!(copy["contentSha1"], Sha1Digest::of(b"world").to_hex());
    assert_eq!(client.service.read_file("photos", "g").unwrap(), "world");
    for (range, status) in [("bytes=6-11", 416), ("bytes=9-3", 400), ("6-10", 400)] {
        body["range"] = json!(range);
        assert_eq!(client.refusal("b2_copy_file", body.clone()).0, status, "{range}");
    }
}

#[test]
fn metadata_is_copied_or_replaced() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = client.upload(&bucket, "f", b"hello");
    let id = &source["fileId"];
    for body in [
        json!({ "sourceFileId": id, "fileName": "g", "contentType": "x/y" }),
        json!({ "sourceFileId": id, "fileName": "g", "metadataDirective": "REPLACE" }),
        json!({ "sourceFileId": id, "fileName": "g", "metadataDirective": "MOVE" }),
    ] {
        assert_eq!(client.refusal("b2_copy_file", body).0, 400);
    }
    let body = json!({ "sourceFileId": id, "fileName": "g", "metadataDirective": "REPLACE",
        "contentType": "x/y", "fileInfo": { "A": "b" } });
    let copy = client.ok("b2_copy_file", body);
    assert_eq!((&copy["contentType"], &copy["fileInfo"]["a"]), (&json!("x/y"), &json!("b")));
}

#[test]
fn invalid_copies_are_refused() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let unfinished = client.start(&bucket, "u");
    let file = client.upload(&bucket, "f", b"hello");
    let copy = |id: &serde_json::Value| json!({ "sourceFileId": id, "fileName": "g" });
    assert_eq!(client.refusal("b2_copy_file", copy(&json!(unfinished))).0, 400);
    assert_eq!(client.refusal("b2_copy_file", copy(&json!("nothing"))).0, 404);
    client.service.config_mut().max_single_size = 4;
    let refused = client.call("b2_copy_file", copy(&file["fileId"])).1;
    assert_eq!(refused["code"], "source_too_large");
    assert_eq!(refused["message"], "Copy source too big: 5");
    client.become_key(json!({ "capabilities": ["writeFiles"] }));
    assert_eq!(client.refusal("b2_copy_file", copy(&file["fileId"])).0, 401, "it cannot read");
}

#[test]
fn a_large_file_can_consist_of_copies() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = client.upload(&bucket, "f", &[5; 250]);
    let id = client.start(&bucket, "big");
    let mut digests = Vec::new();
    for (number, range) in [(1, json!("bytes=0-149")), (2, json!(null))] {
        let body = json!({ "sourceFileId": source["fileId"], "largeFileId": id, "partNumber": number, "range": range });
        digests.push(client.ok("b2_copy_part", body)["contentSha1"].clone());
    }
    client.ok("b2_finish_large_file", json!({ "fileId": id, "partSha1Array": digests }));
    assert_eq!(client.service.read_file("photos", "big").unwrap(), vec![5; 400]);
}
