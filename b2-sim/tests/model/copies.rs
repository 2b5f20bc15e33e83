//! Copies inside of the service.

use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;
use serde_json::{Value, json};

use crate::client::{START, TestClient, client, text};

/// Returns the status, code and message of a call that must fail.
fn refused(client: &mut TestClient, call: &str, body: Value) -> (u16, String, String) {
    let (status, answer) = client.call(call, body);
    assert!(status >= 400, "{call}: {answer}");
    (status, text(&answer["code"]).to_owned(), text(&answer["message"]).to_owned())
}

/// Returns a body of `b2_copy_file` with these fields in addition.
fn copy_of(source: &str, more: &Value) -> Value {
    let mut body = json!({ "sourceFileId": source, "fileName": "copy" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn upload(client: &mut TestClient, bucket: &str, name: &str, bytes: &[u8]) -> String {
    text(&client.upload(bucket, name, bytes)["fileId"]).to_owned()
}

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
    for (range, status) in [
        ("bytes=6-11", 416),
        ("bytes=11-11", 416),
        ("bytes=9-3", 400),
        ("6-10", 400),
        ("bytes=6-", 400),
        ("bytes=-3", 400),
        ("bytes=+6-10", 400),
    ] {
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
        json!({ "sourceFileId": id, "fileName": "g", "metadataDirective": "COPY", "fileInfo": {} }),
    ] {
        assert_eq!(client.refusal("b2_copy_file", body).0, 400);
    }
    // An empty file info without a directive is as good as none.
    let empty = json!({ "sourceFileId": id, "fileName": "g", "fileInfo": {} });
    assert_eq!(client.ok("b2_copy_file", empty)["contentType"], source["contentType"]);
    let body = json!({ "sourceFileId": id, "fileName": "g", "metadataDirective": "REPLACE",
        "contentType": "x/y", "fileInfo": { "A": "b" } });
    let copy = client.ok("b2_copy_file", body);
    assert_eq!((&copy["contentType"], &copy["fileInfo"]["a"]), (&json!("x/y"), &json!("b")));
}

#[test]
fn a_copy_of_every_byte_by_a_range_has_the_digest_of_its_source() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = client.upload(&bucket, "f", b"hello");
    let body = copy_of(text(&source["fileId"]), &json!({ "range": "bytes=0-4" }));
    let copy = client.ok("b2_copy_file", body);
    assert_eq!(copy["contentSha1"], source["contentSha1"]);
    assert_eq!(copy["contentMd5"], source["contentMd5"]);
}

#[test]
fn the_source_must_be_a_finished_file() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let unfinished = client.start(&bucket, "u");
    let hidden = upload(&mut client, &bucket, "f", b"hello");
    let marker = client.ok("b2_hide_file", json!({ "bucketId": bucket, "fileName": "f" }));
    let marker = text(&marker["fileId"]).to_owned();
    let deleted = upload(&mut client, &bucket, "d", b"hello");
    client.ok("b2_delete_file_version", json!({ "fileName": "d", "fileId": deleted }));
    let large = client.start(&bucket, "large");
    for (source, status) in [
        (unfinished.as_str(), 400),
        (large.as_str(), 400),
        (marker.as_str(), 400),
        (deleted.as_str(), 404),
        ("nothing", 404),
    ] {
        let (code, message) = match status {
            400 => ("bad_request", "the source is not a finished file".to_owned()),
            _ => ("not_found", format!("Invalid fileId: {source}")),
        };
        let expected = (status, code.to_owned(), message);
        assert_eq!(refused(&mut client, "b2_copy_file", copy_of(source, &json!({}))), expected);
        let part = json!({ "sourceFileId": source, "largeFileId": large, "partNumber": 1 });
        assert_eq!(refused(&mut client, "b2_copy_part", part), expected);
    }
    // A hidden version is a finished file.
    client.ok("b2_copy_file", copy_of(&hidden, &json!({})));
}

#[test]
fn a_copy_has_at_most_the_size_of_one_upload() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = upload(&mut client, &bucket, "f", b"hello world");
    let large = client.start(&bucket, "large");
    client.service.config_mut().max_single_size = 6;
    let part = json!({ "largeFileId": large, "partNumber": 1 });
    for (call, more) in [("b2_copy_file", json!({})), ("b2_copy_part", part)] {
        let body = copy_of(&source, &more);
        let expected = (400, "source_too_large".to_owned(), "Copy source too big: 11".to_owned());
        assert_eq!(refused(&mut client, call, body.clone()), expected);
        for (range, size) in [("bytes=0-6", Some(7)), ("bytes=5-10", None)] {
            let mut body = body.clone();
            body["range"] = json!(range);
            match size {
                Some(size) => {
                    let message = format!("Copy source too big: {size}");
                    assert_eq!(refused(&mut client, call, body).2, message);
                }
                None => drop(client.ok(call, body)),
            }
        }
    }
}

