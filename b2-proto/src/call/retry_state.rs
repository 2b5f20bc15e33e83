//! The attempts at one request, and whether it is repeated.

use core::time::Duration;

use crate::error::{Error, ErrorKind, Retry};
use crate::retry::{Backoff, RetryPolicy, Rng};
use crate::time::Instant;

/// The number of tokens in a row that may be refused.
const MAX_REAUTHORIZATIONS: u32 = 4;

/// The attempts at one request.
#[derive(Debug)]
pub(crate) struct RetryState {
    policy: RetryPolicy,
    rng: Rng,
    backoff: Backoff,
    count: u32,
    reauthorizations: u32,
    /// Whether the next attempt is made without a delay, after progress.
    free: bool,
    /// The error of the attempt before the last one, unless there was progress since.
    previous: Option<Error>,
}

/// What follows a failed attempt.
#[derive(Debug)]
pub(crate) enum RetryDecision {
    /// Repeat the request at this time.
    Again { error: Error, at: Instant },
    /// Repeat the request with a new token.
    Reauthorize,
    /// Repeat the request as soon as the device is online.
    WhenOnline(Error),
    /// Fail with this error.
    Fail(Error),
}

impl RetryState {
    pub(crate) fn new(policy: RetryPolicy, seed: u64) -> Self {
        Self {
            policy,
            rng: Rng::new(seed),
            backoff: Backoff::default(),
            count: 0,
            reauthorizations: 0,
            free: false,
            previous: None,
        }
    }

    /// Counts an attempt that begins at `now`.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.count += 1;
        self.backoff.begun(now);
    }

    /// Notes that an attempt waits for so long before it is sent.
    pub(crate) fn delayed(&mut self, by: Duration) {
        self.backoff.delayed(by);
    }

    /// Returns how long an attempt that begins at `now` may take.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.backoff.left(now, &self.policy)
    }

    /// Returns the time since the last progress.
    pub(crate) fn waited(&self, now: Instant) -> Duration {
        self.backoff.waited(now)
    }

    /// Notes progress: the budget starts again.
    pub(crate) fn progressed(&mut self) {
        self.backoff.progressed();
        self.reauthorizations = 0;
        self.free = true;
        self.previous = None;
    }

    /// Returns the error to report. If the last attempt was ended by the budget, it is the error of the one before,
    /// which says more.
    fn most_relevant(&mut self, error: Error) -> Error {
        match self.previous.take() {
            Some(previous) if error.kind() == ErrorKind::Timeout => {
                previous.with_attempts(self.count)
            }
            _ => error,
        }
    }

    /// Decides what follows `error`. `repeatable`: whether the request may be repeated after this error.
    pub(crate) fn failed(&mut self, now: Instant, error: Error, repeatable: bool) -> RetryDecision {
        let error = error.with_attempts(self.count);
        if error.retry() == Retry::Never {
            return RetryDecision::Fail(error);
        }
        if !repeatable {
            let message = format!(
                "{}; B2 may have done it all the same: look before you repeat it",
                error.message()
            );
            return RetryDecision::Fail(error.with_message(message));
        }
        if error.retry() == Retry::WhenOnline {
            self.count = self.count.saturating_sub(1);
            return RetryDecision::WhenOnline(error);
        }
        if error.retry() == Retry::Reauthorize {
            self.reauthorizations += 1;
            // A refusal without a code may be about the token or about the key. It is about the key if a new
            // token is refused as well.
            if error.code().is_none() && self.reauthorizations > 1 {
                let message = "the application key does not allow this";
                return RetryDecision::Fail(
                    error.with_kind(ErrorKind::Unauthorized).with_message(message),
                );
            }
            return if self.reauthorizations > MAX_REAUTHORIZATIONS {
                RetryDecision::Fail(error)
            } else {
                RetryDecision::Reauthorize
            };
        }
        self.reauthorizations = 0;
        let free = u32::from(core::mem::take(&mut self.free));
        match self.backoff.failed(now, &self.policy, &error, free, &mut self.rng) {
            Some(at) => {
                self.previous =
                    Some(error.clone()).filter(|error| error.kind() != ErrorKind::Timeout);
                RetryDecision::Again { error, at }
            }
            None => RetryDecision::Fail(self.most_relevant(error)),
        }
    }
}
