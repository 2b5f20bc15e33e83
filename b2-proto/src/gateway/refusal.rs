//! Error responses, in B2's format.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use core::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::response;
use crate::error::{Error, ErrorKind};
use crate::http::Response;
use crate::http::names::RETRY_AFTER;

/// An error response, with a status and a code that clients of B2 understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: String,
    message: String,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), retry_after: None }
    }

    /// Returns the message.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The grant does not permit the request.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "unauthorized", message)
    }

    /// The token was not issued by this gateway.
    pub(super) fn bad_token() -> Self {
        Self::new(401, "bad_auth_token", "the authorization token is not valid")
    }

    /// The grant has expired.
    pub(super) fn expired() -> Self {
        Self::new(401, "expired_auth_token", "the authorization token has expired")
    }

    /// The request is invalid.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// The file does not satisfy the upload limits of the grant.
    pub(super) fn from_limits(error: &Error) -> Self {
        let code = match error.kind() {
            ErrorKind::MaxFileSizeExceeded => "file_too_large",
            ErrorKind::ContentTypeNotAllowed => "content_type_not_allowed",
            _ => "bad_request",
        };
        Self::new(400, code, error.message())
    }

    /// The source of a copy has fewer bytes.
    pub(super) fn unsatisfiable_range(size: u64) -> Self {
        let message = format!("the range is not within the source, which has {size} bytes");
        Self::new(416, "range_not_satisfiable", message)
    }

    /// The body is not JSON, or has other fields than the call.
    pub(super) fn bad_json(message: impl Into<String>) -> Self {
        Self::new(400, "bad_json", message)
    }

    /// The application cannot authorize, or the host does not know the gateway's URL.
    pub(super) fn internal() -> Self {
        Self::new(500, "internal_error", "the application cannot answer at the moment")
    }

    /// The body did not arrive in time.
    pub(super) fn timeout() -> Self {
        Self::new(408, "request_timeout", "the request did not arrive in time")
    }

    /// The host has no memory for another body.
    pub(super) fn busy() -> Self {
        let retry_after = Some(Duration::from_secs(1));
        Self { retry_after, ..Self::new(503, "service_unavailable", "too much is under way") }
    }

    /// The path is not one of the API.
    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found", "there is no such call")
    }

    /// The method is not `POST`.
    pub(super) fn method() -> Self {
        Self::new(405, "method_not_allowed", "this call is made with POST")
    }

    /// A part is missing or has another SHA-1, as the code says.
    pub(super) fn part(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// Converts an error of a call to B2. Details about the application's key and account are left out.
    pub(super) fn from_error(error: &Error) -> Self {
        let code = error.code().unwrap_or("bad_request");
        match error.status() {
            Some(401) => Self::unauthorized("the application may not do this at B2"),
            Some(403) => Self::new(403, error.code().unwrap_or("access_denied"), "B2 refuses this"),
            Some(status @ (400 | 404 | 409 | 416)) => Self::new(status, code, error.message()),
            Some(_) => Self::unavailable(error),
            None if is_about_the_request(error.kind()) => Self::bad_request(error.message()),
            None if error.kind() == ErrorKind::Unauthorized
                || error.kind() == ErrorKind::RestrictedBucket =>
            {
                Self::unauthorized("the application may not do this at B2")
            }
            None => Self::unavailable(error),
        }
    }

    /// Converts the response for an upload URL, where a 401 would make a client get another URL.
    pub(super) fn for_upload_url(self) -> Self {
        if self.code == "unauthorized" {
            return Self::new(403, "access_denied", self.message);
        }
        self
    }

    fn unavailable(error: &Error) -> Self {
        Self {
            retry_after: error.retry_after(),
            ..Self::new(503, "service_unavailable", "B2 cannot be reached at the moment")
        }
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let body = Body { status: self.status, code: &self.code, message: &self.message };
        let mut response = response::json(self.status, &body);
        if let Some(after) = self.retry_after {
            // A number is a valid header value.
            let _ = response.headers.push(RETRY_AFTER, &after.as_secs().max(1).to_string());
        }
        response
    }
}

/// B2's error object.
#[derive(Serialize)]
struct Body<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
}

/// Returns whether an error that was found before anything was sent is about the visitor's request.
fn is_about_the_request(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidInput
            | ErrorKind::InvalidFileName
            | ErrorKind::InvalidFileInfo
            | ErrorKind::MaxFileSizeExceeded
            | ErrorKind::ChecksumMismatch
    )
}
