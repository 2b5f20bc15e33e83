//! A machine that records what it is told.

use std::collections::VecDeque;

use b2_proto::create::{UploadEvent, UploadProgress};
use b2_proto::machine::{Action, Control, Input, Machine, OnCancel, SinkId, Step, TaskId};
use b2_proto::time::Instant;

/// What a [`Probe`] was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) cancelled: bool,
    pub(super) paused: Option<bool>,
    pub(super) parallel: Option<usize>,
    /// The deadline has passed.
    pub(super) deadline: bool,
    /// The last report of progress.
    pub(super) progress: u64,
    /// The response to the request.
    pub(super) replied: bool,
    /// The end of a body, or of a request without a response.
    pub(super) ended: bool,
}

/// Starts actions, and completes when it has been told what it waits for.
pub(super) struct Probe {
    actions: VecDeque<Action>,
    events: VecDeque<UploadEvent>,
    deadline: Option<Instant>,
    seen: Seen,
    complete: fn(&Seen) -> bool,
    tasks: u64,
    done: bool,
}

impl Probe {
    pub(super) fn until(complete: fn(&Seen) -> bool) -> Self {
        Self {
            actions: VecDeque::new(),
            events: VecDeque::new(),
            deadline: None,
            seen: Seen::default(),
            complete,
            tasks: 0,
            done: false,
        }
    }

    pub(super) fn start(mut self, action: Action) -> Self {
        self.actions.push_back(action);
        self
    }

    pub(super) fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl Machine for Probe {
    type Output = Seen;
    type Event = UploadEvent;

    fn poll(&mut self, now: Instant) -> Step<Seen, UploadEvent> {
        if let Some(action) = self.actions.pop_front() {
            self.tasks += 1;
            return Step::Start(TaskId(self.tasks), action);
        }
        if let Some(event) = self.events.pop_front() {
            return Step::Emit(event);
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.deadline = None;
            self.seen.deadline = true;
        }
        if (self.complete)(&self.seen) && !self.done {
            self.done = true;
            return Step::Done(Ok(self.seen.clone()));
        }
        Step::Wait(self.deadline)
    }

    fn handle(&mut self, _: Instant, task: TaskId, input: Input) {
        match input {
            Input::Progress(sent) => {
                assert!(!self.seen.replied, "progress after the response");
                self.seen.progress = sent;
                let progress = UploadProgress { sent, ..UploadProgress::default() };
                self.events.push_back(UploadEvent::Progress(progress));
            }
            Input::Reply(_) => self.seen.replied = true,
            Input::Head(_) => self.actions.push_back(Action::Receive {
                from: task,
                sink: SinkId(0),
                offset: 0,
                max: 1,
                ends: false,
                digest: false,
            }),
            Input::Received { .. } | Input::Failed(_) => self.seen.ended = true,
            other => panic!("{other:?} was not asked for"),
        }
    }

    fn cancel(&mut self, _: Instant, _: OnCancel) {
        self.seen.cancelled = true;
    }

    fn control(&mut self, _: Instant, control: Control) {
        match control {
            Control::Pause => self.seen.paused = Some(true),
            Control::Resume => self.seen.paused = Some(false),
            Control::Parallel(parallel) => self.seen.parallel = Some(parallel),
        }
    }
}
