//! The rate of the requests of an account.
//!
//! B2 limits how many requests an account may make in a second: 500 by default, other numbers by agreement. Its
//! documentation speaks of uploads and downloads and does not say which other calls count, so all requests do here,
//! whatever their host. A request above the limit is answered with status 429 (`too_many_requests`).
//!
//! | state | rate |
//! | --- | --- |
//! | no request was refused | unlimited, or the configured maximum |
//! | a request is refused | nothing is sent for the time of `Retry-After`, or a second; then a little less than 98 % of the measured rate of the requests that were not refused |
//! | 30 seconds later, if the rate slows requests | raised by 5 requests a second, each second; above the rate of the last refusal the steps double, up to a quarter of the rate |
//! | refused after a raise, at about the rate of the last refusal | as before; the next raise comes after twice the time, up to two minutes |
//! | refused although the rate was not raised | as before, but 90 %: another client needs its part of the limit |
//!
//! All refusals of requests that were sent before the rate was lowered are one event. Each request has a position in the
//! order of sending. A position comes when as many requests could have been sent at the current rates, so that a change
//! of the rate changes the times of all requests that wait.

mod learned;
mod recent;

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::num::NonZeroU32;
use core::time::Duration;

use learned::Learned;
use recent::RecentRequests;

use crate::error::retry_after;
use crate::http::Response;
use crate::time::Instant;

/// One request, in the unit of positions.
const REQUEST: u64 = 1_000_000;

/// How many milliseconds' worth of requests may be sent at once after a pause.
const BURST: u64 = 10;

/// The longest delay after which the rate is looked at again.
const MAX_DELAY: Duration = Duration::from_secs(1);

const TOO_MANY_REQUESTS: u16 = 429;

/// Decides when the requests of an account are sent.
///
/// A driver reserves a slot for each request and asks for its [`delay`](Self::delay) until there is none. It then sends
/// the request, and passes the response to [`responded`](Self::responded). Time is the driver's clock. It does not go
/// back: an instant earlier than one seen before counts as that one.
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use b2_proto::account::RateLimiter;
/// use b2_proto::http::Response;
/// use b2_proto::time::Instant;
///
/// let mut limiter = RateLimiter::new(NonZeroU32::new(2));
/// let (mut first, mut second) = (limiter.reserve(Instant::ORIGIN), limiter.reserve(Instant::ORIGIN));
/// assert_eq!(limiter.delay(Instant::ORIGIN, &mut first), None);
/// limiter.responded(Instant::ORIGIN, &first, &Response::new(200, ()));
/// assert_eq!(limiter.delay(Instant::ORIGIN, &mut second), Some(Duration::from_millis(500)));
/// ```
#[derive(Debug, Default)]
pub struct RateLimiter {
    /// The configured maximum, in requests per 1,000 seconds, as all rates.
    maximum: Option<u64>,
    learned: Option<Learned>,
    recent: RecentRequests,
    /// The position that has come, in millionths of a request, as all positions.
    reached: u64,
    /// The time of `reached`. Later than now while nothing is to be sent.
    reached_at: Instant,
    /// The next position.
    next: u64,
    /// Positions of requests that are not sent.
    released: BinaryHeap<Reverse<u64>>,
    /// How often the rate was lowered.
    generation: u32,
}

/// The place of a request in the order in which the requests of an account are sent.
#[derive(Debug)]
pub struct RequestSlot {
    position: u64,
    /// How often the rate had been lowered when the request was sent.
    generation: u32,
}

impl RateLimiter {
    /// Creates a limiter. At most `requests_per_second` are sent in the mean, if it is given.
    #[must_use]
    pub fn new(requests_per_second: Option<NonZeroU32>) -> Self {
        let maximum = requests_per_second.map(|rate| u64::from(rate.get()) * 1_000);
        Self { maximum, ..Self::default() }
    }

    /// Forgets what refusals said about the limit.
    pub(super) fn forget(&mut self, now: Instant) {
        self.learned = None;
        self.reached_at = self.reached_at.min(now);
    }

