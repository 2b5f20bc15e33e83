//! Tests that need no calls to B2, and that every request gets a response.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::account::AllowedBucket;
use crate::http::{Method, RequestHead, Response};
use crate::machine::{Action, Authorized, Generation, Input, Machine, Reply, Step};
use crate::time::{Instant, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn gateway() -> Gateway {
    Gateway::new(GatewayConfig::new("http://gateway.test", &[7; 32])).unwrap()
}

fn grant() -> Grant {
    Grant::new("visitor", "bucket-id", "bucket", "u/42/", Duration::from_secs(3_600))
        .uploads(Uploads::new(1_000, ["image/*"]))
        .list()
        .download()
        .copy()
}

/// Authorizes a visitor with this grant.
fn authorize(gateway: &Gateway, grant: Grant) -> Responder {
    gateway.receive(head("b2_authorize_account", &[]), NOW).authorize(NOW, grant)
}

/// The head of a request for a call.
fn head(call: &str, headers: &[(&str, &str)]) -> RequestHead {
    let mut head = RequestHead::new(Method::Post, format!("/b2api/v4/{call}"));
    for (name, value) in headers {
        head.headers.push(name, value).unwrap();
    }
    head
}

fn json(response: &Response<Bytes>) -> serde_json::Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Returns the response of a machine; `None` if it makes a call to B2.
fn run(responder: Responder) -> Option<Response<Bytes>> {
    run_with(responder, None)
}

/// Returns the response of a machine whose calls to B2 have this response.
fn run_with(
    mut responder: Responder,
    response: Option<&serde_json::Value>,
) -> Option<Response<Bytes>> {
    loop {
        match responder.poll(Instant::ORIGIN) {
            Step::Start(task, Action::Auth { .. }) => {
                let mut account = crate::account::Authorization::new(
                    "account".into(),
                    "the account token".into(),
                    "http://b2.test",
                    "http://download.test",
                );
                let own = AllowedBucket { id: "bucket-id".into(), name: Some("bucket".to_owned()) };
                account.allowed.buckets = Some(vec![own]);
                let authorized =
                    Authorized { generation: Generation(1), authorization: Arc::new(account) };
                responder.handle(Instant::ORIGIN, task, Input::Auth(Ok(authorized)));
            }
            Step::Start(task, Action::Send(_)) => {
                let response = Response::new(200, Bytes::from(response?.to_string()));
                let reply = Reply::new(response);
                responder.handle(Instant::ORIGIN, task, Input::Reply(reply));
            }
            Step::Start(..) | Step::Wait(_) => return None,
            Step::Abort(_) | Step::Emit(_) => {}
            Step::Done(result) => return result.ok(),
        }
    }
}

/// The token of an upload URL of the gateway.
fn relay_token() -> String {
    let request = gateway().receive(head("b2_get_upload_url", &[("authorization", &token())]), NOW);
    let body = Bytes::from_static(b"{\"bucketId\": \"bucket-id\"}");
    let response = run(request.respond(NOW, 0, &body)).unwrap();
    json(&response)["authorizationToken"].as_str().unwrap().to_owned()
}

fn token() -> String {
    let response = run(authorize(&gateway(), grant())).unwrap();
    json(&response)["authorizationToken"].as_str().unwrap().to_owned()
}

#[test]
fn a_grant_becomes_an_authorization() {
    let response = run(authorize(&gateway(), grant())).unwrap();
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert!(!text.contains("the account token"), "{text}");
    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
    let storage = &body["apiInfo"]["storageApi"];
    assert_eq!(storage["apiUrl"], "http://gateway.test");
    assert_eq!(storage["downloadUrl"], "http://download.test");
    // Files smaller than the sum are sent in one request, which fits the relay.
    assert_eq!(storage["recommendedPartSize"], 5_000_000);
    assert_eq!(storage["absoluteMinimumPartSize"], 5_000_000);
    assert_eq!(
        storage["allowed"],
        serde_json::json!({
            "buckets": [{ "id": "bucket-id", "name": "bucket" }],
            "capabilities": ["listFiles", "shareFiles", "writeFiles", "copyFiles"],
            "namePrefix": "u/42/",
        })
    );
    assert_eq!(body["applicationKeyExpirationTimestamp"], 1_700_003_600_000_u64);
    let uploader = run(authorize(&gateway(), Grant { copies: false, ..grant() })).unwrap();
    let allowed = &json(&uploader)["apiInfo"]["storageApi"]["allowed"];
    let expected = ["listFiles", "shareFiles", "writeFiles"];
    assert_eq!(allowed["capabilities"], serde_json::json!(expected));
}

/// Clients send a file in one request if it is smaller than the part size plus the minimum.
#[test]
fn files_sent_in_one_request_fit_the_relay() {
    for (small_files, announced) in [
        (SmallFiles::Relay { limit: 12_000_000 }, 7_000_001),
        (SmallFiles::Relay { limit: 100_000_000 }, 20_000_000),
        (SmallFiles::Relay { limit: 1 }, 5_000_000),
        (SmallFiles::Refuse, 20_000_000),
    ] {
        let config = GatewayConfig::new("http://gateway.test", &[7; 32]).part_size(20_000_000);
        let gateway = Gateway::new(config.small_files(small_files)).unwrap();
        let response = run(authorize(&gateway, grant())).unwrap();
        let body = json(&response);
        assert_eq!(body["apiInfo"]["storageApi"]["recommendedPartSize"], announced);
    }
}

#[test]
fn a_gateway_needs_a_secret_and_a_url() {
    for config in [
        GatewayConfig::new("http://gateway.test", b"short"),
        GatewayConfig::new("http://gateway.test", &[7; 32]).previous_secret(b""),
        GatewayConfig::new("gateway.test", &[7; 32]),
        GatewayConfig::new("http://gateway.test", &[7; 32]).origins(["https://app.example/"]),
    ] {
        assert_eq!(Gateway::new(config).unwrap_err().kind(), crate::ErrorKind::InvalidInput);
    }
    assert!(!format!("{:?}", gateway()).contains('7'));
}

#[test]
fn the_bucket_of_the_applications_key_needs_no_id() {
    let lifetime = Duration::from_secs(60);
    let grant = |name| Grant::in_own_bucket("visitor", name, "u/", lifetime).list();
    let response = run(authorize(&gateway(), grant("bucket"))).unwrap();
    let body = json(&response);
    let buckets = &body["apiInfo"]["storageApi"]["allowed"]["buckets"];
    assert_eq!(*buckets, serde_json::json!([{ "id": "bucket-id", "name": "bucket" }]));
    let response = run(authorize(&gateway(), grant("another"))).unwrap();
    assert_eq!(response.status, 503);
}

/// The announced URL is the one of the request.
#[test]
fn a_gateway_may_be_at_any_url() {
    let gateway = Gateway::new(GatewayConfig::at_any_url(&[7; 32])).unwrap();
    let api_url = |url: &str| {
        let head = RequestHead::new(Method::Get, format!("{url}/b2api/v4/b2_authorize_account"));
        let response = run(gateway.receive(head, NOW).authorize(NOW, grant())).unwrap();
        (response.status, json(&response)["apiInfo"]["storageApi"]["apiUrl"].clone())
    };
    assert_eq!(api_url("https://app.example/b2"), (200, "https://app.example/b2".into()));
    assert_eq!(api_url(""), (500, serde_json::Value::Null), "the host does not know its URL");
}

#[test]
fn credentials() {
    let credentials = |header: &str| {
        let request =
            gateway().receive(head("b2_authorize_account", &[("authorization", header)]), NOW);
        assert!(!format!("{request:?}").contains(header));
        request.credentials().map(|(id, credential)| format!("{id} {}", credential.expose()))
    };
    assert_eq!(credentials("Basic YWRhOnRoZSBzZXNzaW9uOjE=").as_deref(), Some("ada the session:1"));
    for header in ["Basic", "Basic YWRh", "Basic /w==", "Basic ?", "Bearer YWRhOng="] {
        assert_eq!(credentials(header), None, "{header}");
    }
}

#[test]
fn responses_without_a_call() {
    let config =
        GatewayConfig::new("http://gateway.test", &[7; 32]).origins(["https://app.example"]);
    let gateway = Gateway::new(config).unwrap();
    let receive = |call| gateway.receive(head(call, &[("origin", "https://app.example")]), NOW);
    for (responder, status) in [
        (receive("b2_authorize_account").refuse(), 401),
        (receive("b2_authorize_account").fail(), 500),
        (receive("b2_authorize_account").respond(NOW, 0, &Bytes::new()), 401),
        (receive("b2_list_parts").authorize(NOW, grant()), 401),
        // The refusal of the head takes precedence.
        (receive("b2_list_parts").too_long(), 401),
        (receive("b2_upload_file/x/0").too_long(), 401),
        (receive("").too_long(), 404),
    ] {
        let response = run(responder).unwrap();
        assert_eq!((response.status, &json(&response)["status"]), (status, &status.into()));
        let allowed = response.headers.get("access-control-allow-origin");
        assert_eq!(allowed, Some("https://app.example"));
    }
}

/// Entries outside the prefix are left out.
#[test]
fn unreadable_entries_of_a_listing_are_passed_on_by_name() {
    let call = "b2_list_file_names";
    let request = gateway().receive(head(call, &[("authorization", &token())]), NOW);
    let body = Bytes::from_static(b"{\"bucketId\": \"bucket-id\", \"prefix\": \"u/42/\"}");
    let listing = serde_json::json!({
        "files": [
            {
                "accountId": "account", "action": "upload", "bucketId": "bucket-id", "contentLength": 3,
                "contentSha1": "none", "contentType": "image/png", "fileId": "4_z", "fileInfo": {},
                "fileName": "u/42/a", "uploadTimestamp": 1,
            },
            { "fileName": "u/42/b", "contentLength": "many", "secret": "of the application" },
            { "fileName": "u/41/c", "contentLength": "many" },
            { "contentLength": "many" },
        ],
        "nextFileName": "u/41/d",
    });
    let response = run_with(request.respond(NOW, 0, &body), Some(&listing)).unwrap();
    let page = json(&response);
    let files = page["files"].as_array().unwrap();
    assert_eq!((response.status, files.len()), (200, 2), "{page}");
    assert_eq!(files[0]["fileName"], "u/42/a");
    assert_eq!(files[1], serde_json::json!({ "fileName": "u/42/b" }));
    assert_eq!(page["nextFileName"], serde_json::Value::Null);
}

const CALLS: [&str; 14] = [
    "b2_authorize_account",
    "b2_get_upload_url",
    "b2_start_large_file",
    "b2_get_upload_part_url",
    "b2_list_parts",
    "b2_list_unfinished_large_files",
    "b2_finish_large_file",
    "b2_cancel_large_file",
    "b2_copy_file",
    "b2_copy_part",
    "b2_list_file_names",
    "b2_get_download_authorization",
    "b2_get_file_info",
    "b2_upload_file/bucket-id/0",
];

fn any_body() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("bucket-id".to_owned()),
        Just("u/42/".to_owned()),
        Just("image/png".to_owned()),
        ".*",
    ];
    let value = prop_oneof![
        word.clone().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
        Just(serde_json::json!([])),
        Just(serde_json::json!({"a": "b"})),
    ];
    let field = prop_oneof![
        Just("bucketId"),
        Just("fileId"),
        Just("fileName"),
        Just("contentType"),
        Just("fileInfo"),
        Just("prefix"),
        Just("namePrefix"),
        Just("fileNamePrefix"),
        Just("maxFileCount"),
        Just("validDurationInSeconds"),
        Just("partSha1Array"),
        Just("startFileId"),
        Just("serverSideEncryption"),
        Just("startPartNumber"),
        Just("sourceFileId"),
        Just("largeFileId"),
        Just("partNumber"),
        Just("range"),
        Just("metadataDirective"),
    ];
    let object = prop::collection::vec((field, value), 0..8).prop_map(|fields| {
        let fields = fields.into_iter().map(|(field, value)| (field.to_owned(), value));
        serde_json::Value::Object(fields.collect()).to_string()
    });
    prop_oneof![3 => object, 1 => ".*"]
}

proptest! {
    #[test]
    fn responding_is_total(call in 0..CALLS.len(), body in any_body(), tokens: bool, seed: u64, header: String) {
        let token = match (tokens, call + 1 == CALLS.len()) {
            (true, true) => relay_token(),
            (true, false) => token(),
            (false, _) => header.clone(),
        };
        let mut head = head(CALLS[call], &[]);
        for (name, value) in [("authorization", token), ("x-bz-file-name", header)] {
            let _ = head.headers.push(name, &value);
        }
        let request = gateway().receive(head, NOW);
        if let Some(response) = run(request.respond(NOW, seed, &Bytes::from(body))) {
            let body = json(&response);
            if response.status != 200 {
                prop_assert_eq!(body["status"].as_u64(), Some(response.status.into()));
                prop_assert!(body["code"].is_string() && body["message"].is_string());
            }
        }
    }
}
