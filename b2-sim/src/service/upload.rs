//! Uploads of files and parts.

use std::sync::Arc;

use b2_proto::hash::{HEX_LEN, Sha1Digest};
use b2_proto::time::Timestamp;
use http::Method;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;

use super::pending::{ExpectedSha1, UploadKind};
use super::{NextStep, PendingUpload, ReceivedBody, Service, header_text};
use crate::content::{Content, Digests};
use crate::cors::CorsHeaders;
use crate::log::{LogEntry, Violation};
use crate::state::{Encryption, Key, Kind, Part};
use crate::wire::{Refusal, Reply, Route, json};

const FORBIDDEN: [&str; 6] = [
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "expires",
];

/// An upload whose head is accepted.
struct AcceptedUpload {
    token: String,
    key: Arc<Key>,
    data_len: u64,
    expected: ExpectedSha1,
    what: UploadKind,
}

impl Service {
    pub(super) fn begin_upload(
        &mut self,
        now: Timestamp,
        head: &Parts,
        route: &Route,
        cors: CorsHeaders,
        mut entry: LogEntry,
    ) -> NextStep {
        match self.accept(now, head, route, &mut entry) {
            Ok(accepted) => {
                let AcceptedUpload { token, key, data_len, expected, what } = accepted;
                self.set_upload_url_busy(&token, true);
                NextStep::Upload(PendingUpload {
                    token,
                    data_len,
                    expected,
                    md5: self.config.md5,
                    what,
                    cors,
                    key,
                    entry,
                })
            }
            Err(refusal) => {
                let mut reply = Reply::from(refusal);
                if self.config.cors_on_errors {
                    cors.add_to(reply.headers_mut());
                }
                NextStep::Reply(self.log_reply(now, entry, reply))
            }
        }
    }

