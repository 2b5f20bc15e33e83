//! One request, from its request to its answer.

use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use super::refusal::Refusal;
use crate::call::{Outbox, Retrying, cancelled};
use crate::error::Error;
use crate::http::{Headers, Response};
use crate::machine::{Input, Machine, OnCancel, Step, TaskId};
use crate::time::Instant;

type Job = Box<dyn Machine<Output = Response<Bytes>, Event = Retrying> + Send>;

/// What a request takes.
pub(super) enum Work {
    /// Nothing: the answer is known.
    Answered(Response<Bytes>),
    /// Calls to B2.
    Calls(Job),
}

impl Work {
    pub(super) fn machine(
        machine: impl Machine<Output = Response<Bytes>, Event = Retrying> + Send + 'static,
    ) -> Self {
        Self::Calls(Box::new(machine))
    }
}

/// What a gateway has to tell its host, apart from the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayEvent {
    /// A call to B2 failed and will be repeated.
    Retrying(Retrying),
    /// A call to B2 failed for good, or the application gave a grant that cannot be meant. The visitor is told that it
    /// failed, and nothing about the application's key and account.
    Failed(Error),
}

/// Answers one request. It always ends with a response, unless it is cancelled.
///
/// It asks its driver for [`Auth`](crate::machine::Action::Auth) and upload URLs of the application's own
/// account, and for [`Send`](crate::machine::Action::Send) of requests without spans: it needs no sources
/// and no sinks.
pub struct Responder {
    job: Option<Job>,
    /// Whether it was sent to an upload URL.
    relayed: bool,
    outbox: Outbox<Response<Bytes>, GatewayEvent>,
    /// Headers that let the page read the answer.
    readable: Headers,
    /// What the host is told before anything else.
    told_first: Option<Error>,
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("over", &self.job.is_none()).finish_non_exhaustive()
    }
}

impl Responder {
    pub(super) fn new(work: Result<Work, Refusal>, relayed: bool, readable: Headers) -> Self {
        let mut outbox = Outbox::default();
        let job = match work {
            Ok(Work::Calls(job)) => Some(job),
            Ok(Work::Answered(response)) => {
                outbox.done(Ok(response));
                None
            }
            Err(refusal) => {
                let refusal = if relayed { refusal.of_upload() } else { refusal };
                outbox.done(Ok(refusal.into_response()));
                None
            }
        };
        Self { job, relayed, outbox, readable, told_first: None }
    }

    /// Tells the host of an error before the answer.
    pub(super) fn tell(mut self, error: Error) -> Self {
        self.told_first = Some(error);
        self
    }

    fn step(&mut self, now: Instant) -> Step<Response<Bytes>, GatewayEvent> {
        if let Some(error) = self.told_first.take() {
            return Step::Emit(GatewayEvent::Failed(error));
        }
        if let Some(step) = self.outbox.pop() {
            return step;
        }
        let Some(job) = &mut self.job else {
            return Step::Wait(None);
        };
        match job.poll(now) {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(retrying) => Step::Emit(GatewayEvent::Retrying(retrying)),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(Ok(response)) => {
                self.job = None;
                Step::Done(Ok(response))
            }
            Step::Done(Err(error)) => {
                self.job = None;
                let refusal = Refusal::from_error(&error);
                let refusal = if self.relayed { refusal.of_upload() } else { refusal };
                self.outbox.done(Ok(refusal.into_response()));
                Step::Emit(GatewayEvent::Failed(error))
            }
        }
    }
}

impl Machine for Responder {
    type Output = Response<Bytes>;
    type Event = GatewayEvent;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, GatewayEvent> {
        match self.step(now) {
            Step::Done(Ok(mut response)) => {
                response.headers.append(&self.readable);
                Step::Done(Ok(response))
            }
            step => step,
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(job) = &mut self.job {
            job.handle(now, task, input);
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if self.job.take().is_some() {
            self.outbox.clear();
            self.outbox.done(Err(cancelled()));
        }
    }
}
