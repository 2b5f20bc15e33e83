//! Performs the actions about a local folder.

use b2_proto::error::TransportError;
use b2_proto::machine::{Action, Input, TaskId};

use super::{Event, Slot};
use crate::actor::Local;
use crate::simulation::Simulation;

fn input<T>(result: Result<T, TransportError>, input: impl FnOnce(T) -> Input) -> Input {
    result.map_or_else(Input::Failed, input)
}

impl Simulation {
    /// Performs an action at once, and reports its outcome later.
    pub(super) fn start_in_folder(
        &mut self,
        local: &mut Local,
        actor: usize,
        slot: &mut Slot,
        task: TaskId,
        action: Action,
    ) {
        let now = self.timestamp();
        let rng = &mut self.rng;
        let alone = matches!(action, Action::Scan(_) | Action::Spill(_) | Action::Unspill);
        let last = match action {
            Action::Scan(_) => &mut slot.scan,
            _ => &mut slot.spill,
        };
        if alone && let Some(last) = last.replace(task) {
            assert!(!slot.running.contains(&last), "two of {action:?} run at once");
        }
        let folder = local.folder.as_mut().expect("the machine has a local folder");
        let outcome = match action {
            Action::Scan(scan) => input(folder.scan(rng, &scan), Input::Scanned),
            Action::OpenSource { source, name } => {
                input(folder.open(rng, source, &name), Input::Opened)
            }
            Action::DigestFile(file) => input(folder.digest(rng, &file), Input::Digest),
            Action::CreateSink { sink, name, len } => {
                input(folder.create(rng, sink, &name, len), Input::SinkCreated)
            }
            Action::CreateFolder { name } => {
                input(folder.create_folder(rng, &name), |()| Input::Performed)
            }
            Action::Publish { sink, modified } => {
                input(folder.publish(rng, sink, modified, now), |()| Input::Performed)
            }
            Action::ReleaseSink(sink) => return folder.release_sink(sink),
            Action::Remove { name } => input(folder.remove(rng, &name), |()| Input::Performed),
            Action::Spill(bytes) => input(folder.spill(rng, bytes), |()| Input::Performed),
            Action::Unspill => input(folder.unspill(rng), Input::Unspilled),
            other => unreachable!("{other:?} is not about the folder"),
        };
        slot.running.insert(task);
        let soon = self.latency();
        self.schedule(soon, Event::Deliver(actor, task, outcome));
    }
}
