//! The contract between a machine, which decides, and a driver, which performs what it decides.
//!
//! A driver polls a machine until it returns [`Step::Wait`] or [`Step::Done`], performs each [`Action`] that a
//! [`Step::Start`] names, and reports its outcome as an [`Input`]:
//!
//! ```
//! use std::sync::Arc;
//!
//! use b2_proto::account::Authorization;
//! use b2_proto::api::GetUploadUrl;
//! use b2_proto::call::Call;
//! use b2_proto::http::Response;
//! use b2_proto::machine::{Action, Authorized, Generation, Input, Machine, Reply, Step};
//! use b2_proto::retry::RetryPolicy;
//! use b2_proto::time::Instant;
//!
//! let operation = GetUploadUrl { bucket_id: "4a48fe8875c6214145260818".into() };
//! let mut call = Call::new(operation, RetryPolicy::default(), 7);
//! let mut now = Instant::ORIGIN;
//! // A server that is busy at first.
//! let mut responses = vec![
//!     (200, r#"{"uploadUrl": "https://pod.example.com/upload", "authorizationToken": "t"}"#),
//!     (503, r#"{"status": 503, "code": "service_unavailable", "message": "busy"}"#),
//! ];
//! let url = loop {
//!     match call.poll(now) {
//!         Step::Start(task, Action::Auth { .. }) => {
//!             // A driver keeps an `Account`, which authorizes once for all machines.
//!             let (api, download) = ("https://api.example.com", "https://f.example.com");
//!             let authorization = Authorization::new("a".into(), "token".into(), api, download);
//!             let (generation, authorization) = (Generation::default(), Arc::new(authorization));
//!             let authorized = Authorized { generation, authorization };
//!             call.handle(now, task, Input::Auth(Ok(authorized)));
//!         }
//!         Step::Start(task, Action::Send(request)) => {
//!             assert_eq!(request.head.url, "https://api.example.com/b2api/v4/b2_get_upload_url");
//!             let (status, body) = responses.pop().unwrap();
//!             let response = Response::new(status, body.into());
//!             call.handle(now, task, Input::Reply(Reply::new(response)));
//!         }
//!         Step::Emit(retrying) => println!("{}; again in {:?}", retrying.error, retrying.delay),
//!         // A driver sleeps until then, or until the next outcome.
//!         Step::Wait(deadline) => now = deadline.unwrap(),
//!         Step::Done(result) => break result?,
//!         Step::Start(..) | Step::Abort(_) => unreachable!("this call needs nothing else"),
//!     }
//! };
//! assert_eq!(url.url, "https://pod.example.com/upload");
//! # Ok::<(), b2_proto::Error>(())
//! ```
//!
//! Any interleaving of calls is legal. Inputs for tasks that are unknown, have ended or were aborted are ignored.
//!
//! A driver takes the time from a [`SuspendClock`](crate::suspend_clock::SuspendClock), which also says when to wake
//! up. If the device was suspended, the driver aborts the requests under way and reports each as
//! [`Asleep`](crate::error::TransportErrorKind::Asleep).
//!
//! Heads of requests and responses are the plain types of [`http`](crate::http); the feature `http` converts them
//! from and to those of the `http` crate.

mod action;
mod intent;
mod local;
mod step_queue;
mod task_ids;

use core::ops::ControlFlow;

pub use action::{
    Action, Body, BodyStyle, BufferId, Input, Origin, Reply, ReplyPlan, Request, SinkId, SourceId,
    Span,
};
pub use intent::{CopySource, IntentSource, WriteIntent};
pub use local::{
    LocalFile, LocalScan, NameRange, ScanFilter, ScanItem, ScanPage, SinkAbilities, SkipReason,
    SkippedEntry, Symlinks,
};
pub(crate) use step_queue::StepQueue;
pub(crate) use task_ids::TaskIds;

pub use crate::account::{Authorized, Generation, UploadUrl, UrlKey};
use crate::error::{Error, ErrorKind};
use crate::time::Instant;

/// A part of the protocol as a state machine.
///
/// Total: no method panics or fails, whatever the order of the calls.
pub trait Machine {
    /// The value that the machine returns when it completes.
    type Output;
    /// What the machine reports before it completes: progress, checkpoints, retries.
    type Event;

    /// Returns the next step.
    ///
    /// Time does not go back for the machine: an instant earlier than one seen before counts as that one.
    fn poll(&mut self, now: Instant) -> Step<Self::Output, Self::Event>;

    /// Takes the outcome, or the progress, of a task that the machine started.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);

    /// Stops the machine. It ends with [`ErrorKind::Cancelled`] as soon as possible.
    fn cancel(&mut self, now: Instant, policy: OnCancel);

    /// Takes a command. A command that does not apply to this machine is ignored.
    fn control(&mut self, now: Instant, control: Control) {
        let _ = (now, control);
    }
}

/// The next step of a machine.
#[derive(Debug)]
#[must_use]
pub enum Step<T, E> {
    /// Start the action as this task, and report its outcome once. Reports of progress may come before.
    Start(TaskId, Action),
    /// Stop this task. Nothing about it needs to be reported any more.
    Abort(TaskId),
    /// Pass the event on to the caller.
    Emit(E),
    /// Nothing to do before an outcome arrives or this instant passes. `None`: only an outcome continues the machine.
    Wait(Option<Instant>),
    /// The machine has completed. Tasks that still run are to be aborted. Returned once; afterwards the machine only
    /// returns `Wait(None)`.
    Done(Result<T, Error>),
}

impl<T, E> Step<T, E> {
    /// Returns the result of a child machine that has completed, or the step that its parent returns as its own.
    pub(crate) fn result<U, F: From<E>>(self) -> ControlFlow<Step<U, F>, Result<T, Error>> {
        ControlFlow::Break(match self {
            Self::Start(task, action) => Step::Start(task, action),
            Self::Abort(task) => Step::Abort(task),
            Self::Emit(event) => Step::Emit(event.into()),
            Self::Wait(deadline) => Step::Wait(deadline),
            Self::Done(result) => return ControlFlow::Continue(result),
        })
    }
}

/// Identifies one task of one machine. An id is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

/// What [`Machine::cancel`] does with an unfinished large file at B2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCancel {
    /// Keep it, so that it can be resumed.
    #[default]
    Keep,
    /// Delete it, if that succeeds within a short time.
    Discard,
}

/// A command to a running machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Stop the transfers under way and start no new ones. What B2 has confirmed stays, and no attempt is counted.
    Pause,
    /// Continue after a pause.
    Resume,
    /// Set the number of concurrent transfers.
    Parallel(usize),
}

/// Returns the error of a machine that was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "cancelled")
}
