//! Every request gets a response, which contains no secrets.

use b2_proto::time::Timestamp;
use http::{Method, Request};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use crate::client::{TestClient, client, text};

const CALLS: [&str; 27] = [
    "b2_authorize_account",
    "b2_cancel_large_file",
    "b2_copy_file",
    "b2_copy_part",
    "b2_create_bucket",
    "b2_create_key",
    "b2_delete_bucket",
    "b2_delete_file_version",
    "b2_delete_key",
    "b2_download_file_by_id",
    "b2_finish_large_file",
    "b2_get_bucket_notification_rules",
    "b2_get_download_authorization",
    "b2_get_file_info",
    "b2_get_upload_part_url",
    "b2_get_upload_url",
    "b2_hide_file",
    "b2_list_buckets",
    "b2_list_file_names",
    "b2_list_file_versions",
    "b2_list_keys",
    "b2_list_parts",
    "b2_list_unfinished_large_files",
    "b2_set_bucket_notification_rules",
    "b2_start_large_file",
    "b2_update_bucket",
    "b2_update_file_retention",
];

/// Generates a field of a call with a valid or invalid value.
fn field() -> impl Strategy<Value = (String, serde_json::Value)> {
    let names = select(vec![
        "bucketName",
        "bucketType",
        "fileName",
        "prefix",
        "delimiter",
        "startFileName",
        "startFileId",
        "maxFileCount",
        "partNumber",
        "range",
        "sourceFileId",
        "largeFileId",
        "fileInfo",
        "contentType",
        "metadataDirective",
        "corsRules",
        "lifecycleRules",
        "fileRetention",
        "legalHold",
        "partSha1Array",
        "defaultRetention",
        "namePrefix",
        "replicationConfiguration",
        "eventNotificationRules",
        "keyName",
        "capabilities",
        "validDurationInSeconds",
        "fileNamePrefix",
        "serverSideEncryption",
        "customUploadTimestamp",
    ]);
    let values = prop_oneof![
        any::<String>().prop_map(|text| json!(text)),
        any::<i64>().prop_map(|number| json!(number)),
        select(vec![
            json!(null),
            json!([]),
            json!({}),
            json!(true),
            json!("a/b"),
            json!("bytes=0-3"),
            json!("bytes=3-99999999999999999999"),
            json!([{}]),
            json!(["listFiles"]),
            json!({ "mode": "governance", "period": { "duration": 4_000_000_000_u32, "unit": "years" } }),
            json!({ "mode": "governance", "retainUntilTimestamp": u64::MAX }),
            json!("allPrivate"),
            json!("REPLACE"),
            json!("on"),
            json!(1),
            json!("x/y"),
        ]),
    ];
    (names.prop_map(str::to_owned), values)
}

fn check(client: &mut TestClient, request: Request<bytes::Bytes>) -> Result<(), TestCaseError> {
    let head = request.method() == Method::HEAD;
    let response = client.send(request);
    prop_assert!(response.headers().contains_key("date"));
    prop_assert!(response.status().as_u16() != 500);
    if !head {
        let len = response.headers()["content-length"].to_str().unwrap().parse();
        prop_assert_eq!(len, Ok(response.body().len()));
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_call_gets_a_response(
        calls in proptest::collection::vec(
            (select(&CALLS[..]), 1..5_u8, proptest::collection::vec(field(), 0..6)),
            1..12,
        )
    ) {
        let mut client = client();
        let body = json!({ "bucketName": "photos", "bucketType": "allPrivate", "fileLockEnabled": true });
        let bucket = text(&client.ok("b2_create_bucket", body)["bucketId"]).to_owned();
        let file = client.upload(&bucket, "a/b", b"hello");
        let large = client.start(&bucket, "a/c");
        for (at, (name, version, fields)) in calls.into_iter().enumerate() {
            let id = if at % 2 == 0 { text(&file["fileId"]) } else { large.as_str() };
            let mut body = json!({
                "accountId": client.service.account_id(), "bucketId": bucket, "fileId": id,
                "sourceFileId": id, "largeFileId": large, "fileName": "a/b",
            });
            for (field, value) in fields {
                body[field] = value;
            }
            let request = Request::post(format!("/b2api/v{version}/{name}"))
                .header("authorization", &client.token)
                .body(body.to_string().into())
                .unwrap();
            check(&mut client, request)?;
        }
        for page in ["b2_list_file_names", "b2_list_file_versions"] {
            client.call(page, json!({ "bucketId": bucket }));
        }
        client.call("b2_get_upload_url", json!({ "bucketId": bucket }));
        let now = Timestamp::from_millis(client.now);
        client.service.put_file(now, "photos", "later", "hello");
        client.service.run_lifecycle(now);
    }

    #[test]
    fn every_path_and_header_gets_a_response(
        method in select(vec![Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::OPTIONS]),
        path in "/(file|b2api|x)?/?(v[0-9]|photos)?/?(b2_upload_file|b2_upload_part|b2_copy_file)?[a-z0-9/%+._-]{0,20}(\\?[a-zA-Z0-9=&%+]{0,20})?",
        range in "(bytes=)?[0-9,-]{0,24}",
        sha1 in "[0-9a-f]{0,41}|do_not_verify|hex_digits_at_end",
        body in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut client = client();
        client.bucket("photos");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &client.token)
            .header("range", range)
            .header("origin", "http://localhost")
            .header("x-bz-content-sha1", sha1)
            .body(body.into())
            .unwrap();
        check(&mut client, request)?;
    }
}

#[test]
fn debug_output_contains_no_secret() {
    use b2_sim::faults::Fault;

    let mut client = client();
    let bucket = client.bucket("photos");
    let (url, token) = client.upload_url(&bucket);
    let (head, ()) = Request::post(url)
        .header("authorization", &token)
        .header("x-bz-file-name", "f")
        .header("content-type", "x/y")
        .header("content-length", "5")
        .header("x-bz-content-sha1", "do_not_verify")
        .body(())
        .unwrap()
        .into_parts();
    let now = Timestamp::from_millis(client.now);
    let admission = format!("{:?}", client.service.begin(now, &head));
    assert!(admission.contains("b2_upload_file"), "{admission}");
    let authorize = Request::get("/b2api/v4/b2_authorize_account")
        .header("authorization", client.service.credentials().basic())
        .body(bytes::Bytes::new())
        .unwrap();
    let (call, _) = authorize.clone().into_parts();
    let reply = format!("{:?}", client.service.begin(now, &call));
    let delivery = format!("{:?}", client.service.handle_with_fault(now, authorize, Fault::None));
    let service = format!("{:?}", client.service);
    let key = client.service.credentials().key.expose().to_owned();
    for shown in [admission, reply, delivery, service] {
        assert!(!shown.contains("_acct") && !shown.contains(&token), "{shown}");
        assert!(!shown.contains(&key), "{shown}");
    }
}
