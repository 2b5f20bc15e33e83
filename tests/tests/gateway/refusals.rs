//! Refused calls and their error codes.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::site::Site;

/// A change to a call that is accepted without it.
type Change = fn(&mut Value);

#[test]
fn calls_beyond_the_grant_are_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let bucket = site.bucket_id.clone();
    let start = json!({
        "bucketId": bucket, "fileName": "u/42/b.png", "contentType": "image/png", "fileInfo": {"color": "red"},
        "serverSideEncryption": {"mode": "SSE-B2", "algorithm": "AES256"}, "legalHold": null,
    });
    let names = json!({ "bucketId": bucket, "prefix": "u/42/", "maxFileCount": 0 });
    let unfinished = json!({ "bucketId": bucket, "namePrefix": "u/42/a" });
    let share =
        json!({ "bucketId": bucket, "fileNamePrefix": "u/42/", "validDurationInSeconds": 60 });
    let finish = json!({ "fileId": id, "partSha1Array": sha1s });
    let other_bucket: Change = |body| body["bucketId"] = json!("another");
    let forged: Change = |body| {
        let id = body["fileId"].as_str().unwrap();
        let other = if id.ends_with('A') { 'B' } else { 'A' };
        body["fileId"] = json!(format!("{}{other}", &id[..id.len() - 1]));
    };
    let real_id: Change = |body| body["fileId"] = json!("4_z27c88f1d182b150646ff0b16_f200");
    let no_id: Change = |body| body["fileId"] = json!("");

    let table: &[(&str, &Value, Change, u16, &str)] = &[
        // Another bucket.
        ("b2_start_large_file", &start, other_bucket, 401, "unauthorized"),
        ("b2_get_upload_url", &unfinished, other_bucket, 401, "unauthorized"),
        ("b2_list_file_names", &names, other_bucket, 401, "unauthorized"),
        ("b2_list_unfinished_large_files", &unfinished, other_bucket, 401, "unauthorized"),
        ("b2_get_download_authorization", &share, other_bucket, 401, "unauthorized"),
        // Another prefix, or none.
        (
            "b2_start_large_file",
            &start,
            |b| b["fileName"] = json!("u/41/b.png"),
            401,
            "unauthorized",
        ),
        ("b2_start_large_file", &start, |b| b["fileName"] = json!("u/421"), 401, "unauthorized"),
        ("b2_list_file_names", &names, |b| b["prefix"] = json!("u/4"), 401, "unauthorized"),
        ("b2_list_file_names", &names, |b| b["prefix"] = Value::Null, 401, "unauthorized"),
        (
            "b2_list_unfinished_large_files",
            &unfinished,
            |b| b["namePrefix"] = json!(""),
            401,
            "unauthorized",
        ),
        (
            "b2_get_download_authorization",
            &share,
            |b| b["fileNamePrefix"] = json!("u/"),
            401,
            "unauthorized",
        ),
        (
            "b2_get_download_authorization",
            &share,
            |b| b["fileNamePrefix"] = json!(""),
            401,
            "unauthorized",
        ),
        // Invalid names, and names outside of the prefix.
        (
            "b2_start_large_file",
            &start,
            |b| b["fileName"] = json!("u/42/../41/b"),
            400,
            "bad_request",
        ),
        ("b2_start_large_file", &start, |b| b["fileName"] = json!("u/42/.."), 400, "bad_request"),
        ("b2_start_large_file", &start, |b| b["fileName"] = json!("u/42//b"), 400, "bad_request"),
        (
            "b2_start_large_file",
            &start,
            |b| b["fileName"] = json!("u/42/\u{0}"),
            400,
            "bad_request",
        ),
        // Types.
        (
            "b2_start_large_file",
            &start,
            |b| b["contentType"] = json!("text/html"),
            400,
            "content_type_not_allowed",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["contentType"] = json!("b2/x-auto"),
            400,
            "content_type_not_allowed",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["contentType"] = json!("image/png,text/html"),
            400,
            "content_type_not_allowed",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["contentType"] = Value::Null,
            400,
            "content_type_not_allowed",
        ),
        // Too large.
        (
            "b2_start_large_file",
            &start,
            |b| b["fileInfo"] = json!({"gateway-size": "5001"}),
            400,
            "file_too_large",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["fileInfo"] = json!({"gateway-size": "much"}),
            400,
            "bad_request",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["declaredSize"] = json!(5_001),
            400,
            "file_too_large",
        ),
        ("b2_start_large_file", &start, |b| b["declaredSize"] = json!("1"), 400, "bad_json"),
        ("b2_start_large_file", &start, |b| b["declaredSize"] = json!(-1), 400, "bad_json"),
        (
            "b2_start_large_file",
            &start,
            |b| {
                b["declaredSize"] = json!(200);
                b["fileInfo"] = json!({"gateway-size": "201"});
            },
            400,
            "bad_request",
        ),
        // Settings such as retention, which the grant never permits.
        (
            "b2_start_large_file",
            &start,
            |b| b["fileInfo"] = json!({"B2-Cache-Control": "no"}),
            400,
            "bad_request",
        ),
        ("b2_start_large_file", &start, |b| b["legalHold"] = json!("on"), 401, "unauthorized"),
        ("b2_start_large_file", &start, |b| b["fileRetention"] = json!({}), 401, "unauthorized"),
        (
            "b2_start_large_file",
            &start,
            |b| b["customUploadTimestamp"] = json!("1"),
            401,
            "unauthorized",
        ),
        (
            "b2_start_large_file",
            &start,
            |b| b["serverSideEncryption"] = json!({"mode": "SSE-C"}),
            401,
            "unauthorized",
        ),
        (
            "b2_get_download_authorization",
            &share,
            |b| b["b2ContentType"] = json!("text/html"),
            401,
            "unauthorized",
        ),
        (
            "b2_get_download_authorization",
            &share,
            |b| b["b2ContentDisposition"] = json!("inline"),
            401,
            "unauthorized",
        ),
        (
            "b2_get_download_authorization",
            &share,
            |b| b["validDurationInSeconds"] = json!(0),
            400,
            "bad_request",
        ),
        // IDs that this gateway did not issue.
        ("b2_get_upload_part_url", &finish, forged, 400, "bad_request"),
        ("b2_list_parts", &finish, forged, 400, "bad_request"),
        ("b2_finish_large_file", &finish, forged, 400, "bad_request"),
        ("b2_cancel_large_file", &finish, forged, 400, "bad_request"),
        ("b2_get_file_info", &finish, forged, 400, "bad_request"),
        ("b2_cancel_large_file", &finish, real_id, 400, "bad_request"),
        ("b2_get_file_info", &finish, real_id, 400, "bad_request"),
        ("b2_get_upload_part_url", &finish, no_id, 400, "bad_request"),
        (
            "b2_list_unfinished_large_files",
            &unfinished,
            |b| b["startFileId"] = json!("x"),
            400,
            "bad_request",
        ),
        // JSON of another type.
        ("b2_start_large_file", &start, |b| *b = json!([]), 400, "bad_json"),
        ("b2_start_large_file", &start, |b| b["fileName"] = json!(7), 400, "bad_json"),
        ("b2_finish_large_file", &finish, |b| b["partSha1Array"] = json!(["x"]), 400, "bad_json"),
        ("b2_finish_large_file", &finish, |b| b["partSha1Array"] = Value::Null, 400, "bad_json"),
        ("b2_list_file_names", &names, |b| b["maxFileCount"] = json!(-1), 400, "bad_json"),
        ("b2_list_file_names", &names, |b| b["maxFileCount"] = json!(10_001), 400, "bad_request"),
        ("b2_list_file_names", &names, |b| b["delimiter"] = json!(""), 400, "bad_request"),
        // Calls that no grant permits.
        ("b2_delete_file_version", &finish, |_| {}, 401, "unauthorized"),
        ("b2_list_buckets", &names, |_| {}, 401, "unauthorized"),
        ("b2_create_key", &names, |_| {}, 401, "unauthorized"),
        ("b2_list_file_versions", &names, |_| {}, 401, "unauthorized"),
        ("b2_hide_file", &start, |_| {}, 401, "unauthorized"),
        ("b2_copy_file", &start, |_| {}, 401, "unauthorized"),
    ];
    for (number, (call, body, change, status, code)) in table.iter().enumerate() {
        let mut body = (*body).clone();
        change(&mut body);
        let said = site.call(&token, call, &body);
        assert_eq!(
            (said.0, said.1.as_str()),
            (*status, *code),
            "row {number}: {call} {body}: {}",
            said.2
        );
    }
    // None of these calls reached B2, and each body is accepted without its change.
    assert_eq!((site.count("start"), site.count("upload")), (1, 0));
    for (call, body) in [
        ("b2_start_large_file", &start),
        ("b2_list_file_names", &names),
        ("b2_list_unfinished_large_files", &unfinished),
        ("b2_get_download_authorization", &share),
        ("b2_get_upload_part_url", &finish),
        ("b2_list_parts", &finish),
        ("b2_get_file_info", &finish),
        ("b2_finish_large_file", &finish),
    ] {
        let (status, _, said) = site.call(&token, call, body);
        assert_eq!(status, 200, "{call}: {said}");
    }
}

