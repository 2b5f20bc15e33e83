//! One lane: at most one upload URL, at most one upload.

use alloc::boxed::Box;

use super::Destination;
use super::destination::UrlRequest;
use crate::call::Call;
use crate::machine::{TaskId, UploadUrl};
use crate::retry::{Backoff, RetryPolicy, Rng};
use crate::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) state: State,
    pub(super) backoff: Backoff,
    /// Attempts since the last success.
    pub(super) attempts: u32,
    /// When the call that fetches a URL wants to be polled.
    pub(super) fetch_deadline: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) enum State {
    #[default]
    NoUrl,
    Taking(TaskId),
    Fetching(Box<Call<UrlRequest>>),
    Idle(LaneUrl),
    Sending {
        task: TaskId,
        url: LaneUrl,
        index: usize,
        sent: u64,
        /// When something was last sent.
        moved: Instant,
        /// Once everything is sent: until when there must be an answer.
        until: Option<Instant>,
    },
    BackingOff(Instant),
    /// The device is offline; whether that has been said to the driver.
    Offline(Option<TaskId>),
}

/// A lane's upload URL.
#[derive(Debug)]
pub(super) struct LaneUrl {
    pub(super) url: UploadUrl,
    /// It was handed out just now: if its token is refused, it is not because it has grown old.
    pub(super) fresh: bool,
}

impl Lane {
    pub(super) fn fetch(
        &mut self,
        destination: &Destination,
        policy: RetryPolicy,
        rng: &mut Rng,
    ) -> State {
        self.fetch_deadline = None;
        let call = Call::new(destination.url_request(), policy, rng.next_u64());
        State::Fetching(Box::new(call))
    }

    pub(super) fn served(&mut self, url: LaneUrl) {
        self.state = State::Idle(LaneUrl { fresh: false, ..url });
        self.backoff.progressed();
        self.attempts = 0;
    }

    /// The task under way.
    pub(super) fn running(&self) -> Option<TaskId> {
        match &self.state {
            State::Taking(task) | State::Sending { task, .. } => Some(*task),
            State::Fetching(call) => call.running(),
            State::Offline(task) => *task,
            State::NoUrl | State::Idle(_) | State::BackingOff(_) => None,
        }
    }

    pub(super) fn is_sending(&self) -> bool {
        matches!(self.state, State::Sending { .. })
    }

    pub(super) fn is_engaged(&self) -> bool {
        matches!(self.state, State::Taking(_) | State::Fetching(_) | State::Idle(_))
    }

    pub(super) fn sent_bytes(&self) -> u64 {
        match self.state {
            State::Sending { sent, .. } => sent,
            _ => 0,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::BackingOff(until) => Some(until),
            State::Fetching(_) => self.fetch_deadline,
            State::Sending { until, .. } => until,
            _ => None,
        }
    }
}
