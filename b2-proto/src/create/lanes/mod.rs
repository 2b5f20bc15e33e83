//! Sends parts over upload URLs, several at once.
//!
//! B2 lets one upload use a URL at a time, and wants a URL dropped after any doubt about what became of
//! the upload. So parallelism is a number of *lanes*, and a lane owns one URL:
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

mod control;
mod destination;
mod lane;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

pub(crate) use destination::{Accepted, Destination};
use lane::{Lane, LaneUrl, State};

use crate::call::{Nested, Retrying, TaskIds, Wish};
use crate::create::plan::{PartContent, PlannedPart};
use crate::error::{Error, ErrorKind, Retry, Target, TransportError};
use crate::hash::Sha1Digest;
use crate::machine::{Action, BodyStyle, Input, Reply, TaskId, UrlKey};
use crate::retry::{RetryPolicy, Rng};
use crate::time::Instant;

/// B2 refused the bytes, or a fresh token, this often: it is not bad luck any more.
const MAX_REFUSALS: u32 = 5;

/// B2 found the upload itself wrong this often, without saying that the bytes had another SHA-1.
const MAX_BAD_REQUESTS: u32 = 2;

/// How long B2 may take to answer once it has all of an upload.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// While one part is hashed, the next one is read.
const HASHED_AT_ONCE: usize = 2;

/// The parts of one file and the lanes that send them.
#[derive(Debug)]
pub(crate) struct Lanes {
    destination: Destination,
    style: BodyStyle,
    policy: RetryPolicy,
    rng: Rng,
    parts: Vec<Part>,
    /// The parts that wait, the next one first. There are at most 10,000, so moving them up costs nothing.
    queue: Vec<usize>,
    lanes: Vec<Lane>,
    hashing: Vec<(TaskId, usize)>,
    accepted_parts: usize,
    accepted_bytes: u64,
    /// Bytes of parts whose SHA-1 is known, the accepted ones among them.
    known_bytes: u64,
    /// To be told first.
    out: Vec<LaneStep>,
    failed: bool,
    paused: bool,
    /// How many lanes may begin something; the others end what they do.
    parallel: usize,
}

#[derive(Debug)]
struct Part {
    planned: PlannedPart,
    digest: Option<Sha1Digest>,
    accepted: Option<Sha1Digest>,
    refusals: u32,
}

/// What the lanes want, or have to say.
#[derive(Debug)]
pub(crate) enum LaneStep {
    Start(TaskId, Action),
    Abort(TaskId),
    Retrying(Retrying),
    /// A part has arrived at B2.
    Accepted {
        index: usize,
        accepted: Accepted,
    },
    /// More bytes of unaccepted parts were hashed or sent, or fewer: an attempt was lost.
    Moved,
    Failed(Error),
}

impl Lanes {
    pub(crate) fn new(
        destination: Destination,
        parallel: usize,
        style: BodyStyle,
        policy: RetryPolicy,
        seed: u64,
    ) -> Self {
        Self {
            destination,
            style,
            policy,
            rng: Rng::new(seed),
            parts: Vec::new(),
            queue: Vec::new(),
            lanes: (0..parallel.max(1)).map(|_| Lane::default()).collect(),
            hashing: Vec::new(),
            accepted_parts: 0,
            accepted_bytes: 0,
            known_bytes: 0,
            out: Vec::new(),
            failed: false,
            paused: false,
            parallel: parallel.max(1),
        }
    }

    /// Adds the next part to be sent. `digest`: its SHA-1, if it is known.
    pub(crate) fn push(&mut self, planned: PlannedPart, digest: Option<Sha1Digest>) {
        if digest.is_some() {
            self.known_bytes += planned.len;
        }
        self.queue.push(self.parts.len());
        self.parts.push(Part { planned, digest, accepted: None, refusals: 0 });
    }

