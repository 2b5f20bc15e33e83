//! Runs attacks, and checks that each is refused and changes nothing.

use std::collections::BTreeMap;
use std::fmt::Display;

use b2_proto::hash::Sha1Digest;
use serde_json::{Value, json};

use crate::site::{BUCKET, SECRET, Site, session, visitors};
use crate::wire::{Answer, End, Request, exchange};

/// The calls of the gateway that take JSON.
pub(crate) const CALLS: [&str; 10] = [
    "b2_get_upload_url",
    "b2_start_large_file",
    "b2_get_upload_part_url",
    "b2_list_parts",
    "b2_list_unfinished_large_files",
    "b2_finish_large_file",
    "b2_cancel_large_file",
    "b2_list_file_names",
    "b2_get_download_authorization",
    "b2_get_file_info",
];

/// The name of the upload of a small file in [`Suite::base`].
pub(crate) const RELAY: &str = "relay";

/// The attacks on one host: the number in each class, and those that were not refused.
pub(crate) struct Suite {
    pub(crate) site: Site,
    /// The tokens of all visitors by name.
    pub(crate) tokens: BTreeMap<&'static str, String>,
    /// Files of Ada: an unfinished one with its SHA-1s, one to be cancelled, and a stored one.
    pub(crate) unfinished: String,
    pub(crate) sha1s: Vec<String>,
    pub(crate) other_unfinished: String,
    pub(crate) stored: String,
    /// An upload URL of Ada: its path and token.
    pub(crate) relay: (String, String),
    class: &'static str,
    /// The state of the service before an attack.
    state: Vec<u8>,
    counts: BTreeMap<&'static str, usize>,
    accepted: Vec<String>,
    /// Texts that no response may contain.
    secrets: Vec<String>,
}

impl Suite {
    /// Authorizes all visitors and creates the files of Ada, so that the unchanged requests are valid.
    pub(crate) fn new(site: Site) -> Self {
        let mut suite = Self::with_visitors(site);
        (suite.unfinished, suite.sha1s) = suite.unfinished_file("ada", "u/ada/unfinished.png");
        (suite.other_unfinished, _) = suite.unfinished_file("ada", "u/ada/other.png");
        let (stored, sha1s) = suite.unfinished_file("ada", "u/ada/stored.png");
        let body = json!({ "fileId": stored, "partSha1Array": sha1s });
        suite.accepted("ada", "b2_finish_large_file", &body);
        let body = json!({ "bucketId": suite.site.bucket_id, "prefix": "u/ada/" });
        let listed = suite.accepted("ada", "b2_list_file_names", &body);
        suite.stored = text(&listed["files"][0], "fileId");
        suite
    }

    /// Authorizes all visitors.
    pub(crate) fn with_visitors(site: Site) -> Self {
        let own = [
            site.own.application_key.expose(),
            SECRET,
            "10.0.0.7",
            "panicked",
            "node:",
            ".rs:",
            // The gateway sets no cookies.
            "access-control-allow-credentials",
            "\nx-evil",
        ];
        let secrets = own.map(str::to_owned).to_vec();
        let mut suite = Self {
            site,
            tokens: BTreeMap::new(),
            unfinished: String::new(),
            sha1s: Vec::new(),
            other_unfinished: String::new(),
            stored: String::new(),
            relay: Default::default(),
            class: "",
            state: Vec::new(),
            counts: BTreeMap::new(),
            accepted: Vec::new(),
            secrets,
        };
        for visitor in visitors() {
            let answer = suite.enter(&session(visitor.name));
            assert_eq!(answer.status(), 200, "{}: {answer:?}", visitor.name);
            let token = text(&answer.json(), "authorizationToken");
            suite.tokens.insert(visitor.name, token);
        }
        suite.relay = suite.relay_url("ada");
        suite
    }

    pub(crate) fn token(&self, visitor: &str) -> &str {
        &self.tokens[visitor]
    }

    pub(crate) fn enter(&self, session: &str) -> Answer {
        let shown = b2_sim::Credentials::new("visitor", session).basic();
        let request = Request::new("GET", "/b2api/v4/b2_authorize_account");
        request.with("authorization", shown).send(self.site.host)
    }

    /// Sends a call that must succeed, and returns the response.
    pub(crate) fn accepted(&self, visitor: &str, call: &str, body: &Value) -> Value {
        let answer = Request::call(call, self.token(visitor), body).send(self.site.host);
        assert_eq!(answer.status(), 200, "{visitor} {call} {body}: {answer:?}");
        answer.json()
    }

    pub(crate) fn relay_url(&self, visitor: &str) -> (String, String) {
        let body = json!({ "bucketId": self.site.bucket_id });
        let url = self.accepted(visitor, "b2_get_upload_url", &body);
        let whole = text(&url, "uploadUrl");
        let path = whole.strip_prefix(&format!("http://{}", self.site.host));
        (path.expect("it is the gateway's").to_owned(), text(&url, "authorizationToken"))
    }

    /// Starts a file and uploads two parts. Returns its ID and the SHA-1s.
    pub(crate) fn unfinished_file(&self, visitor: &str, name: &str) -> (String, Vec<String>) {
        let body = json!({ "bucketId": self.site.bucket_id, "fileName": name, "contentType": "image/png" });
        let id = text(&self.accepted(visitor, "b2_start_large_file", &body), "fileId");
        let send = |number: u8| {
            let url = self.accepted(visitor, "b2_get_upload_part_url", &json!({ "fileId": id }));
            let bytes = vec![number; 100];
            let sha1 = Sha1Digest::of(&bytes).to_hex();
            let path = text(&url, "uploadUrl");
            let path = path.strip_prefix(self.site.simulator.realm()).expect("it is B2's");
            let part = Request::new("POST", path)
                .with("authorization", text(&url, "authorizationToken"))
                .with("x-bz-part-number", number.to_string())
                .with("x-bz-content-sha1", &*sha1)
                .body(bytes);
            assert_eq!(part.send(self.site.simulator.address()).status(), 200);
            sha1
        };
        let sha1s = [1, 2].map(send).to_vec();
        (id, sha1s)
    }

