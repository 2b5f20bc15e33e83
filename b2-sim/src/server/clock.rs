//! The clock of a simulator.

use std::sync::atomic::{AtomicI64, Ordering};

use b2_proto::time::Timestamp;

/// The clock of the system, which tests can move.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// The milliseconds by which it is ahead of the system.
    ahead: AtomicI64,
}

impl Clock {
    pub(super) fn now(&self) -> Timestamp {
        let millis = i64::try_from(system_time().as_millis()).unwrap_or(i64::MAX);
        let millis = millis.saturating_add(self.ahead.load(Ordering::SeqCst));
        Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    pub(super) fn set(&self, now: Timestamp) {
        let [now, system] =
            [now, system_time()].map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        self.ahead.store(now.saturating_sub(system), Ordering::SeqCst);
    }
}

/// Returns the time of the system.
pub(super) fn system_time() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
