//! The settings of a client.

use alloc::sync::Arc;
use core::time::Duration;

use async_lock::Semaphore;
use b2_proto::retry::RetryPolicy;

/// Settings that hold for all calls and transfers of a client.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) retry: RetryPolicy,
    /// Replaces the idle timeout of every request.
    pub(crate) idle_timeout: Option<Duration>,
    /// One permit for each request that moves bytes of files.
    pub(crate) transfers: Option<Arc<Semaphore>>,
    pub(crate) downloads: DownloadDefaults,
}

/// Settings of downloads that do not set them themselves. `None` leaves it to the protocol.
#[derive(Clone, Copy, Default)]
pub(crate) struct DownloadDefaults {
    pub(crate) parallel: Option<usize>,
    pub(crate) verify: Option<bool>,
}
