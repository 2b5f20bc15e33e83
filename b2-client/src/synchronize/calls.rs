//! Counts the calls of a machine.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use b2_proto::api::{CallClass, Calls};
use b2_proto::machine::{Action, Control, Input, Machine, OnCancel, Step, TaskId};
use b2_proto::time::Instant;

use crate::sync::Lock;

/// Counts the calls that a synchronization sends, by the class as which B2 bills them. Attempts that are repeated count
/// each time; authorizations do not count.
#[derive(Clone, Default)]
pub struct CallCounter(Arc<Lock<Calls>>);

impl CallCounter {
    /// Returns the numbers so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        *self.0.lock()
    }
}

impl fmt::Debug for CallCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallCounter").field(&self.calls()).finish()
    }
}

/// A machine whose requests are counted.
#[derive(Debug)]
pub(super) struct Counted<M> {
    machine: M,
    counter: CallCounter,
    /// The listings whose pages have not arrived.
    listings: Vec<TaskId>,
}

impl<M> Counted<M> {
    pub(super) fn new(machine: M, counter: CallCounter) -> Self {
        Self { machine, counter, listings: Vec::new() }
    }
}

impl<M: Machine> Machine for Counted<M> {
    type Output = M::Output;
    type Event = M::Event;

    fn poll(&mut self, now: Instant) -> Step<M::Output, M::Event> {
        let step = self.machine.poll(now);
        match &step {
            Step::Start(task, Action::Send(request)) => {
                self.counter.0.lock().add(CallClass::of(&request.head));
                if CallClass::is_listing(&request.head) {
                    self.listings.push(*task);
                }
            }
            Step::Abort(task) => self.listings.retain(|listing| listing != task),
            _ => {}
        }
        step
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(at) = self.listings.iter().position(|listing| *listing == task)
            && matches!(input, Input::Reply(_) | Input::Failed(_))
        {
            self.listings.swap_remove(at);
            if let Input::Reply(reply) = &input {
                self.counter.0.lock().add_page(&reply.response.body);
            }
        }
        self.machine.handle(now, task, input);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.machine.cancel(now, policy);
    }

    fn control(&mut self, now: Instant, control: Control) {
        self.machine.control(now, control);
    }
}
