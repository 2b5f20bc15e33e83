//! Errors as data, and what to do about them.

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
pub use target::Target;
pub use transport::{TransportError, TransportErrorKind};

/// What to do about an [`Error`] by B2's rules. Exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Nothing: the same request would fail again.
    Never,
    /// The same request again, after backing off or after the delay the server named.
    Backoff,
    /// Discard the upload URL and send the same bytes to a new one.
    NewUploadUrl,
    /// Get a new authorization token, then the same request again.
    Reauthorize,
    /// The same request again as soon as the device is online. It does not count as an attempt.
    WhenOnline,
}

/// An error of the protocol, of the transport below it, or of what the caller asked for.
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
}

impl Error {
    /// An error that does not come from a reply, and that asking again would not change.
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
        }))
    }

    /// What kind of error this is: what a caller can act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the protocol's rules say to do about it. A machine has already done it, within its budget.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The HTTP status, where there was a reply.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.api.as_ref().map(|api| api.status)
    }

    /// B2's own code, such as `bad_bucket_id`, where the reply had one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.api.as_ref().and_then(|api| api.code.as_deref())
    }

    /// What the server said, in its own words, where the reply had any.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.0.api.as_ref().map(|api| api.message.as_str()).filter(|message| !message.is_empty())
    }

    /// What happened, in one line, without the operation and the attempts.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The B2 call that failed, such as `b2_list_buckets`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// What it is about: a bucket, a file name, a file id, a path.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// How often the request was sent in all; 0 if it never was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the server asked to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the server may have done the work although no answer says so.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.0.ambiguous
    }

    /// Whether the next request of the same account would end in the same way, whatever file it is about: a cap, a
    /// key that may not do this, a bucket that is gone, a disk that is full. A transfer of many files stops there.
    #[must_use]
    pub fn ends_everything(&self) -> bool {
        // A proxy that demands a password, or a network that demands a login.
        self.0.kind.ends_everything()
            || (self.0.kind == ErrorKind::ForeignResponse
                && matches!(self.status(), Some(407 | 511)))
    }

    /// Whether every other request would end in the same way as long as none has succeeded: something other than B2
    /// answers, for as long as this request was tried. A transfer of many files stops there if no file has come
    /// through.
    #[must_use]
    pub fn ends_what_has_not_begun(&self) -> bool {
        self.ends_everything() || self.0.kind == ErrorKind::ForeignResponse
    }

    /// The same error, of another kind: where the caller knows more than the table.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same error, with another answer to what to do about it.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// The same error, with its message replaced.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error, saying which B2 call failed.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// The same error, saying what it is about.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// The same error, saying how often the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }
}

/// An argument that would have to be in that header cannot be.
impl From<InvalidHeader> for Error {
    fn from(error: InvalidHeader) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

/// One line: the operation, what happened, what B2 said, how often it was tried.
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
