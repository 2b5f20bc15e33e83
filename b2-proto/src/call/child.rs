//! A machine inside another: its tasks go by ids of the parent.

use std::collections::BTreeMap;

use crate::machine::{Action, Input, Machine, Step, TaskId};
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

/// A machine that a parent passes on.
#[derive(Debug)]
pub(crate) struct Child<M> {
    machine: M,
    /// The child's id of each of its tasks, by the parent's.
    tasks: BTreeMap<TaskId, TaskId>,
}

impl<M: Machine> Child<M> {
    pub(crate) fn new(machine: M) -> Self {
        Self { machine, tasks: BTreeMap::new() }
    }

    /// The child's next step, in the parent's ids.
    pub(crate) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Step<M::Output, M::Event> {
        match self.machine.poll(now) {
            Step::Start(inner, action) => {
                let outer = ids.next();
                self.tasks.insert(outer, inner);
                let action = match action {
                    Action::Receive { from, sink, offset, max, digest } => {
                        Action::Receive { from: self.outer(from), sink, offset, max, digest }
                    }
                    other => other,
                };
                Step::Start(outer, action)
            }
            Step::Abort(inner) => Step::Abort(self.outer(inner)),
            step => step,
        }
    }

    /// Passes an outcome on, if the task is the child's; says whether it was.
    pub(crate) fn handle(&mut self, now: Instant, task: TaskId, input: Input) -> Option<Input> {
        let Some(inner) = self.tasks.get(&task).copied() else {
            return Some(input);
        };
        // A head is followed by `Receive`, which names the task once more.
        if !matches!(input, Input::Progress(_) | Input::Head(_)) {
            self.tasks.remove(&task);
        }
        self.machine.handle(now, inner, input);
        None
    }

    /// The parent's ids of the tasks that still run.
    pub(crate) fn running(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.tasks.keys().copied()
    }

    fn outer(&self, inner: TaskId) -> TaskId {
        let found = self.tasks.iter().find(|(_, known)| **known == inner);
        // An id that was never started is never the parent's either.
        found.map_or(TaskId(0), |(outer, _)| *outer)
    }
}
