//! Responses before they are sent.

use std::fmt;

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use serde::Serialize;

use crate::content::Content;
use crate::wire::Refusal;

/// A response: complete headers, and the source of its body.
pub type Reply = http::Response<ReplyBody>;

/// The source of a response's body.
#[derive(Clone)]
pub enum ReplyBody {
    /// No body. A response to `HEAD` may still have a `Content-Length`.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// Bytes of a file.
    Content(Content),
}

/// Prints the length only, since responses contain tokens and keys.
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

/// Creates a JSON response, pretty-printed as at B2.
pub(crate) fn json(status: u16, value: &impl Serialize) -> Reply {
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
        // For the log.
        reply.extensions_mut().insert(refusal.code);
        let seconds = refusal.retry_after.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(value)) = seconds {
            reply.headers_mut().insert(header::RETRY_AFTER, value);
        }
        reply
    }
}

/// Returns the `Date` header, which every response has.
pub(crate) fn date_header(now: Timestamp) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&now.to_http_date())
        .unwrap_or(HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
    (header::DATE, value)
}
