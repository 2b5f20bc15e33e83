//! One worker: at most one upload URL, at most one upload.

use alloc::boxed::Box;

use super::destination::{PartUpload, UrlCall};
use crate::machine::{TaskId, UploadUrl};
use crate::retry::Backoff;
use crate::time::Instant;

/// Sends one part at a time.
#[derive(Debug, Default)]
pub(super) struct UploadWorker {
    pub(super) state: State,
    pub(super) backoff: Backoff,
    /// The number of attempts since the last success.
    pub(super) attempts: u32,
}

#[derive(Debug, Default)]
pub(super) enum State {
    #[default]
    NoUrl,
    TakingUrl(TaskId),
    FetchingUrl(Box<UrlCall>),
    Idle(WorkerUrl),
    Sending(Box<Sending>),
    BackingOff(Instant),
    /// The device is offline. The task waits for the network; `None` before it was started.
    Offline(Option<TaskId>),
}

/// The upload URL of a worker.
#[derive(Debug)]
pub(super) struct WorkerUrl {
    pub(super) url: UploadUrl,
    /// Whether B2 issued the URL for this upload: then a refused token is not an expired one.
    pub(super) is_fresh: bool,
}

/// A part that is being sent.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) task: TaskId,
    pub(super) upload: PartUpload,
    pub(super) url_is_fresh: bool,
    pub(super) index: usize,
    /// Bytes of the part that were sent.
    pub(super) sent: u64,
    /// When bytes were last sent.
    pub(super) last_progress: Instant,
    /// When the attempt is abandoned, once all bytes are sent.
    pub(super) deadline: Option<Instant>,
}

impl UploadWorker {
    /// Returns the worker to work after a success.
    pub(super) fn succeeded(&mut self, url: UploadUrl) {
        self.state = State::Idle(WorkerUrl { url, is_fresh: false });
        self.backoff.progressed();
        self.attempts = 0;
    }

    /// Returns the task that runs.
    pub(super) fn running(&self) -> Option<TaskId> {
        match &self.state {
            State::TakingUrl(task) => Some(*task),
            State::Sending(sending) => Some(sending.task),
            State::FetchingUrl(call) => call.running(),
            State::Offline(task) => *task,
            State::NoUrl | State::Idle(_) | State::BackingOff(_) => None,
        }
    }

    pub(super) fn is_sending(&self) -> bool {
        matches!(self.state, State::Sending(_))
    }

    /// Returns whether the worker has an upload URL, or will have one, and can take a part.
    pub(super) fn is_available(&self) -> bool {
        matches!(self.state, State::TakingUrl(_) | State::FetchingUrl(_) | State::Idle(_))
    }

    pub(super) fn sent_bytes(&self) -> u64 {
        match &self.state {
            State::Sending(sending) => sending.sent,
            _ => 0,
        }
    }
}
