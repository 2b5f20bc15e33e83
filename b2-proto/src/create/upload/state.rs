//! The state of an upload as users see it.

use alloc::vec::Vec;

use super::{Phase, Upload};
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
        if !matches!(input, Input::Progress(_)) {
            self.remove(task);
        }
    }

    fn remove(&mut self, task: TaskId) {
        self.hashing.retain(|running| *running != task);
        self.offline.retain(|running| *running != task);
    }
}

impl Upload {
    /// Returns the state, if it has changed.
    pub(super) fn change_of_state(&mut self) -> Option<UploadState> {
        let state = match &self.phase {
            Phase::Discarding(..) | Phase::Over => return None,
            _ if self.paused => UploadState::Paused,
            Phase::Sending(workers) if workers.is_sending() => UploadState::Sending,
            _ if !self.activity.offline.is_empty() => UploadState::Offline,
            Phase::Finishing(_) => UploadState::Finishing,
            _ if !self.activity.hashing.is_empty() => UploadState::Hashing,
            _ => UploadState::Waiting,
        };
        (core::mem::replace(&mut self.activity.reported, state) != state).then_some(state)
    }
}
