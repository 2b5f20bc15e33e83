//! The states of a call that do not depend on its operation: authorization, sending, waiting, retry.

use alloc::boxed::Box;
use core::time::Duration;

use super::retry_state::{RetryDecision, RetryState};
use super::retrying::Retrying;
use crate::account::Authorization;
use crate::api::{Idempotency, Operation};
use crate::error::{Error, ErrorKind, TransportError};
use crate::machine::{
    Action, Authorized, Generation, Input, Reply, Step, TaskId, TaskIds, cancelled,
};
use crate::model::Capability;
use crate::retry::RetryPolicy;
use crate::time::{Instant, MonotonicTime};

/// The states of a call, whatever its operation and the type of its response.
#[derive(Debug)]
pub(super) struct CallState {
    phase: Phase,
    retry: RetryState,
    /// Whether an earlier attempt may have succeeded without a response.
    outcome_unknown: bool,
    monotonic: MonotonicTime,
    ids: TaskIds,
    /// Waits to be emitted.
    retrying: Option<Retrying>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorize(Option<Generation>),
    Authorizing(TaskId),
    Send(Option<Authorized>),
    Sending {
        task: TaskId,
        authorized: Option<Authorized>,
        /// When the attempt is abandoned.
        deadline: Instant,
    },
    BackingOff(Instant),
    AwaitOnline,
    Offline(TaskId),
    Failed(Error),
    Over,
}

impl CallState {
    pub(super) fn new(policy: RetryPolicy, seed: u64, ids: TaskIds) -> Self {
        Self {
            phase: Phase::Begin,
            retry: RetryState::new(policy, seed),
            outcome_unknown: false,
            monotonic: MonotonicTime::default(),
            ids,
            retrying: None,
        }
    }

    /// Returns the next step. Its result is always an error: the response is read by the caller.
    pub(super) fn poll<T>(&mut self, now: Instant, operation: &dyn Operation) -> Step<T, Retrying> {
        let now = self.monotonic.advance(now);
        if let Some(task) = self.abandon_attempt(now, operation) {
            return Step::Abort(task);
        }
        if let Some(retrying) = self.retrying.take() {
            return Step::Emit(retrying);
        }
        if self.is_due(now) {
            self.phase = match operation.needs_authorization() {
                true => Phase::Authorize(None),
                false => Phase::Send(None),
            };
        }
        match &mut self.phase {
            Phase::Authorize(stale) => {
                let action = Action::Auth { stale: *stale };
                let task = self.ids.next();
                self.phase = Phase::Authorizing(task);
                Step::Start(task, action)
            }
            Phase::Send(authorized) => {
                let authorized = authorized.take();
                match operation.request(authorization(authorized.as_ref())) {
                    Ok(mut request) => {
                        let task = self.ids.next();
                        self.retry.sent(now);
                        let left = self.retry.left(now);
                        request.idle_timeout = request.idle_timeout.min(left);
                        self.phase = Phase::Sending { task, authorized, deadline: now + left };
                        Step::Start(task, Action::Send(Box::new(request)))
                    }
                    Err(error) => {
                        self.phase = Phase::Over;
                        Step::Done(Err(error))
                    }
                }
            }
            Phase::AwaitOnline => {
                let task = self.ids.next();
                self.phase = Phase::Offline(task);
                Step::Start(task, Action::AwaitOnline)
            }
            Phase::BackingOff(deadline) | Phase::Sending { deadline, .. } => {
                Step::Wait(Some(*deadline))
            }
            Phase::Failed(error) => {
                let error = error.clone();
                self.phase = Phase::Over;
                Step::Done(Err(error))
            }
            _ => Step::Wait(None),
        }
    }

    /// Ends an attempt that took too long and returns its task.
    fn abandon_attempt(&mut self, now: Instant, operation: &dyn Operation) -> Option<TaskId> {
        let Phase::Sending { task, deadline, .. } = self.phase else {
            return None;
        };
        if now < deadline {
            return None;
        }
        let error = operation.transport_error(&TransportError::no_answer(self.retry.waited(now)));
        self.failed(now, error, operation);
        Some(task)
    }

    fn is_due(&self, now: Instant) -> bool {
        match self.phase {
            Phase::Begin => true,
            Phase::BackingOff(until) => now >= until,
            _ => false,
        }
    }

