//! Steps that wait to be polled.

use alloc::collections::VecDeque;

use super::{Action, Step, TaskId};
use crate::error::Error;

/// A queue of steps. The end of the machine comes last, once; what is pushed after it is dropped.
#[derive(Debug)]
pub(crate) struct StepQueue<T, E> {
    steps: VecDeque<Step<T, E>>,
    is_done: bool,
}

impl<T, E> Default for StepQueue<T, E> {
    fn default() -> Self {
        Self { steps: VecDeque::new(), is_done: false }
    }
}

impl<T, E> StepQueue<T, E> {
    pub(crate) fn start(&mut self, task: TaskId, action: Action) {
        self.push(Step::Start(task, action));
    }

    pub(crate) fn abort(&mut self, task: TaskId) {
        self.push(Step::Abort(task));
    }

    pub(crate) fn emit(&mut self, event: E) {
        self.push(Step::Emit(event));
    }

    /// Pushes the end of the machine.
    pub(crate) fn done(&mut self, result: Result<T, Error>) {
        self.push(Step::Done(result));
        self.is_done = true;
    }

    pub(crate) fn pop(&mut self) -> Option<Step<T, E>> {
        self.steps.pop_front()
    }

    /// Returns whether the end of the machine has been pushed.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Drops the steps that were not polled yet.
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
    }

    fn push(&mut self, step: Step<T, E>) {
        if !self.is_done {
            self.steps.push_back(step);
        }
    }
}
