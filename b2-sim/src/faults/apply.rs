//! Applies faults to a service.

use std::fmt;
use std::time::Duration;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::request::Parts;

use super::reword::reword;
use super::{Fault, RetryAfter};
use crate::service::{NextStep, Service};
use crate::wire::{Refusal, Reply, ReplyBody};

/// What the client receives.
pub struct Delivery {
    /// The delay of the response.
    pub delay: Duration,
    /// The response, possibly with a truncated body; `None` if the connection breaks before it.
    pub response: Option<http::Response<Bytes>>,
    /// Whether the connection breaks, after the response if there is one.
    pub broken: bool,
    /// Whether the connection stays open without a response, so that the client must time out.
    pub silent: bool,
}

impl Delivery {
    /// Creates a delivery of this response, or of a broken connection.
    fn of(response: Option<http::Response<Bytes>>) -> Self {
        Self { delay: Duration::ZERO, broken: response.is_none(), response, silent: false }
    }
}

/// Omits the body, which may contain tokens and keys.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.response.as_ref().map(http::Response::status);
        f.debug_struct("Delivery")
            .field("delay", &self.delay)
            .field("status", &status)
            .field("broken", &self.broken)
            .field("silent", &self.silent)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Handles a request like [`handle`](Self::handle), with a fault.
    pub fn handle_with_fault(
        &mut self,
        now: Timestamp,
        request: http::Request<Bytes>,
        fault: Fault,
    ) -> Delivery {
        let (head, body) = request.into_parts();
        let answered = |response| Delivery::of(Some(response));
        let cut = Delivery::of(None);
        if let Some(reply) = self.reply_for_fault(now, &head, &fault) {
            return answered(crate::service::in_memory(reply));
        }
        match fault {
            Fault::CutBefore => {
                self.log_lost_request(now, &head);
                cut
            }
            Fault::CutDuring(share) => {
                let mut head = head;
                let whole = body.len();
                head.headers.entry(CONTENT_LENGTH).or_insert(whole.into());
                if let NextStep::Upload(pending) = self.begin(now, &head) {
                    let _ = pending.decoder().push(body.slice(..portion(whole as u64, share)));
                    self.abort(now, pending);
                }
                cut
            }
            Fault::CutAfter => {
                let _ = self.handle(now, http::Request::from_parts(head.clone(), body));
                self.reject_upload_url(&head);
                cut
            }
            Fault::Slow(delay) => Delivery {
                delay,
                ..answered(self.handle(now, http::Request::from_parts(head, body)))
            },
            Fault::NeverAnswers { acts } => {
                if acts {
                    let _ = self.handle(now, http::Request::from_parts(head.clone(), body));
                } else {
                    self.log_lost_request(now, &head);
                }
                self.reject_upload_url(&head);
                Delivery { broken: false, silent: true, ..cut }
            }
            fault => {
                let response = self.handle(now, http::Request::from_parts(head, body));
                apply_to_response(response, &fault)
            }
        }
    }

    /// Returns the response that a fault generates without executing the request, if it does.
    pub(crate) fn reply_for_fault(
        &mut self,
        now: Timestamp,
        head: &Parts,
        fault: &Fault,
    ) -> Option<Reply> {
        let refusal = match fault {
            Fault::TooManyRequests(wait) => {
                let refusal = Refusal::new(429, "too_many_requests", "Too many requests");
                with_wait(refusal, wait, now)
            }
            Fault::Unavailable(wait) => {
                let message = "c001_v0001000_t0000 is too busy";
                with_wait(Refusal::new(503, "service_unavailable", message), wait, now)
            }
            Fault::RequestTimeout => Refusal::new(408, "request_timeout", "Request timed out"),
            // Other tokens, such as download authorizations, cannot be renewed by their users.
            Fault::ExpiredToken if self.expire_token_of(head) => Refusal::expired_auth_token(),
            Fault::BadGateway => {
                self.reject_upload_url(head);
                return Some(self.log_generated_reply(
                    now,
                    head,
                    page(StatusCode::BAD_GATEWAY, BAD_GATEWAY),
                ));
            }
            Fault::NotB2 => {
                self.reject_upload_url(head);
                return Some(self.log_generated_reply(now, head, page(StatusCode::OK, LOGIN)));
            }
            _ => return None,
        };
        // Except for 429, a failed upload makes its URL invalid.
        if refusal.status != 429 {
            self.reject_upload_url(head);
        }
        Some(self.log_generated_reply(now, head, refusal.into()))
    }
}

fn with_wait(refusal: Refusal, wait: &RetryAfter, now: Timestamp) -> Refusal {
    let retry_after = match wait {
        RetryAfter::Absent => None,
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::Date(seconds) => {
            let millis = now.as_millis() + u64::from(*seconds) * 1_000;
            Some(Timestamp::from_millis(millis).to_http_date())
        }
    };
    Refusal { retry_after, ..refusal }
}

const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head>\
    <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";
const LOGIN: &str = "<html><head><title>Guest network</title></head>\
    <body>Log in to use this network.</body></html>\n";

fn page(status: StatusCode, html: &'static str) -> Reply {
    let mut reply = Reply::new(ReplyBody::Bytes(Bytes::from_static(html.as_bytes())));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(CONTENT_LENGTH, html.len().into());
    reply
}

/// Changes the headers of a download to those of another file of the same size.
pub(crate) fn name_other_file(headers: &mut HeaderMap) {
    let other_id = |id: &str| match id.split_once("_f") {
        Some((bucket, _)) => {
            format!("{bucket}_f000000000000000_d20200101_m000000_c000_v0000000_t0000_u0")
        }
        None => "another_id".to_owned(),
    };
    let id = headers.get("x-bz-file-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let id = HeaderValue::from_str(&other_id(id));
    if let Ok(id) = id {
        headers.insert("x-bz-file-id", id);
    }
    headers.insert("x-bz-file-name", HeaderValue::from_static("another/file"));
    headers.insert("x-bz-content-sha1", HeaderValue::from_static("none"));
    headers.remove("x-bz-info-large_file_sha1");
}

/// Returns this share of a length, in thousandths; always less than the length, unless that is 0.
pub(crate) fn portion(len: u64, share: u16) -> usize {
    let part = u128::from(len) * u128::from(share.min(999)) / 1_000;
    usize::try_from(part).unwrap_or(usize::MAX)
}

/// Applies a fault to the response of a download. Errors and empty bodies remain unchanged.
fn apply_to_response(response: http::Response<Bytes>, fault: &Fault) -> Delivery {
    if *fault == Fault::Reworded {
        return Delivery::of(Some(reword(response)));
    }
    let mut broken = false;
    let (mut head, mut body) = response.into_parts();
    if *fault == Fault::OtherFile && head.status.is_success() {
        name_other_file(&mut head.headers);
    }
    if head.status.is_success() && !body.is_empty() {
        let at = |share| portion(body.len() as u64, share);
        match *fault {
            Fault::TruncatedCleanly(share) => {
                body = body.slice(..at(share));
                head.headers.insert(CONTENT_LENGTH, body.len().into());
            }
            Fault::TruncatedBroken(share) => {
                body = body.slice(..at(share));
                broken = true;
            }
            Fault::Corrupted(share) => {
                let mut wrong = body.to_vec();
                wrong[at(share)] ^= 1;
                body = wrong.into();
            }
            Fault::OtherFile => body = body.iter().map(|byte| !byte).collect(),
            _ => {}
        }
    }
    Delivery { broken, ..Delivery::of(Some(http::Response::from_parts(head, body))) }
}
