//! The event of a call.

use core::time::Duration;

use crate::error::Error;

/// A request failed and will be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrying {
    /// Why the request failed.
    pub error: Error,
    /// The delay before the next attempt.
    pub delay: Duration,
}
