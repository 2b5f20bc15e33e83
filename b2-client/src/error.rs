//! The error that users see, the protocol's with the cause that the host saw, and the error of a host's operation.

use alloc::string::ToString;
use core::fmt;
use core::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::error::{Retry, TransportError, TransportErrorKind};

use crate::maybe_send::Cause;

/// An error of B2, of the network, of this machine, or of what the caller asked for.
///
/// It is the protocol's [`Error`](b2_proto::Error), with the host's own error as its source where there is one.
/// Natively it converts to `std::io::Error`.
pub struct Error {
    error: b2_proto::Error,
    cause: Option<Cause>,
}

impl Error {
    /// Returns an error with the cause that the host saw.
    #[must_use]
    pub fn with_cause(error: b2_proto::Error, cause: impl Into<Cause>) -> Self {
        Self { error, cause: Some(cause.into()) }
    }

    /// Returns the error of a local operation outside of any machine: opening a source, finishing a file.
    #[must_use]
    pub fn local(failed: HostError) -> Self {
        let target = b2_proto::error::Target::Download;
        Self { error: b2_proto::Error::from_failure(target, &failed.failure), cause: failed.cause }
    }

    /// Returns the kind of the error, which a caller can act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Returns the HTTP status code, if there was a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.error.status()
    }

    /// Returns B2's own code, such as `bad_bucket_id`, if the response had one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.error.code()
    }

    /// Returns what happened, in one line, without the operation and the attempts.
    #[must_use]
    pub fn message(&self) -> &str {
        self.error.message()
    }

    /// Returns the server's own message, if the response had one.
    #[must_use]
    pub fn server_message(&self) -> Option<&str> {
        self.error.server_message()
    }

    /// Returns the B2 call that failed, such as `b2_list_buckets`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.error.operation()
    }

    /// Returns what the error is about: a bucket, a file name, a file id, a path.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.error.subject()
    }

    /// Returns the number of times the request was sent; 0 if it never was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.error.attempts()
    }

    /// Returns how long the server asked to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.error.retry_after()
    }

    /// Returns what the protocol's rules say to do about the error. The client has already done it, within its budget.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.error.retry()
    }

    /// Returns the error as data, which can be cloned and compared.
    #[must_use]
    pub fn data(&self) -> &b2_proto::Error {
        &self.error
    }

    /// Returns the error as data.
    #[must_use]
    pub fn into_data(self) -> b2_proto::Error {
        self.error
    }

    pub(crate) fn into_parts(self) -> (b2_proto::Error, Option<Cause>) {
        (self.error, self.cause)
    }

    pub(crate) fn attach(error: b2_proto::Error, cause: Option<Cause>) -> Self {
        Self { error, cause }
    }
}

impl From<b2_proto::Error> for Error {
    fn from(error: b2_proto::Error) -> Self {
        Self { error, cause: None }
    }
}

/// The kind is the closest of std's; the error itself is the inner error.
#[cfg(not(target_family = "wasm"))]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            ErrorKind::InvalidInput
            | ErrorKind::InvalidFileName
            | ErrorKind::InvalidFileInfo
            | ErrorKind::UnsafePath
            | ErrorKind::UnsatisfiableRange
            | ErrorKind::InvalidRange => Io::InvalidInput,
            ErrorKind::FileNotPresent
            | ErrorKind::NonExistentBucket
            | ErrorKind::BucketIdNotFound
            | ErrorKind::ResourceNotFound
            | ErrorKind::DestinationDirectoryMissing => Io::NotFound,
            ErrorKind::DuplicateBucketName => Io::AlreadyExists,
            ErrorKind::WrongKey
            | ErrorKind::InvalidAuthToken
            | ErrorKind::Unauthorized
            | ErrorKind::RestrictedBucket
            | ErrorKind::AccessDenied
            | ErrorKind::RetentionWrite
            | ErrorKind::SseCKey
            | ErrorKind::DestinationDenied => Io::PermissionDenied,
            ErrorKind::Timeout | ErrorKind::RequestTimeout => Io::TimedOut,
            ErrorKind::Connect | ErrorKind::UnknownHost | ErrorKind::Offline => Io::NotConnected,
            ErrorKind::ConnectionBroken => Io::ConnectionReset,
            ErrorKind::ChecksumMismatch
            | ErrorKind::WrongFile
            | ErrorKind::FileChanged
            | ErrorKind::InvalidResponse
            | ErrorKind::ForeignResponse => Io::InvalidData,
            ErrorKind::TruncatedOutput => Io::UnexpectedEof,
            ErrorKind::DestinationIsDirectory => Io::IsADirectory,
            ErrorKind::DestinationParentNotDirectory => Io::NotADirectory,
            ErrorKind::DestinationFull => Io::StorageFull,
            ErrorKind::MaxFileSizeExceeded => Io::FileTooLarge,
            _ => Io::Other,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("error", &self.error).field("cause", &self.cause).finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn core::error::Error + 'static))
    }
}

/// The error of an operation of the host: what the machine is told, and what was seen.
#[derive(Debug)]
pub struct HostError {
    /// What the machine is told.
    pub failure: TransportError,
    /// The underlying error, for debugging.
    pub cause: Option<Cause>,
}

impl HostError {
    /// Returns a failure of this kind with the error that caused it. Its text must not contain a URL or a token.
    #[must_use]
    pub fn new(kind: TransportErrorKind, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self { failure: TransportError::new(kind, cause.to_string()), cause: Some(cause) }
    }
}

impl From<TransportError> for HostError {
    fn from(failure: TransportError) -> Self {
        Self { failure, cause: None }
    }
}
