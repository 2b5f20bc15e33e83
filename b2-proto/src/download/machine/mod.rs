//! The machine that downloads.

mod foreign;
mod requests;
mod response;
mod verify;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::{ControlFlow, Range};
use core::time::Duration;

use super::blocks::{Block, State};
use super::options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
use super::pace::Pace;
use super::remote_file::RemoteFile;
use super::token::DownloadToken;
use crate::api::{self, GetDownloadAuthorization, ListFileNames, Operation};
use crate::call::{Call, CallFactory, RetryDecision, Retrying, explain};
use crate::error::{Error, ErrorKind, Target, TransportError};
use crate::hash::Sha1Digest;
use crate::machine::{
    Action, Authorized, Input, Machine, OnCancel, SinkId, Step, StepQueue, TaskId, TaskIds,
    cancelled,
};
use crate::model::BucketId;
use crate::time::{Instant, MonotonicTime};

/// Downloads one file, or a range of it.
///
/// ```text
///   authorize ─▶ first request ─▶ head: the file's size and id ─▶ blocks ─▶ SHA-1 ─▶ done
///                                                                  │  ▲
///                       interrupted, 5xx, 429: from where it broke ▼  │
///                                                                back off
/// ```
///
/// With a sink that takes bytes in any order, the first request asks for the first block only, and its response shows
/// how many more there are. Every later response must be of the same file version (b2sdk defect D17: it mixed two
/// versions into one file).
///
/// With an account that may share files and not read them, as a gateway announces to a page, the machine gets a
/// download authorization first: B2 lets no page download with the token of an account.
///
/// A name that no URL can carry ([`fits_url`](crate::encoding::fits_url)) is looked up in a listing first, and
/// then downloaded by id.
///
/// A request for the head alone ends with the head.
#[derive(Debug)]
pub struct Download {
    request: api::Download,
    sink: SinkId,
    options: DownloadOptions,
    calls: CallFactory,
    authorized: Option<Authorized>,
    token: DownloadToken,
    token_call: Option<Box<Call<GetDownloadAuthorization>>>,
    lookup_call: Option<Box<Call<ListFileNames>>>,
    /// The number of pages that were requested to look up the name.
    looked_up_pages: u32,
    /// The name whose id was looked up.
    looked_up: Option<String>,
    remote_file: Option<RemoteFile>,
    blocks: Vec<Block>,
    pace: Pace,
    digest: SinkDigest,
    /// How often damaged bytes have arrived.
    damaged: u32,
    started: bool,
    monotonic: MonotonicTime,
    steps: StepQueue<Downloaded, DownloadEvent>,
}

/// The SHA-1 of the first bytes of the sink.
#[derive(Debug, Default)]
struct SinkDigest {
    /// The task that hashes, with the number of bytes.
    running: Option<(TaskId, u64)>,
    /// The number of bytes that were hashed, with their SHA-1.
    last: Option<(u64, Sha1Digest)>,
}

