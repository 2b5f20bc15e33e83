//! The error that users see: the protocol's, with the cause that the host saw.

use core::fmt;
use core::ops::Deref;

use crate::host::HostError;
use crate::maybe_send::Cause;

/// What went wrong: the protocol's [`Error`](b2_proto::Error), to which it dereferences, with the host's
/// own error as its source where there is one.
pub struct Error {
    error: b2_proto::Error,
    cause: Option<Cause>,
}

impl Error {
    /// An error with the cause that the host saw.
    #[must_use]
    pub fn with_cause(error: b2_proto::Error, cause: impl Into<Cause>) -> Self {
        Self { error, cause: Some(cause.into()) }
    }

    /// A local operation failed outside of any machine: opening a source, finishing a file.
    #[must_use]
    pub fn local(failed: HostError) -> Self {
        let target = b2_proto::error::Target::Download;
        Self { error: b2_proto::Error::from_failure(target, &failed.failure), cause: failed.cause }
    }

    /// The error as data, to be cloned, compared or kept.
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

impl Deref for Error {
    type Target = b2_proto::Error;

    fn deref(&self) -> &b2_proto::Error {
        &self.error
    }
}

impl From<b2_proto::Error> for Error {
    fn from(error: b2_proto::Error) -> Self {
        Self { error, cause: None }
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
