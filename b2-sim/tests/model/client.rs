//! A client of the pure model, with helpers for requests and responses.

use b2_proto::encoding::encode;
use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;
use b2_sim::{Config, Credentials, Service};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub(crate) const START: u64 = 1_700_000_000_000;

/// A service, its current time, and the account token in use.
pub(crate) struct TestClient {
    pub(crate) service: Service,
    pub(crate) now: u64,
    pub(crate) token: String,
}

pub(crate) fn client() -> TestClient {
    TestClient::new(Config {
        absolute_minimum_part_size: 100,
        recommended_part_size: 1_000,
        ..Config::default()
    })
}

impl TestClient {
    pub(crate) fn new(config: Config) -> Self {
        let mut client = Self { service: Service::new(config), now: START, token: String::new() };
        let master = client.service.credentials().clone();
        client.log_in(&master);
        client
    }

    pub(crate) fn send(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        self.service.handle(Timestamp::from_millis(self.now), request)
    }

    pub(crate) fn authorize(&mut self, version: u8, credentials: &Credentials) -> (u16, Value) {
        let request = Request::get(format!("/b2api/v{version}/b2_authorize_account"))
            .header("authorization", credentials.basic())
            .body(Bytes::new())
            .unwrap();
        read(&self.send(request))
    }

    /// Uses another key from now on.
    pub(crate) fn log_in(&mut self, credentials: &Credentials) {
        let (status, answer) = self.authorize(4, credentials);
        assert_eq!(status, 200, "{answer}");
        text(&answer["authorizationToken"]).clone_into(&mut self.token);
    }

    pub(crate) fn call_as(
        &mut self,
        token: &str,
        version: u8,
        name: &str,
        body: &Value,
    ) -> (u16, Value) {
        let request = Request::post(format!("/b2api/v{version}/{name}"))
            .header("authorization", token)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        read(&self.send(request))
    }

    /// Sends a call of version 4 with the account ID added.
    pub(crate) fn call(&mut self, name: &str, mut body: Value) -> (u16, Value) {
        body["accountId"] = json!(self.service.account_id());
        let token = self.token.clone();
        self.call_as(&token, 4, name, &body)
    }

    pub(crate) fn ok(&mut self, name: &str, body: Value) -> Value {
        let (status, answer) = self.call(name, body);
        assert_eq!(status, 200, "{name}: {answer}");
        answer
    }

    /// Sends a call that must fail, and returns its status and code.
    pub(crate) fn refusal(&mut self, name: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.call(name, body);
        assert!(status >= 400, "{name}: {answer}");
        (status, text(&answer["code"]).to_owned())
    }

    pub(crate) fn bucket(&mut self, name: &str) -> String {
        let body = json!({"bucketName": name, "bucketType": "allPrivate"});
        text(&self.ok("b2_create_bucket", body)["bucketId"]).to_owned()
    }

    /// Creates a key and logs in with it.
    pub(crate) fn become_key(&mut self, mut body: Value) -> Credentials {
        body["keyName"] = json!("test-key");
        let made = self.ok("b2_create_key", body);
        let credentials =
            Credentials::new(text(&made["applicationKeyId"]), text(&made["applicationKey"]));
        self.log_in(&credentials);
        credentials
    }

    pub(crate) fn upload_url(&mut self, bucket_id: &str) -> (String, String) {
        let url = self.ok("b2_get_upload_url", json!({ "bucketId": bucket_id }));
        (text(&url["uploadUrl"]).to_owned(), text(&url["authorizationToken"]).to_owned())
    }

    pub(crate) fn part_url(&mut self, file_id: &str) -> (String, String) {
        let url = self.ok("b2_get_upload_part_url", json!({ "fileId": file_id }));
        (text(&url["uploadUrl"]).to_owned(), text(&url["authorizationToken"]).to_owned())
    }

    /// Uploads with these headers in addition to the required ones, which they may replace.
    pub(crate) fn upload_with(
        &mut self,
        (url, token): &(String, String),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, Value) {
        let mut request = Request::post(url.as_str())
            .header("authorization", token)
            .header("x-bz-content-sha1", Sha1Digest::of(body).to_hex())
            .header("content-type", "b2/x-auto")
            .body(Bytes::copy_from_slice(body))
            .unwrap();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        read(&self.send(request))
    }

    pub(crate) fn upload(&mut self, bucket_id: &str, name: &str, body: &[u8]) -> Value {
        let url = self.upload_url(bucket_id);
        let (status, answer) = self.upload_with(&url, &[("x-bz-file-name", &encode(name))], body);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    pub(crate) fn upload_part(
        &mut self,
        url: &(String, String),
        number: u16,
        body: &[u8],
    ) -> (u16, Value) {
        self.upload_with(url, &[("x-bz-part-number", &number.to_string())], body)
    }

    pub(crate) fn start(&mut self, bucket_id: &str, name: &str) -> String {
        let body = json!({"bucketId": bucket_id, "fileName": name, "contentType": "b2/x-auto"});
        text(&self.ok("b2_start_large_file", body)["fileId"]).to_owned()
    }

    /// Sends a request without a body, such as a download, with the account token.
    pub(crate) fn fetch(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let token = self.token.clone();
        let mut all = vec![("authorization", token.as_str())];
        all.extend_from_slice(headers);
        self.fetch_anonymously(method, path, &all)
    }

    /// Sends a request without a body and without an account.
    pub(crate) fn fetch_anonymously(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Bytes::new()).unwrap())
    }
}

pub(crate) fn read(response: &Response<Bytes>) -> (u16, Value) {
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status().as_u16(), body)
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// Returns the file names in a page of a listing.
pub(crate) fn names(page: &Value) -> Vec<&str> {
    let files = page["files"].as_array().expect("files");
    files.iter().map(|file| text(&file["fileName"])).collect()
}
