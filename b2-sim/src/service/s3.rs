//! Requests of the S3-compatible API, which is not simulated.

use b2_proto::time::Timestamp;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};

use super::{Service, header_text};
use crate::log::LogEntry;
use crate::wire::{Reply, ReplyBody, Route};

/// The error of S3 for what a server does not implement. Clients print its code and message, and do not repeat the request.
const REFUSAL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Error>\n\
    <Code>NotImplemented</Code>\n\
    <Message>This simulator of Backblaze B2 has the B2 Native API only, not the S3-compatible API. Use a client of the \
    B2 Native API, such as rclone with a remote of type b2.</Message>\n\
    </Error>\n";

/// The parameters in a query that only S3 has.
const PARAMETERS: [&str; 7] =
    ["list-type", "location", "uploads", "uploadId", "versioning", "versions", "delete"];

/// Returns whether a request is one of S3: signed as such, or with its parameters at a path that B2 does not have.
pub(super) fn is_s3(head: &Parts, route: &Route) -> bool {
    let signed = header_text(head, "authorization").is_some_and(|it| it.starts_with("AWS"));
    let named = |name: &http::HeaderName| name.as_str().starts_with("x-amz-");
    let query = head.uri.query().unwrap_or_default();
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    signed
        || head.headers.keys().any(named)
        || names.clone().any(|name| name.starts_with("X-Amz-"))
        || (*route == Route::Unknown
            && (matches!(head.method, Method::PUT | Method::DELETE)
                || names.any(|name| PARAMETERS.contains(&name))))
}

impl Service {
    pub(super) fn refuse_s3(&mut self, now: Timestamp, mut entry: LogEntry) -> Reply {
        "s3".clone_into(&mut entry.operation);
        let mut reply = Reply::new(ReplyBody::Bytes(Bytes::from_static(REFUSAL.as_bytes())));
        *reply.status_mut() = StatusCode::NOT_IMPLEMENTED;
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        headers.insert(CONTENT_LENGTH, REFUSAL.len().into());
        self.log_reply(now, entry, reply)
    }
}
