//! Large files and the rules for finishing them.

use serde_json::{Value, json};

use crate::client::{TestClient, client, text};

fn with_parts(client: &mut TestClient, lens: &[(u16, usize)]) -> (String, Vec<Value>) {
    let bucket = client.service.put_bucket("photos", "allPrivate");
    let id = client.start(&bucket, "big");
    let url = client.part_url(&id);
    let mut digests = Vec::new();
    for (number, len) in lens {
        let (status, part) = client.upload_part(&url, *number, &vec![7; *len]);
        assert_eq!(status, 200, "{part}");
        digests.push(part["contentSha1"].clone());
    }
    (id, digests)
}

#[test]
fn finishing_needs_all_parts_and_their_digests() {
    for (lens, change, code) in [
        (vec![(1, 100)], "", "bad_request"),
        (vec![(1, 100), (3, 5)], "", "missing_part"),
        (vec![(1, 99), (2, 5)], "", "bad_request"),
        (vec![(1, 100), (2, 100), (3, 5)], "drop", "bad_request"),
        (vec![(1, 100), (2, 5)], "wrong", "part_sha1_mismatch"),
        (vec![(1, 100), (2, 0)], "", "bad_request"),
    ] {
        let mut client = client();
        let (id, mut digests) = with_parts(&mut client, &lens);
        match change {
            "drop" => drop(digests.pop()),
            "wrong" => digests.swap(0, 1),
            _ => {}
        }
        let body = json!({ "fileId": id, "partSha1Array": digests });
        assert_eq!(
            client.refusal("b2_finish_large_file", body),
            (400, code.to_owned()),
            "{lens:?}"
        );
        let info = client.ok("b2_get_file_info", json!({ "fileId": id }));
        assert_eq!(info["action"], "start", "it can still be finished");
    }
}

#[test]
fn a_part_can_be_replaced() {
    let mut client = client();
    let (id, digests) = with_parts(&mut client, &[(1, 100), (2, 50), (1, 120)]);
    let listed = client.ok("b2_list_parts", json!({ "fileId": id }));
    assert_eq!(listed["parts"][0]["contentLength"], 120);
    let body = json!({ "fileId": id, "partSha1Array": [digests[2], digests[1]] });
    assert_eq!(client.ok("b2_finish_large_file", body)["contentLength"], 170);
}

#[test]
fn a_large_file_keeps_the_time_of_its_start() {
    let mut client = client();
    let (id, digests) = with_parts(&mut client, &[(1, 100), (2, 5)]);
    let start = client.now;
    client.now += 5_000;
    let bucket = client.service.put_bucket("photos", "allPrivate");
    client.upload(&bucket, "big", b"newer");
    let body = json!({ "fileId": id, "partSha1Array": digests });
    assert_eq!(client.ok("b2_finish_large_file", body)["uploadTimestamp"], start);
    assert_eq!(client.service.read_file("photos", "big").unwrap(), "newer");
}

#[test]
fn invalid_part_numbers_and_files_are_refused() {
    let mut client = client();
    let (id, _) = with_parts(&mut client, &[]);
    let url = client.part_url(&id);
    for number in ["0", "10001", "x"] {
        let (status, _) = client.upload_with(&url, &[("x-bz-part-number", number)], b"x");
        assert_eq!(status, 400);
    }
    let cancelled = client.ok("b2_cancel_large_file", json!({ "fileId": id }));
    assert_eq!(text(&cancelled["fileName"]), "big");
    for call in ["b2_get_upload_part_url", "b2_list_parts", "b2_cancel_large_file"] {
        assert_eq!(client.refusal(call, json!({ "fileId": id })).0, 400, "{call}");
    }
    assert_eq!(client.upload_part(&url, 1, b"x").0, 400);
}

#[test]
fn unfinished_files_are_listed_by_name_then_age() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let b1 = client.start(&bucket, "b");
    let b2 = client.start(&bucket, "b");
    let a = client.start(&bucket, "a");
    let page = client
        .ok("b2_list_unfinished_large_files", json!({ "bucketId": bucket, "maxFileCount": 2 }));
    assert_eq!(
        (text(&page["files"][0]["fileId"]), text(&page["files"][1]["fileId"])),
        (a.as_str(), b1.as_str())
    );
    assert_eq!(page["nextFileId"], b2);
    let rest = client.ok(
        "b2_list_unfinished_large_files",
        json!({ "bucketId": bucket, "startFileId": b2, "namePrefix": "b" }),
    );
    assert_eq!(rest["files"][0]["fileId"], b2);
    assert!(rest["nextFileId"].is_null());
}
