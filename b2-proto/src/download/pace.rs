//! How many ranges of a download are requested at once.

use core::time::Duration;

use crate::time::Instant;

/// The rate in bytes per second from which one range at a time is enough.
///
/// One connection is slower than several where the distance to the server or the server limits it, which is hardly ever at
/// such a rate. From there on, the rest of the device limits the download, and bytes that arrive in order cost less.
const FAST: u64 = 400_000_000;

/// That rate for bytes that are hashed: a processor hashes 400 to 2,000 MB/s, and reads again what arrives out of order.
const FAST_HASHED: u64 = 200_000_000;

/// The number of bytes after which the rate of several ranges is determined. It is small, since what arrives
/// until then is partly out of order, and is read again for its hash.
const FIRST_SAMPLE: u64 = 32 << 20;

/// The number of bytes after which the rate of one range is determined. It is larger, since the decision is final: a short
/// pause does not count.
const SAMPLE: u64 = 128 << 20;

/// The time after which the rate of one range is determined in any case: where one is too slow, no more time is lost.
const LONGEST: Duration = Duration::from_millis(500);

/// Decides from the rate of a download whether several ranges are requested at once.
#[derive(Debug, Default)]
pub(super) struct Pace {
    sample: Option<Sample>,
    mode: Mode,
}

/// Bytes whose rate is determined.
#[derive(Clone, Copy, Debug)]
struct Sample {
    begun: Instant,
    /// The number of bytes that had arrived before.
    before: u64,
    /// The rate from which one range is enough.
    fast: u64,
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
    /// Begins to measure when the first bytes arrive. `hashed` says whether their SHA-1 is verified.
    pub(super) fn begin(&mut self, now: Instant, hashed: bool) {
        let fast = if hashed { FAST_HASHED } else { FAST };
        self.sample = Some(Sample { begun: now, before: 0, fast });
    }

    /// Notes how many bytes have arrived so far.
    pub(super) fn received(&mut self, now: Instant, total: u64) {
        let Some(Sample { begun, before, fast }) = self.sample else {
            return;
        };
        let (bytes, time) = (total.saturating_sub(before), now.saturating_since(begun));
        let is_complete = match self.mode {
            Mode::Several => bytes >= FIRST_SAMPLE,
            Mode::One => bytes >= SAMPLE || time >= LONGEST,
            Mode::SeveralToTheEnd => return,
        };
        if !is_complete {
            return;
        }
        let is_fast = u128::from(bytes) * 1_000_000_000 >= u128::from(fast) * time.as_nanos();
        self.mode = match (self.mode, is_fast) {
            (Mode::Several, true) => Mode::One,
            (Mode::One, false) => Mode::SeveralToTheEnd,
            (mode, _) => mode,
        };
        self.sample = Some(Sample { begun: now, before: total, fast });
    }

    /// Returns whether one range is requested at a time.
    pub(super) fn is_one(&self) -> bool {
        self.mode == Mode::One
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A download that receives bytes.
    struct Receiving {
        pace: Pace,
        now: Instant,
        total: u64,
    }

    impl Receiving {
        fn new(hashed: bool) -> Self {
            let mut pace = Pace::default();
            pace.begin(Instant::ORIGIN, hashed);
            Self { pace, now: Instant::ORIGIN, total: 0 }
        }

        /// Receives so many bytes in this time, and returns whether one range is requested at a time then.
        fn receive(&mut self, bytes: u64, millis: u64) -> bool {
            self.now = self.now + Duration::from_millis(millis);
            self.total += bytes;
            self.pace.received(self.now, self.total);
            self.pace.is_one()
        }
    }

    #[test]
    fn a_fast_connection_carries_one_range_at_a_time() {
        let mut receiving = Receiving::new(false);
        // 268 MB/s.
        assert!(!receiving.receive(SAMPLE, 500));
        // 671 MB/s.
        assert!(receiving.receive(SAMPLE, 200));
        // In no time, as with a simulated clock.
        assert!(receiving.receive(SAMPLE, 0));
        assert!(!receiving.receive(SAMPLE, 500));
        assert!(!receiving.receive(SAMPLE, 200));
    }

    #[test]
    fn bytes_that_are_hashed_arrive_in_one_range_at_a_lower_rate() {
        let mut receiving = Receiving::new(true);
        assert!(receiving.receive(SAMPLE, 500));
        assert!(receiving.receive(SAMPLE, 500));
    }

    #[test]
    fn a_short_download_is_not_measured() {
        let mut pace = Pace::default();
        pace.received(Instant::ORIGIN, SAMPLE);
        assert!(!pace.is_one());
        let mut receiving = Receiving::new(false);
        assert!(!receiving.receive(FIRST_SAMPLE - 1, 0));
        assert!(receiving.receive(1, 0));
    }

    #[test]
    fn a_short_pause_does_not_end_one_range() {
        let mut receiving = Receiving::new(false);
        assert!(receiving.receive(FIRST_SAMPLE, 0));
        assert!(receiving.receive(FIRST_SAMPLE, 200));
        assert!(receiving.receive(SAMPLE - FIRST_SAMPLE, 0));
    }

    #[test]
    fn one_range_that_is_too_slow_ends_soon() {
        let mut receiving = Receiving::new(false);
        assert!(receiving.receive(FIRST_SAMPLE, 50));
        assert!(receiving.receive(1 << 20, 400));
        assert!(!receiving.receive(1 << 20, 100));
    }

    #[test]
    fn bytes_that_are_received_again_do_not_count_twice() {
        let mut receiving = Receiving::new(false);
        assert!(!receiving.receive(FIRST_SAMPLE - 1, 0));
        receiving.total -= 1 << 20;
        assert!(!receiving.receive(1 << 20, 0));
        assert!(receiving.receive(1, 0));
    }
}
