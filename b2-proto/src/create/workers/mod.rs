//! Sends parts over upload URLs, several at once.
//!
//! B2 lets one upload use a URL at a time, and wants a URL dropped when the outcome of an upload is unknown. So
//! parallelism is a number of *workers*, each of which owns one URL:
//!
//! ```text
//!            TakeUrl, or b2_get_upload_url        Send(part)
//!   NoUrl ───────────────────────────────▶ Idle ───────────▶ Sending
//!     ▲  ▲                                   ▲                  │
//!     │  └── BackingOff ◀────────────────────┼── 5xx, 408, 429, broken, 401: the URL is dropped,
//!     │      (not at the first failure)      │   the part goes back to the queue
//!     └──────────────────────────────────────┴── 200: the part is accepted
//!
//! An upload that fails because the device is offline waits for the network instead of backing off.
//! ```
//!
//! Parts that are ranges of files in B2 need no upload URL: `b2_copy_part` copies them, as many at once as there are
//! workers. A part with remote pieces too small for a copy is assembled first: the pieces are downloaded to buffers.

mod assembly;
mod control;
mod copies;
mod destination;
mod outcome;
mod parts;
mod worker;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::ControlFlow;

use assembly::{Assembly, PieceBuffers};
use copies::PartCopy;
pub(crate) use copies::name_source;
pub(crate) use destination::{Destination, StoredPart};
use parts::{Part, PartQueue};
use worker::{Sending, State, UploadWorker, WorkerUrl};

use crate::api::Operation;
use crate::call::{CallFactory, Retrying};
use crate::create::COPIES;
use crate::create::options::UploadOptions;
use crate::create::plan::PlannedPart;
use crate::error::{Error, TransportError};
use crate::hash::Sha1Digest;
use crate::machine::{Action, BodyStyle, Input, Step, StepQueue, TaskId, UrlKey};
use crate::time::Instant;

/// The number of parts that are hashed at once: one is hashed while the next one is read.
const HASHED_AT_ONCE: usize = 2;

/// The parts of one file and the workers that send them. They end only with an error.
#[derive(Debug)]
pub(crate) struct UploadWorkers {
    destination: Destination,
    style: BodyStyle,
    headers_may_be_hidden: bool,
    calls: CallFactory,
    parts: PartQueue,
    workers: Vec<UploadWorker>,
    /// The parts that B2 copies, at most `parallel`.
    copies: Vec<PartCopy>,
    /// The parts whose remote pieces are downloaded, at most `parallel`.
    assemblies: Vec<Assembly>,
    buffers: PieceBuffers,
    /// The tasks that hash parts, each with the index of its part.
    hashing: Vec<(TaskId, usize)>,
    steps: StepQueue<Infallible, PartEvent>,
    paused: bool,
    stopped: bool,
    /// The number of workers that may take parts.
    parallel: usize,
}

/// What happens to the parts.
#[derive(Debug)]
pub(crate) enum PartEvent {
    /// B2 has stored a part.
    Accepted { index: usize, stored: StoredPart },
    /// More bytes of unaccepted parts were hashed or sent, or fewer: an attempt failed.
    Progress,
    /// A request failed and will be repeated.
    Retrying(Retrying),
}

impl From<Retrying> for PartEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

type WorkerStep = Step<Infallible, PartEvent>;

impl UploadWorkers {
    pub(crate) fn new(
        destination: Destination,
        parallel: usize,
        options: &UploadOptions,
        calls: CallFactory,
    ) -> Self {
        let parallel = parallel.max(1);
        Self {
            destination,
            style: options.body_style,
            headers_may_be_hidden: options.headers_may_be_hidden,
            buffers: PieceBuffers::new(options.max_buffered, calls.ids().clone()),
            calls,
            parts: PartQueue::default(),
            workers: (0..parallel).map(|_| UploadWorker::default()).collect(),
            copies: Vec::new(),
            assemblies: Vec::new(),
            hashing: Vec::new(),
            steps: StepQueue::default(),
            paused: false,
            stopped: false,
            parallel,
        }
    }

    /// Adds the next part to be sent. `digest`: its SHA-1, if it is known.
    pub(crate) fn push(&mut self, planned: PlannedPart, digest: Option<Sha1Digest>) {
        self.parts.push(planned, digest);
    }

