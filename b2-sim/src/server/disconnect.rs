//! The error that closes a connection.

use std::fmt;

/// The error that closes a connection without a response.
#[derive(Debug)]
pub(super) struct Disconnect;

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was closed by a fault")
    }
}

impl std::error::Error for Disconnect {}

impl From<Disconnect> for std::io::Error {
    fn from(error: Disconnect) -> Self {
        Self::new(std::io::ErrorKind::ConnectionReset, error)
    }
}
