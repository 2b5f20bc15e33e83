//! The gateway: for any request of a visitor and any responses of B2, its response has the format of B2 and does not
//! contain the account token of the application.

use std::sync::Arc;
use std::time::Duration;

use b2_proto::account::Authorization;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::gateway::{
    Gateway, GatewayConfig, Grant, Names, Responder, Route, SmallFiles, Uploads,
};
use b2_proto::http::{Method, RequestHead, Response};
use b2_proto::machine::{Action, Authorized, Body, Generation, Input, Machine, Reply, Step};
use b2_proto::time::{Instant, Timestamp};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::input::Choices;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const ACCOUNT_TOKEN: &str = "the application's account token";
/// The maximum number of steps of a responder.
const MAX_STEPS: usize = 200;

const CALLS: &[&str] = &[
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
    "b2_upload_file/b/0",
    "b2_delete_key",
];
/// Fields of requests.
const REQUEST_FIELDS: &[&str] = &[
    "bucketId",
    "fileId",
    "fileName",
    "contentType",
    "fileInfo",
    "prefix",
    "namePrefix",
    "fileNamePrefix",
    "startFileName",
    "startFileId",
    "delimiter",
    "maxFileCount",
    "maxPartCount",
    "startPartNumber",
    "validDurationInSeconds",
    "partSha1Array",
    "sourceFileId",
    "largeFileId",
    "partNumber",
    "range",
    "metadataDirective",
    "destinationBucketId",
    "serverSideEncryption",
    "legalHold",
];
/// Fields of the responses of B2.
const RESPONSE_FIELDS: &[&str] = &[
    "files",
    "parts",
    "fileId",
    "fileName",
    "bucketId",
    "action",
    "contentLength",
    "contentSha1",
    "fileInfo",
    "partNumber",
    "nextFileName",
    "nextFileId",
    "nextPartNumber",
    "uploadUrl",
    "authorizationToken",
    "code",
    "message",
];
const HEADERS: &[&str] = &[
    "x-bz-file-name",
    "content-type",
    "x-bz-content-sha1",
    "x-bz-info-color",
    "x-bz-info-gateway-size",
    "x-bz-server-side-encryption",
    "x-bz-file-legal-hold",
];

/// Responds to any request of a visitor.
pub fn gateway(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let gateway = new_gateway(choices);
    let grant = grant(choices);
    let token = field_of(authorize(&gateway, grant), "authorizationToken");
    let call = choices.one(CALLS);
    let is_small_upload = call.starts_with("b2_upload_file");
    let token = if is_small_upload && choices.chance(80) {
        let get_url = request(&token, "b2_get_upload_url", &json!({"bucketId": "b"}));
        field_of(respond(&gateway, 1, get_url), "authorizationToken")
    } else if choices.chance(10) {
        choices.text()
    } else {
        token
    };
    let mut body = choices.object(REQUEST_FIELDS, 2);
    if choices.chance(80) {
        body["bucketId"] = json!("b");
        body["contentType"] = json!("image/png");
        for field in ["fileName", "prefix", "namePrefix", "fileNamePrefix"] {
            body[field] = format!("a/{}", choices.text()).into();
        }
    }
    if choices.chance(70) {
        let name = json!({"bucketId": "b", "fileName": "a/b", "contentType": "image/png"});
        let start = respond(&gateway, 2, request(&token, "b2_start_large_file", &name));
        let id = Value::from(field_of(start, "fileId"));
        for field in ["fileId", "sourceFileId", "largeFileId"] {
            body[field] = id.clone();
        }
    }
    let mut request = request(&token, call, &body);
    request.0.headers.append(&choices.headers(HEADERS));
    if choices.chance(30) {
        request.1 = choices.body(|choices| choices.object(REQUEST_FIELDS, 2));
    }
    let route = gateway.receive(request.0.clone(), NOW).route();
    assert!(!matches!(route, Route::Unknown | Route::Preflight));
    let response = drive(respond(&gateway, 3, request), |action| outcome(choices, action));
    check(&response);
}

fn authorize(gateway: &Gateway, grant: Grant) -> Responder {
    let (head, _) = request("", "b2_authorize_account", &json!({}));
    gateway.receive(head, NOW).authorize(NOW, grant)
}

fn respond(gateway: &Gateway, seed: u64, (head, body): (RequestHead, Bytes)) -> Responder {
    gateway.receive(head, NOW).respond(NOW, seed, &body)
}

