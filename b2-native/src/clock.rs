//! The time, and chance.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use b2_proto::time::{Instant, Timestamp};

/// A clock that never goes back, with the start of the host as its origin.
///
/// It is the runtime's own, so that a test can make it virtual. On Linux it stands still while the
/// machine sleeps: a deadline then is late by the length of the sleep, and never early.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(tokio::time::Instant);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }

    pub(crate) fn now(self) -> Instant {
        Instant::from_origin(self.0.elapsed())
    }

    pub(crate) async fn sleep_until(self, deadline: Instant) {
        sleep_until(self.0.checked_add(deadline.since_origin())).await;
    }
}

/// Sleeps; for ever, if the deadline is beyond all that a clock can show.
pub(crate) async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The wall-clock time; the start of 1970 on a machine whose clock is before it.
pub(crate) fn timestamp() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// Returns an unpredictable number: each hasher has its own keys, seeded by the system.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sleeps_until_a_deadline_and_not_at_all_after_it() {
        let clock = Clock::new();
        let deadline = clock.now() + Duration::from_secs(5);
        clock.sleep_until(deadline).await;
        assert!(clock.now() >= deadline);
        let before = clock.now();
        clock.sleep_until(Instant::ORIGIN).await;
        assert_eq!(clock.now(), before);
        let far = Instant::from_origin(Duration::MAX);
        let waited = tokio::time::timeout(Duration::from_secs(9), clock.sleep_until(far)).await;
        assert!(waited.is_err());
    }

    #[test]
    fn chance_differs() {
        assert_ne!(random(), random());
    }
}