    /// Adds the next part, which B2 has already.
    pub(crate) fn push_accepted(&mut self, planned: PlannedPart, sha1: Sha1Digest) {
        self.known_bytes += planned.len;
        self.accepted_bytes += planned.len;
        self.accepted_parts += 1;
        self.parts.push(Part { planned, digest: Some(sha1), accepted: Some(sha1), refusals: 0 });
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// How many parts have arrived.
    pub(crate) fn accepted_parts(&self) -> usize {
        self.accepted_parts
    }

    /// Whether every part so far has arrived.
    pub(crate) fn is_finished(&self) -> bool {
        self.accepted_parts == self.parts.len()
    }

    /// The SHA-1 of each accepted part, by its index.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (usize, Sha1Digest)> + '_ {
        self.parts.iter().enumerate().filter_map(|(index, part)| Some((index, part.accepted?)))
    }

    /// Bytes of accepted parts.
    pub(crate) fn accepted_bytes(&self) -> u64 {
        self.accepted_bytes
    }

    /// Bytes of accepted parts and of parts on their way.
    pub(crate) fn sent_bytes(&self) -> u64 {
        self.accepted_bytes + self.lanes.iter().map(Lane::sent_bytes).sum::<u64>()
    }

    /// Whether bytes are on their way.
    pub(crate) fn is_sending(&self) -> bool {
        self.lanes.iter().any(Lane::is_sending)
    }

    /// Bytes whose SHA-1 is known: where a body is streamed, those that were sent.
    pub(crate) fn hashed_bytes(&self) -> u64 {
        self.known_bytes.max(self.sent_bytes())
    }

    pub(crate) fn poll(&mut self, now: Instant, ids: &mut TaskIds) -> Option<LaneStep> {
        if !self.out.is_empty() {
            return Some(self.out.remove(0));
        }
        if self.failed {
            return None;
        }
        if let Some(step) = self.hash_ahead(ids) {
            return Some(step);
        }
        if self.paused {
            return None;
        }
        (0..self.lanes.len()).find_map(|lane| self.poll_lane(lane, now, ids))
    }

