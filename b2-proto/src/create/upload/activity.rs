//! The tasks of an upload that determine its state.

use alloc::vec::Vec;

use crate::create::events::UploadState;
use crate::machine::{Action, Input, Step, TaskId};

/// The tasks under way that determine the state.
#[derive(Debug, Default)]
pub(super) struct Activity {
    hashing: Vec<TaskId>,
    offline: Vec<TaskId>,
    reported: UploadState,
}

impl Activity {
    /// Notes a step that goes to the driver.
    pub(super) fn note<T, E>(&mut self, step: &Step<T, E>) {
        match step {
            Step::Start(task, Action::Digest(_)) => self.hashing.push(*task),
            Step::Start(task, Action::AwaitOnline) => self.offline.push(*task),
            Step::Abort(task) => self.remove(*task),
            _ => {}
        }
    }

    /// Notes an outcome that the driver reports.
    pub(super) fn ended(&mut self, task: TaskId, input: &Input) {
        if !matches!(input, Input::Progress(_) | Input::Delayed(_)) {
            self.remove(task);
        }
    }

    fn remove(&mut self, task: TaskId) {
        self.hashing.retain(|running| *running != task);
        self.offline.retain(|running| *running != task);
    }

    pub(super) fn is_hashing(&self) -> bool {
        !self.hashing.is_empty()
    }

    pub(super) fn is_offline(&self) -> bool {
        !self.offline.is_empty()
    }

    /// Returns the state, if it was not reported last.
    pub(super) fn report(&mut self, state: UploadState) -> Option<UploadState> {
        (core::mem::replace(&mut self.reported, state) != state).then_some(state)
    }
}
