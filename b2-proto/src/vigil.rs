//! The clock of a machine: it stands still while the device sleeps or is offline.

use core::time::Duration;

use crate::time::Instant;

/// A driver looks at the clock at least so often.
const BEAT: Duration = Duration::from_secs(30);

/// Nothing but sleep makes a driver so late: browsers delay the timers of hidden tabs by a minute at most.
const LATE: Duration = Duration::from_secs(60);

/// Keeps the clock of one machine, and notices that the device slept.
///
/// After a sleep every request under way ends with [`TransportErrorKind::Asleep`](crate::error::TransportErrorKind::Asleep),
/// since connections do not survive that. No time passes for the machine meanwhile, nor while the device is
/// offline: neither is a reason to give up.
///
/// ```
/// use std::time::Duration;
///
/// use b2_proto::time::Instant;
/// use b2_proto::vigil::Vigil;
///
/// let mut vigil = Vigil::default();
/// let until = vigil.wait(Instant::ORIGIN, None);
/// let woken = until + Duration::from_secs(3_600);
/// assert!(vigil.overslept(woken));
/// assert_eq!(vigil.time(woken), until);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Vigil {
    /// How much less time has passed for the machine than for the host.
    lost: Duration,
    offline: Option<Instant>,
    until: Instant,
}

impl Vigil {
    /// The time for the machine. `clock` is the host's, as in all other methods.
    #[must_use]
    pub fn time(&self, clock: Instant) -> Instant {
        let clock = self.offline.unwrap_or(clock);
        Instant::from_origin(clock.since_origin().saturating_sub(self.lost))
    }

    /// A wait begins, for anything that comes before the machine's `deadline`: until when by the host's clock.
    pub fn wait(&mut self, clock: Instant, deadline: Option<Instant>) -> Instant {
        let beat = clock + BEAT;
        let deadline = deadline.filter(|_| self.offline.is_none());
        self.until = deadline.map_or(beat, |deadline| beat.min(deadline + self.lost));
        self.until
    }

    /// The wait is over; whether the device slept through it.
    pub fn overslept(&mut self, clock: Instant) -> bool {
        let late = clock.saturating_since(self.until);
        if late <= LATE {
            return false;
        }
        if self.offline.is_none() {
            self.lost += late;
        }
        self.until = clock;
        true
    }

    /// The machine waits until the device is online.
    pub fn offline(&mut self, clock: Instant) {
        self.offline.get_or_insert(clock);
    }

    /// The device is online again.
    pub fn online(&mut self, clock: Instant) {
        if let Some(since) = self.offline.take() {
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
    fn a_late_timer_is_no_sleep() {
        let mut vigil = Vigil::default();
        assert_eq!(vigil.wait(at(10), Some(at(15))), at(15));
        assert!(!vigil.overslept(at(75)));
        assert_eq!(vigil.time(at(75)), at(75));
        assert_eq!(vigil.wait(at(75), Some(at(500))), at(105));
    }

    #[test]
    fn deadlines_do_not_pass_while_the_device_sleeps() {
        let mut vigil = Vigil::default();
        vigil.wait(at(10), Some(at(15)));
        assert!(vigil.overslept(at(1_015)));
        assert!(!vigil.overslept(at(1_016)));
        assert_eq!(vigil.time(at(1_016)), at(16));
        assert_eq!(vigil.wait(at(1_016), Some(at(20))), at(1_020));
    }

    #[test]
    fn nor_while_it_is_offline_even_if_it_sleeps_then() {
        let mut vigil = Vigil::default();
        vigil.offline(at(10));
        vigil.offline(at(12));
        assert_eq!(vigil.time(at(40)), at(10));
        assert_eq!(vigil.wait(at(40), Some(at(11))), at(70));
        assert!(vigil.overslept(at(5_000)));
        vigil.online(at(5_010));
        vigil.online(at(5_020));
        assert_eq!(vigil.time(at(5_020)), at(20));
    }
}
