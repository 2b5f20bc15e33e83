//! One call as a machine: authorization, the request, what the answer means, retry.

mod attempts;
mod child;
mod course;
mod exchange;
mod outbox;

use core::time::Duration;

use course::{Ask, Course};

use crate::account::Authorization;
use crate::api::Repeat;
use crate::error::{Error, ErrorKind, TransportError};
use crate::machine::{Input, Machine, OnCancel, Reply, Request, Step, TaskId};
use crate::model::Capability;
use crate::retry::RetryPolicy;
use crate::time::Instant;

pub(crate) use attempts::{Attempts, Verdict};
pub(crate) use child::{Nested, TaskIds, Wish};
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
    asked: Asked<X>,
    course: Course,
    /// Where it is not inside another machine.
    ids: TaskIds,
}

/// What is asked, and what was answered.
#[derive(Debug)]
struct Asked<X: Exchange> {
    exchange: X,
    answer: Option<X::Output>,
}

impl<X: Exchange> Call<X> {
    /// A call that has not begun.
    #[must_use]
    pub fn new(exchange: X, policy: RetryPolicy, seed: u64) -> Self {
        Self {
            asked: Asked { exchange, answer: None },
            course: Course::new(policy, seed),
            ids: TaskIds::default(),
        }
    }

    /// How it ended, once.
    pub(crate) fn result(&mut self) -> Result<X::Output, Error> {
        self.course.result()?;
        self.asked.answer.take().ok_or_else(cancelled)
    }

    /// The task under way.
    pub(crate) fn running(&self) -> Option<TaskId> {
        self.course.running()
    }
}

impl<X: Exchange> Ask for Asked<X> {
    fn needs_authorization(&self) -> bool {
        self.exchange.needs_authorization()
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        self.exchange.request(authorization)
    }

    fn answer(&mut self, reply: &Reply) -> Result<(), Error> {
        self.answer = Some(self.exchange.response(reply)?);
        Ok(())
    }

    fn failed(&self, failure: &TransportError) -> Error {
        self.exchange.failed(failure)
    }

    fn capability(&self) -> Option<Capability> {
        self.exchange.capability()
    }

    fn repeat(&self) -> Repeat {
        self.exchange.repeat()
    }

    fn already_done(&mut self, error: &Error) -> bool {
        self.answer = self.exchange.already_done(error);
        self.answer.is_some()
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

impl<X: Exchange> Nested for Call<X> {
    fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<Wish> {
        self.course.poll(now, ids, &mut self.asked)
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.course.handle(now, task, input, &mut self.asked);
    }
}

impl<X: Exchange> Machine for Call<X> {
    type Output = X::Output;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<X::Output, Retrying> {
        match self.course.poll(now, &mut self.ids, &mut self.asked) {
            Some(wish) => wish.into(),
            None => Step::Done(self.result()),
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        Nested::handle(self, now, task, input);
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        self.course.cancel();
    }
}

/// The end of a machine whose caller gave up.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}

#[cfg(test)]
mod tests;
