//! Outcomes of tasks: plausible and arbitrary ones.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use b2_proto::account::Authorization;
use b2_proto::create::{CopySource, WriteIntent};
use b2_proto::error::{Error, ErrorKind, TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Digest;
use b2_proto::http::Response;
use b2_proto::machine::{
    Action, Authorized, Body, Generation, Input, LocalFile, Reply, ReplyPlan, Request, ScanItem,
    ScanPage, SinkAbilities, SkipReason, SkippedEntry, SourceId, UploadUrl,
};
use b2_proto::time::Timestamp;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::input::Choices;

const FAILURES: &[TransportErrorKind] = &[
    TransportErrorKind::Connect,
    TransportErrorKind::UnknownHost,
    TransportErrorKind::ProxyLogin,
    TransportErrorKind::Tls,
    TransportErrorKind::Timeout,
    TransportErrorKind::Broken,
    TransportErrorKind::TooLong,
    TransportErrorKind::Cors,
    TransportErrorKind::Offline,
    TransportErrorKind::Asleep,
    TransportErrorKind::Source,
    TransportErrorKind::SourceChanged,
    TransportErrorKind::Sink,
];

const ERRORS: &[(u16, &str)] = &[
    (503, "service_unavailable"),
    (500, "internal_error"),
    (429, "too_many_requests"),
    (408, "request_timeout"),
    (401, "expired_auth_token"),
    (401, "bad_auth_token"),
    (401, "unauthorized"),
    (403, "cap_exceeded"),
    (400, "bad_request"),
    (404, "not_found"),
    (416, "range_not_satisfiable"),
];

/// Generates the outcomes of a server and a disk with one file.
#[derive(Debug)]
pub(super) struct Outcomes {
    name: String,
    len: u64,
    generation: u64,
    sha1: Sha1Digest,
    spilled: VecDeque<Bytes>,
}

impl Outcomes {
    pub(super) fn new(name: &str, len: u64) -> Self {
        Self {
            name: name.to_owned(),
            len,
            generation: 0,
            sha1: Sha1Digest::of(b"x"),
            spilled: VecDeque::new(),
        }
    }

    /// Returns a plausible outcome of an action.
    pub(super) fn plausible(&mut self, choices: &mut Choices<'_>, action: &Action) -> Input {
        if choices.chance(5) {
            return Input::Progress(choices.number());
        }
        if choices.chance(5) {
            return Input::Delayed(Duration::from_millis(choices.number()));
        }
        if choices.chance(10) {
            return Input::Failed(TransportError::new(choices.one(FAILURES), "no"));
        }
        match action {
            Action::Send(request) => self.answer(choices, request),
            Action::Receive { max, .. } => Input::Received {
                bytes: choices.one(&[*max, *max, *max / 2, 0]).min(self.len),
                broken: choices
                    .chance(20)
                    .then(|| TransportError::new(TransportErrorKind::Broken, "no")),
            },
            Action::Peek { .. } => Input::Peeked(Bytes::from(choices.text())),
            Action::Digest(_) | Action::DigestSink { .. } => Input::Digest(self.sha1(choices)),
            Action::Auth { .. } => self.auth(choices),
            Action::TakeUrl(_) => Input::Url(choices.chance(30).then(url)),
            Action::Fill { max, digest, .. } => Input::Filled {
                len: choices.one(&[*max, *max, *max / 2, 0]),
                end: choices.chance(20),
                sha1: digest.then(|| self.sha1(choices)),
            },
            Action::AwaitOnline => Input::Online,
            Action::KeepUrl(..) | Action::Release(_) | Action::ReleaseSource(_) => {
                self.arbitrary(choices)
            }
            Action::Scan(_) => Input::Scanned(ScanPage {
                items: (0..choices.below(4)).map(|_| self.scanned(choices)).collect(),
                end: choices.chance(50),
            }),
            Action::OpenSource { .. } => Input::Opened(self.local_file(choices)),
            Action::DigestFile(_) => Input::Digest(self.sha1(choices)),
            Action::CreateSink { .. } => Input::SinkCreated(SinkAbilities {
                random_access: choices.chance(50),
                reads_back_late: choices.chance(50),
            }),
            Action::CreateFolder { .. } | Action::Publish { .. } | Action::Remove { .. } => {
                Input::Performed
            }
            Action::Spill(bytes) => {
                self.spilled.push_back(bytes.clone());
                Input::Performed
            }
            Action::Unspill => Input::Unspilled(self.spilled.pop_front()),
            Action::ReleaseSink(_) => self.arbitrary(choices),
            Action::NextIntent => {
                let remote = CopySource::new("f");
                let len = choices.one(&[0, 1, 10, 25, u64::MAX]);
                let local = WriteIntent::local(SourceId(0), 0..len);
                Input::Intent(match choices.below(3) {
                    0 => Some(local),
                    1 => Some(WriteIntent::remote(remote)),
                    _ => None,
                })
            }
        }
    }

    /// Returns any outcome.
    pub(super) fn arbitrary(&mut self, choices: &mut Choices<'_>) -> Input {
        match choices.below(14) {
            0 => Input::Progress(choices.number()),
            1 => Input::Head(self.head(choices, None)),
            2 => Input::Received { bytes: choices.number(), broken: None },
            3 => Input::Failed(TransportError::new(choices.one(FAILURES), choices.text())),
            4 => Input::Digest(self.sha1(choices)),
            5 => Input::Filled {
                len: choices.number(),
                end: choices.chance(50),
                sha1: choices.chance(50).then(|| self.sha1(choices)),
            },
            6 => self.auth(choices),
            7 => Input::Url(choices.chance(50).then(url)),
            8 => Input::Peeked(Bytes::from(choices.text())),
            9 => Input::Performed,
            10 => Input::Unspilled(choices.chance(50).then(|| Bytes::from(choices.text()))),
            11 => Input::Opened(self.local_file(choices)),
            12 => Input::Delayed(Duration::from_millis(choices.number())),
            _ => reply(200, &choices.object(&["fileId", "fileName", "files", "parts"], 2), None),
        }
    }

    fn local_file(&self, choices: &mut Choices<'_>) -> LocalFile {
        let name = choices.one(&["a", "b", "c", "d", "b"]).to_owned();
        LocalFile { name, size: self.len, modified: Timestamp::from_millis(choices.number()) }
    }

    fn scanned(&self, choices: &mut Choices<'_>) -> ScanItem {
        if choices.chance(90) {
            return ScanItem::File(self.local_file(choices));
        }
        if choices.chance(20) {
            return ScanItem::Missing(choices.text());
        }
        let unreadable = choices.chance(50);
        let reason = if unreadable { SkipReason::PermissionDenied } else { SkipReason::Symlink };
        ScanItem::Skipped(SkippedEntry { path: choices.text(), reason })
    }

    fn sha1(&self, choices: &mut Choices<'_>) -> Sha1Digest {
        if choices.chance(80) { self.sha1 } else { Sha1Digest::of(choices.bytes(4)) }
    }

    fn auth(&mut self, choices: &mut Choices<'_>) -> Input {
        if choices.chance(5) {
            return Input::Auth(Err(Error::new(ErrorKind::WrongKey, "no")));
        }
        self.generation += choices.below(2) as u64;
        let mut authorization =
            Authorization::new("acc".into(), "token".into(), "https://api", "https://f");
        authorization.recommended_part_size = choices.one(&[10, 10, 10, 0, u64::MAX]);
        authorization.absolute_minimum_part_size = choices.one(&[5, 5, 5, 0, u64::MAX]);
        Input::Auth(Ok(Authorized {
            generation: Generation(self.generation),
            authorization: Arc::new(authorization),
        }))
    }

    fn answer(&mut self, choices: &mut Choices<'_>, request: &Request) -> Input {
        if choices.chance(15) {
            let (status, code) = choices.one(ERRORS);
            let body = json!({"status": status, "code": code, "message": choices.text()});
            return reply(status, &body, choices.chance(20).then_some("3"));
        }
        if matches!(request.reply, ReplyPlan::Stream { .. }) {
            return Input::Head(self.head(choices, request.head.headers.get("range")));
        }
        if matches!(request.reply, ReplyPlan::Buffer { .. }) {
            let head = self.head(choices, request.head.headers.get("range"));
            let buffered = choices.one(&[10, 10, 10, 0, 11]);
            let response = head.map(|()| Bytes::new());
            return Input::Reply(Reply { response, sent: None, buffered });
        }
        let sha1 = self.sha1(choices);
        let part = |number: u64| {
            json!({"fileId": "f", "partNumber": number, "contentLength": 10, "contentSha1": sha1.to_hex(),
                "uploadTimestamp": 1})
        };
        let number = request.head.headers.get("x-bz-part-number");
        let number = number.and_then(|number| number.parse().ok());
        let operation = request.head.path().rsplit('/').next().unwrap_or_default();
        let body = match (operation, number) {
            (_, Some(number)) => part(number),
            ("b2_get_upload_url" | "b2_get_upload_part_url", _) => json!({
                "bucketId": "b", "fileId": "f", "uploadUrl": "https://pod/x", "authorizationToken": "t",
            }),
            ("b2_copy_part", _) => part(part_number(request)),
            ("b2_list_parts", _) => json!({
                "parts": (1..=choices.below(4) as u64).map(part).collect::<Vec<_>>(),
                "nextPartNumber": choices.chance(20).then_some(5),
            }),
            (
                "b2_list_unfinished_large_files" | "b2_list_file_versions" | "b2_list_file_names",
                _,
            ) => json!({
                "files": if choices.chance(70) { vec![self.file("start", sha1)] } else { Vec::new() },
                "nextFileId": choices.chance(10).then_some("g"),
                "nextFileName": choices.chance(10).then_some("g"),
            }),
            ("b2_start_large_file", _) => self.file("start", sha1),
            _ => self.file("upload", sha1),
        };
        let Input::Reply(mut reply) = reply(200, &body, None) else {
            return Input::Progress(0);
        };
        reply.sent = choices.chance(90).then_some(self.sha1);
        Input::Reply(reply)
    }

    fn file(&self, action: &str, sha1: Sha1Digest) -> Value {
        json!({
            "accountId": "acc", "action": action, "bucketId": "b", "contentLength": self.len,
            "contentSha1": sha1.to_hex(), "contentType": "b2/x-auto", "fileId": "f", "fileInfo": {},
            "fileName": self.name, "uploadTimestamp": 1,
        })
    }

    /// Returns the head of a download, mostly of the requested range.
    fn head(&self, choices: &mut Choices<'_>, requested: Option<&str>) -> Response<()> {
        let requested = requested.and_then(|requested| {
            let (start, last) = requested.strip_prefix("bytes=")?.split_once('-')?;
            let (start, last) = (start.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
            Some((start, last.min(self.len.checked_sub(1)?)))
        });
        let file_id = if choices.chance(95) { "f" } else { "g" };
        let mut headers = vec![("x-bz-file-id", file_id.to_owned())];
        if choices.chance(95) {
            headers.push(("x-bz-file-name", self.name.clone()));
        }
        let sha1 = self.sha1.to_hex();
        if let Some(sha1) = choices.one(&[Some("none"), Some(sha1.as_str()), None]) {
            headers.push(("x-bz-content-sha1", sha1.to_owned()));
        }
        let status = match requested {
            Some((start, last)) if choices.chance(90) => {
                headers.push(("content-range", format!("bytes {start}-{last}/{}", self.len)));
                206
            }
            _ => {
                headers.push(("content-length", self.len.to_string()));
                200
            }
        };
        let mut response = Response::new(status, ());
        for (name, value) in headers {
            let _ = response.headers.push(name, &value);
        }
        response
    }
}

fn url() -> UploadUrl {
    UploadUrl { url: "https://pod/x".to_owned(), token: "t".into() }
}

fn reply(status: u16, body: &Value, retry_after: Option<&'static str>) -> Input {
    let mut response = Response::new(status, Bytes::from(body.to_string()));
    if let Some(seconds) = retry_after {
        response.headers.push("retry-after", seconds).expect("a valid header");
    }
    Input::Reply(Reply::new(response))
}

/// Returns the number of the part that a call names.
fn part_number(request: &Request) -> u64 {
    let Body::Bytes(body) = &request.body else {
        return 1;
    };
    let call: Value = serde_json::from_slice(body).unwrap_or_default();
    call["partNumber"].as_u64().unwrap_or(1)
}