    fn accept(
        &mut self,
        now: Timestamp,
        head: &Parts,
        route: &Route,
        entry: &mut LogEntry,
    ) -> Result<AcceptedUpload, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::new(405, "method_not_allowed", "uploads use POST"));
        }
        let token = header_text(head, "authorization").ok_or_else(Refusal::bad_auth_token)?;
        let accepted = self.check_upload_url(now, route, token);
        let (number, key) = accepted.map_err(|(number, refusal)| {
            entry.upload_url = number;
            refusal
        })?;
        entry.upload_url = Some(number);
        key.require("writeFiles")?;
        self.test_mode(head, token)?;
        let expected = self.expected(head)?;
        let data_len = self.data_len(head, expected)?;
        self.require_storage(&key, data_len)?;
        let what = match route {
            Route::UploadPart { file_id, .. } => {
                entry.file_id = Some(file_id.clone());
                self.new_part(now, head, file_id, &key, entry)?
            }
            Route::UploadFile { bucket_id, .. } => {
                entry.bucket_id = Some(bucket_id.clone());
                UploadKind::File(Box::new(self.new_file(now, head, bucket_id, &key, entry)?))
            }
            _ => return Err(Refusal::not_found("no such path")),
        };
        Ok(AcceptedUpload { token: token.to_owned(), key, data_len, expected, what })
    }

    /// Applies the faults that the client requests with `X-Bz-Test-Mode`.
    fn test_mode(&mut self, head: &Parts, token: &str) -> Result<(), Refusal> {
        match header_text(head, "x-bz-test-mode") {
            Some("fail_some_uploads") if self.state.ids.random().is_multiple_of(3) => {
                self.reject_token(token);
                let message = "c001_v0001000_t0000 is too busy";
                Err(Refusal::new(503, "service_unavailable", message))
            }
            Some("force_cap_exceeded") => Err(Refusal::new(403, "cap_exceeded", "Cap exceeded")),
            _ => Ok(()),
        }
    }

    fn expected(&mut self, head: &Parts) -> Result<ExpectedSha1, Refusal> {
        for name in FORBIDDEN {
            if head.headers.contains_key(name) {
                let name = name.to_owned();
                let refusal = Refusal::bad_request(format!("header not allowed: {name}"));
                self.log.violation(Violation::ForbiddenUploadHeader { name });
                return Err(refusal);
            }
        }
        match header_text(head, "x-bz-content-sha1") {
            None => Err(Refusal::bad_request("X-Bz-Content-Sha1 is missing")),
            Some("hex_digits_at_end") => Ok(ExpectedSha1::Trailer),
            Some("do_not_verify") => Ok(ExpectedSha1::Any),
            Some(text) if text.len() != HEX_LEN => {
                Err(Refusal::bad_request("sha1 is wrong length"))
            }
            Some(text) => text
                .parse()
                .map(ExpectedSha1::Digest)
                .map_err(|_| Refusal::bad_request("sha1 is not hex digits")),
        }
    }

    fn data_len(&mut self, head: &Parts, expected: ExpectedSha1) -> Result<u64, Refusal> {
        let len = header_text(head, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
        let chunked = head.headers.contains_key(TRANSFER_ENCODING);
        let Some(len): Option<u64> = len.filter(|_| !chunked) else {
            self.log.violation(Violation::UploadWithoutLength);
            return Err(Refusal::bad_request("Content-Length is missing"));
        };
        let trailer = if expected == ExpectedSha1::Trailer { HEX_LEN as u64 } else { 0 };
        let data_len = len
            .checked_sub(trailer)
            .ok_or_else(|| Refusal::bad_request("the body is shorter than the sha1 at its end"))?;
        if data_len > self.config.max_single_size {
            return Err(Refusal::bad_request("too large for one request"));
        }
        Ok(data_len)
    }

    fn new_part(
        &self,
        now: Timestamp,
        head: &Parts,
        file_id: &str,
        key: &Key,
        entry: &mut LogEntry,
    ) -> Result<UploadKind, Refusal> {
        let number = header_text(head, "x-bz-part-number").and_then(|text| text.parse().ok());
        let number = part_number(number)?;
        entry.part_number = Some(number);
        let (_, version) = self.unfinished(key, file_id)?;
        let given = match Encryption::from_headers(&head.headers)? {
            Some(Encryption::SseC(key)) => Some(key),
            Some(_) => {
                return Err(Refusal::bad_request(
                    "the encryption of a large file is set when it is started",
                ));
            }
            None => None,
        };
        version.encryption.require_key(given.as_ref())?;
        Ok(UploadKind::Part { file_id: file_id.to_owned(), number, timestamp: now })
    }

    /// Ends an upload: checks and stores the received data.
    pub fn receive(
        &mut self,
        now: Timestamp,
        pending: PendingUpload,
        received: ReceivedBody,
    ) -> Reply {
        // Before the response, since a client may use the URL again at once.
        self.set_upload_url_busy(&pending.token, false);
        let PendingUpload { token, data_len, expected, what, cors, key, entry, .. } = pending;
        let answer = check(expected, &received).and_then(|sha1| {
            let content = Content::whole(received.blob, data_len);
            match what {
                UploadKind::File(file) => {
                    let md5 = hex_md5(received.digests);
                    let version = self.insert(*file, Kind::Upload, content, sha1, md5)?;
                    Ok(version)
                }
                UploadKind::Part { file_id, number, timestamp } => {
                    let part = Part {
                        sha1,
                        md5: hex_md5(received.digests),
                        timestamp,
                        content,
                        copied: false,
                    };
                    self.insert_part(&key, &file_id, number, part)
                }
            }
            .map(|show| show.to_json(&key))
        });
        let mut reply = match answer {
            Ok(value) => json(200, &value),
            Err(refusal) => {
                if refusal.status == 408 {
                    self.reject_token(&token);
                }
                refusal.into()
            }
        };
        if reply.status().is_success() || self.config.cors_on_errors {
            cors.add_to(reply.headers_mut());
        }
        self.log_reply(now, entry, reply)
    }

    /// Ends an upload whose connection broke: nothing is stored, and its URL cannot be used again.
    pub fn abort(&mut self, now: Timestamp, pending: PendingUpload) {
        self.set_upload_url_busy(&pending.token, false);
        self.reject_token(&pending.token);
        let mut entry = pending.entry;
        entry.at = now;
        self.log.push(entry);
    }
}

pub(super) fn part_number(number: Option<i64>) -> Result<u16, Refusal> {
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| Refusal::bad_request("the part number must be 1 to 10000"))
}

pub(super) fn hex_md5(digests: Digests) -> Option<String> {
    let md5 = digests.md5?;
    Some(md5.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Compares the SHA-1 with the announced one, and returns the `contentSha1`.
fn check(expected: ExpectedSha1, received: &ReceivedBody) -> Result<String, Refusal> {
    if !received.complete {
        let message = "the body is shorter than Content-Length";
        return Err(Refusal::new(408, "request_timeout", message));
    }
    let actual = received.digests.sha1;
    let wanted = match expected {
        ExpectedSha1::Any => return Ok(format!("unverified:{}", actual.to_hex())),
        ExpectedSha1::Digest(digest) => Some(digest),
        ExpectedSha1::Trailer => {
            let trailer = received.trailer.as_deref().unwrap_or_default();
            trailer.parse::<Sha1Digest>().ok()
        }
    };
    if wanted == Some(actual) {
        Ok(actual.to_hex())
    } else {
        Err(Refusal::bad_request("Sha1 did not match data received"))
    }
}
