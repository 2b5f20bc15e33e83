//! Faults of requests, chosen by a seed.
//!
//! [`Faults`] draws a [`Fault`] for each request by its [`Rates`]. Tests pass it to
//! [`Service::handle_with_fault`](crate::Service::handle_with_fault); the HTTP server applies it to real connections.

mod apply;
mod plan;
mod reword;

use std::time::Duration;

use http::Method;
use http::request::Parts;

pub use apply::Delivery;
#[cfg(feature = "server")]
pub(crate) use apply::{name_other_file, portion};
pub use plan::{Faults, Rates};
#[cfg(feature = "server")]
pub(crate) use reword::reword;

use crate::wire::Route;

/// The kind of request for which a fault is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// `b2_authorize_account`.
    Authorize,
    /// Any other call with JSON in and out.
    Call,
    /// The upload of a file or a part.
    Upload,
    /// A download, or a `HEAD` by name.
    Download,
}

impl RequestKind {
    /// Returns the kind of a request; `None` for preflights and unknown paths, which have no faults.
    #[must_use]
    pub fn of(head: &Parts) -> Option<Self> {
        if head.method == Method::OPTIONS {
            return None;
        }
        match Route::of(head.uri.path()) {
            Route::Call { operation, .. } if operation == "b2_authorize_account" => {
                Some(Self::Authorize)
            }
            Route::Call { .. } => Some(Self::Call),
            Route::UploadFile { .. } | Route::UploadPart { .. } => Some(Self::Upload),
            Route::DownloadByName { .. } | Route::DownloadById { .. } => Some(Self::Download),
            Route::Unknown => None,
        }
    }
}

/// A fault of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    None,
    /// The service responds 429 `too_many_requests`, without executing the request.
    TooManyRequests(RetryAfter),
    /// The service responds 503 `service_unavailable`, without executing the request. An upload URL becomes invalid.
    Unavailable(RetryAfter),
    /// The service responds 408 `request_timeout`, without executing the request. An upload URL becomes invalid.
    RequestTimeout,
    /// A proxy responds 502 with HTML.
    BadGateway,
    /// A proxy responds 200 with HTML, such as a login page. An upload URL becomes invalid.
    NotB2,
    /// The response to a download is of another file: another id, name and content, and no SHA-1.
    OtherFile,
    /// The token of the request expires: 401 `expired_auth_token`.
    ExpiredToken,
    /// The connection breaks before the service receives the request.
    CutBefore,
    /// The connection breaks after this share of the request's body, in thousandths.
    CutDuring(u16),
    /// The service executes the request, then the connection breaks without a response.
    CutAfter,
    /// A download is truncated after this share of its body, in thousandths, with a matching `Content-Length`.
    TruncatedCleanly(u16),
    /// The connection breaks after this share of a download's body, in thousandths.
    TruncatedBroken(u16),
    /// The byte at this share of a download's body, in thousandths, is wrong.
    Corrupted(u16),
    /// The response is delayed by this time.
    Slow(Duration),
    /// The connection stays open without a response.
    NeverAnswers {
        /// Whether the service executes the request.
        acts: bool,
    },
    /// The service executes the request and responds with another message, and with unknown fields and values in JSON.
    Reworded,
}

/// The `Retry-After` of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Absent,
    /// This number of seconds.
    Seconds(u16),
    /// A date this number of seconds from now.
    Date(u16),
}
