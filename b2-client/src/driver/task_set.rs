//! The tasks of one machine that are under way.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Context, Poll};

use b2_proto::machine::TaskId;
use futures::StreamExt;
use futures::future::{AbortHandle, FutureExt, abortable};
use futures::stream::FuturesUnordered;

use super::commands::Commands;
use super::outcome::Outcome;
use super::signal::Signal;
use crate::error::HostError;
use crate::host::Host;
use crate::maybe_send::BoxFuture;

/// The tasks that have not ended and were not aborted.
pub(super) struct TaskSet<H: Host> {
    /// Takes the commands of the driver, whose waker the signals of the tasks wake.
    commands: Commands,
    futures: FuturesUnordered<BoxFuture<'static, Ended<H>>>,
    running: BTreeMap<TaskId, Running>,
}

/// A task that has ended; `None` if it was aborted.
type Ended<H> = (TaskId, Option<TaskResult<H>>);

/// How a task ended.
pub(super) type TaskResult<H> = Result<Outcome<H>, HostError>;

struct Running {
    kind: Kind,
    signal: Arc<Signal>,
    abort: AbortHandle,
}

/// What a task waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// This device.
    Local,
    /// The network, for the head of a response.
    Send,
    /// The network, for a body that is written meanwhile.
    Receive,
    /// The device to be online.
    Online,
    /// A permit to send a request.
    Permit,
}

impl Kind {
    /// Returns whether the machine's clock stands still meanwhile.
    pub(super) fn stops_clock(self) -> bool {
        matches!(self, Self::Online | Self::Permit)
    }
}

impl<H: Host> TaskSet<H> {
    pub(super) fn new(commands: Commands) -> Self {
        Self { commands, futures: FuturesUnordered::new(), running: BTreeMap::new() }
    }

    /// Adds a task. It is polled by [`poll_ended`](Self::poll_ended) only.
    pub(super) fn spawn(
        &mut self,
        task: TaskId,
        kind: Kind,
        future: impl FnOnce(Arc<Signal>) -> BoxFuture<'static, TaskResult<H>>,
    ) {
        let signal = Signal::new(self.commands.clone());
        let (future, abort) = abortable(future(signal.clone()));
        self.futures.push(Box::pin(future.map(move |ended| (task, ended.ok()))));
        self.running.insert(task, Running { kind, signal, abort });
    }

    /// Removes a task that has ended, or stops it. Returns its kind if it was not removed before.
    pub(super) fn remove(&mut self, task: TaskId) -> Option<Kind> {
        let running = self.running.remove(&task)?;
        running.abort.abort();
        Some(running.kind)
    }

    /// Returns whether there is a task of such a kind.
    pub(super) fn any(&self, is_such: impl Fn(Kind) -> bool) -> bool {
        self.running.values().any(|running| is_such(running.kind))
    }

    /// Returns the tasks of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> Vec<TaskId> {
        let tasks = self.running.iter().filter(|(_, running)| running.kind == kind);
        tasks.map(|(task, _)| *task).collect()
    }

    /// Tells the tasks of a kind that the device slept.
    pub(super) fn interrupt(&self, kind: Kind) {
        let tasks = self.running.values().filter(|running| running.kind == kind);
        tasks.for_each(|running| running.signal.interrupt());
    }

    /// Polls the tasks that were woken, and returns those that have ended. They are still to be removed.
    pub(super) fn poll_ended(&mut self, context: &mut Context<'_>) -> Vec<(TaskId, TaskResult<H>)> {
        let mut ended = Vec::new();
        while let Poll::Ready(Some((task, result))) = self.futures.poll_next_unpin(context) {
            ended.extend(result.map(|result| (task, result)));
        }
        ended
    }

    /// Takes the progress that tasks have reported.
    pub(super) fn take_progress(&self) -> impl Iterator<Item = (TaskId, u64)> {
        self.running
            .iter()
            .filter_map(|(task, running)| Some((*task, running.signal.take_moved()?)))
    }
}
