//! The clock of a machine: it stands still while the device is suspended or offline.

use core::time::Duration;

use crate::time::Instant;

/// The longest time after which a driver looks at the clock.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// A driver that wakes up later than this was suspended: browsers delay the timers of hidden tabs by at most a minute.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Keeps the clock of one machine, and detects that the device was suspended.
///
/// After a suspension, a driver reports every request under way as
/// [`Asleep`](crate::error::TransportErrorKind::Asleep), since connections do not survive it. No time passes for the
/// machine while the device is suspended or offline, so that neither uses up the time of a retry policy.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::suspend_clock::SuspendClock;
/// use b2_proto::time::Instant;
///
/// let mut clock = SuspendClock::default();
/// let until = clock.wait(Instant::ORIGIN, None);
/// let hour = Duration::from_secs(3_600);
/// assert_eq!(clock.suspended_for(until + hour), Some(hour));
/// assert_eq!(clock.time(until + hour), until);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SuspendClock {
    /// How much less time has passed for the machine than for the host.
    lost: Duration,
    offline_since: Option<Instant>,
    /// When the driver was to wake up, by the host's clock.
    wake_at: Instant,
}

impl SuspendClock {
    /// Returns the time of the machine at `clock`, which is the host's time, as in all other methods.
    #[must_use]
    pub fn time(&self, clock: Instant) -> Instant {
        let clock = self.offline_since.unwrap_or(clock);
        Instant::from_origin(clock.since_origin().saturating_sub(self.lost))
    }

    /// Begins a wait that ends at the latest at the machine's `deadline`. Returns when the driver is to wake up, by the
    /// host's clock.
    pub fn wait(&mut self, clock: Instant, deadline: Option<Instant>) -> Instant {
        let latest = clock + MAX_WAIT;
        let deadline = deadline.filter(|_| self.offline_since.is_none());
        self.wake_at = deadline.map_or(latest, |deadline| latest.min(deadline + self.lost));
        self.wake_at
    }

    /// Ends the wait. Returns how long the device was suspended, if it was.
    pub fn suspended_for(&mut self, clock: Instant) -> Option<Duration> {
        let delay = clock.saturating_since(self.wake_at);
        if delay <= MAX_DELAY {
            return None;
        }
        if self.offline_since.is_none() {
            self.lost += delay;
        }
        self.wake_at = clock;
        Some(delay)
    }

    /// Stops the machine's time: the device is offline.
    pub fn offline(&mut self, clock: Instant) {
        self.offline_since.get_or_insert(clock);
    }

    /// Continues the machine's time: the device is online again.
    pub fn online(&mut self, clock: Instant) {
        if let Some(since) = self.offline_since.take() {
            self.lost += clock.saturating_since(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_late_timer_is_no_suspension() {
        let mut clock = SuspendClock::default();
        assert_eq!(clock.wait(at(10), Some(at(15))), at(15));
        assert_eq!(clock.suspended_for(at(75)), None);
        assert_eq!(clock.time(at(75)), at(75));
        assert_eq!(clock.wait(at(75), Some(at(500))), at(105));
    }

    #[test]
    fn deadlines_do_not_pass_while_the_device_is_suspended() {
        let mut clock = SuspendClock::default();
        clock.wait(at(10), Some(at(15)));
        assert_eq!(clock.suspended_for(at(1_015)), Some(Duration::from_secs(1_000)));
        assert_eq!(clock.suspended_for(at(1_016)), None);
        assert_eq!(clock.time(at(1_016)), at(16));
        assert_eq!(clock.wait(at(1_016), Some(at(20))), at(1_020));
    }

    #[test]
    fn nor_while_it_is_offline_even_if_it_is_suspended_then() {
        let mut clock = SuspendClock::default();
        clock.offline(at(10));
        clock.offline(at(12));
        assert_eq!(clock.time(at(40)), at(10));
        assert_eq!(clock.wait(at(40), Some(at(11))), at(70));
        assert!(clock.suspended_for(at(5_000)).is_some());
        clock.online(at(5_010));
        clock.online(at(5_020));
        assert_eq!(clock.time(at(5_020)), at(20));
    }
}