#[test]
fn a_key_copies_only_what_it_may_read_to_where_it_may_write() {
    let mut client = client();
    let (bucket, other) = (client.bucket("photos"), client.bucket("others"));
    let public = client.service.put_bucket("public", "allPublic");
    let mine = upload(&mut client, &bucket, "in/f", b"hello");
    let outside = upload(&mut client, &bucket, "out/f", b"hello");
    let foreign = upload(&mut client, &other, "in/f", b"hello");
    let open = upload(&mut client, &public, "in/f", b"hello");
    let large = client.start(&other, "in/large");
    let master = client.service.credentials().clone();
    let both = ["readFiles", "writeFiles"];
    let to = |name: &str| json!({ "fileName": name });
    let elsewhere = json!({ "fileName": "in/g", "destinationBucketId": other });
    for (key, source, more, allowed) in [
        (json!({ "capabilities": both }), &mine, to("g"), true),
        (json!({ "capabilities": ["writeFiles"] }), &mine, to("g"), false),
        (json!({ "capabilities": ["readFiles"] }), &mine, to("g"), false),
        (json!({ "capabilities": ["writeFiles"] }), &open, to("g"), true),
        (json!({ "capabilities": both, "bucketIds": [bucket] }), &mine, to("g"), true),
        (json!({ "capabilities": both, "bucketIds": [bucket] }), &foreign, to("g"), false),
        (json!({ "capabilities": both, "bucketIds": [bucket] }), &mine, elsewhere.clone(), false),
        (json!({ "capabilities": both, "bucketIds": [bucket, other] }), &mine, elsewhere, true),
        (
            json!({ "capabilities": both, "bucketIds": [bucket], "namePrefix": "in/" }),
            &mine,
            to("in/g"),
            true,
        ),
        (
            json!({ "capabilities": both, "bucketIds": [bucket], "namePrefix": "in/" }),
            &mine,
            to("g"),
            false,
        ),
        (
            json!({ "capabilities": both, "bucketIds": [bucket], "namePrefix": "in/" }),
            &outside,
            to("in/g"),
            false,
        ),
    ] {
        client.log_in(&master);
        client.become_key(key.clone());
        let body = copy_of(source, &more);
        if allowed {
            client.ok("b2_copy_file", body);
        } else {
            let expected = (401, "unauthorized".to_owned());
            assert_eq!(client.refusal("b2_copy_file", body.clone()), expected, "{key} {body}");
        }
    }
    client.log_in(&master);
    client.become_key(json!({ "capabilities": both, "bucketIds": [bucket] }));
    let part = json!({ "sourceFileId": mine, "largeFileId": large, "partNumber": 1 });
    assert_eq!(client.refusal("b2_copy_part", part).0, 401, "the large file is in another bucket");
    client.log_in(&master);
    let unknown = copy_of(&mine, &json!({ "destinationBucketId": "nothing" }));
    assert_eq!(client.refusal("b2_copy_file", unknown), (400, "bad_bucket_id".to_owned()));
}