    /// Adds the next part, which B2 has already.
    pub(crate) fn push_accepted(&mut self, planned: PlannedPart, sha1: Sha1Digest) {
        self.parts.push_accepted(planned, sha1);
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns the number of accepted parts.
    pub(crate) fn accepted_parts(&self) -> usize {
        self.parts.accepted_parts()
    }

    /// Returns whether every part so far is accepted.
    pub(crate) fn is_finished(&self) -> bool {
        self.parts.accepted_parts() == self.parts.len()
    }

    /// Returns the SHA-1 of each accepted part, by its index.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (usize, Sha1Digest)> + '_ {
        self.parts.accepted()
    }

    /// Returns the number of bytes of accepted parts.
    pub(crate) fn accepted_bytes(&self) -> u64 {
        self.parts.accepted_bytes()
    }

    /// Returns the number of parts that wait to be sent, copied or assembled.
    pub(crate) fn waiting_parts(&self) -> usize {
        self.parts.waiting_parts()
    }

    /// Returns the offset before which all bytes are accepted.
    pub(crate) fn accepted_until(&mut self) -> u64 {
        self.parts.accepted_until()
    }

    /// Returns the number of bytes of accepted parts and of parts on their way.
    pub(crate) fn sent_bytes(&self) -> u64 {
        self.accepted_bytes() + self.workers.iter().map(UploadWorker::sent_bytes).sum::<u64>()
    }

    /// Returns whether bytes are on their way.
    pub(crate) fn is_sending(&self) -> bool {
        self.workers.iter().any(UploadWorker::is_sending)
    }

    /// Returns whether B2 copies parts.
    pub(crate) fn is_copying(&self) -> bool {
        !self.copies.is_empty()
    }

    /// Returns the number of bytes whose SHA-1 is known. Where a body is streamed, those are the bytes that were sent.
    pub(crate) fn hashed_bytes(&self) -> u64 {
        self.parts.hashed_bytes().max(self.sent_bytes())
    }

    pub(crate) fn destination(&self) -> &Destination {
        &self.destination
    }

    pub(crate) fn url_key(&self) -> UrlKey {
        self.destination.url_key()
    }

    pub(crate) fn poll(&mut self, now: Instant) -> WorkerStep {
        if let Some(step) = self.steps.pop() {
            return step;
        }
        if self.stopped || self.steps.is_done() {
            return Step::Wait(None);
        }
        if let Some((task, action)) = self.hash_ahead() {
            return Step::Start(task, action);
        }
        let mut earliest = None;
        if COPIES {
            match self.poll_copies(now) {
                Step::Wait(deadline) => earliest = deadline,
                step => return step,
            }
        }
        if self.paused {
            return Step::Wait(earliest);
        }
        if COPIES {
            match self.poll_assemblies(now) {
                Step::Wait(deadline) => earliest = sooner(earliest, deadline),
                step => return step,
            }
        }
        for worker in 0..self.workers.len() {
            match self.poll_worker(worker, now) {
                Step::Wait(deadline) => earliest = sooner(earliest, deadline),
                step => return step,
            }
        }
        Step::Wait(earliest)
    }

    /// Notes that B2 has stored a part.
    fn part_accepted(&mut self, index: usize, stored: StoredPart) {
        for buffer in self.parts.accept(index, stored.sha1) {
            let task = self.calls.ids().next();
            self.steps.start(task, Action::Release(buffer));
        }
        self.buffers.accepted(index);
        self.steps.emit(PartEvent::Accepted { index, stored });
    }

