//! Retry policy: the delays between attempts, and when to stop.

use core::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::time::Instant;

/// The number of times that a request is repeated whose responses the browser withholds.
///
/// A missing CORS rule stays missing, but a proxy in front of a host that restarts sends no CORS headers either.
const MAX_CORS: u32 = 2;

/// The timeout of the only attempt, where nothing is repeated.
const ONLY_ATTEMPT: Duration = Duration::from_secs(60);

/// The least time that is left of the budget for another attempt to begin.
const SHORTEST_ATTEMPT: Duration = Duration::from_secs(1);

/// How long to repeat a request, and the delays between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum of the first delay. Default: 1 second.
    pub base: Duration,
    /// The maximum delay, unless the server asks for more. Default: 64 seconds.
    pub cap: Duration,
    /// The maximum time without progress, including the attempts. Default: 10 minutes.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(64),
            budget: Duration::from_secs(600),
        }
    }
}

impl RetryPolicy {
    /// Sets the maximum time without progress, including the attempts. With zero, nothing is repeated, and the only
    /// attempt may take one minute.
    #[must_use]
    pub const fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// Sets the maximum of the first delay.
    #[must_use]
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// Sets the maximum delay.
    #[must_use]
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }
}

/// Counts consecutive failures and determines the time of the next attempt.
///
/// Exponential backoff with full jitter: the delay before the *n*-th repetition is random, up to `base * 2^(n-1)` and at
/// most `cap`, in addition to the `Retry-After` of the server. The budget is a time, and starts again with progress.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    failures: u32,
    cors: u32,
    since: Option<Instant>,
}

impl Backoff {
    /// Notes that an attempt began at `now`, or that there was no progress since: the budget runs from then on, unless it
    /// runs already.
    pub fn begun(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Notes that an attempt waits for so long before it is sent, which does not use up the budget.
    pub fn delayed(&mut self, by: Duration) {
        if let Some(since) = &mut self.since {
            *since = *since + by;
        }
    }

    /// Returns the time that is left of the budget at `now`, which is the timeout of an attempt.
    #[must_use]
    pub fn left(&self, now: Instant, policy: &RetryPolicy) -> Duration {
        if policy.budget.is_zero() {
            return ONLY_ATTEMPT;
        }
        let used = self.since.map_or(Duration::ZERO, |since| now.saturating_since(since));
        policy.budget.saturating_sub(used)
    }

    /// Returns when to repeat the request after a failure at `now`, or `None` if the budget is used up.
    ///
    /// The first `free` consecutive failures have no delay, as for uploads, which use another URL.
    #[must_use = "the next attempt must wait until then"]
    pub fn failed(
        &mut self,
        now: Instant,
        policy: &RetryPolicy,
        error: &Error,
        free: u32,
        rng: &mut Rng,
    ) -> Option<Instant> {
        let retry_after = error.retry_after();
        let since = *self.since.get_or_insert(now);
        self.failures = self.failures.saturating_add(1);
        self.cors = if error.kind() == ErrorKind::Cors { self.cors + 1 } else { 0 };
        if policy.budget.is_zero() || self.cors > MAX_CORS {
            return None;
        }
        let wait = match (self.failures.saturating_sub(free), retry_after) {
            (0, None) => Duration::ZERO,
            (step, _) => {
                let doublings = step.saturating_sub(1).min(20);
                let longest = policy.base.saturating_mul(1 << doublings).min(policy.cap);
                retry_after.unwrap_or_default() + rng.up_to(longest)
            }
        };
        let until = now + wait;
        let used = until.saturating_since(since);
        let attempt = SHORTEST_ATTEMPT.min(policy.budget / 10);
        (used.saturating_add(attempt) <= policy.budget).then_some(until)
    }

    /// Returns the time since the first attempt without progress.
    #[must_use]
    pub fn waited(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.saturating_since(since))
    }

    /// Notes progress: the budget and the delays start again.
    pub fn progressed(&mut self) {
        *self = Self::default();
    }

