//! How often something was tried, and whether it is tried again.

use core::time::Duration;

use crate::error::{Error, ErrorKind, Retry};
use crate::retry::{Backoff, RetryPolicy, Rng};
use crate::time::Instant;

/// A token that was refused this often in a row, each time a new one, will not be accepted.
const MAX_REAUTHORIZATIONS: u32 = 4;

/// The attempts at one request.
#[derive(Debug)]
pub(crate) struct RetryState {
    policy: RetryPolicy,
    rng: Rng,
    backoff: Backoff,
    count: u32,
    reauthorizations: u32,
    /// Whether the next failure costs no wait: something has just gone forward.
    free: bool,
    /// The failure before the last one, unless something has gone forward since.
    before: Option<Error>,
}

/// What comes after a failed attempt.
#[derive(Debug)]
pub(crate) enum RetryDecision {
    /// The same again, then.
    Again { error: Error, at: Instant },
    /// The same again, with a new token.
    Reauthorize,
    /// The same again, as soon as the device is online.
    WhenOnline(Error),
    /// It is over.
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
            before: None,
        }
    }

    /// Counts an attempt that begins at `now`.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.count += 1;
        self.backoff.begun(now);
    }

    /// Returns how long an attempt that begins at `now` may take.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        self.backoff.left(now, &self.policy)
    }

    /// Returns how long nothing has gone forward.
    pub(crate) fn waited(&self, now: Instant) -> Duration {
        self.backoff.waited(now)
    }

    /// Something went forward: the budget starts again.
    pub(crate) fn progressed(&mut self) {
        self.backoff.progressed();
        self.reauthorizations = 0;
        self.free = true;
        self.before = None;
    }

    /// Returns the error that tells more: an attempt that the end of the budget cut short says nothing about the
    /// failures before it.
    fn telling(&mut self, error: Error) -> Error {
        match self.before.take() {
            Some(before) if error.kind() == ErrorKind::Timeout => before.with_attempts(self.count),
            _ => error,
        }
    }

    /// What to do about `error`. `repeatable`: whether doing it twice is as good as doing it once.
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
                self.before =
                    Some(error.clone()).filter(|error| error.kind() != ErrorKind::Timeout);
                RetryDecision::Again { error, at }
            }
            None => RetryDecision::Fail(self.telling(error)),
        }
    }
}
