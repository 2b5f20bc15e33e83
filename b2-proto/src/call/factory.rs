//! Creates the calls of a machine.

use core::time::Duration;

use super::machine::Call;
use super::retry_state::RetryState;
use crate::api::Endpoint;
use crate::machine::TaskIds;
use crate::retry::{RetryPolicy, Rng};

/// Creates the calls inside one machine: with its retry policy and task ids, and with seeds from its random numbers.
#[derive(Debug)]
pub(crate) struct CallFactory {
    policy: RetryPolicy,
    ids: TaskIds,
    rng: Rng,
}

impl CallFactory {
    pub(crate) fn new(policy: RetryPolicy, seed: u64, ids: TaskIds) -> Self {
        Self { policy, ids, rng: Rng::new(seed) }
    }

    /// Creates a factory for a machine inside this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self { policy: self.policy, ids: self.ids.clone(), rng: self.rng.fork() }
    }

    /// Creates a call that has not begun.
    pub(crate) fn call<E: Endpoint>(&mut self, endpoint: E) -> Call<E> {
        Call::within(endpoint, self.policy, self.rng.next_u64(), self.ids.clone())
    }

    /// Creates a call that is retried for at most `budget`.
    pub(crate) fn call_within<E: Endpoint>(&mut self, budget: Duration, endpoint: E) -> Call<E> {
        let policy = self.policy.budget(budget);
        Call::within(endpoint, policy, self.rng.next_u64(), self.ids.clone())
    }

    /// Creates a call to which B2 may take long to respond: the budget is longer by `timeout`, so that an attempt without
    /// a response is repeated.
    pub(crate) fn long_call<E: Endpoint>(&mut self, timeout: Duration, endpoint: E) -> Call<E> {
        self.call_within(self.policy.budget.saturating_add(timeout), endpoint)
    }

    /// Creates the retry state of a request that the machine sends itself.
    pub(crate) fn retry_state(&mut self) -> RetryState {
        RetryState::new(self.policy, self.rng.next_u64())
    }

    pub(crate) fn policy(&self) -> &RetryPolicy {
        &self.policy
    }

    pub(crate) fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    pub(crate) fn ids(&self) -> &TaskIds {
        &self.ids
    }
}
