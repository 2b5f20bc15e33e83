//! A service, a gateway and a clock, with helpers for requests.

use std::time::Duration;

use b2_proto::api::CreateKey;
use b2_proto::gateway::{GatewayConfig, Grant, Uploads};
use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;
use b2_sim::faults::Rates;
use b2_sim::{Config, Service};
use b2_tests::BUCKET;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::realm::{BASE, PASSWORD, Realm, config};

pub(crate) struct Site {
    pub(crate) service: Service,
    pub(crate) realm: Realm,
    pub(crate) now: Timestamp,
    pub(crate) bucket_id: String,
}

/// The status, the error code and the body of a response.
pub(crate) type Said = (u16, String, Value);

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: GatewayConfig) -> Self {
        let mut service = Service::new(Config {
            recommended_part_size: 1_000,
            absolute_minimum_part_size: 100,
            ..Config::default()
        });
        let bucket_id = service.put_bucket(BUCKET, "allPrivate");
        let realm = Realm::new(config, &service, 1, Rates::none());
        Self { service, realm, now: Timestamp::from_millis(1_700_000_000_000), bucket_id }
    }

    /// Returns a grant of an hour for images of up to 5,000 bytes below `u/NAME/`.
    pub(crate) fn grant(&self, name: &str) -> Grant {
        self.grant_for(name, &format!("u/{name}/"))
    }

    pub(crate) fn grant_for(&self, owner: &str, prefix: &str) -> Grant {
        let hour = Duration::from_secs(3_600);
        Grant::new(owner, self.bucket_id.clone(), BUCKET, prefix, hour)
            .uploads(Uploads::new(5_000, ["image/*"]))
            .list()
            .download()
    }

    /// Replaces the key of the application.
    pub(crate) fn switch_to_key(&mut self, key: CreateKey) {
        self.realm.switch_to_key(self.now, &mut self.service, key);
    }

    /// Returns the token of a visitor with this grant.
    pub(crate) fn enter(&mut self, name: &str, grant: Grant) -> String {
        self.realm.grants.insert(name.to_owned(), grant);
        let (status, _, said) = self.authorize(name);
        assert_eq!(status, 200, "{said}");
        said["authorizationToken"].as_str().expect("a text").to_owned()
    }

    pub(crate) fn authorize(&mut self, name: &str) -> Said {
        let credential = b2_sim::Credentials::new(name, PASSWORD).basic();
        let request = Request::get(format!("{BASE}/b2api/v4/b2_authorize_account"))
            .header("authorization", credential)
            .body(Bytes::new());
        let response =
            self.realm.answer(self.now, &mut self.service, request.expect("it is well formed"));
        said(&response)
    }

    /// Returns the token of the visitor `42` with the default grant.
    pub(crate) fn visitor(&mut self) -> String {
        let grant = self.grant("42");
        self.enter("42", grant)
    }

    pub(crate) fn call(&mut self, token: &str, name: &str, body: &Value) -> Said {
        self.send(token, name, body.to_string().into())
    }

    pub(crate) fn send(&mut self, token: &str, name: &str, body: Bytes) -> Said {
        let request = Request::post(format!("{BASE}/b2api/v4/{name}"))
            .header("authorization", token)
            .body(body)
            .expect("it is well formed");
        let response = self.realm.answer(self.now, &mut self.service, request);
        said(&response)
    }

    /// Sends a request unchanged.
    pub(crate) fn answer(&mut self, request: Request<Bytes>) -> Said {
        said(&self.realm.answer(self.now, &mut self.service, request))
    }

    pub(crate) fn start(&mut self, token: &str, name: &str) -> Said {
        let bucket_id = self.bucket_id.clone();
        let body = json!({ "bucketId": bucket_id, "fileName": name, "contentType": "image/png" });
        self.call(token, "b2_start_large_file", &body)
    }

    /// Starts a file and uploads parts of these sizes. Returns its ID and the SHA-1s.
    pub(crate) fn parts(
        &mut self,
        token: &str,
        name: &str,
        sizes: &[usize],
    ) -> (String, Vec<String>) {
        let (status, _, started) = self.start(token, name);
        assert_eq!(status, 200, "{started}");
        let id = started["fileId"].as_str().expect("a text").to_owned();
        let sha1s = (1..).zip(sizes).map(|(number, size)| self.part(token, &id, number, *size));
        let sha1s = sha1s.collect();
        (id, sha1s)
    }

    /// Uploads a part directly to B2, and returns its SHA-1.
    pub(crate) fn part(&mut self, token: &str, id: &str, number: u32, size: usize) -> String {
        let (status, _, url) = self.call(token, "b2_get_upload_part_url", &json!({ "fileId": id }));
        assert_eq!(status, 200, "{url}");
        let url_text = url["uploadUrl"].as_str().expect("a text");
        assert!(!url_text.starts_with(BASE), "parts go straight to B2");
        let bytes = Bytes::from(vec![u8::try_from(number).expect("it is well formed"); size]);
        let sha1 = Sha1Digest::of(&bytes).to_hex();
        let request = Request::post(url_text)
            .header("authorization", url["authorizationToken"].as_str().expect("a text"))
            .header("x-bz-part-number", number)
            .header("x-bz-content-sha1", &sha1)
            .header("content-length", bytes.len())
            .body(bytes)
            .expect("it is well formed");
        let response = self.service.handle(self.now, request);
        assert_eq!(response.status(), 200, "{response:?}");
        sha1
    }

    pub(crate) fn finish(&mut self, token: &str, id: &str, sha1s: &[String]) -> Said {
        let body = json!({ "fileId": id, "partSha1Array": sha1s });
        self.call(token, "b2_finish_large_file", &body)
    }

    /// Requests an upload URL of the gateway.
    pub(crate) fn relay_url(&mut self, token: &str) -> (String, String) {
        let body = json!({ "bucketId": self.bucket_id.clone() });
        let (status, _, url) = self.call(token, "b2_get_upload_url", &body);
        assert_eq!(status, 200, "{url}");
        let text = |field: &str| url[field].as_str().expect("a text").to_owned();
        (text("uploadUrl"), text("authorizationToken"))
    }

    /// Sends a small image to an upload URL of the gateway's, with these headers instead of the usual ones.
    pub(crate) fn relay(
        &mut self,
        url: &(String, String),
        bytes: Bytes,
        headers: &[(&str, &str)],
    ) -> Said {
        let request = self.relayed(url, bytes, headers);
        let response = self.realm.answer(self.now, &mut self.service, request);
        said(&response)
    }

    /// Returns the request of [`relay`](Self::relay).
    pub(crate) fn relayed(
        &self,
        (url, token): &(String, String),
        bytes: Bytes,
        headers: &[(&str, &str)],
    ) -> Request<Bytes> {
        let sha1 = Sha1Digest::of(&bytes).to_hex();
        let mut request = Request::post(url).body(bytes).expect("it is well formed");
        let usual = [
            ("authorization", token.as_str()),
            ("x-bz-file-name", "u/42/a.png"),
            ("content-type", "image/png"),
            ("x-bz-content-sha1", sha1.as_str()),
        ];
        for (name, value) in usual.iter().chain(headers) {
            let name = http::HeaderName::from_bytes(name.as_bytes()).expect("it is well formed");
            request.headers_mut().insert(name, value.parse().expect("it is well formed"));
        }
        request
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).expect("it is well formed");
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }

    /// Returns the number of versions with an action.
    pub(crate) fn count(&self, action: &str) -> usize {
        let versions = self.service.versions(BUCKET);
        versions.iter().filter(|version| version.action == action).count()
    }
}

fn said(response: &Response<Bytes>) -> Said {
    let body: Value = serde_json::from_slice(response.body()).expect("it is JSON");
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    if response.status() != 200 {
        assert_eq!(body["status"], response.status().as_u16());
        assert!(body["message"].is_string(), "{body}");
    }
    (response.status().as_u16(), code, body)
}
