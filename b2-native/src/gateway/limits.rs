//! Limits on connections and memory.

use std::time::Duration;

/// The limits of a [`GatewayHost`](super::GatewayHost) on connections, memory and time.
///
/// The defaults are for a host that browsers reach directly, and are safe behind a proxy with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest number of open connections. Further ones wait in the backlog of the system. Default: 1,024.
    ///
    /// Each takes a file descriptor, so `ulimit -n` has to be larger.
    pub connections: usize,
    /// The time from connecting, or from the last response, to the last byte of the next head. It is also the time for
    /// which a connection may be idle. Default: 15 seconds.
    pub head_time: Duration,
    /// The largest head, in bytes; at least 8 KiB. Default: 64 KiB.
    pub head_size: usize,
    /// The time between two reads of a body. Default: 30 seconds.
    pub body_stall: Duration,
    /// The time for a whole body, which may be a small file over a slow connection. Default: 5 minutes.
    pub body_time: Duration,
    /// The memory for bodies of all connections, in bytes. A body waits for free memory for at most
    /// [`body_stall`](Self::body_stall); then its request gets a 503. Default: 256 MiB.
    pub body_memory: usize,
    /// The memory for bodies of one owner, in bytes, so that a visitor cannot take all of it. A body counts with its
    /// declared length, or with the limit of its call if it has none, until its response is sent; one that is larger takes
    /// the whole share. Bodies wait for it as above. Default: 64 MiB.
    pub owner_memory: usize,
    /// The time for sending a response. Default: 1 minute.
    pub answer_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            head_time: Duration::from_secs(15),
            head_size: 64 << 10,
            body_stall: Duration::from_secs(30),
            body_time: Duration::from_secs(300),
            body_memory: 256 << 20,
            owner_memory: 64 << 20,
            answer_time: Duration::from_secs(60),
        }
    }
}