#[test]
fn the_lock_of_a_copy_is_that_of_its_call_or_its_bucket() {
    let mut client = client();
    let plain = client.bucket("unlocked");
    let locked = client.ok(
        "b2_create_bucket",
        json!({ "bucketName": "locked", "bucketType": "allPrivate", "fileLockEnabled": true }),
    );
    let locked = text(&locked["bucketId"]).to_owned();
    let until = START + 1_000_000;
    let retention = json!({ "mode": "compliance", "retainUntilTimestamp": until });
    let source = upload(&mut client, &plain, "f", b"hello");
    let lock = json!({ "fileRetention": retention, "legalHold": "on" });
    let no_lock = (400, "bucket_missing_file_lock".to_owned());
    assert_eq!(client.refusal("b2_copy_file", copy_of(&source, &lock)), no_lock);
    let mut body = copy_of(&source, &lock);
    body["destinationBucketId"] = json!(locked);
    let copy = client.ok("b2_copy_file", body.clone());
    assert_eq!(
        (&copy["fileRetention"]["value"], &copy["legalHold"]["value"]),
        (&retention, &json!("on"))
    );
    body["fileRetention"]["retainUntilTimestamp"] = json!(START - 1);
    let past = (
        400,
        "retain_until_timestamp_must_be_in_future".to_owned(),
        "The retainUntilTimestamp must be in future".to_owned(),
    );
    assert_eq!(refused(&mut client, "b2_copy_file", body), past);
    // The lock of the source is not copied.
    let again =
        client.ok("b2_copy_file", copy_of(text(&copy["fileId"]), &json!({ "fileName": "c2" })));
    assert_eq!(again["fileRetention"]["value"]["mode"], Value::Null);
    assert_eq!(again["legalHold"]["value"], Value::Null);
    let default = json!({ "mode": "governance", "period": { "duration": 2, "unit": "days" } });
    client.ok("b2_update_bucket", json!({ "bucketId": locked, "defaultRetention": default }));
    let copy =
        client.ok("b2_copy_file", copy_of(&source, &json!({ "destinationBucketId": locked })));
    assert_eq!(copy["fileRetention"]["value"]["mode"], "governance");
    client.become_key(json!({ "capabilities": ["readFiles", "writeFiles"] }));
    let held = json!({ "destinationBucketId": locked, "legalHold": "on" });
    assert_eq!(client.refusal("b2_copy_file", copy_of(&source, &held)).0, 401);
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

#[test]
fn parts_are_copied_into_unfinished_files_only() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let source = upload(&mut client, &bucket, "f", &[5; 250]);
    let large = client.start(&bucket, "big");
    let part = |large: &str, number: i32| json!({ "sourceFileId": source, "largeFileId": large, "partNumber": number });
    for number in [0, -1, 10_001] {
        assert_eq!(client.refusal("b2_copy_part", part(&large, number)).0, 400, "{number}");
    }
    for (range, status) in [("bytes=0-250", 416), ("bytes=9-3", 400), ("0-9", 400)] {
        let mut body = part(&large, 1);
        body["range"] = json!(range);
        assert_eq!(client.refusal("b2_copy_part", body).0, status, "{range}");
    }
    // The smallest size of a part is required when the file is finished.
    let mut short = part(&large, 1);
    short["range"] = json!("bytes=0-9");
    let mut digests = vec![client.ok("b2_copy_part", short)["contentSha1"].clone()];
    digests.push(client.ok("b2_copy_part", part(&large, 2))["contentSha1"].clone());
    let finish = json!({ "fileId": large, "partSha1Array": digests });
    assert_eq!(client.refusal("b2_finish_large_file", finish).0, 400);
    digests[0] = client.ok("b2_copy_part", part(&large, 1))["contentSha1"].clone();
    let finish = json!({ "fileId": large, "partSha1Array": digests });
    client.ok("b2_finish_large_file", finish);
    let cancelled = client.start(&bucket, "gone");
    client.ok("b2_cancel_large_file", json!({ "fileId": cancelled }));
    for id in [large.as_str(), &cancelled, &source, "nothing"] {
        let expected = (400, "bad_request".to_owned(), format!("Invalid fileId: {id}"));
        assert_eq!(refused(&mut client, "b2_copy_part", part(id, 1)), expected);
    }
}

#[test]
fn a_file_without_bytes_is_copied_at_any_size() {
    let mut client = client();
    client.service.config_mut().max_single_size = 5_000_000_000;
    let bucket = client.bucket("photos");
    let now = Timestamp::from_millis(client.now);
    let source = client.service.put_pattern(now, "photos", "f", 12_000_000_000).unwrap();
    let refusal = refused(&mut client, "b2_copy_file", copy_of(&source, &json!({})));
    assert_eq!(refusal.2, "Copy source too big: 12000000000");
    let large = client.start(&bucket, "big");
    let mut digests = Vec::new();
    for number in 1_u64..=3 {
        let first = (number - 1) * 4_000_000_000;
        let body = json!({ "sourceFileId": source, "largeFileId": large, "partNumber": number,
            "range": format!("bytes={first}-{}", first + 3_999_999_999) });
        let part = client.ok("b2_copy_part", body);
        assert_eq!(part["contentLength"], 4_000_000_000_u64);
        assert!(!digests.contains(&part["contentSha1"]));
        digests.push(part["contentSha1"].clone());
    }
    let file =
        client.ok("b2_finish_large_file", json!({ "fileId": large, "partSha1Array": digests }));
    assert_eq!(file["contentLength"], 12_000_000_000_u64);
    let info = client.ok("b2_get_file_info", json!({ "fileId": source }));
    assert_eq!((&info["contentSha1"], &info["contentMd5"]), (&json!("none"), &Value::Null));
}
