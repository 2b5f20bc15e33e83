//! Stopping workers, for good or for a pause, and changing their number.

use alloc::vec::Vec;

use super::UploadWorkers;
use super::assembly::Assembly;
use super::worker::{State, UploadWorker};
use crate::machine::{Control, TaskId, UploadUrl};

impl UploadWorkers {
    /// Applies a command and returns the tasks to abort.
    pub(crate) fn control(&mut self, control: Control) -> Vec<TaskId> {
        match control {
            Control::Pause => {
                self.paused = true;
                return self.halt();
            }
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => {
                self.parallel = parallel.max(1);
                let workers = self.workers.len().max(self.parallel);
                self.workers.resize_with(workers, UploadWorker::default);
            }
        }
        Vec::new()
    }

    /// Stops what is under way. Parts return to the queue; URLs in use are dropped, since B2 may still be busy with
    /// them. Copies that B2 makes already are not stopped.
    fn halt(&mut self) -> Vec<TaskId> {
        let mut running: Vec<TaskId> =
            self.assemblies.iter_mut().filter_map(Assembly::halt).collect();
        for worker in &mut self.workers {
            running.extend(worker.running());
            match &worker.state {
                State::Idle(_) | State::NoUrl | State::BackingOff(_) => continue,
                State::Sending(sending) => self.parts.requeue(sending.index),
                State::TakingUrl(_) | State::FetchingUrl(_) | State::Offline(_) => {}
            }
            worker.state = State::NoUrl;
        }
        running
    }

    /// Stops the workers for good. Returns the tasks to abort and the URLs that can be used again.
    pub(crate) fn stop(&mut self) -> (Vec<TaskId>, Vec<UploadUrl>) {
        self.stopped = true;
        self.steps.clear();
        let mut running: Vec<TaskId> = self.hashing.drain(..).map(|(task, _)| task).collect();
        running.extend(self.copies.drain(..).filter_map(|copy| copy.running()));
        running.extend(self.assemblies.iter_mut().filter_map(Assembly::halt));
        let mut idle = Vec::new();
        for worker in &mut self.workers {
            running.extend(worker.running());
            if let State::Idle(url) = core::mem::take(&mut worker.state) {
                idle.push(url.url);
            }
        }
        (running, idle)
    }
}
