//! The removals of a synchronization: held back until both sides are known, and then done.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use bytes::Bytes;

use super::context::Context;
use crate::api::{DeleteFileVersion, HideFile};
use crate::call::{Call, CallFactory, Retrying};
use crate::error::{Error, ErrorKind, Target};
use crate::machine::{Action, Input, Machine as _, OnCancel, Step, StepQueue, TaskId};
use crate::sync::removal::Removal;
use crate::time::Instant;

/// The removals of one name, as they were decided: first that the file is hidden, and then its versions, the newest first.
pub(super) type Group = Vec<Removal>;

/// How often a file is hidden again after an error that does not tell whether it was.
const MAX_DOUBTFUL: u32 = 5;

/// Removals that wait for the end of the scans.
#[derive(Debug, Default)]
pub(super) struct HeldRemovals {
    groups: VecDeque<Group>,
    /// The number of removals in `groups`.
    held: usize,
    /// The number of chunks that the host keeps.
    spilled: u64,
    /// The spill or the return of one that is under way.
    task: Option<TaskId>,
    /// The number of removals of all.
    total: u64,
}

impl HeldRemovals {
    /// Adds the removals of one name.
    pub(super) fn push(&mut self, group: Group) {
        if group.is_empty() {
            return;
        }
        self.total += group.len() as u64;
        self.held += group.len();
        self.groups.push_back(group);
    }

    /// Returns the number of removals that were added.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Returns whether more than `max` removals are in memory.
    pub(super) fn is_over(&self, max: usize) -> bool {
        self.held > max
    }

    /// Returns the number of removals in memory.
    #[cfg(test)]
    pub(super) fn in_memory(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// Returns the action that moves removals out of memory, if there are more than `max`.
    pub(super) fn spill(&mut self, max: usize, calls: &CallFactory) -> Option<(TaskId, Action)> {
        if !self.is_over(max) || self.task.is_some() {
            return None;
        }
        let groups = core::mem::take(&mut self.groups);
        let bytes = serde_json::to_vec(&groups).ok()?;
        self.held = 0;
        self.spilled += 1;
        let task = calls.ids().next();
        self.task = Some(task);
        Some((task, Action::Spill(Bytes::from(bytes))))
    }

    /// Returns whether an action is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.task.is_some()
    }

    /// Returns the action that brings removals back, if there are some and none are in memory.
    pub(super) fn unspill(&mut self, calls: &CallFactory) -> Option<(TaskId, Action)> {
        if self.spilled == 0 || self.task.is_some() || !self.groups.is_empty() {
            return None;
        }
        let task = calls.ids().next();
        self.task = Some(task);
        Some((task, Action::Unspill))
    }

    /// Takes the outcome of an action, and returns whether it was one of these.
    pub(super) fn handle(&mut self, task: TaskId, input: &Input) -> Result<bool, Error> {
        if self.task != Some(task) {
            return Ok(false);
        }
        if !matches!(input, Input::Performed | Input::Unspilled(_) | Input::Failed(_)) {
            return Ok(true);
        }
        self.task = None;
        match input {
            Input::Unspilled(bytes) => {
                self.spilled = self.spilled.saturating_sub(1);
                let lost = |_| {
                    let message = "removals that were held in a temporary file are damaged; synchronize again";
                    Error::new(ErrorKind::Destination, message)
                };
                let groups: VecDeque<Group> =
                    serde_json::from_slice(bytes.as_deref().unwrap_or(b"")).map_err(lost)?;
                self.held += groups.iter().map(Vec::len).sum::<usize>();
                self.groups.extend(groups);
            }
            Input::Failed(failure) => return Err(Error::from_failure(Target::Download, failure)),
            _ => {}
        }
        Ok(true)
    }

    /// Returns the next removals, if they are in memory.
    pub(super) fn pop(&mut self) -> Option<Group> {
        let group = self.groups.pop_front()?;
        self.held -= group.len();
        Some(group)
    }

    /// Returns whether all were popped.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.spilled == 0 && self.task.is_none()
    }
}

/// Does the removals of one name, one after the other.
#[derive(Debug)]
pub(super) struct RemovalWork {
    name: String,
    waiting: VecDeque<Removal>,
    running: Option<Running>,
    /// How often hiding the file has failed without telling whether it is hidden now.
    doubtful: u32,
    calls: CallFactory,
    steps: StepQueue<(), RemovalEvent>,
}

#[derive(Debug)]
enum Running {
    Delete(Box<Call<DeleteFileVersion>>),
    Hide(Box<Call<HideFile>>),
    Local(TaskId),
}