    fn poll_worker(&mut self, worker: usize, now: Instant) -> WorkerStep {
        let is_wanted = self.available() < self.parts.waiting().len();
        match &mut self.workers[worker].state {
            State::BackingOff(until) if now >= *until => {
                self.workers[worker].state = State::NoUrl;
                self.poll_worker(worker, now)
            }
            State::BackingOff(until) => Step::Wait(Some(*until)),
            // There are more workers than may take parts.
            State::Idle(_) | State::NoUrl if worker >= self.parallel => {
                self.workers[worker].state = State::NoUrl;
                Step::Wait(None)
            }
            State::NoUrl if is_wanted => {
                let task = self.calls.ids().next();
                self.workers[worker].state = State::TakingUrl(task);
                Step::Start(task, Action::TakeUrl(self.destination.url_key()))
            }
            State::FetchingUrl(call) => match call.poll(now).result() {
                ControlFlow::Break(step) => step,
                ControlFlow::Continue(Ok(url)) => {
                    self.workers[worker].state = State::Idle(WorkerUrl { url, is_fresh: true });
                    self.poll_worker(worker, now)
                }
                ControlFlow::Continue(Err(error)) => {
                    self.workers[worker].state = State::NoUrl;
                    self.fail(error)
                }
            },
            State::Idle(_) => self.send_next(worker, now),
            State::Sending(sending) => match sending.deadline {
                Some(deadline) if now >= deadline => {
                    let waited = deadline.saturating_since(sending.last_progress);
                    let error = TransportError::no_answer(waited);
                    let (task, error) = (sending.task, sending.upload.transport_error(&error));
                    self.ended(worker, now, Err(error));
                    Step::Abort(task)
                }
                deadline => Step::Wait(deadline),
            },
            State::Offline(started @ None) => {
                let task = self.calls.ids().next();
                *started = Some(task);
                Step::Start(task, Action::AwaitOnline)
            }
            State::NoUrl | State::TakingUrl(_) | State::Offline(Some(_)) => Step::Wait(None),
        }
    }

    /// Returns the number of workers that can take a part.
    fn available(&self) -> usize {
        self.workers.iter().take(self.parallel).filter(|worker| worker.is_available()).count()
    }

    fn send_next(&mut self, worker: usize, now: Instant) -> WorkerStep {
        let style = self.style;
        let ready = |part: &Part| part.digest.is_some() || style.appends_sha1(part.len());
        let Some(index) = self.parts.take(ready) else {
            return Step::Wait(None);
        };
        let worker = &mut self.workers[worker];
        let State::Idle(url) = core::mem::take(&mut worker.state) else {
            return Step::Wait(None);
        };
        let part = self.parts.get(index);
        let upload = self.destination.upload(url.url, index, part.spans().to_vec(), part.digest);
        match upload.request(None) {
            Ok(mut request) => {
                let task = self.calls.ids().next();
                let left = worker.backoff.left(now, self.calls.policy());
                request.idle_timeout = request.idle_timeout.min(left);
                worker.attempts += 1;
                worker.state = State::Sending(Box::new(Sending {
                    task,
                    upload,
                    url_is_fresh: url.is_fresh,
                    index,
                    sent: 0,
                    last_progress: now,
                    deadline: None,
                }));
                Step::Start(task, Action::Send(Box::new(request)))
            }
            Err(error) => self.fail(error),
        }
    }

    /// Hashes the next parts, if the host must know a body before it sends it.
    fn hash_ahead(&mut self) -> Option<(TaskId, Action)> {
        if self.style == BodyStyle::Streamed || self.hashing.len() == HASHED_AT_ONCE {
            return None;
        }
        let is_wanted = |index: &usize| {
            let part = self.parts.get(*index);
            part.digest.is_none()
                && !self.style.appends_sha1(part.len())
                && self.hashing.iter().all(|(_, other)| other != index)
        };
        let ahead = self.workers.len() + 1;
        let index = self.parts.waiting().iter().take(ahead).copied().find(is_wanted)?;
        let spans = self.parts.get(index).spans().to_vec();
        let task = self.calls.ids().next();
        self.hashing.push((task, index));
        Some((task, Action::Digest(spans)))
    }

    /// Ends the workers: one part cannot be sent, so that no other one is begun.
    fn fail(&mut self, error: Error) -> WorkerStep {
        self.steps.done(Err(error));
        self.steps.pop().unwrap_or(Step::Wait(None))
    }

    /// Takes the outcome of a task. One that belongs to something else is ignored.
    pub(crate) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(at) = self.hashing.iter().position(|(hashing, _)| *hashing == task) {
            self.hashed(at, input);
        } else if COPIES
            && let Some(copy) = self.copies.iter_mut().find(|copy| copy.running() == Some(task))
        {
            copy.handle(now, task, input);
        } else if COPIES
            && let Some(assembly) =
                self.assemblies.iter_mut().find(|assembly| assembly.running() == Some(task))
        {
            assembly.handle(now, task, input);
        } else if let Some(worker) =
            self.workers.iter().position(|worker| worker.running() == Some(task))
        {
            self.handle_worker(worker, now, task, input);
        }
    }
}

/// Returns the earlier of two deadlines.
fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}
