//! A machine inside another: its tasks go by ids of the parent.

use alloc::vec::Vec;
use core::convert::Infallible;

use super::Retrying;
use crate::error::Error;
use crate::machine::{Action, Input, Step, TaskId};
use crate::time::Instant;

/// Hands out the task ids of one machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskIds(u64);

impl TaskIds {
    pub(crate) fn next(&mut self) -> TaskId {
        self.0 += 1;
        TaskId(self.0)
    }
}

/// A machine that is polled by another one.
pub(crate) trait Nested {
    type Output;

    fn poll(&mut self, now: Instant) -> Polled<Self::Output>;
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
}

/// What a nested machine says. Its wishes do not have its type, so parents pass them on without a copy of code
/// for each of their children.
#[derive(Debug)]
pub(crate) enum Polled<T> {
    Wants(Step<Infallible, Retrying>),
    Done(Result<T, Error>),
}

impl<T> From<Step<T, Retrying>> for Polled<T> {
    fn from(step: Step<T, Retrying>) -> Self {
        Self::Wants(match step {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(retrying) => Step::Emit(retrying),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(result) => return Self::Done(result),
        })
    }
}

impl<T> From<Polled<T>> for Step<T, Retrying> {
    fn from(polled: Polled<T>) -> Self {
        match polled {
            Polled::Wants(step) => step.of(),
            Polled::Done(result) => Self::Done(result),
        }
    }
}

/// A nested machine under the ids of its parent.
#[derive(Debug)]
pub(crate) struct Child<M> {
    machine: M,
    tasks: Tasks,
}

/// The tasks of a child that still run: the parent's id of each, and the child's. They are few.
#[derive(Debug, Default)]
struct Tasks(Vec<(TaskId, TaskId)>);

impl<M: Nested> Child<M> {
    pub(crate) fn new(machine: M) -> Self {
        Self { machine, tasks: Tasks::default() }
    }

    /// What the child says, in the parent's ids.
    pub(crate) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Polled<M::Output> {
        match self.machine.poll(now) {
            Polled::Wants(step) => Polled::Wants(self.tasks.outward(step, ids)),
            done => done,
        }
    }

    /// Passes an outcome on, if the task is the child's; gives it back otherwise.
    pub(crate) fn handle(&mut self, now: Instant, task: TaskId, input: Input) -> Option<Input> {
        let Some(inner) = self.tasks.inner(task, &input) else {
            return Some(input);
        };
        self.machine.handle(now, inner, input);
        None
    }

    /// The parent's ids of the tasks that still run.
    pub(crate) fn running(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.tasks.0.iter().map(|(outer, _)| *outer)
    }
}

impl Tasks {
    fn outward(
        &mut self,
        step: Step<Infallible, Retrying>,
        ids: &mut TaskIds,
    ) -> Step<Infallible, Retrying> {
        match step {
            Step::Start(inner, mut action) => {
                let outer = ids.next();
                self.0.push((outer, inner));
                if let Action::Receive { from, .. } = &mut action {
                    *from = self.outer(*from);
                }
                Step::Start(outer, action)
            }
            Step::Abort(inner) => Step::Abort(self.outer(inner)),
            step => step,
        }
    }

    /// The child's id of the task that an outcome is about.
    fn inner(&mut self, outer: TaskId, input: &Input) -> Option<TaskId> {
        let at = self.0.iter().position(|(known, _)| *known == outer)?;
        // A head is followed by `Receive`, which names the task once more.
        if matches!(input, Input::Progress(_) | Input::Head(_)) {
            return Some(self.0[at].1);
        }
        Some(self.0.remove(at).1)
    }

    fn outer(&self, inner: TaskId) -> TaskId {
        let found = self.0.iter().find(|(_, known)| *known == inner);
        // An id that was never started is never the parent's either.
        found.map_or(TaskId(0), |(outer, _)| *outer)
    }
}
