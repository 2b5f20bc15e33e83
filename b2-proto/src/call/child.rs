//! A machine inside another.

use super::Retrying;
use crate::machine::{Action, Input, Step, TaskId};
use crate::time::Instant;

/// Hands out the task ids of one machine and of those inside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskIds(u64);

impl TaskIds {
    pub(crate) fn next(&mut self) -> TaskId {
        self.0 += 1;
        TaskId(self.0)
    }
}

/// A machine that is polled by another one. How it ended is asked of the machine itself, which knows the type.
pub(crate) trait Nested {
    /// The next thing it wants; `None` when it has ended.
    fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<Wish>;

    /// What became of a task. That of somebody else is ignored.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
}

/// What a machine inside another wants: without the types of either, so that parents pass it on as it is.
#[derive(Debug)]
pub(crate) enum Wish {
    Start(TaskId, Action),
    Abort(TaskId),
    Retrying(Retrying),
    Wait(Option<Instant>),
}

impl<T, E: From<Retrying>> From<Wish> for Step<T, E> {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Start(task, action) => Self::Start(task, action),
            Wish::Abort(task) => Self::Abort(task),
            Wish::Retrying(retrying) => Self::Emit(retrying.into()),
            Wish::Wait(deadline) => Self::Wait(deadline),
        }
    }
}
