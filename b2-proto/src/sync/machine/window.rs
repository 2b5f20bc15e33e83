//! The work that is under way: transfers and removals, of which only those are polled that have something to do.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use super::context::Context;
use super::removals::{RemovalEvent, RemovalWork};
use super::transfer::{Finished, Transfer, TransferEvent};
use crate::error::Error;
use crate::machine::{Action, Control, Input, OnCancel, Step, TaskId};
use crate::time::Instant;

/// Identifies the work on one name. Later work has a larger number.
pub(super) type WorkId = u64;

#[derive(Debug)]
pub(super) enum Work {
    Transfer(Box<Transfer>),
    Removal(RemovalWork),
}

/// What the work on a name gives.
#[derive(Debug)]
pub(super) enum WorkStep {
    Start(TaskId, Action),
    Abort(TaskId),
    Transfer(TransferEvent),
    Removal(RemovalEvent),
    Transferred(Box<Transfer>, Result<Finished, Error>),
    Removed(RemovalWork, Result<(), Error>),
    /// Nothing to do before an outcome arrives or this instant passes.
    Wait(Option<Instant>),
}

#[derive(Debug)]
struct Entry {
    work: Work,
    /// The name before this one in the order of the merge.
    after: Option<String>,
    deadline: Option<Instant>,
}

/// The work that is under way.
#[derive(Debug, Default)]
pub(super) struct Window {
    entries: BTreeMap<WorkId, Entry>,
    ready: BTreeSet<WorkId>,
    /// What waits for an instant, by the instant.
    deadlines: BTreeSet<(Instant, WorkId)>,
    /// The work that started each task.
    owners: BTreeMap<TaskId, WorkId>,
    next: WorkId,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the number that the next work will have.
    pub(super) fn next_number(&self) -> u32 {
        self.next as u32
    }

    pub(super) fn push(&mut self, work: Work, after: Option<String>) {
        let id = self.next;
        self.next += 1;
        self.entries.insert(id, Entry { work, after, deadline: None });
        self.ready.insert(id);
    }

    /// Returns the name before the first one that is under way.
    pub(super) fn before_first(&self) -> Option<Option<&str>> {
        self.entries.values().map(|entry| entry.after.as_deref()).min()
    }

    /// Returns the next step of the work that has something to do.
    pub(super) fn poll(&mut self, now: Instant, context: &Context) -> WorkStep {
        while let Some((_, id)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.set_deadline(id, None);
            self.ready.insert(id);
        }
        while let Some(id) = self.ready.first().copied() {
            let Some(entry) = self.entries.get_mut(&id) else {
                self.ready.remove(&id);
                continue;
            };
            let step = match &mut entry.work {
                Work::Transfer(transfer) => match transfer.poll(now, context) {
                    Step::Start(task, action) => WorkStep::Start(task, action),
                    Step::Abort(task) => WorkStep::Abort(task),
                    Step::Emit(event) => WorkStep::Transfer(event),
                    Step::Wait(deadline) => WorkStep::Wait(deadline),
                    Step::Done(result) => match self.remove(id) {
                        Some(Work::Transfer(transfer)) => WorkStep::Transferred(transfer, result),
                        _ => continue,
                    },
                },
                Work::Removal(removal) => match removal.poll(now, context) {
                    Step::Start(task, action) => WorkStep::Start(task, action),
                    Step::Abort(task) => WorkStep::Abort(task),
                    Step::Emit(event) => WorkStep::Removal(event),
                    Step::Wait(deadline) => WorkStep::Wait(deadline),
                    Step::Done(result) => match self.remove(id) {
                        Some(Work::Removal(removal)) => WorkStep::Removed(removal, result),
                        _ => continue,
                    },
                },
            };
            match step {
                WorkStep::Wait(deadline) => {
                    self.ready.remove(&id);
                    self.set_deadline(id, deadline);
                }
                WorkStep::Start(task, action) => {
                    self.owners.insert(task, id);
                    return WorkStep::Start(task, action);
                }
                WorkStep::Abort(task) => {
                    self.owners.remove(&task);
                    return WorkStep::Abort(task);
                }
                step => return step,
            }
        }
        WorkStep::Wait(self.deadlines.first().map(|(deadline, _)| *deadline))
    }

    fn set_deadline(&mut self, id: WorkId, deadline: Option<Instant>) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let earlier = core::mem::replace(&mut entry.deadline, deadline);
        if let Some(earlier) = earlier {
            self.deadlines.remove(&(earlier, id));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id));
        }
    }

    fn remove(&mut self, id: WorkId) -> Option<Work> {
        self.ready.remove(&id);
        self.set_deadline(id, None);
        // Actions without a report are still there.
        self.owners.retain(|_, owner| *owner != id);
        self.entries.remove(&id).map(|entry| entry.work)
    }

    pub(super) fn handle(&mut self, now: Instant, context: &Context, task: TaskId, input: Input) {
        let owner = match &input {
            Input::Progress(_) | Input::Delayed(_) => self.owners.get(&task).copied(),
            _ => self.owners.remove(&task),
        };
        let Some((id, entry)) = owner.and_then(|id| Some((id, self.entries.get_mut(&id)?))) else {
            return;
        };
        match &mut entry.work {
            Work::Transfer(transfer) => transfer.handle(now, context, task, input),
            Work::Removal(removal) => removal.handle(now, task, input),
        }
        self.ready.insert(id);
    }

    pub(super) fn control(&mut self, now: Instant, control: Control) {
        for (id, entry) in &mut self.entries {
            if let Work::Transfer(transfer) = &mut entry.work {
                transfer.control(now, control);
                self.ready.insert(*id);
            }
        }
    }

    /// Stops all work.
    pub(super) fn cancel(&mut self, now: Instant, policy: OnCancel) {
        for (id, entry) in &mut self.entries {
            match &mut entry.work {
                Work::Transfer(transfer) => transfer.cancel(now, policy),
                Work::Removal(removal) => removal.cancel(now, policy),
            }
            self.ready.insert(*id);
        }
    }
}