    /// Returns a valid body of a call for Ada.
    pub(crate) fn body(&self, call: &str) -> Value {
        let bucket = &self.site.bucket_id;
        match call {
            "b2_get_upload_url" => json!({ "bucketId": bucket }),
            "b2_start_large_file" => {
                json!({ "bucketId": bucket, "fileName": "u/ada/new.png", "contentType": "image/png" })
            }
            "b2_list_unfinished_large_files" => {
                json!({ "bucketId": bucket, "namePrefix": "u/ada/" })
            }
            "b2_finish_large_file" => {
                json!({ "fileId": self.unfinished, "partSha1Array": self.sha1s })
            }
            "b2_cancel_large_file" => json!({ "fileId": self.other_unfinished }),
            "b2_list_file_names" => json!({ "bucketId": bucket, "prefix": "u/ada/" }),
            "b2_get_download_authorization" => json!({
                "bucketId": bucket, "fileNamePrefix": "u/ada/", "validDurationInSeconds": 60,
            }),
            "b2_get_file_info" => json!({ "fileId": self.stored }),
            _ => json!({ "fileId": self.unfinished }),
        }
    }

    /// Returns the valid request that an attack changes: a call of Ada, or the upload of a small file.
    pub(crate) fn base(&self, call: &str) -> Request {
        if call != RELAY {
            return Request::call(call, self.token("ada"), &self.body(call));
        }
        let (path, token) = &self.relay;
        Request::new("POST", path)
            .with("authorization", token)
            .with("x-bz-file-name", "u/ada/small.png")
            .with("content-type", "image/png")
            .with("x-bz-content-sha1", Sha1Digest::of(b"small").to_hex())
            .body("small")
    }

    /// Runs the attacks of one class, and checks that they changed nothing at B2.
    pub(crate) fn class(&mut self, class: &'static str, attack: impl FnOnce(&mut Self)) {
        self.class = class;
        self.state = self.site.state();
        attack(self);
    }

    /// Checks that a request is refused, with an error status and without a secret.
    pub(crate) fn refused(&mut self, what: impl Display, request: &Request) {
        let answer = request.send(self.site.host);
        let refused = (400..500).contains(&answer.status());
        self.count(refused, what, &answer);
    }

    /// Checks that bytes, which need not be HTTP, get no successful response.
    pub(crate) fn refused_bytes(&mut self, what: impl Display, bytes: &[u8], end: End) {
        let answer = exchange(self.site.host, bytes, end);
        let refused =
            answer.statuses().iter().all(|status| (400..600).contains(status) && *status != 500);
        self.count(refused, what, &answer);
    }

    /// Checks that bytes get at most one response, so that no second request is parsed.
    pub(crate) fn alone(&mut self, what: impl Display, bytes: &[u8]) {
        let answer = exchange(self.site.host, bytes, End::Shut);
        let answers = answer.statuses().iter().filter(|status| **status != 100).count();
        self.count(answers <= 1, what, &answer);
    }

    /// Checks the response to a request that may succeed.
    pub(crate) fn harmless(
        &mut self,
        what: impl Display,
        request: &Request,
        is: impl Fn(&Answer) -> bool,
    ) {
        let answer = request.send(self.site.host);
        let refused = is(&answer);
        self.count(refused, what, &answer);
    }

    /// Counts an attack, and records it if it was not refused.
    pub(crate) fn seen(&mut self, refused: bool, what: impl Display) {
        self.count(refused, what, &Answer::default());
    }

    fn count(&mut self, refused: bool, what: impl Display, answer: &Answer) {
        *self.counts.entry(self.class).or_default() += 1;
        let class = self.class;
        let shown: String = answer.text.chars().take(300).collect();
        let state = self.site.state();
        if state != self.state {
            self.state = state;
            self.accepted.push(format!("{class}: {what} has changed something: {shown}"));
        } else if !refused {
            self.accepted.push(format!("{class}: {what}: {shown}"));
        } else if let Some(secret) =
            self.secrets.iter().find(|secret| answer.text.contains(*secret))
        {
            self.accepted.push(format!("{class}: {what} shows '{secret}': {shown}"));
        }
    }

    /// Checks that the unchanged requests still succeed, and returns the results.
    pub(crate) fn finish(self, host: &str) -> usize {
        let total = self.counts.values().sum();
        println!("{host}: {total} attacks");
        for (class, count) in &self.counts {
            println!("  {count:5} {class}");
        }
        assert!(
            self.accepted.is_empty(),
            "{} of {total} not refused:\n{}",
            self.accepted.len(),
            self.accepted.join("\n")
        );
        for call in CALLS.into_iter().chain([RELAY]) {
            let answer = self.base(call).send(self.site.host);
            assert_eq!(
                answer.status(),
                200,
                "the request that was to be refused is wrong: {call}: {answer:?}"
            );
        }
        let stored = self.site.simulator.with(|service| service.versions(BUCKET).len());
        assert_eq!(
            stored, 7,
            "stored.png, unfinished.png, small.png, new.png that was started, copy.png, and two that are huge"
        );
        total
    }
}

pub(crate) fn text(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_else(|| panic!("no {field} in {json}")).to_owned()
}
