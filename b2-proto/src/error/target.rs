//! The kinds of endpoints.

use super::Retry;

/// The kind of endpoint of a request. The meaning of a status depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// `b2_authorize_account`.
    Authorize,
    /// Any other JSON call.
    Api,
    /// An upload URL.
    Upload,
    /// The download URL.
    Download,
}

impl Target {
    /// Returns how a request is repeated after a transient failure.
    pub(super) const fn again(self) -> Retry {
        match self {
            Self::Upload => Retry::NewUploadUrl,
            Self::Authorize | Self::Api | Self::Download => Retry::Backoff,
        }
    }
}
