//! Detects idle connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::sleep_until;

/// The time of the last transfer of bytes.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Nanoseconds since the start.
    last: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), last: AtomicU64::new(0) }
    }

    /// Records a transfer of bytes.
    pub(super) fn record(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.last.fetch_max(elapsed, Ordering::Relaxed);
    }

    /// Waits until no bytes were transferred for `limit`.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let last = self.last.load(Ordering::Relaxed);
            let deadline = self.start.checked_add(Duration::from_nanos(last).saturating_add(limit));
            sleep_until(deadline).await;
            if self.last.load(Ordering::Relaxed) == last {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_transfer_restarts_the_timeout() {
        let activity = Activity::new();
        let limit = Duration::from_secs(10);
        let moving = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(9)).await;
                activity.record();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = moving => {}
            () = activity.idle(limit) => {}
        }
        assert_eq!(activity.start.elapsed().as_secs(), 55);
    }
}
