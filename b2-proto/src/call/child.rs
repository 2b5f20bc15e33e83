//! A machine inside another: its tasks go by ids of the parent.

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
    tasks: Tasks,
}

/// The tasks of a child that still run: the parent's id of each, and the child's. They are few.
#[derive(Debug, Default)]
struct Tasks(Vec<(TaskId, TaskId)>);

impl<M: Machine> Child<M> {
    pub(crate) fn new(machine: M) -> Self {
        Self { machine, tasks: Tasks::default() }
    }

    /// The child's next step, in the parent's ids.
    pub(crate) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Step<M::Output, M::Event> {
        match self.machine.poll(now) {
            Step::Start(inner, action) => {
                let (outer, action) = self.tasks.start(inner, action, ids);
                Step::Start(outer, action)
            }
            Step::Abort(inner) => Step::Abort(self.tasks.outer(inner)),
            step => step,
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
    fn start(&mut self, inner: TaskId, action: Action, ids: &mut TaskIds) -> (TaskId, Action) {
        let outer = ids.next();
        self.0.push((outer, inner));
        let action = match action {
            Action::Receive { from, sink, offset, max, digest } => {
                Action::Receive { from: self.outer(from), sink, offset, max, digest }
            }
            other => other,
        };
        (outer, action)
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
