//! The machine that responds to a request.

use alloc::boxed::Box;
use core::fmt;

use bytes::Bytes;

use super::refusal::Refusal;
use super::sequence::{CallSequence, Sequence};
use crate::call::Retrying;
use crate::error::Error;
use crate::http::{Headers, Response};
use crate::machine::{Input, Machine, OnCancel, Step, StepQueue, TaskId, cancelled};
use crate::time::Instant;

type BoxedMachine = Box<dyn Machine<Output = Response<Bytes>, Event = Retrying> + Send>;

/// What is left to do for a request.
pub(super) enum Work {
    /// Nothing: this is the response.
    Response(Response<Bytes>),
    /// Running this machine, which makes calls to B2.
    Calls(BoxedMachine),
}

impl Work {
    /// Boxes a machine.
    pub(super) fn machine(
        machine: impl Machine<Output = Response<Bytes>, Event = Retrying> + Send + 'static,
    ) -> Self {
        Self::Calls(Box::new(machine))
    }

    /// Makes several calls, one after another.
    pub(super) fn sequence(calls: impl CallSequence + Send + 'static) -> Self {
        Self::machine(Sequence::Running(calls))
    }
}

/// An event for the host, besides the response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayEvent {
    /// A call to B2 failed and will be repeated.
    Retrying(Retrying),
    /// A call to B2 failed, or the grant of the application did not pass [`Grant::check`](super::Grant::check). The
    /// response has no details about the application's key and account.
    Failed(Error),
}

/// The machine that responds to one request. Its output is always a response, unless it is cancelled.
///
/// Its actions are [`Auth`](crate::machine::Action::Auth) and upload URLs of the application's own account, and
/// [`Send`](crate::machine::Action::Send) of requests without spans, so it needs no sources and no sinks.
pub struct Responder {
    machine: Option<BoxedMachine>,
    /// Whether the request was sent to an upload URL of the gateway.
    relayed: bool,
    steps: StepQueue<Response<Bytes>, GatewayEvent>,
    /// Headers that let the page read the response.
    cors_headers: Headers,
    /// The event to emit first.
    first_event: Option<GatewayEvent>,
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("done", &self.machine.is_none()).finish_non_exhaustive()
    }
}

impl Responder {
    pub(super) fn new(work: Result<Work, Refusal>, relayed: bool, cors_headers: Headers) -> Self {
        let mut steps = StepQueue::default();
        let machine = match work {
            Ok(Work::Calls(machine)) => Some(machine),
            Ok(Work::Response(response)) => {
                steps.done(Ok(response));
                None
            }
            Err(refusal) => {
                let refusal = if relayed { refusal.for_upload_url() } else { refusal };
                steps.done(Ok(refusal.into_response()));
                None
            }
        };
        Self { machine, relayed, steps, cors_headers, first_event: None }
    }

    /// Emits an event before the response.
    pub(super) fn with_first_event(mut self, event: GatewayEvent) -> Self {
        self.first_event = Some(event);
        self
    }

    fn step(&mut self, now: Instant) -> Step<Response<Bytes>, GatewayEvent> {
        if let Some(event) = self.first_event.take() {
            return Step::Emit(event);
        }
        if let Some(step) = self.steps.pop() {
            return step;
        }
        let Some(machine) = &mut self.machine else {
            return Step::Wait(None);
        };
        match machine.poll(now) {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(retrying) => Step::Emit(GatewayEvent::Retrying(retrying)),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(Ok(response)) => {
                self.machine = None;
                Step::Done(Ok(response))
            }
            Step::Done(Err(error)) => {
                self.machine = None;
                let refusal = Refusal::from_error(&error);
                let refusal = if self.relayed { refusal.for_upload_url() } else { refusal };
                self.steps.done(Ok(refusal.into_response()));
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
                response.headers.append(&self.cors_headers);
                Step::Done(Ok(response))
            }
            step => step,
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(machine) = &mut self.machine {
            machine.handle(now, task, input);
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if self.machine.take().is_some() {
            self.steps.clear();
            self.steps.done(Err(cancelled()));
        }
    }
}
