//! How many ranges of a download are requested at once.

use crate::time::Instant;

/// The rate in bytes per second from which one range at a time is enough.
///
/// One connection is slower than several where the distance to the server or the server limits it, which is never at such a
/// rate. From there on, the rest of the device limits the download, and bytes that arrive in order cost less: they are
/// hashed when they arrive, and are not read again.
const FAST: u64 = 400_000_000;

/// The number of bytes after which the rate of several ranges is determined. It is small, since what arrives
/// until then is partly out of order, and is read again for its hash.
const FIRST_SAMPLE: u64 = 32 << 20;

/// The number of bytes after which the rate of one range is determined. It is larger, since the decision is final: a short
/// pause does not count.
const SAMPLE: u64 = 128 << 20;

/// Decides from the rate of a download whether several ranges are requested at once.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the bytes of this sample began to arrive, and their number so far.
    sample: Option<(Instant, u64)>,
    mode: Mode,
}

/// How many ranges are requested at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Several,
    /// One is requested, as long as that is fast enough.
    One,
    /// Several are requested until the end, since one was not fast enough.
    SeveralToTheEnd,
}

impl Pace {
    /// Begins to measure when the first bytes arrive.
    pub(super) fn begin(&mut self, now: Instant) {
        self.sample.get_or_insert((now, 0));
    }

    /// Counts bytes that have arrived.
    pub(super) fn received(&mut self, now: Instant, bytes: u64) {
        let Some((begun, received)) = &mut self.sample else {
            return;
        };
        *received += bytes;
        let sample = match self.mode {
            Mode::Several => FIRST_SAMPLE,
            Mode::One | Mode::SeveralToTheEnd => SAMPLE,
        };
        if *received < sample {
            return;
        }
        let nanos = now.saturating_since(*begun).as_nanos();
        let is_fast = u128::from(*received) * 1_000_000_000 >= u128::from(FAST) * nanos;
        self.mode = match (self.mode, is_fast) {
            (Mode::Several, true) => Mode::One,
            (Mode::One, false) => Mode::SeveralToTheEnd,
            (mode, _) => mode,
        };
        self.sample = Some((now, 0));
    }

    /// Returns whether one range is requested at a time.
    pub(super) fn is_one(&self) -> bool {
        self.mode == Mode::One
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Receives a sample in this time, and returns when it is complete.
    fn receive(pace: &mut Pace, now: Instant, millis: u64) -> Instant {
        let done = now + Duration::from_millis(millis);
        pace.received(done, SAMPLE);
        done
    }

    #[test]
    fn a_fast_connection_carries_one_range_at_a_time() {
        let mut pace = Pace::default();
        let mut now = Instant::ORIGIN;
        pace.begin(now);
        // 268 MB/s.
        now = receive(&mut pace, now, 500);
        assert!(!pace.is_one());
        // 671 MB/s.
        now = receive(&mut pace, now, 200);
        assert!(pace.is_one());
        // In no time, as with a simulated clock.
        now = receive(&mut pace, now, 0);
        assert!(pace.is_one());
        now = receive(&mut pace, now, 500);
        assert!(!pace.is_one());
        receive(&mut pace, now, 200);
        assert!(!pace.is_one());
    }

    #[test]
    fn a_short_download_is_not_measured() {
        let mut pace = Pace::default();
        pace.received(Instant::ORIGIN, SAMPLE);
        pace.begin(Instant::ORIGIN);
        pace.received(Instant::ORIGIN, FIRST_SAMPLE - 1);
        assert!(!pace.is_one());
        pace.received(Instant::ORIGIN, 1);
        assert!(pace.is_one());
    }

    #[test]
    fn a_short_pause_does_not_end_one_range() {
        let mut pace = Pace::default();
        pace.begin(Instant::ORIGIN);
        pace.received(Instant::ORIGIN, FIRST_SAMPLE);
        assert!(pace.is_one());
        let paused = Instant::ORIGIN + Duration::from_millis(200);
        pace.received(paused, FIRST_SAMPLE);
        assert!(pace.is_one());
        pace.received(paused, SAMPLE - FIRST_SAMPLE);
        assert!(pace.is_one());
    }
}
