//! Answers before they go out.

use std::fmt;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use serde_json::Value;

use crate::content::Content;
use crate::wire::Refusal;

/// An answer: complete headers, and where its body comes from.
pub type Reply = http::Response<ReplyBody>;

/// Where the body of an answer comes from.
#[derive(Clone)]
pub enum ReplyBody {
    /// There is none; an answer to `HEAD` has a `Content-Length` all the same.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// Bytes of a file.
    Content(Content),
}

/// How long it is, not what it says: answers hold tokens and keys.
impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Content(content) => write!(f, "Content({})", content.len()),
        }
    }
}

const JSON_TYPE: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const NO_CACHE: HeaderValue = HeaderValue::from_static("max-age=0, no-cache, no-store");

/// Pretty-printed, as B2 sends it.
pub(crate) fn json(status: u16, value: &Value) -> Reply {
    let body = serde_json::to_vec_pretty(value).unwrap_or_default();
    let mut reply = Reply::new(ReplyBody::Empty);
    *reply.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON_TYPE);
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    *reply.body_mut() = ReplyBody::Bytes(body.into());
    reply
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = json(refusal.status, &refusal.body());
        // Kept for the log, which outlives the body.
        reply.extensions_mut().insert(refusal.code);
        let seconds = refusal.retry_after.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(value)) = seconds {
            reply.headers_mut().insert(header::RETRY_AFTER, value);
        }
        reply
    }
}

/// Clients compare it with their clock, so every answer has it.
pub(crate) fn date_header(now: Timestamp) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&now.to_http_date())
        .unwrap_or(HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
    (header::DATE, value)
}
