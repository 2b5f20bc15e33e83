//! How much strangers can take up.

use std::time::Duration;

/// How much a [`GatewayHost`](super::GatewayHost) gives to those who connect to it, before and after it knows who they
/// are.
///
/// The defaults are for a host that browsers reach directly. Behind a proxy that has limits of its own, they are a
/// second line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many connections are served at once. More wait, unaccepted, until one of these ends. Default: 1,024.
    ///
    /// Each takes up a file descriptor, so `ulimit -n` has to be larger.
    pub connections: usize,
    /// How long a client may take from connecting, or from the last answer, to the last byte of the next head. So it is
    /// also how long a connection may be idle. Default: 15 seconds.
    pub head_time: Duration,
    /// The largest head, in bytes; at least 8 KiB. Default: 64 KiB.
    pub head_size: usize,
    /// How long the next bytes of a body may take. Default: 30 seconds.
    pub body_stall: Duration,
    /// How long a whole body may take: small files of visitors on a slow line. Default: 5 minutes.
    pub body_time: Duration,
    /// How many bytes of bodies are in memory at once, over all connections. Bodies that find no room wait for it as
    /// long as [`body_stall`](Self::body_stall) says; then their client is told to come back. Default: 256 MiB.
    pub body_memory: usize,
    /// How many of them are of one owner's requests, so that a visitor cannot take all of it. A body counts with its
    /// declared length, and one without it with all that its call may have, as long as it is received and answered; one
    /// that is larger takes the whole share. Bodies that find no room wait as above. Default: 64 MiB.
    pub owner_memory: usize,
    /// How long a client may take to receive an answer. Default: 1 minute.
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
