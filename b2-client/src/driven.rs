//! A machine for a driver that does not know its types.

use alloc::sync::Arc;
use core::convert::Infallible;

use b2_proto::machine::{Input, Machine, Step, TaskId};
use b2_proto::time::Instant;

use crate::lock::Lock;
use crate::maybe_send::MaybeSend;
use crate::transfer::Command;

/// A machine whose events are told and whose output is kept, so that one driver runs them all.
pub(crate) trait Driven: MaybeSend {
    fn poll(&mut self, now: Instant) -> Step<(), Infallible>;
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
    fn command(&mut self, now: Instant, command: Command);
}

/// A machine with whom its events are told to, and its output once there is one.
pub(crate) struct Typed<M: Machine, F> {
    machine: M,
    on_event: F,
    output: Output<M::Output>,
}

/// Where its output is left.
pub(crate) type Output<T> = Arc<Lock<Option<T>>>;

impl<M: Machine, F> Typed<M, F> {
    pub(crate) fn new(machine: M, on_event: F, output: Output<M::Output>) -> Self {
        Self { machine, on_event, output }
    }
}

impl<M, F> Driven for Typed<M, F>
where
    M: Machine<Output: MaybeSend> + MaybeSend,
    F: FnMut(M::Event) + MaybeSend,
{
    fn poll(&mut self, now: Instant) -> Step<(), Infallible> {
        loop {
            return match self.machine.poll(now) {
                Step::Start(task, action) => Step::Start(task, action),
                Step::Abort(task) => Step::Abort(task),
                Step::Emit(event) => {
                    (self.on_event)(event);
                    continue;
                }
                Step::Wait(deadline) => Step::Wait(deadline),
                Step::Done(result) => {
                    Step::Done(result.map(|output| *self.output.lock() = Some(output)))
                }
            };
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.machine.handle(now, task, input);
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Cancel(policy) => self.machine.cancel(now, policy),
            Command::Control(control) => self.machine.control(now, control),
        }
    }
}
