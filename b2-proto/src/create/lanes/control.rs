//! Stopping lanes, for good or for a while, and having more of them or fewer.

use alloc::vec::Vec;

use super::Lanes;
use super::lane::{Lane, State};
use crate::machine::{Control, TaskId, UploadUrl};

impl Lanes {
    /// Does what the caller wishes; the tasks that are to be aborted for it.
    pub(crate) fn control(&mut self, control: Control) -> Vec<TaskId> {
        match control {
            Control::Pause => {
                self.paused = true;
                return self.halt();
            }
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => {
                self.parallel = parallel.max(1);
                let lanes = self.lanes.len().max(self.parallel);
                self.lanes.resize_with(lanes, Lane::default);
            }
        }
        Vec::new()
    }

    /// Stops what is under way. Parts go back to the queue; URLs in use are dropped, since B2 may still be
    /// busy with them.
    fn halt(&mut self) -> Vec<TaskId> {
        let mut running = Vec::new();
        for lane in &mut self.lanes {
            running.extend(lane.running());
            match lane.state {
                State::Idle(_) | State::NoUrl | State::BackingOff(_) => continue,
                State::Sending { index, .. } => self.queue.insert(0, index),
                State::Taking(_) | State::Fetching(_) | State::Offline(_) => {}
            }
            lane.state = State::NoUrl;
        }
        running
    }

    /// Stops everything; the tasks to abort and the URLs that can serve others.
    pub(crate) fn stop(&mut self) -> (Vec<TaskId>, Vec<UploadUrl>) {
        self.failed = true;
        self.out.clear();
        self.queue.clear();
        let mut running: Vec<TaskId> = self.hashing.drain(..).map(|(task, _)| task).collect();
        let mut idle = Vec::new();
        for lane in &mut self.lanes {
            running.extend(lane.running());
            if let State::Idle(url) = core::mem::take(&mut lane.state) {
                idle.push(url.url);
            }
        }
        (running, idle)
    }
}