impl Download {
    /// Creates a download that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(request: api::Download, sink: SinkId, options: DownloadOptions, seed: u64) -> Self {
        let calls = CallFactory::new(options.retry, seed, TaskIds::default());
        Self::within(request, sink, options, calls)
    }

    /// Creates a download inside another machine.
    pub(crate) fn within(
        request: api::Download,
        sink: SinkId,
        options: DownloadOptions,
        calls: CallFactory,
    ) -> Self {
        Self {
            request,
            sink,
            options,
            calls,
            authorized: None,
            token: DownloadToken::default(),
            token_call: None,
            lookup_call: None,
            looked_up_pages: 0,
            looked_up: None,
            remote_file: None,
            blocks: Vec::new(),
            pace: Pace::default(),
            digest: SinkDigest::default(),
            damaged: 0,
            started: false,
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    /// Sets the id of the bucket. It is needed for a download authorization and for a name that has to be looked up,
    /// unless the account is restricted to the bucket, and responses are checked with it.
    #[must_use]
    pub fn in_bucket(mut self, bucket_id: BucketId) -> Self {
        self.request.expected.bucket_id = Some(bucket_id);
        self
    }

    fn in_blocks(&self) -> bool {
        self.options.random_access && self.options.parallel > 1 && !self.request.head
    }

    /// Adds the first block, which is requested alone, since the size of the file is not known.
    fn begin(&mut self) {
        self.started = true;
        let asked = self.request.range.clone();
        let range = match asked {
            Some(range) if self.in_blocks() => {
                range.start
                    ..range.end.min(range.start.saturating_add(self.options.block_size.max(1)))
            }
            Some(range) => range,
            None if self.in_blocks() => 0..self.options.block_size.max(1),
            None => 0..u64::MAX,
        };
        self.add_block(range);
    }

    fn add_block(&mut self, range: Range<u64>) {
        let retry = self.calls.retry_state();
        self.blocks.push(Block::new(range, retry));
    }

    fn failed(&mut self, now: Instant, block: usize, error: Error) {
        // An empty file has no first block.
        let first_block_of_all = self.remote_file.is_none() && self.request.range.is_none();
        if error.kind() == ErrorKind::UnsatisfiableRange && first_block_of_all && self.in_blocks() {
            self.options.parallel = 1;
            self.blocks.clear();
            return self.add_block(0..u64::MAX);
        }
        match self.blocks[block].retry.failed(now, error, true) {
            RetryDecision::Again { error, at } => {
                self.blocks[block].state = State::BackingOff(at);
                let delay = at.saturating_since(now);
                self.steps.emit(DownloadEvent::Retrying(Retrying { error, delay }));
            }
            RetryDecision::WhenOnline(error) => {
                let task = self.calls.ids().next();
                self.blocks[block].state = State::Offline(task);
                self.steps.emit(DownloadEvent::Retrying(Retrying { error, delay: Duration::ZERO }));
                self.steps.start(task, Action::AwaitOnline);
            }
            RetryDecision::Reauthorize => self.renew(block),
            RetryDecision::Fail(error) => {
                let authorization =
                    self.authorized.as_ref().map(|authorized| &*authorized.authorization);
                let capability = self.request.capability().filter(|_| self.token.get().is_none());
                self.end(Err(explain(error, authorization, capability.as_ref())));
            }
        }
    }

    /// Measures the rate, and reports how many bytes have arrived.
    fn emit_progress(&mut self) {
        if let Some(file) = &self.remote_file {
            let received = self.blocks.iter().map(Block::received_bytes).sum();
            let total = file.range.end - file.range.start;
            self.pace.received(self.monotonic.now(), received);
            self.steps.emit(DownloadEvent::Progress { received, total });
        }
    }

    fn end(&mut self, result: Result<Downloaded, Error>) {
        self.steps.done(result.map_err(|error| self.label(error)));
    }

    /// Adds to an error which operation failed, and on which file.
    fn label(&self, error: Error) -> Error {
        let error = self.request.label(error);
        match &self.looked_up {
            Some(name) => error.with_subject(name),
            None => error,
        }
    }

    fn failure(&self, failure: &TransportError) -> Error {
        self.request.transport_error(failure)
    }

    /// Sends the requests that are due.
    fn send_due(&mut self, now: Instant) {
        while !self.steps.is_done()
            && let Some(block) = self.next_due(now)
        {
            self.send(block);
        }
    }

    fn next_due(&self, now: Instant) -> Option<usize> {
        let active = self.blocks.iter().filter(|block| block.is_active()).count();
        let parallel = self.parallel();
        self.blocks.iter().position(|block| match block.state {
            State::BackingOff(until) => now >= until,
            State::Queued => active < parallel,
            _ => false,
        })
    }

    /// Returns the number of blocks that may be active.
    fn parallel(&self) -> usize {
        match (self.pace.is_one(), self.digest.running) {
            (false, _) => self.options.parallel.max(1),
            // What arrives after the hash has caught up is hashed in passing.
            (true, Some(_)) => 0,
            (true, None) => 1,
        }
    }

    /// Polls the calls for what all blocks need. Continues if the blocks that waited for it can be sent.
    fn poll_calls(&mut self, now: Instant) -> ControlFlow<Step<Downloaded, DownloadEvent>> {
        let mut earliest = None;
        for poll_call in [Self::poll_token, Self::poll_lookup] {
            match poll_call(self, now) {
                ControlFlow::Break(Step::Wait(deadline)) => {
                    earliest = earliest.into_iter().chain(deadline).min();
                }
                other => return other,
            }
        }
        ControlFlow::Break(Step::Wait(earliest))
    }
}

impl Machine for Download {
    type Output = Downloaded;
    type Event = DownloadEvent;

    fn poll(&mut self, now: Instant) -> Step<Downloaded, DownloadEvent> {
        let now = self.monotonic.advance(now);
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            if self.steps.is_done() {
                return Step::Wait(None);
            }
            if !self.started {
                self.begin();
            }
            self.stop_peeking(now);
            self.abandon_late(now);
            self.send_due(now);
            if let Some(step) = self.steps.pop() {
                return step;
            }
            match self.poll_calls(now) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Step::Wait(deadline)) => {
                    let deadlines = self.blocks.iter().filter_map(Block::deadline);
                    return Step::Wait(deadlines.chain(deadline).min());
                }
                ControlFlow::Break(step) => return step,
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.monotonic.advance(now);
        if self.steps.is_done() {
            return;
        }
        if let Some((running, len)) = self.digest.running
            && running == task
        {
            match input {
                Input::Digest(digest) => {
                    self.digest = SinkDigest { running: None, last: Some((len, digest)) };
                    self.digest_or_end();
                }
                Input::Failed(failure) => self.end(Err(self.failure(&failure))),
                _ => {}
            }
            return;
        }
        let Some(block) = self.blocks.iter().position(|block| block.task() == Some(task)) else {
            if let Some(call) = &mut self.lookup_call {
                call.handle(now, task, input);
            } else if let Some(call) = &mut self.token_call {
                call.handle(now, task, input);
            }
            return;
        };
        match (&self.blocks[block].state, input) {
            (State::Authorizing(_), Input::Auth(Ok(authorized))) => {
                self.authorized = Some(authorized);
                self.send(block);
            }
            (State::Authorizing(_), Input::Auth(Err(error))) => self.end(Err(error)),
            (State::Offline(_), Input::Online) => self.send(block),
            (State::Requesting { .. }, Input::Delayed(by)) => {
                let block = &mut self.blocks[block];
                block.head_deadline = block.head_deadline + by;
                block.retry.delayed(by);
            }
            (State::Requesting { .. }, Input::Head(head)) => self.head(now, block, task, &head),
            (State::Requesting { .. }, Input::Reply(reply)) => {
                let error = match self.request.response(&reply) {
                    Ok(version) if self.request.head => {
                        let verification = Verification::Skipped;
                        return self.end(Ok(Downloaded { version, bytes: 0, verification }));
                    }
                    Ok(_) => Error::invalid_response(Target::Download, "it has no body"),
                    Err(error) => error,
                };
                self.failed(now, block, error);
            }
            (State::Peeking { .. }, Input::Peeked(start)) => self.foreign(now, block, &start),
            (State::Peeking { .. }, Input::Failed(_)) => self.foreign(now, block, &[]),
            (_, Input::Failed(failure)) => {
                let error = self.failure(&failure);
                self.failed(now, block, error);
            }
            (State::Receiving(_), Input::Progress(bytes)) => {
                self.blocks[block].arriving =
                    bytes.min(self.blocks[block].len() - self.blocks[block].received);
                self.emit_progress();
            }
            (State::Receiving(_), Input::Received { bytes, broken }) => {
                self.received(now, block, bytes, broken);
            }
            _ => {}
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if !self.steps.is_done() {
            self.steps.clear();
            self.end(Err(cancelled()));
        }
    }
}
