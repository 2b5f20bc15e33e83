//! What the requests of a host share.

use super::origins::Origins;
use super::server::ServerRuntime;
use super::timer::Clock;

/// The state of a host.
#[derive(Debug)]
pub(super) struct Shared {
    /// Outside of browsers, what the runtime provides.
    pub(super) server: Option<ServerRuntime>,
    pub(super) clock: Clock,
    pub(super) origins: Origins,
}
