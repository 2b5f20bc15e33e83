//! The requests of a client.

use std::ops::Sub;

/// The requests of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Traffic {
    /// Their number.
    pub(crate) requests: f64,
    /// The bytes of uploads.
    pub(crate) sent: f64,
}

impl Traffic {
    /// Counts the requests in the log of a simulator.
    pub(crate) fn of(log: &str) -> Self {
        let is_request = |line: &&str| {
            line.starts_with("POST ") || line.starts_with("GET ") || line.starts_with("HEAD ")
        };
        let bytes = |line: &str| line.strip_suffix(" bytes")?.rsplit(' ').next()?.parse().ok();
        log.lines().filter(is_request).fold(Self::default(), |sum, line| Self {
            requests: sum.requests + 1.0,
            sent: sum.sent + bytes(line).unwrap_or(0.0),
        })
    }
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { requests: self.requests - before.requests, sent: self.sent - before.sent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_requests_and_sent_bytes() {
        let log = "POST b2_copy_part 200 4_z part 1\n\
                   POST b2_upload_part 200 4_z part 2 5040 bytes\n\
                   Stopping.\n";
        assert_eq!(Traffic::of(log), Traffic { requests: 2.0, sent: 5_040.0 });
        assert_eq!(Traffic::of(log) - Traffic::of(log), Traffic::default());
    }
}
