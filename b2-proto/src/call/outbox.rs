//! Steps that wait to be polled.

use alloc::vec::Vec;

use crate::error::Error;
use crate::machine::{Action, Step, TaskId};

/// A queue of a few steps. The end of the machine comes last, once, and after it nothing.
#[derive(Debug)]
pub(crate) struct Outbox<T, E> {
    steps: Vec<Step<T, E>>,
    over: bool,
}

impl<T, E> Default for Outbox<T, E> {
    fn default() -> Self {
        Self { steps: Vec::new(), over: false }
    }
}

impl<T, E> Outbox<T, E> {
    pub(crate) fn start(&mut self, task: TaskId, action: Action) {
        self.push(Step::Start(task, action));
    }

    pub(crate) fn abort(&mut self, task: TaskId) {
        self.push(Step::Abort(task));
    }

    pub(crate) fn emit(&mut self, event: E) {
        self.push(Step::Emit(event));
    }

    pub(crate) fn done(&mut self, result: Result<T, Error>) {
        self.push(Step::Done(result));
        self.over = true;
    }

    pub(crate) fn pop(&mut self) -> Option<Step<T, E>> {
        (!self.steps.is_empty()).then(|| self.steps.remove(0))
    }

    /// Forgets what was not polled yet.
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
    }

    fn push(&mut self, step: Step<T, E>) {
        if !self.over {
            self.steps.push(step);
        }
    }
}
