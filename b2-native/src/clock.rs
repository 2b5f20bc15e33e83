//! Clock, timer and random numbers.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use b2_proto::time::{Instant, Timestamp};

/// A monotonic clock whose origin is the creation of the host.
///
/// It is the clock of tokio, which tests can pause. On Linux it stops while the machine is suspended, so that a deadline
/// may be late by the time of suspension, but never early.
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

/// Waits for the deadline. `None` is a time that the clock cannot represent, and waits forever.
pub(crate) async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Returns the wall-clock time, or the start of 1970 if the clock is before it.
pub(crate) fn timestamp() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// Returns a random number: each `RandomState` has other keys.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sleeps_until_a_future_deadline() {
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
    fn random_numbers_differ() {
        assert_ne!(random(), random());
    }
}
