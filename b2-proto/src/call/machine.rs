//! The machine that runs one call.

use super::retrying::Retrying;
use super::state::CallState;
use crate::api::Endpoint;
use crate::machine::{Input, Machine, OnCancel, Step, TaskId, TaskIds};
use crate::retry::RetryPolicy;
use crate::time::Instant;

/// Runs one operation: authorizes, sends, retries, reads the response.
///
/// ```text
///            Auth               Send             200
///   Begin ─────────▶ Authorizing ───▶ Sending ─────────▶ done
///     ▲                   ▲              │
///     │ deadline          │ token refused│ 429, 5xx, 408, broken …
///   Backing off ◀─────────┼──────────────┤
///                         └──────────────┘     anything else, or the budget is used up: failed
/// ```
#[derive(Debug)]
pub struct Call<E: Endpoint> {
    endpoint: E,
    /// Waits to be polled.
    response: Option<E::Response>,
    state: CallState,
}

impl<E: Endpoint> Call<E> {
    /// Creates a call that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(endpoint: E, policy: RetryPolicy, seed: u64) -> Self {
        Self::within(endpoint, policy, seed, TaskIds::default())
    }

    /// Creates a call inside another machine, whose task ids it shares.
    pub(super) fn within(endpoint: E, policy: RetryPolicy, seed: u64, ids: TaskIds) -> Self {
        Self { endpoint, response: None, state: CallState::new(policy, seed, ids) }
    }

    /// Returns the task that runs.
    pub(crate) fn running(&self) -> Option<TaskId> {
        self.state.running()
    }
}

impl<E: Endpoint> Machine for Call<E> {
    type Output = E::Response;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<E::Response, Retrying> {
        match self.response.take() {
            Some(response) => Step::Done(Ok(response)),
            None => self.state.poll(now, &self.endpoint),
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let Some(reply) = self.state.handle(now, task, input, &self.endpoint) else {
            return;
        };
        let response = self.endpoint.response(&reply).or_else(|error| {
            let done = Some(&error).filter(|_| self.state.outcome_unknown());
            done.and_then(|error| self.endpoint.already_done(error)).ok_or(error)
        });
        match response {
            Ok(response) => {
                self.response = Some(response);
                self.state.succeeded();
            }
            Err(error) => self.state.failed(now, error, &self.endpoint),
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        self.state.cancel();
    }
}
