//! The simulator: every request gets a response without an internal error, and the saved state with its recorded changes
//! is the state.

use b2_proto::time::Timestamp;
use b2_sim::{BodyPolicy, Config, Service};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Value, json};

use crate::input::Choices;

/// The maximum number of requests.
const MAX_REQUESTS: u64 = 40;

const CALLS: &[&str] = &[
    "b2_start_large_file",
    "b2_get_upload_part_url",
    "b2_finish_large_file",
    "b2_cancel_large_file",
    "b2_copy_file",
    "b2_copy_part",
    "b2_hide_file",
    "b2_delete_file_version",
    "b2_list_file_names",
    "b2_list_file_versions",
    "b2_list_parts",
    "b2_list_unfinished_large_files",
    "b2_get_file_info",
    "b2_update_file_retention",
    "b2_update_file_legal_hold",
    "b2_create_bucket",
    "b2_update_bucket",
    "b2_delete_bucket",
    "b2_list_buckets",
    "b2_create_key",
    "b2_delete_key",
    "b2_list_keys",
    "b2_get_download_authorization",
    "b2_set_bucket_notification_rules",
    "b2_get_bucket_notification_rules",
    "b2_download_file_by_id",
    "b2_authorize_account",
];

/// Fields whose values are seldom those that the call before has returned.
const FIELDS: &[&str] = &[
    "bucketName",
    "bucketType",
    "bucketInfo",
    "corsRules",
    "lifecycleRules",
    "ifRevisionIs",
    "defaultRetention",
    "defaultServerSideEncryption",
    "fileLockEnabled",
    "replicationConfiguration",
    "fileInfo",
    "fileRetention",
    "legalHold",
    "bypassGovernance",
    "partSha1Array",
    "range",
    "metadataDirective",
    "customUploadTimestamp",
    "serverSideEncryption",
    "prefix",
    "delimiter",
    "startFileName",
    "maxFileCount",
    "keyName",
    "capabilities",
    "validDurationInSeconds",
    "namePrefix",
    "eventNotificationRules",
];

const HEADERS: &[&str] = &[
    "range",
    "x-bz-content-sha1",
    "x-bz-part-number",
    "x-bz-info-color",
    "x-bz-custom-upload-timestamp",
    "x-bz-server-side-encryption",
    "x-bz-file-legal-hold",
    "x-bz-file-retention-mode",
    "x-bz-test-mode",
    "origin",
    "access-control-request-method",
];

/// Sends any requests.
pub fn simulator(data: &[u8]) {
    let choices = &mut Choices::new(data);
    let config = Config {
        bodies: BodyPolicy::Discard,
        absolute_minimum_part_size: 1,
        recommended_part_size: 10,
        ..Config::default()
    };
    let mut known = Known::new(config.clone());
    known.service.record_changes();
    let saved = known.service.save().expect("no content is in memory");
    let mut restored = Service::restore(config, &saved).expect("it was just saved");
    let mut now = Timestamp::from_millis(1_700_000_000_000);
    for _ in 0..MAX_REQUESTS {
        if choices.is_over() {
            break;
        }
        now = Timestamp::from_millis(now.as_millis() + u64::from(choices.chance(50)));
        let request = known.request(choices);
        known.send(now, request);
        if choices.chance(5) {
            known.service.run_lifecycle(now);
        }
        if let Some(changes) = known.service.take_changes().expect("no content is in memory") {
            restored.apply_changes(&changes.line).expect("a line of changes");
        }
    }
    let expected: Value = read(&known.service.save().expect("no content is in memory"));
    let actual: Value = read(&restored.save().expect("no content is in memory"));
    assert_eq!(without_ids(actual), without_ids(expected));
}

fn read(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("JSON")
}

/// Returns the state without the source of ids, which tokens change too.
fn without_ids(mut saved: Value) -> Value {
    saved["state"]["ids"] = Value::Null;
    saved
}

/// A service, and what its responses have named.
struct Known {
    service: Service,
    token: String,
    bucket_id: String,
    file_id: Value,
    file_name: Value,
    upload: (String, String),
}

