//! The error type, and the table that classifies responses.

mod body;
mod foreign;
mod kind;
mod messages;
mod retry_after;
mod table;
mod target;
mod transport;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt;
use core::time::Duration;

use crate::encoding::find;
use crate::http::InvalidHeader;

pub use body::ApiError;
pub(crate) use foreign::{PREVIEW, says_json};
pub use kind::ErrorKind;
pub(crate) use retry_after::retry_after;
pub use target::Target;
pub use transport::{TransportError, TransportErrorKind};

/// How a request that failed is repeated, by B2's rules. Exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Not at all: the same request would fail again.
    Never,
    /// With the same request, after a backoff or the delay that the server requested.
    Backoff,
    /// With the same bytes and a new upload URL.
    NewUploadUrl,
    /// With the same request and a new authorization token.
    Reauthorize,
    /// With the same request, as soon as the device is online. The failure does not count as an attempt.
    WhenOnline,
}

/// An error of the protocol, of the transport, or of an argument.
///
/// Keys, tokens and URLs with tokens never appear in it. Drivers wrap it with the cause.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    message: String,
    api: Option<ApiError>,
    operation: Option<&'static str>,
    subject: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    ambiguous: bool,
    key: Option<String>,
}

impl Error {
    /// Creates an error without a response that is not retried.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry: Retry::Never,
            message: message.into(),
            api: None,
            operation: None,
            subject: None,
            attempts: 0,
            retry_after: None,
            ambiguous: false,
            key: None,
        }))
    }

    /// Returns the kind of the error, which a caller can act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns how the request is repeated. A machine has already done so, within its budget.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Returns the HTTP status code, if there was a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.api.as_ref().map(|api| api.status)
    }

    /// Returns B2's own code, such as `bad_bucket_id`, if the response had one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.api.as_ref().and_then(|api| api.code.as_deref())
    }

    /// Returns the server's own message, if the response had one.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.0.api.as_ref().map(|api| api.message.as_str()).filter(|message| !message.is_empty())
    }

    /// Returns the message, in one line, without the operation and the attempts.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the B2 call that failed, such as `b2_list_buckets`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns the subject of the error: a bucket, a file name, a file id or a path.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// Returns the number of times that the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns how long the server asked to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether the server may have performed the call although no response says so.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.0.ambiguous
    }

    /// Returns what the application key may do, as [`Allowed::describe`] puts it, if the call was refused for lack of
    /// rights.
    ///
    /// [`Allowed::describe`]: crate::account::Allowed::describe
    #[must_use]
    pub fn key_restrictions(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Returns whether requests about other files would fail in the same way: a cap, a missing capability, a deleted
    /// bucket, a full disk. A transfer of many files stops then.
    #[must_use]
    pub fn ends_everything(&self) -> bool {
        // A proxy that demands a password, or a network that demands a login.
        self.0.kind.ends_everything()
            || (self.0.kind == ErrorKind::ForeignResponse
                && matches!(self.status(), Some(407 | 511)))
    }

    /// Returns whether requests about other files would probably fail in the same way if none has succeeded yet: those
    /// of [`ends_everything`](Self::ends_everything), and responses that are not B2's. A transfer of many files stops
    /// then.
    #[must_use]
    pub fn ends_what_has_not_begun(&self) -> bool {
        self.ends_everything() || self.0.kind == ErrorKind::ForeignResponse
    }

    /// Sets the kind, where the caller knows more than the table.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets how the request is repeated.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Replaces the message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets the B2 call that failed, unless it is set.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Sets the subject.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// Sets what the application key may do.
    #[must_use]
    pub fn with_key_restrictions(mut self, restrictions: impl Into<String>) -> Self {
        self.0.key = Some(restrictions.into());
        self
    }

    /// Sets the number of times that the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }
}

/// The error of an argument that a header cannot contain.
impl From<InvalidHeader> for Error {
    fn from(error: InvalidHeader) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

/// Prints one line: the message, the subject, the operation, B2's status and code, and the attempts.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.message.trim_end_matches('.'))?;
        if let Some(subject) = &self.0.subject
            && !subject.is_empty()
            && find(&self.0.message, subject).is_none()
        {
            write!(f, ": {subject}")?;
        }
        let mut before = " (";
        if let Some(operation) = self.0.operation {
            write!(f, "{before}{operation}")?;
            before = ", ";
        }
        if let Some(api) = &self.0.api {
            write!(f, "{before}{}", api.status)?;
            if let Some(code) = &api.code {
                write!(f, " {code}")?;
            }
            before = ", ";
        }
        if self.0.attempts > 1 {
            write!(f, "{before}after {} attempts", self.0.attempts)?;
            before = ", ";
        }
        f.write_str(if before == ", " { ")" } else { "" })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("retry", &self.0.retry)
            .field("message", &self.0.message)
            .field("api", &self.0.api)
            .field("operation", &self.0.operation)
            .field("subject", &self.0.subject)
            .field("attempts", &self.0.attempts)
            .finish_non_exhaustive()
    }
}

impl core::error::Error for Error {}
