//! How many requests were sent lately.

use core::time::Duration;

use crate::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Counts the requests of the current second and of the second before.
#[derive(Debug, Default)]
pub(super) struct RecentRequests {
    /// The begin of the current second.
    start: Instant,
    before: u64,
    current: u64,
}

impl RecentRequests {
    /// Counts from `start` on.
    pub(super) fn since(start: Instant) -> Self {
        Self { start, ..Self::default() }
    }

    pub(super) fn sent(&mut self, now: Instant) {
        self.advance(now);
        self.current += 1;
    }

    /// Returns the number in the second before `now`, in thousandths. The requests of the second that is partly over
    /// count as if they were spread evenly.
    pub(super) fn rate(&mut self, now: Instant) -> u64 {
        self.advance(now);
        let elapsed = u64::from(now.saturating_since(self.start).subsec_millis());
        self.current * 1_000 + self.before * (1_000 - elapsed)
    }

    fn advance(&mut self, now: Instant) {
        let elapsed = now.saturating_since(self.start);
        if elapsed >= 2 * SECOND {
            *self = Self::since(now);
        } else if elapsed >= SECOND {
            *self = Self { start: self.start + SECOND, before: self.current, current: 0 };
        }
    }
}
