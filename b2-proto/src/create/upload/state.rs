//! What an upload is about, for people.

use alloc::vec::Vec;

use super::{Phase, Upload};
use crate::create::events::UploadState;
use crate::machine::{Action, Input, Step, TaskId};

/// What the driver has under way that makes a state.
#[derive(Debug, Default)]
pub(super) struct Activity {
    hashing: Vec<TaskId>,
    offline: Vec<TaskId>,
    told: UploadState,
}

impl Activity {
    /// A step on its way to the driver.
    pub(super) fn note<T, E>(&mut self, step: &Step<T, E>) {
        match step {
            Step::Start(task, Action::Digest(_)) => self.hashing.push(*task),
            Step::Start(task, Action::AwaitOnline) => self.offline.push(*task),
            Step::Abort(task) => self.remove(*task),
            _ => {}
        }
    }

    /// An outcome on its way to the machine.
    pub(super) fn over(&mut self, task: TaskId, input: &Input) {
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
    /// The state, if it is another one than was told last.
    pub(super) fn change_of_state(&mut self) -> Option<UploadState> {
        let state = match &self.phase {
            Phase::Discarding(..) | Phase::Over => return None,
            _ if self.paused => UploadState::Paused,
            Phase::Sending(lanes) if lanes.is_sending() => UploadState::Sending,
            _ if !self.activity.offline.is_empty() => UploadState::Offline,
            Phase::Finishing(_) => UploadState::Finishing,
            _ if !self.activity.hashing.is_empty() => UploadState::Hashing,
            _ => UploadState::Waiting,
        };
        (core::mem::replace(&mut self.activity.told, state) != state).then_some(state)
    }
}