impl Known {
    fn new(config: Config) -> Self {
        let mut service = Service::new(config);
        let bucket_id = service.put_bucket("bucket", "allPrivate");
        let (token, upload) = (String::new(), (String::new(), String::new()));
        let (file_id, file_name) = (Value::Null, json!("a/b"));
        let mut known = Self { service, token, bucket_id, file_id, file_name, upload };
        let now = Timestamp::from_millis(1_700_000_000_000);
        let basic = known.service.credentials().basic();
        let authorize =
            Request::get("/b2api/v4/b2_authorize_account").header("authorization", basic);
        known.send(now, authorize.body(Bytes::new()).expect("a request"));
        known
    }

    /// Returns a call, an upload, a download, or any request.
    fn request(&mut self, choices: &mut Choices<'_>) -> Request<Bytes> {
        let request = match choices.below(8) {
            0 | 1 => {
                let call = choices.one(&["b2_get_upload_url", "b2_get_upload_part_url"]);
                self.call(call, json!({}))
            }
            2 | 3 => {
                let name = choices.text();
                let (url, token) = &self.upload;
                let upload = Request::post(if url.is_empty() { "/" } else { url })
                    .header("authorization", token)
                    .header("content-type", "b2/x-auto")
                    .header("x-bz-content-sha1", "do_not_verify")
                    .header("x-bz-file-name", b2_proto::encoding::encode(&name))
                    .header("x-bz-part-number", choices.below(4).to_string());
                upload.body(Bytes::copy_from_slice(choices.bytes(30)))
            }
            4 => {
                let name = b2_proto::encoding::encode(&choices.text());
                let download = Request::get(format!("/file/bucket/{name}"));
                download.header("authorization", &self.token).body(Bytes::new())
            }
            _ => {
                let call = choices.one(CALLS);
                let body = if choices.chance(60) { json!({}) } else { choices.object(FIELDS, 2) };
                self.call(call, body)
            }
        };
        let mut request = request.expect("a request");
        for header in choices.headers(HEADERS).iter() {
            let name = HeaderName::from_bytes(header.0.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(header.1)) {
                request.headers_mut().insert(name, value);
            }
        }
        request
    }

    fn call(&self, call: &str, mut body: Value) -> http::Result<Request<Bytes>> {
        let known = [
            ("accountId", json!(self.service.account_id())),
            ("bucketId", json!(self.bucket_id)),
            ("fileName", self.file_name.clone()),
            ("contentType", json!("b2/x-auto")),
            ("fileNamePrefix", json!("a/")),
        ];
        let ids = ["fileId", "sourceFileId", "largeFileId", "startFileId"];
        for (name, value) in known.into_iter().chain(ids.map(|name| (name, self.file_id.clone()))) {
            if body.get(name).is_none() {
                body[name] = value;
            }
        }
        Request::post(format!("/b2api/v4/{call}"))
            .header("authorization", &self.token)
            .body(body.to_string().into())
    }

    fn send(&mut self, now: Timestamp, request: Request<Bytes>) {
        let is_head = request.method() == http::Method::HEAD;
        let response = self.service.handle(now, request);
        assert_ne!(response.status(), 500);
        assert!(response.headers().contains_key("date"));
        if !is_head && let Some(len) = response.headers().get("content-length") {
            assert_eq!(len.to_str().ok(), Some(&*response.body().len().to_string()));
        }
        let Ok(answer) = serde_json::from_slice::<Value>(response.body()) else {
            return;
        };
        if !response.status().is_success() {
            assert!(answer["code"].is_string() && answer["message"].is_string(), "{answer}");
        }
        let token = answer["authorizationToken"].as_str();
        match (answer["uploadUrl"].as_str(), token) {
            (Some(url), Some(token)) => self.upload = (url.to_owned(), token.to_owned()),
            (None, Some(token)) if answer["apiInfo"].is_object() => {
                token.clone_into(&mut self.token)
            }
            _ => {}
        }
        if answer["fileId"].is_string() {
            self.file_id = answer["fileId"].clone();
            self.file_name = answer["fileName"].clone();
        }
    }
}
