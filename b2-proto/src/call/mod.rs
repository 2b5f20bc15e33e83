//! One call as a machine: authorization, the request, what the answer means, retry.

mod attempts;
mod child;
mod exchange;
mod outbox;

use std::time::Duration;

use crate::account::Authorization;
use crate::api::Repeat;
use crate::error::{Error, ErrorKind, Failure};
use crate::machine::{Action, Authorized, Input, Machine, OnCancel, Reply, Step, TaskId};
use crate::model::Capability;
use crate::retry::RetryPolicy;
use crate::time::{Instant, Latest};

pub(crate) use attempts::{Attempts, Verdict};
pub(crate) use child::{Child, TaskIds};
pub use exchange::{Authorize, Exchange};
pub(crate) use outbox::Outbox;

/// A request failed and will be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrying {
    /// Why.
    pub error: Error,
    /// How long from now.
    pub delay: Duration,
}

/// One call to B2.
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
pub struct Call<X: Exchange> {
    exchange: X,
    attempts: Attempts,
    ids: TaskIds,
    state: State,
    /// An answer was lost: B2 may have done it.
    doubtful: bool,
    latest: Latest,
    outbox: Outbox<X::Output, Retrying>,
}

#[derive(Debug)]
enum State {
    Begin,
    Authorizing(TaskId),
    Sending { task: TaskId, authorized: Option<Authorized> },
    BackingOff(Instant),
    Offline(TaskId),
    Over,
}

impl<X: Exchange> Call<X> {
    /// A call that has not begun.
    #[must_use]
    pub fn new(exchange: X, policy: RetryPolicy, seed: u64) -> Self {
        Self {
            exchange,
            attempts: Attempts::new(policy, seed),
            ids: TaskIds::default(),
            state: State::Begin,
            doubtful: false,
            latest: Latest::default(),
            outbox: Outbox::default(),
        }
    }

    fn begin(&mut self) {
        if X::NEEDS_AUTHORIZATION {
            self.authorize(None);
        } else {
            self.send(None);
        }
    }

    fn authorize(&mut self, stale: Option<crate::machine::Generation>) {
        let task = self.ids.next();
        self.state = State::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale });
    }

    fn send(&mut self, authorized: Option<Authorized>) {
        let authorization = authorized.as_ref().map(|authorized| &*authorized.authorization);
        match self.exchange.request(authorization) {
            Ok(request) => {
                let task = self.ids.next();
                self.attempts.sent();
                self.state = State::Sending { task, authorized };
                self.outbox.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn answered(
        &mut self,
        now: Instant,
        authorized: Option<Authorized>,
        answer: Result<Reply, Failure>,
    ) {
        let outcome = match answer {
            Ok(reply) => self.exchange.response(&reply),
            Err(failure) => Err(self.exchange.failed(&failure)),
        };
        let error = match outcome {
            Ok(output) => return self.end(Ok(output)),
            Err(error) => error,
        };
        if self.doubtful
            && let Some(output) = self.exchange.already_done(&error)
        {
            return self.end(Ok(output));
        }
        self.doubtful |= error.is_ambiguous();
        let repeatable = self.exchange.repeat() == Repeat::Safe || !error.is_ambiguous();
        match self.attempts.failed(now, error, repeatable) {
            Verdict::Again { error, at } => {
                self.state = State::BackingOff(at);
                self.outbox.emit(Retrying { error, delay: at.saturating_since(now) });
            }
            Verdict::WhenOnline(error) => {
                let task = self.ids.next();
                self.state = State::Offline(task);
                self.outbox.emit(Retrying { error, delay: Duration::ZERO });
                self.outbox.start(task, Action::AwaitOnline);
            }
            Verdict::Reauthorize => {
                self.authorize(authorized.map(|authorized| authorized.generation));
            }
            Verdict::Fail(error) => {
                let authorization =
                    authorized.as_ref().map(|authorized| &*authorized.authorization);
                self.end(Err(explain(error, authorization, self.exchange.capability().as_ref())));
            }
        }
    }

    fn end(&mut self, result: Result<X::Output, Error>) {
        self.state = State::Over;
        self.outbox.done(result);
    }
}

/// A refusal is easier to understand next to what the key may do.
pub(crate) fn explain(
    error: Error,
    authorization: Option<&Authorization>,
    capability: Option<&Capability>,
) -> Error {
    let Some(authorization) = authorization.filter(|_| error.kind() == ErrorKind::Unauthorized)
    else {
        return error;
    };
    let lacks = capability.filter(|capability| !authorization.allowed.has(capability));
    let reason = match lacks {
        Some(capability) => format!("it lacks the capability '{}'", capability.as_str()),
        None => format!("it is a key {}", authorization.allowed.describe()),
    };
    let message = format!("{}; {reason}", error.message());
    error.with_message(message)
}

impl<X: Exchange> Machine for Call<X> {
    type Output = X::Output;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<X::Output, Retrying> {
        let now = self.latest.of(now);
        if let Some(step) = self.outbox.pop() {
            return step;
        }
        match self.state {
            State::Begin => self.begin(),
            State::BackingOff(until) if now >= until => self.begin(),
            State::BackingOff(until) => return Step::Wait(Some(until)),
            State::Authorizing(_) | State::Sending { .. } | State::Offline(_) | State::Over => {
                return Step::Wait(None);
            }
        }
        self.outbox.pop().unwrap_or(Step::Wait(None))
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.latest.of(now);
        match (&self.state, input) {
            (State::Authorizing(waiting), Input::Auth(result)) if *waiting == task => {
                match result {
                    Ok(authorized) => self.send(Some(authorized)),
                    Err(error) => self.end(Err(error)),
                }
            }
            (State::Offline(waiting), Input::Online) if *waiting == task => self.begin(),
            (State::Sending { task: waiting, authorized }, input) if *waiting == task => {
                let authorized = authorized.clone();
                match input {
                    Input::Reply(reply) => self.answered(now, authorized, Ok(reply)),
                    Input::Failed(failure) => self.answered(now, authorized, Err(failure)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if !matches!(self.state, State::Over) {
            self.outbox.clear();
            self.end(Err(cancelled()));
        }
    }
}

/// The end of a machine whose caller gave up.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}

#[cfg(test)]
mod tests;
