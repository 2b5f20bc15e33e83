//! What refusals say about the limit of an account.

use core::time::Duration;

use crate::time::Instant;

/// How many percent of the rate of the requests that were not refused are used, less one request a second, since requests
/// that are sent evenly do not arrive evenly.
const USED: u64 = 98;

/// The same, after a refusal at a rate that had [proved](PROVED) right: another client of the account needs its part.
const USED_OF_SHARED: u64 = 90;

/// How long a rate is used, without being raised, before it counts as right.
const PROVED: Duration = Duration::from_secs(10);

/// One request a second.
const REQUEST: u64 = 1_000;

/// The lowest rate, in requests per 1,000 seconds: one in ten seconds.
const MIN_RATE: u64 = 100;

/// The lowest rate after the first refusal: twenty a second. Other clients may use up the limit just then.
const MIN_FIRST_RATE: u64 = 20_000;

/// How long nothing is sent after a refusal that does not say it. Doubles with each one in a row.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest time for which nothing is sent. Then a request finds out whether it is refused.
const MAX_PAUSE: Duration = Duration::from_secs(64);

/// How long the rate stays after a refusal.
const STEADY: Duration = Duration::from_secs(30);

/// The same, after refusals at about the same rate.
const MAX_STEADY: Duration = Duration::from_secs(120);

const RAISE_INTERVAL: Duration = Duration::from_secs(1);

/// By how much the rate is raised at first: five requests a second. Clients of one account raise their rates by the same
/// and lower them in proportion, so that their parts become equal.
const FIRST_RAISE: u64 = 5_000;

/// The largest part of the rate by which it is raised.
const MAX_RAISE: u64 = 4;

/// A rate below that at which requests were refused.
#[derive(Debug)]
pub(super) struct Learned {
    rate: u64,
    /// The range in which one refusal can set the rate.
    bounds: (u64, u64),
    /// How many percent of the rate of the requests that were not refused are used.
    used: u64,
    /// The rate of the requests that were not refused.
    accepted: u64,
    /// Until when nothing is sent.
    held_until: Instant,
    /// How often a request was refused since the last one that was not.
    refusals: u32,
    /// How long the rate stays.
    steady: Duration,
    /// When the rate is raised next.
    raise_at: Instant,
    raise_by: u64,
    /// Whether the rate was raised since the refusal.
    raised: bool,
    /// Whether a request waited for its slot since the rate was last looked at.
    pub(super) slowed: bool,
}

impl Learned {
    /// Learns from a refusal, where `measured` is the rate of all requests until then, this one included.
    pub(super) fn refused(
        before: Option<&Self>,
        now: Instant,
        measured: u64,
        pause: Option<Duration>,
    ) -> Self {
        let refusals = before.map_or(0, |before| before.refusals);
        let bounds = match before {
            Some(before) => ((before.rate / 2).max(MIN_RATE), before.rate),
            None => (MIN_FIRST_RATE, u64::MAX),
        };
        let used = match before {
            Some(before) if !before.raised && now >= before.held_until + PROVED => USED_OF_SHARED,
            _ => USED,
        };
        let steady = match before {
            // The limit is where it was.
            Some(before) if before.raised && is_near(measured, before.accepted) => {
                MAX_STEADY.min(before.steady * 2)
            }
            _ => STEADY,
        };
        let pause = pause.unwrap_or(PAUSE * (1 << refusals.min(6)));
        let mut learned = Self {
            rate: 0,
            bounds,
            used,
            accepted: measured,
            held_until: now + pause.min(MAX_PAUSE),
            refusals: refusals.saturating_add(1),
            steady,
            raise_at: now,
            raise_by: FIRST_RAISE,
            raised: false,
            slowed: false,
        };
        learned.count_refusal();
        learned
    }

    /// Learns from another refusal of a request that had been sent before.
    pub(super) fn refused_too(&mut self, now: Instant, pause: Option<Duration>) {
        // Later, it says nothing about the present rate.
        if now < self.held_until {
            self.count_refusal();
            let pause = pause.unwrap_or_default().min(MAX_PAUSE);
            self.held_until = self.held_until.max(now + pause);
        }
    }

    fn count_refusal(&mut self) {
        self.accepted = self.accepted.saturating_sub(REQUEST);
        let (least, most) = self.bounds;
        let used = self.accepted.min(most) / 100 * self.used;
        self.rate = used.saturating_sub(REQUEST).max(least);
        self.raise_at = self.held_until + self.steady;
    }

    /// Notes that a request was not refused at the present rate.
    pub(super) fn succeeded(&mut self) {
        self.refusals = 0;
    }

    pub(super) fn rate(&self) -> u64 {
        self.rate
    }

    pub(super) fn held_until(&self) -> Instant {
        self.held_until
    }

    /// Raises the rate if it is time, and if it slows requests.
    pub(super) fn advance(&mut self, now: Instant, maximum: Option<u64>) {
        if now < self.raise_at {
            return;
        }
        if self.slowed && maximum.is_none_or(|maximum| self.rate < maximum) {
            self.rate = self.rate.saturating_add(self.raise_by.min(self.rate / MAX_RAISE));
            self.raised = true;
            if self.rate > self.accepted {
                self.raise_by = self.raise_by.saturating_mul(2);
            }
        }
        self.slowed = false;
        self.raise_at = now + RAISE_INTERVAL;
    }
}

/// Returns whether two rates differ by at most a tenth.
fn is_near(rate: u64, other: u64) -> bool {
    rate.abs_diff(other) <= other / 10
}
