//! Uploads: of a file in one request, and of a part of a large file.

use std::sync::Arc;

use b2_proto::hash::{HEX_LEN, Sha1Digest};
use b2_proto::time::Timestamp;
use http::Method;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;

use super::tickets::{Expected, What};
use super::{Admission, Received, Service, UploadTicket, header_text};
use crate::content::{Content, Digests};
use crate::cors::CorsHeaders;
use crate::log::{Exchange, Violation};
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

/// An upload that may begin.
struct Admitted {
    token: String,
    key: Arc<Key>,
    data_len: u64,
    expected: Expected,
    what: What,
}

impl Service {
    pub(super) fn begin_upload(
        &mut self,
        now: Timestamp,
        head: &Parts,
        route: &Route,
        cors: CorsHeaders,
        mut exchange: Exchange,
    ) -> Admission {
        match self.admit(now, head, route, &mut exchange) {
            Ok(admitted) => {
                let Admitted { token, key, data_len, expected, what } = admitted;
                self.occupy(&token, true);
                Admission::Upload(UploadTicket {
                    token,
                    data_len,
                    expected,
                    md5: self.config.md5,
                    what,
                    cors,
                    key,
                    exchange,
                })
            }
            Err(refusal) => {
                let mut reply = Reply::from(refusal);
                if self.config.cors_on_errors {
                    cors.add_to(reply.headers_mut());
                }
                Admission::Reply(self.answered(now, exchange, reply))
            }
        }
    }

    fn admit(
        &mut self,
        now: Timestamp,
        head: &Parts,
        route: &Route,
        exchange: &mut Exchange,
    ) -> Result<Admitted, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::new(405, "method_not_allowed", "uploads use POST"));
        }
        let token = header_text(head, "authorization").ok_or_else(Refusal::bad_auth_token)?;
        let admitted = self.admit_upload(now, route, token);
        let (number, key) = admitted.map_err(|(number, refusal)| {
            exchange.upload_url = number;
            refusal
        })?;
        exchange.upload_url = Some(number);
        key.need("writeFiles")?;
        self.test_mode(head, token)?;
        self.need_storage()?;
        let expected = self.expected(head)?;
        let data_len = self.data_len(head, expected)?;
        let what = match route {
            Route::UploadPart { file_id, .. } => {
                exchange.file_id = Some(file_id.clone());
                self.new_part(now, head, file_id, &key, exchange)?
            }
            Route::UploadFile { bucket_id, .. } => {
                exchange.bucket_id = Some(bucket_id.clone());
                What::File(Box::new(self.new_file(now, head, bucket_id, &key, exchange)?))
            }
            _ => return Err(Refusal::not_found("no such path")),
        };
        Ok(Admitted { token: token.to_owned(), key, data_len, expected, what })
    }

    /// Failures that the client asks for itself.
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

    fn expected(&mut self, head: &Parts) -> Result<Expected, Refusal> {
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
            Some("hex_digits_at_end") => Ok(Expected::Trailer),
            Some("do_not_verify") => Ok(Expected::Any),
            Some(text) if text.len() != HEX_LEN => {
                Err(Refusal::bad_request("sha1 is wrong length"))
            }
            Some(text) => text
                .parse()
                .map(Expected::Digest)
                .map_err(|_| Refusal::bad_request("sha1 is not hex digits")),
        }
    }

    fn data_len(&mut self, head: &Parts, expected: Expected) -> Result<u64, Refusal> {
        let len = header_text(head, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok());
        let chunked = head.headers.contains_key(TRANSFER_ENCODING);
        let Some(len): Option<u64> = len.filter(|_| !chunked) else {
            self.log.violation(Violation::UploadWithoutLength);
            return Err(Refusal::bad_request("Content-Length is missing"));
        };
        let trailer = if expected == Expected::Trailer { HEX_LEN as u64 } else { 0 };
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
        exchange: &mut Exchange,
    ) -> Result<What, Refusal> {
        let number = header_text(head, "x-bz-part-number").and_then(|text| text.parse().ok());
        let number = part_number(number)?;
        exchange.part_number = Some(number);
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
        version.encryption.need_key(given.as_ref())?;
        Ok(What::Part { file_id: file_id.to_owned(), number, timestamp: now })
    }

    /// Ends an upload: stores what was received, or says what is wrong with it.
    pub fn receive(&mut self, now: Timestamp, ticket: UploadTicket, received: Received) -> Reply {
        // Before the answer, or a quick client would meet its own shadow.
        self.occupy(&ticket.token, false);
        let UploadTicket { token, data_len, expected, what, cors, key, exchange, .. } = ticket;
        let answer = check(expected, &received).and_then(|sha1| {
            let content = Content::whole(received.blob, data_len);
            match what {
                What::File(file) => {
                    let md5 = hex_md5(received.digests);
                    let version = self.insert(*file, Kind::Upload, content, sha1, md5)?;
                    Ok(version)
                }
                What::Part { file_id, number, timestamp } => {
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
        self.answered(now, exchange, reply)
    }

    /// Ends an upload whose connection broke before its body was there: nothing is stored, and its URL
    /// cannot be used again.
    pub fn abort(&mut self, now: Timestamp, ticket: UploadTicket) {
        self.occupy(&ticket.token, false);
        self.reject_token(&ticket.token);
        let mut exchange = ticket.exchange;
        exchange.at = now;
        self.log.push(exchange);
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

/// The `contentSha1` of the data, if it is what was announced.
fn check(expected: Expected, received: &Received) -> Result<String, Refusal> {
    if !received.complete {
        let message = "the body is shorter than Content-Length";
        return Err(Refusal::new(408, "request_timeout", message));
    }
    let actual = received.digests.sha1;
    let wanted = match expected {
        Expected::Any => return Ok(format!("unverified:{}", actual.to_hex())),
        Expected::Digest(digest) => Some(digest),
        Expected::Trailer => {
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