    /// Returns the number of consecutive failures.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// A random number generator for jitter (SplitMix64). The same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Creates a generator.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Creates an independent generator.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.next_u64())
    }

    fn up_to(&mut self, longest: Duration) -> Duration {
        let nanos = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(match nanos.checked_add(1) {
            Some(bound) => self.next_u64() % bound,
            None => self.next_u64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Target, TransportError, TransportErrorKind};
    use crate::http::Headers;

    fn busy(retry_after: Option<Duration>) -> Error {
        let mut headers = Headers::new();
        if let Some(delay) = retry_after {
            headers.push("retry-after", &delay.as_secs().to_string()).unwrap();
        }
        Error::from_reply(Target::Api, 503, &headers, b"")
    }

    fn waits(policy: &RetryPolicy, retry_after: Option<Duration>, free: u32) -> Vec<Duration> {
        waits_after(&busy(retry_after), policy, free)
    }

    fn waits_after(error: &Error, policy: &RetryPolicy, free: u32) -> Vec<Duration> {
        let (mut backoff, mut rng, mut now) = (Backoff::default(), Rng::new(7), Instant::ORIGIN);
        let mut waits = Vec::new();
        while let Some(until) = backoff.failed(now, policy, error, free, &mut rng) {
            waits.push(until.saturating_since(now));
            now = until;
            if waits.len() > 1_000 {
                break;
            }
        }
        waits
    }

    #[test]
    fn waits_grow_and_are_jittered_and_end_with_the_budget() {
        let policy = RetryPolicy::default();
        let waits = waits(&policy, None, 0);
        for (n, wait) in waits.iter().enumerate() {
            let longest = policy.base * (1 << n.min(6));
            assert!(*wait <= longest, "{n}: {wait:?}");
        }
        assert!(waits.iter().sum::<Duration>() <= policy.budget);
        assert!(waits.len() > 10);
        let distinct: std::collections::BTreeSet<_> = waits.iter().collect();
        assert_eq!(distinct.len(), waits.len());
    }

    #[test]
    fn the_server_may_ask_for_more() {
        let asked = Duration::from_secs(30);
        assert!(waits(&RetryPolicy::default(), Some(asked), 1).iter().all(|wait| *wait >= asked));
    }

    #[test]
    fn the_first_switch_of_an_upload_url_costs_nothing() {
        let waits = waits(&RetryPolicy::default(), None, 2);
        assert_eq!(waits[..2], [Duration::ZERO; 2]);
        assert!(waits[2] > Duration::ZERO);
    }

    #[test]
    fn what_may_be_a_missing_rule_is_tried_twice_more() {
        let cors =
            Error::from_failure(Target::Upload, &TransportError::new(TransportErrorKind::Cors, ""));
        for free in [0, 1] {
            assert_eq!(waits_after(&cors, &RetryPolicy::default(), free).len(), 2);
        }
    }

    #[test]
    fn an_attempt_has_what_is_left_of_the_budget() {
        let policy = RetryPolicy::default().budget(Duration::from_secs(20));
        let at = |seconds| Instant::ORIGIN + Duration::from_secs(seconds);
        let mut backoff = Backoff::default();
        assert_eq!(backoff.left(at(5), &policy), policy.budget);
        backoff.begun(at(5));
        backoff.begun(at(9));
        assert_eq!(backoff.left(at(12), &policy), Duration::from_secs(13));
        assert_eq!(backoff.left(at(30), &policy), Duration::ZERO);
        assert!(backoff.failed(at(25), &policy, &busy(None), 1, &mut Rng::new(1)).is_none());
        backoff.progressed();
        assert_eq!(backoff.left(at(30), &policy), policy.budget);
        assert_eq!(backoff.left(at(30), &policy.budget(Duration::ZERO)), ONLY_ATTEMPT);
    }

    #[test]
    fn no_attempt_begins_without_time_for_it() {
        let policy = RetryPolicy::default().budget(Duration::from_secs(5));
        let late = Instant::ORIGIN + Duration::from_millis(4_900);
        for free in [0, 1] {
            let (mut backoff, mut rng) = (Backoff::default(), Rng::new(1));
            backoff.begun(Instant::ORIGIN);
            assert_eq!(backoff.failed(late, &policy, &busy(None), free, &mut rng), None);
        }
    }

    #[test]
    fn no_budget_no_repetition() {
        assert_eq!(waits(&RetryPolicy::default().budget(Duration::ZERO), None, 0).len(), 0);
        assert_eq!(waits(&RetryPolicy::default().budget(Duration::ZERO), None, 5).len(), 0);
    }

    #[test]
    fn progress_starts_the_budget_again() {
        let policy = RetryPolicy::default().budget(Duration::from_secs(2));
        let (mut backoff, mut rng) = (Backoff::default(), Rng::new(1));
        let late = Instant::ORIGIN + Duration::from_secs(60);
        assert!(backoff.failed(Instant::ORIGIN, &policy, &busy(None), 0, &mut rng).is_some());
        assert!(backoff.clone().failed(late, &policy, &busy(None), 0, &mut rng).is_none());
        backoff.progressed();
        assert!(backoff.failed(late, &policy, &busy(None), 0, &mut rng).is_some());
    }
}
