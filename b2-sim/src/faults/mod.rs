//! What goes wrong with an entry, decided by a seed.
//!
//! [`Faults`] is pure: it draws a [`Fault`] for each entry, from the [`Rates`] of a plan. A test hands
//! it to [`Service::handle_with_fault`](crate::Service::handle_with_fault); the HTTP server does the same to real
//! connections.

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

/// What kind of entry a fault is drawn for.
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
    /// The kind of a request; `None` for preflights, which never fail, and unknown paths.
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

/// What goes wrong with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The service does nothing but answer 429 `too_many_requests`.
    TooManyRequests(RetryAfter),
    /// The service does nothing but answer 503 `service_unavailable`. An upload URL is used up by it.
    Unavailable(RetryAfter),
    /// The service does nothing but answer 408 `request_timeout`. An upload URL is used up by it.
    RequestTimeout,
    /// Something before the service answers 502, in HTML.
    BadGateway,
    /// Something before the service answers 200 with an HTML page: a login page, or that of a cache. An upload URL
    /// is used up by it.
    NotB2,
    /// A download is answered with another file: its id, its name, no SHA-1, and other bytes.
    OtherFile,
    /// The token of the request has just expired: 401 `expired_auth_token`.
    ExpiredToken,
    /// The connection ends before the service has seen the request.
    CutBefore,
    /// The connection ends after this share of the request's body, in thousandths.
    CutDuring(u16),
    /// The service does what it is asked for, then the connection ends without an answer.
    CutAfter,
    /// A download ends after this share of its body, in thousandths, as if it were complete: its
    /// `Content-Length` says no more.
    TruncatedCleanly(u16),
    /// The connection ends after this share of the body of a download, in thousandths.
    TruncatedBroken(u16),
    /// One byte of a download is another, at this share of its body, in thousandths.
    Corrupted(u16),
    /// The answer takes this long.
    Slow(Duration),
    /// The connection stays open, and nothing more is heard over it. Whether the service does what it is asked for.
    NeverAnswers {
        /// Whether the service acts before it falls silent.
        acts: bool,
    },
    /// The service acts as ever and answers with the same status and code, in other words: another message of an
    /// error, and fields and values in JSON that no client knows.
    Reworded,
}

/// What an answer says about when to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Absent,
    /// So many seconds.
    Seconds(u16),
    /// At a date that is so many seconds from now.
    Date(u16),
}