    /// Returns the task that runs.
    pub(super) fn running(&self) -> Option<TaskId> {
        match self.phase {
            Phase::Authorizing(task) | Phase::Sending { task, .. } | Phase::Offline(task) => {
                Some(task)
            }
            _ => None,
        }
    }

    /// Takes the outcome of a task. Returns the reply to the request, if it is one: the caller reads it, and then
    /// calls [`succeeded`](Self::succeeded) or [`failed`](Self::failed).
    pub(super) fn handle(
        &mut self,
        now: Instant,
        task: TaskId,
        input: Input,
        operation: &dyn Operation,
    ) -> Option<Reply> {
        if self.running() != Some(task) {
            return None;
        }
        match (&mut self.phase, input) {
            (Phase::Authorizing(_), Input::Auth(Ok(authorized))) => {
                self.phase = Phase::Send(Some(authorized));
            }
            (Phase::Authorizing(_), Input::Auth(Err(error))) => self.phase = Phase::Failed(error),
            (Phase::Offline(_), Input::Online) => self.phase = Phase::Begin,
            (Phase::Sending { deadline, .. }, Input::Delayed(by)) => {
                *deadline = *deadline + by;
                self.retry.delayed(by);
            }
            (Phase::Sending { .. }, Input::Reply(reply)) => return Some(reply),
            (Phase::Sending { .. }, Input::Failed(failure)) => {
                self.failed(now, operation.transport_error(&failure), operation);
            }
            _ => {}
        }
        None
    }

    /// Returns whether an earlier attempt may have succeeded without a response.
    pub(super) fn outcome_unknown(&self) -> bool {
        self.outcome_unknown
    }

    /// Ends the call: the response has been read.
    pub(super) fn succeeded(&mut self) {
        self.phase = Phase::Over;
    }

    /// Decides what follows a failed attempt.
    pub(super) fn failed(&mut self, now: Instant, error: Error, operation: &dyn Operation) {
        let now = self.monotonic.advance(now);
        let Phase::Sending { authorized, .. } = core::mem::replace(&mut self.phase, Phase::Over)
        else {
            return;
        };
        // A page that repeats the request may show the token.
        let error = match authorization(authorized.as_ref()) {
            Some(authorization) => error.without_secret(&authorization.token),
            None => error,
        };
        self.outcome_unknown |= error.is_ambiguous();
        let repeatable =
            operation.idempotency() == Idempotency::Idempotent || !error.is_ambiguous();
        self.phase = match self.retry.failed(now, error, repeatable) {
            RetryDecision::Again { error, at } => {
                self.retrying = Some(Retrying { error, delay: at.saturating_since(now) });
                Phase::BackingOff(at)
            }
            RetryDecision::WhenOnline(error) => {
                self.retrying = Some(Retrying { error, delay: Duration::ZERO });
                Phase::AwaitOnline
            }
            RetryDecision::Reauthorize => {
                Phase::Authorize(authorized.map(|authorized| authorized.generation))
            }
            RetryDecision::Fail(error) => {
                let authorization = authorization(authorized.as_ref());
                Phase::Failed(explain(error, authorization, operation.capability().as_ref()))
            }
        };
    }

    pub(super) fn cancel(&mut self) {
        if !matches!(self.phase, Phase::Failed(_) | Phase::Over) {
            self.retrying = None;
            self.phase = Phase::Failed(cancelled());
        }
    }
}

fn authorization(authorized: Option<&Authorized>) -> Option<&Authorization> {
    authorized.map(|authorized| &*authorized.authorization)
}

/// Adds to a refusal what the key may do.
pub(crate) fn explain(
    error: Error,
    authorization: Option<&Authorization>,
    capability: Option<&Capability>,
) -> Error {
    let unauthorized = error.kind() == ErrorKind::Unauthorized;
    let refused = error.kind() == ErrorKind::AccessDenied && error.status() == Some(401);
    let Some(authorization) = authorization.filter(|_| unauthorized || refused) else {
        return error;
    };
    let restrictions = authorization.allowed.describe();
    // Files that are locked are refused to each key.
    if refused {
        return error.with_key_restrictions(restrictions);
    }
    let lacks = capability.filter(|capability| !authorization.allowed.has(capability));
    let reason = match lacks {
        Some(capability) => format!("it lacks the capability '{}'", capability.as_str()),
        None => format!("it is a key {restrictions}"),
    };
    let message = format!("{}; {reason}", error.message());
    error.with_message(message).with_key_restrictions(restrictions)
}