    /// Reserves the next free slot for a request.
    pub fn reserve(&mut self, now: Instant) -> RequestSlot {
        self.advance(now);
        let earliest = self.reached.saturating_sub(self.worth(BURST));
        let released = core::iter::from_fn(|| self.released.pop());
        let released = { released }.find(|Reverse(position)| *position >= earliest);
        let position = released.map_or(self.next.max(earliest), |Reverse(position)| position);
        self.next = self.next.max(position + REQUEST);
        RequestSlot { position, generation: self.generation }
    }

    /// Returns after how long to ask again, or `None` if the request is to be sent now.
    ///
    /// A slot whose time has passed by more than a second, as on a device that was suspended, is replaced by the next.
    pub fn delay(&mut self, now: Instant, slot: &mut RequestSlot) -> Option<Duration> {
        self.advance(now);
        if let Some(rate) = self.rate() {
            if slot.position + self.worth(1_000) < self.reached {
                *slot = self.reserve(now);
            }
            let held = self.reached_at.saturating_since(now);
            let ahead = slot.position.saturating_sub(self.reached);
            if ahead > 0 || !held.is_zero() {
                if let Some(learned) = &mut self.learned {
                    learned.slowed |= held.is_zero();
                }
                let micros = ahead.saturating_mul(1_000).div_ceil(rate);
                return Some((held + Duration::from_micros(micros)).min(MAX_DELAY));
            }
        }
        slot.generation = self.generation;
        self.recent.sent(now);
        None
    }

    /// Frees the slot of a request that was not sent and will not be.
    pub fn release(&mut self, slot: &RequestSlot) {
        if slot.position > self.reached && self.rate().is_some() {
            self.released.push(Reverse(slot.position));
        }
    }

    /// Takes the response to a request that was sent, which lowers the rate if its status is 429.
    pub fn responded<B>(&mut self, now: Instant, slot: &RequestSlot, response: &Response<B>) {
        self.advance(now);
        let is_first = slot.generation == self.generation;
        if response.status != TOO_MANY_REQUESTS {
            if let Some(learned) = self.learned.as_mut().filter(|_| is_first) {
                learned.succeeded();
            }
            return;
        }
        // Without a pause, the requests after this one would be refused as well.
        let pause = retry_after(&response.headers).filter(|pause| !pause.is_zero());
        let learned = match self.learned.take() {
            Some(mut learned) if !is_first => {
                learned.refused_too(now, pause);
                learned
            }
            before => {
                if self.rate().is_none() && before.is_none() {
                    // No request waits. The next one is the first after the pause.
                    self.reached = self.next;
                }
                self.generation = self.generation.wrapping_add(1);
                Learned::refused(before.as_ref(), now, self.recent.rate(now), pause)
            }
        };
        if now < learned.held_until() {
            self.reached_at = learned.held_until();
            self.recent = RecentRequests::since(self.reached_at);
        }
        self.learned = Some(learned);
    }

    /// Returns the current maximum in requests per second, rounded down; `None` if there is none.
    #[must_use]
    pub fn requests_per_second(&self) -> Option<u64> {
        self.rate().map(|rate| rate / 1_000)
    }

    fn rate(&self) -> Option<u64> {
        let learned = self.learned.as_ref().map(Learned::rate);
        self.maximum.into_iter().chain(learned).min()
    }

    /// Returns by how much the position advances in so many milliseconds.
    fn worth(&self, millis: u64) -> u64 {
        self.rate().unwrap_or_default().saturating_mul(millis)
    }

    fn advance(&mut self, now: Instant) {
        let elapsed = now.saturating_since(self.reached_at);
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let requests = self.rate().unwrap_or_default().saturating_mul(micros) / 1_000;
        self.reached = self.reached.saturating_add(requests);
        // What is less than a microsecond counts the next time.
        self.reached_at = self.reached_at + Duration::from_micros(micros);
        if let Some(learned) = &mut self.learned {
            learned.advance(now, self.maximum);
        }
    }
}

#[cfg(test)]
mod tests;