fn new_gateway(choices: &mut Choices<'_>) -> Gateway {
    let small_files = match choices.below(4) {
        0 => SmallFiles::Refuse,
        1 => SmallFiles::IssueKey {
            realm: "http://b2.test".to_owned(),
            lifetime: Duration::from_secs(9),
        },
        _ => SmallFiles::Relay { limit: choices.number() },
    };
    let config = GatewayConfig::new("http://gateway.test", &[7; 32])
        .small_files(small_files)
        .part_size(choices.number())
        .file_id_lifetime(Duration::from_millis(choices.number()));
    Gateway::new(config).expect("a gateway")
}

fn grant(choices: &mut Choices<'_>) -> Grant {
    let names = match choices.below(3) {
        0 => Names::AsGiven,
        1 => Names::Unique,
        _ => Names::Fixed(choices.text()),
    };
    let uploads = Uploads::new(choices.number(), ["image/*"]).names(names);
    let grant = Grant::new("visitor", "b", "bucket", "a/", Duration::from_secs(60));
    let grant = grant.list().download();
    if choices.chance(90) { grant.uploads(uploads.attachment()).copy() } else { grant }
}

fn request(token: &str, call: &str, body: &Value) -> (RequestHead, Bytes) {
    let mut head = RequestHead::new(Method::Post, format!("http://gateway.test/b2api/v4/{call}"));
    // A token that is not valid in a header is not sent.
    let _ = head.headers.push("authorization", token);
    (head, body.to_string().into())
}

/// Returns a field of the response if B2 executes every call. It is empty if the gateway refuses the request.
fn field_of(responder: Responder, field: &str) -> String {
    let response = drive(responder, |_| {
        let file =
            json!({"fileId": "4_z1", "fileName": "a/b", "action": "start", "contentLength": 0});
        Input::Reply(Reply::new(Response::new(200, file.to_string().into())))
    });
    check(&response);
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    body[field].as_str().unwrap_or_default().to_owned()
}

/// Returns any outcome of a request to B2.
fn outcome(choices: &mut Choices<'_>, action: &Action) -> Input {
    if let Action::Send(request) = action {
        assert!(!matches!(request.body, Body::Spans { .. }));
    }
    if choices.is_over() || choices.chance(10) {
        let kind = choices.one(&[
            TransportErrorKind::Broken,
            TransportErrorKind::Timeout,
            TransportErrorKind::Tls,
        ]);
        return Input::Failed(TransportError::new(kind, ""));
    }
    let body = choices.body(|choices| choices.object(RESPONSE_FIELDS, 2));
    let status = choices.one(&[200, 200, 200, 400, 401, 403, 404, 408, 429, 500, 503, 599]);
    Input::Reply(Reply::new(Response::new(status, body)))
}

/// Runs a responder to its end.
fn drive(mut responder: Responder, mut send: impl FnMut(&Action) -> Input) -> Response<Bytes> {
    let mut now = Instant::ORIGIN;
    for _ in 0..MAX_STEPS {
        match responder.poll(now) {
            Step::Start(task, Action::Auth { .. }) => {
                let account = Authorization::new(
                    "account".into(),
                    ACCOUNT_TOKEN.into(),
                    "http://b2.test",
                    "http://download.test",
                );
                let authorized =
                    Authorized { generation: Generation(1), authorization: Arc::new(account) };
                responder.handle(now, task, Input::Auth(Ok(authorized)));
            }
            Step::Start(task, Action::TakeUrl(_)) => responder.handle(now, task, Input::Url(None)),
            Step::Start(_, Action::KeepUrl(..)) => {}
            Step::Start(task, action) => {
                let input = send(&action);
                responder.handle(now, task, input);
            }
            Step::Abort(_) | Step::Emit(_) => {}
            Step::Wait(deadline) => {
                now = deadline.expect("a responder waits for a deadline or a task")
            }
            Step::Done(result) => return result.expect("a responder does not fail"),
        }
    }
    panic!("the responder does not end");
}

/// Checks the format of a response.
fn check(response: &Response<Bytes>) {
    let text = String::from_utf8_lossy(&response.body);
    assert!(!text.contains(ACCOUNT_TOKEN), "{text}");
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    if response.status != 200 {
        assert_eq!(body["status"], response.status);
        assert!(body["code"].is_string() && body["message"].is_string(), "{body}");
    }
}
