//! What follows the outcome of an upload.

use core::time::Duration;

use super::worker::{State, WorkerUrl};
use super::{PartEvent, StoredPart, UploadWorkers};
use crate::api::{Endpoint, Operation};
use crate::call::Retrying;
use crate::error::{Error, ErrorKind, Retry, Target};
use crate::machine::{Input, TaskId};
use crate::time::Instant;

/// The number of times that B2 may refuse the bytes of a part, or a fresh token.
const MAX_REFUSALS: u32 = 5;

/// The number of times that B2 may refuse an upload without saying that its SHA-1 differs.
const MAX_BAD_REQUESTS: u32 = 2;

/// How long B2 may take to respond once it has all bytes of an upload.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);

impl UploadWorkers {
    pub(super) fn hashed(&mut self, at: usize, input: Input) {
        let (_, index) = self.hashing[at];
        match input {
            Input::Digest(digest) => {
                self.parts.set_digest(index, digest);
                self.steps.emit(PartEvent::Progress);
            }
            Input::Failed(error) => {
                self.steps.done(Err(Error::from_failure(Target::Upload, &error)));
            }
            _ => return,
        }
        self.hashing.swap_remove(at);
    }

    pub(super) fn handle_worker(
        &mut self,
        worker: usize,
        now: Instant,
        task: TaskId,
        input: Input,
    ) {
        let state = &mut self.workers[worker];
        let left = state.backoff.left(now, self.calls.policy());
        match (&mut state.state, input) {
            (State::TakingUrl(_), Input::Url(Some(url))) => {
                state.state = State::Idle(WorkerUrl { url, is_fresh: false });
            }
            (State::TakingUrl(_), Input::Url(None)) => {
                let call = self.destination.url_call(&mut self.calls);
                state.state = State::FetchingUrl(call.into());
            }
            (State::FetchingUrl(call), input) => call.handle(now, task, input),
            (State::Offline(_), _) => state.state = State::NoUrl,
            (State::Sending(sending), Input::Delayed(by)) => {
                sending.last_progress = sending.last_progress + by;
                state.backoff.delayed(by);
            }
            (State::Sending(sending), Input::Progress(bytes)) => {
                let len = self.parts.get(sending.index).len();
                let bytes = bytes.min(len);
                if bytes > sending.sent {
                    sending.last_progress = now;
                    sending.deadline = (bytes == len).then_some(now + left.min(RESPONSE_TIMEOUT));
                }
                sending.sent = bytes;
                self.steps.emit(PartEvent::Progress);
            }
            (State::Sending(sending), Input::Reply(reply)) => {
                let result = sending.upload.response(&reply);
                self.ended(worker, now, result);
            }
            (State::Sending(sending), Input::Failed(error)) => {
                let error = sending.upload.transport_error(&error);
                self.ended(worker, now, Err(error));
            }
            _ => {}
        }
    }

    /// Takes the result of an attempt to send a part.
    pub(super) fn ended(&mut self, worker: usize, now: Instant, result: Result<StoredPart, Error>) {
        let state = &mut self.workers[worker];
        let State::Sending(sending) = core::mem::take(&mut state.state) else {
            return;
        };
        let index = sending.index;
        match result {
            Ok(stored) => {
                state.succeeded(sending.upload.url);
                self.part_accepted(index, stored);
            }
            // The URL is dropped here: B2 may still be busy with the upload. A page that repeats the request may show
            // its token.
            Err(error) => {
                let error =
                    error.without_secret(&sending.upload.url.token).with_attempts(state.attempts);
                state.backoff.begun(sending.last_progress);
                self.failed(worker, now, index, sending.url_is_fresh, error);
            }
        }
    }

    /// Decides what follows a failed attempt to send part `index`.
    fn failed(
        &mut self,
        worker: usize,
        now: Instant,
        index: usize,
        url_was_fresh: bool,
        error: Error,
    ) {
        let part = self.parts.get_mut(index);
        let (is_refusal, most) = match error.kind() {
            ErrorKind::ChecksumMismatch => (true, MAX_REFUSALS),
            ErrorKind::BadRequest => (true, MAX_BAD_REQUESTS),
            ErrorKind::InvalidAuthToken => (url_was_fresh, MAX_REFUSALS),
            _ => (false, MAX_REFUSALS),
        };
        part.refusals += u32::from(is_refusal);
        if error.retry() == Retry::Never || part.refusals > most {
            return self.steps.done(Err(error));
        }
        let worker = &mut self.workers[worker];
        let delay = if error.retry() == Retry::WhenOnline {
            worker.attempts = worker.attempts.saturating_sub(1);
            worker.state = State::Offline(None);
            Duration::ZERO
        } else {
            let policy = *self.calls.policy();
            let rng = self.calls.rng();
            let Some(at) = worker.backoff.failed(now, &policy, &error, 1, rng) else {
                return self.steps.done(Err(error));
            };
            worker.state = State::BackingOff(at);
            at.saturating_since(now)
        };
        self.parts.requeue(index);
        self.steps.emit(PartEvent::Retrying(Retrying { error, delay }));
        self.steps.emit(PartEvent::Progress);
    }
}