#[derive(Debug)]
pub(super) enum RemovalEvent {
    Removed(Removal),
    Retrying(Retrying),
}

impl From<Retrying> for RemovalEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

impl RemovalWork {
    /// Creates the work on the removals of one name. The file is hidden first, so that a version that cannot be deleted
    /// does not keep it visible. Then the oldest version goes first, so that none of them becomes visible meanwhile.
    pub(super) fn new(mut group: Group, calls: CallFactory) -> Self {
        let hides = matches!(group.first(), Some(Removal::Hide { .. }));
        group[usize::from(hides)..].reverse();
        let name = group.first().map(|removal| removal.name().into()).unwrap_or_default();
        let steps = StepQueue::default();
        Self { name, waiting: group.into(), running: None, doubtful: 0, calls, steps }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of removals that were not done.
    pub(super) fn left(&self) -> u64 {
        self.waiting.len() as u64
    }

    pub(super) fn poll(&mut self, now: Instant, context: &Context) -> Step<(), RemovalEvent> {
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            if let ControlFlow::Break(step) = self.advance(now, context) {
                return step;
            }
        }
    }

    fn advance(&mut self, now: Instant, context: &Context) -> ControlFlow<Step<(), RemovalEvent>> {
        if self.steps.is_done() {
            return ControlFlow::Break(Step::Wait(None));
        }
        let result = match &mut self.running {
            Some(Running::Delete(call)) => call.poll(now).result()?.map(|_| ()),
            Some(Running::Hide(call)) => call.poll(now).result()?.map(|_| ()),
            Some(Running::Local(_)) => return ControlFlow::Break(Step::Wait(None)),
            None => {
                self.start_next(context);
                return ControlFlow::Continue(());
            }
        };
        self.ended(result);
        ControlFlow::Continue(())
    }

    fn start_next(&mut self, context: &Context) {
        let Some(removal) = self.waiting.front() else {
            return self.steps.done(Ok(()));
        };
        if context.options().dry_run {
            return self.ended(Ok(()));
        }
        self.running = Some(match removal {
            Removal::Hide { name } => {
                let Some((bucket_id, file_name)) = context.destination(name) else {
                    return self.ended(Ok(()));
                };
                Running::Hide(Box::new(self.calls.call(HideFile { bucket_id, file_name })))
            }
            Removal::DeleteVersion { name, file_id, .. } => {
                let full = context.destination(name).map(|(_, full)| full).unwrap_or_default();
                let call = DeleteFileVersion::new(file_id.clone(), full);
                Running::Delete(Box::new(self.calls.call(call)))
            }
            Removal::DeleteLocal { name } => {
                let task = self.calls.ids().next();
                self.steps.start(task, Action::Remove { name: name.clone() });
                Running::Local(task)
            }
        });
    }

    fn ended(&mut self, result: Result<(), Error>) {
        let hides = matches!(self.running.take(), Some(Running::Hide(_)));
        // A file that was hidden all the same is found hidden.
        if hides && self.doubtful < MAX_DOUBTFUL && result.as_ref().is_err_and(Error::is_ambiguous)
        {
            self.doubtful += 1;
            return;
        }
        // What another process has removed or hidden meanwhile is as it should be.
        let gone = |error: &Error| {
            matches!(error.kind(), ErrorKind::FileNotPresent | ErrorKind::FileAlreadyHidden)
        };
        match result {
            Err(error) if !gone(&error) => self.steps.done(Err(error)),
            _ => {
                if let Some(removal) = self.waiting.pop_front() {
                    self.steps.emit(RemovalEvent::Removed(removal));
                }
            }
        }
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match (&mut self.running, input) {
            (Some(Running::Delete(call)), input) => call.handle(now, task, input),
            (Some(Running::Hide(call)), input) => call.handle(now, task, input),
            (Some(Running::Local(waiting)), Input::Performed) if *waiting == task => {
                self.ended(Ok(()));
            }
            (Some(Running::Local(waiting)), Input::Failed(failure)) if *waiting == task => {
                self.ended(Err(Error::from_failure(Target::Download, &failure)));
            }
            _ => {}
        }
    }

    pub(super) fn cancel(&mut self, now: Instant, policy: OnCancel) {
        match &mut self.running {
            Some(Running::Delete(call)) => call.cancel(now, policy),
            Some(Running::Hide(call)) => call.cancel(now, policy),
            Some(Running::Local(_)) => {}
            None => self.steps.done(Err(crate::machine::cancelled())),
        }
    }
}