    /// When to poll again although nothing arrived.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lanes.iter().filter_map(Lane::deadline).min().filter(|_| !self.paused)
    }

    fn poll_lane(&mut self, lane: usize, now: Instant, ids: &mut TaskIds) -> Option<LaneStep> {
        let wanted = self.engaged() < self.queue.len();
        match &mut self.lanes[lane].state {
            State::BackingOff(until) if now >= *until => {
                self.lanes[lane].state = State::NoUrl;
                self.poll_lane(lane, now, ids)
            }
            // More lanes than there may be: this one rests.
            State::Idle(_) | State::NoUrl if lane >= self.parallel => {
                self.lanes[lane].state = State::NoUrl;
                None
            }
            State::NoUrl if wanted => {
                let task = ids.next();
                self.lanes[lane].state = State::Taking(task);
                Some(LaneStep::Start(task, Action::TakeUrl(self.destination.url_key())))
            }
            State::Fetching(call) => match call.poll(now, ids) {
                Some(Wish::Start(task, action)) => Some(LaneStep::Start(task, action)),
                Some(Wish::Abort(task)) => Some(LaneStep::Abort(task)),
                Some(Wish::Retrying(retrying)) => Some(LaneStep::Retrying(retrying)),
                Some(Wish::Wait(deadline)) => {
                    self.lanes[lane].fetch_deadline = deadline;
                    None
                }
                None => match call.result() {
                    Ok(url) => {
                        self.lanes[lane].state = State::Idle(LaneUrl { url, fresh: true });
                        self.poll_lane(lane, now, ids)
                    }
                    Err(error) => {
                        self.lanes[lane].state = State::NoUrl;
                        Some(self.fail(error))
                    }
                },
            },
            State::Idle(_) => self.send_next(lane, now, ids),
            State::Sending { task, index, moved, until: Some(until), .. } if now >= *until => {
                let (task, index, waited) = (*task, *index, until.saturating_since(*moved));
                self.sent(lane, now, index, Err(TransportError::no_answer(waited)));
                Some(LaneStep::Abort(task))
            }
            State::Offline(told @ None) => {
                let task = ids.next();
                *told = Some(task);
                Some(LaneStep::Start(task, Action::AwaitOnline))
            }
            _ => None,
        }
    }

    /// Lanes that have a URL, or are about to, and will take a part.
    fn engaged(&self) -> usize {
        self.lanes.iter().take(self.parallel).filter(|lane| lane.is_engaged()).count()
    }

    fn send_next(&mut self, lane: usize, now: Instant, ids: &mut TaskIds) -> Option<LaneStep> {
        let ready = |part: &Part| self.style == BodyStyle::Streamed || part.digest.is_some();
        let position = self.queue.iter().position(|index| ready(&self.parts[*index]))?;
        let index = self.queue.remove(position);
        let part = &self.parts[index];
        let State::Idle(url) = core::mem::replace(&mut self.lanes[lane].state, State::NoUrl) else {
            return None;
        };
        let PartContent::Local(spans) = &part.planned.content;
        match self.destination.request(&url.url, index, spans.clone(), part.digest) {
            Ok(mut request) => {
                let task = ids.next();
                let left = self.lanes[lane].backoff.left(now, &self.policy);
                request.idle_timeout = request.idle_timeout.min(left);
                self.lanes[lane].attempts += 1;
                self.lanes[lane].state =
                    State::Sending { task, url, index, sent: 0, moved: now, until: None };
                Some(LaneStep::Start(task, Action::Send(Box::new(request))))
            }
            Err(error) => Some(self.fail(error)),
        }
    }

    /// Where a body must be known before it is sent, hashes the parts that are next.
    fn hash_ahead(&mut self, ids: &mut TaskIds) -> Option<LaneStep> {
        if self.style == BodyStyle::Streamed || self.hashing.len() == HASHED_AT_ONCE {
            return None;
        }
        let under_way = |index: usize| self.hashing.iter().any(|(_, other)| *other == index);
        let unknown = |index: &usize| self.parts[*index].digest.is_none() && !under_way(*index);
        let ahead = self.lanes.len() + 1;
        let index = self.queue.iter().take(ahead).copied().find(unknown)?;
        let PartContent::Local(spans) = &self.parts[index].planned.content;
        let task = ids.next();
        self.hashing.push((task, index));
        Some(LaneStep::Start(task, Action::Digest(spans.clone())))
    }

    /// What became of a task. That of somebody else is ignored.
    pub(crate) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(at) = self.hashing.iter().position(|(hashing, _)| *hashing == task) {
            self.hashed(at, input);
        } else if let Some(lane) = self.lanes.iter().position(|lane| lane.running() == Some(task)) {
            self.handle_lane(lane, now, task, input);
        }
    }

    fn hashed(&mut self, at: usize, input: Input) {
        let (_, index) = self.hashing[at];
        match input {
            Input::Digest(digest) => {
                self.parts[index].digest = Some(digest);
                self.known_bytes += self.parts[index].planned.len;
                self.out.push(LaneStep::Moved);
            }
            Input::Failed(failure) => {
                self.fail_later(Error::from_failure(Target::Upload, &failure));
            }
            _ => return,
        }
        self.hashing.swap_remove(at);
    }

    fn handle_lane(&mut self, lane: usize, now: Instant, task: TaskId, input: Input) {
        let left = self.lanes[lane].backoff.left(now, &self.policy);
        match (&mut self.lanes[lane].state, input) {
            (State::Taking(_), Input::Url(Some(url))) => {
                self.lanes[lane].state = State::Idle(LaneUrl { url, fresh: false });
            }
            (State::Taking(_), Input::Url(None)) => {
                self.lanes[lane].state =
                    self.lanes[lane].fetch(&self.destination, self.policy, &mut self.rng);
            }
            (State::Fetching(call), input) => call.handle(now, task, input),
            (State::Offline(_), _) => self.lanes[lane].state = State::NoUrl,
            (State::Sending { index, sent, moved, until, .. }, Input::Progress(bytes)) => {
                let len = self.parts[*index].planned.len;
                let bytes = bytes.min(len);
                if bytes > *sent {
                    *moved = now;
                    *until = (bytes == len).then_some(now + left.min(ANSWER_TIMEOUT));
                }
                *sent = bytes;
                self.out.push(LaneStep::Moved);
            }
            (State::Sending { index, .. }, Input::Reply(reply)) => {
                let index = *index;
                self.sent(lane, now, index, Ok(reply));
            }
            (State::Sending { index, .. }, Input::Failed(failure)) => {
                let index = *index;
                self.sent(lane, now, index, Err(failure));
            }
            _ => {}
        }
    }

    fn sent(
        &mut self,
        lane: usize,
        now: Instant,
        index: usize,
        answer: Result<Reply, TransportError>,
    ) {
        let outcome = match answer {
            Ok(reply) => self
                .destination
                .response(&reply, index, self.parts[index].digest)
                .and_then(|accepted| self.check_size(index, accepted)),
            Err(failure) => Err(self.destination.failed(&failure)),
        };
        let State::Sending { url, moved, .. } =
            core::mem::replace(&mut self.lanes[lane].state, State::NoUrl)
        else {
            return;
        };
        match outcome {
            Ok(accepted) => {
                self.lanes[lane].served(url);
                let part = &mut self.parts[index];
                if part.digest.is_none() {
                    self.known_bytes += part.planned.len;
                }
                part.accepted = Some(accepted.sha1);
                self.accepted_parts += 1;
                self.accepted_bytes += part.planned.len;
                self.out.push(LaneStep::Accepted { index, accepted });
            }
            // The URL is dropped here: nobody knows what B2 still does with it. A page that repeats the request may
            // show its token.
            Err(error) => {
                let error = error.without_secret(&url.url.token);
                self.lanes[lane].backoff.begun(moved);
                self.lost(lane, now, index, url.fresh, error);
            }
        }
    }

    /// Checks that B2 has stored as many bytes as were sent.
    fn check_size(&self, index: usize, accepted: Accepted) -> Result<Accepted, Error> {
        let sent = self.parts[index].planned.len;
        match &accepted.version {
            Some(version) if version.size != sent => {
                let message =
                    format!("B2 says that it stored {} bytes, but {sent} were sent", version.size);
                let error = Error::unreadable_response("").with_kind(ErrorKind::WrongFile);
                Err(error.with_message(message).with_subject(&version.file_name))
            }
            _ => Ok(accepted),
        }
    }

    fn lost(&mut self, lane: usize, now: Instant, index: usize, fresh: bool, error: Error) {
        let error = error.with_attempts(self.lanes[lane].attempts);
        let part = &mut self.parts[index];
        let (refused, most) = match error.kind() {
            ErrorKind::ChecksumMismatch => (true, MAX_REFUSALS),
            ErrorKind::BadRequest => (true, MAX_BAD_REQUESTS),
            ErrorKind::InvalidAuthToken => (fresh, MAX_REFUSALS),
            _ => (false, MAX_REFUSALS),
        };
        part.refusals += u32::from(refused);
        if error.retry() == Retry::Never || part.refusals > most {
            return self.fail_later(error);
        }
        let state = &mut self.lanes[lane];
        if error.retry() == Retry::WhenOnline {
            state.attempts = state.attempts.saturating_sub(1);
            state.state = State::Offline(None);
            self.queue.insert(0, index);
            self.out.push(LaneStep::Retrying(Retrying { error, delay: Duration::ZERO }));
            self.out.push(LaneStep::Moved);
            return;
        }
        match state.backoff.failed(now, &self.policy, &error, 1, &mut self.rng) {
            Some(at) => {
                self.queue.insert(0, index);
                self.lanes[lane].state = State::BackingOff(at);
                let delay = at.saturating_since(now);
                self.out.push(LaneStep::Retrying(Retrying { error, delay }));
                self.out.push(LaneStep::Moved);
            }
            None => self.fail_later(error),
        }
    }

    fn fail_later(&mut self, error: Error) {
        let step = self.fail(error);
        self.out.push(step);
    }

    /// One part is lost for good: no other one is begun, and what runs is pointless.
    fn fail(&mut self, error: Error) -> LaneStep {
        self.failed = true;
        LaneStep::Failed(error)
    }

    pub(crate) fn destination(&self) -> &Destination {
        &self.destination
    }

    pub(crate) fn url_key(&self) -> UrlKey {
        self.destination.url_key()
    }
}