#[test]
fn malformed_and_oversize_bodies() {
    let mut site = Site::new();
    let token = site.visitor();
    let deep = "[".repeat(60_000);
    for body in
        ["", "{", "null", "7", "\u{0}", "{\"bucketId\":\"a\",\"bucketId\":\"b\"}", deep.as_str()]
    {
        let said = site.send(&token, "b2_start_large_file", Bytes::from(body.to_owned()));
        assert_eq!((said.0, said.1.as_str()), (400, "bad_json"), "{said:?}");
    }
    let said = site.send(&token, "b2_start_large_file", Bytes::from(vec![b' '; 70_000]));
    assert_eq!((said.0, said.1.as_str()), (400, "bad_request"), "{said:?}");
    let said = site.send(&token, "b2_list_parts", Bytes::from_static(b"\xff\xfe"));
    assert_eq!((said.0, said.1.as_str()), (400, "bad_json"), "{said:?}");
    // Ten thousand SHA-1s are not too many.
    let sha1 = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
    let body = json!({ "fileId": "x", "partSha1Array": vec![sha1; 10_000] });
    let said = site.call(&token, "b2_finish_large_file", &body);
    assert_eq!((said.0, said.1.as_str()), (400, "bad_request"));
    assert!(said.2["message"].as_str().unwrap().contains("fileId"), "{said:?}");
}
