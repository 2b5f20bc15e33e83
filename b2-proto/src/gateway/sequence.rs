//! Several calls to B2 for one response.

use core::ops::ControlFlow;

use bytes::Bytes;

use crate::call::Retrying;
use crate::error::Error;
use crate::http::Response;
use crate::machine::{Input, Machine, OnCancel, Step, TaskId, cancelled};
use crate::time::Instant;

pub(super) type SequenceStep = Step<Response<Bytes>, Retrying>;

/// Calls to B2 that are made one after another and lead to one response.
pub(super) trait CallSequence {
    /// Polls the current call. Continues if there is more to poll; `Break` has the next step, and [`Step::Done`] is the
    /// last one.
    fn advance(&mut self, now: Instant) -> ControlFlow<SequenceStep>;

    /// Passes the outcome of a task to the current call.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
}

/// Ends a sequence with this result.
pub(super) fn end(result: Result<Response<Bytes>, Error>) -> ControlFlow<SequenceStep> {
    ControlFlow::Break(Step::Done(result))
}

/// The machine of a sequence of calls.
#[derive(Debug)]
pub(super) enum Sequence<S> {
    Running(S),
    /// The end is still to be polled.
    Cancelled,
    Done,
}

impl<S: CallSequence> Machine for Sequence<S> {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> SequenceStep {
        let step = match self {
            Self::Running(calls) => loop {
                if let ControlFlow::Break(step) = calls.advance(now) {
                    break step;
                }
            },
            Self::Cancelled => Step::Done(Err(cancelled())),
            Self::Done => Step::Wait(None),
        };
        if matches!(step, Step::Done(_)) {
            *self = Self::Done;
        }
        step
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Self::Running(calls) = self {
            calls.handle(now, task, input);
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if matches!(self, Self::Running(_)) {
            *self = Self::Cancelled;
        }
    }
}
