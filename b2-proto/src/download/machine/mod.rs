//! The machine that downloads.

mod access;
mod answer;
mod foreign;
mod verify;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use super::blocks::{Block, State};
use super::grant::Grant;
use super::lookup::Lookup;
use super::options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
use crate::api;
use crate::call::{Outbox, RetryDecision, RetryState, Retrying, TaskIds, cancelled, explain};
use crate::error::{Error, ErrorKind, Target, TransportError};
use crate::machine::{Action, Authorized, Input, Machine, OnCancel, SinkId, Step, TaskId};
use crate::model::{BucketId, Capability};
use crate::retry::Rng;
use crate::time::{Instant, Latest};
use answer::Found;
use verify::Digest;

/// Downloads one file, or a range of it.
///
/// ```text
///   authorize ─▶ first request ─▶ head: the file's size and id ─▶ blocks ─▶ SHA-1 ─▶ done
///                                                                  │  ▲
///                               cut, 5xx, 429: from where it broke ▼  │
///                                                                back off
/// ```
///
/// With a sink that takes bytes in any order, the first request asks for the first block only, and its
/// answer tells how many more there are. Every later answer must be of the same file version (b2sdk defect
/// D17: it mixed two versions into one file).
///
/// An account that may share files and not read them, as a gateway announces to a page, asks for a download
/// authorization first: B2 lets no page download with an account's token.
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
    rng: Rng,
    ids: TaskIds,
    authorized: Option<Authorized>,
    grant: Grant,
    lookup: Lookup,
    /// The name whose id was looked up.
    looked_up: Option<String>,
    found: Option<Found>,
    blocks: Vec<Block>,
    digest: Digest,
    damaged: u32,
    started: bool,
    over: bool,
    latest: Latest,
    outbox: Outbox<Downloaded, DownloadEvent>,
}

impl Download {
    /// A download that has not begun. `seed` makes its jitter.
    #[must_use]
    pub fn new(request: api::Download, sink: SinkId, options: DownloadOptions, seed: u64) -> Self {
        Self {
            request,
            sink,
            options,
            rng: Rng::new(seed),
            ids: TaskIds::default(),
            authorized: None,
            grant: Grant::default(),
            lookup: Lookup::default(),
            looked_up: None,
            found: None,
            blocks: Vec::new(),
            digest: Digest::default(),
            damaged: 0,
            started: false,
            over: false,
            latest: Latest::default(),
            outbox: Outbox::default(),
        }
    }

    /// The id of the bucket, for a download authorization, for a name that has to be looked up, and to check
    /// answers with. Without it, only a bucket that the account is restricted to is known.
    #[must_use]
    pub fn in_bucket(mut self, bucket_id: BucketId) -> Self {
        self.request.expected.bucket_id = Some(bucket_id);
        self
    }

    fn in_blocks(&self) -> bool {
        self.options.random_access && self.options.parallel > 1 && !self.request.head
    }

    /// The first request goes out as a block of its own, which then becomes the first of several.
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
        let attempts = RetryState::new(self.options.retry, self.rng.next_u64());
        self.blocks.push(Block::new(range, attempts));
    }

    fn failed(&mut self, now: Instant, block: usize, error: Error) {
        // An empty file has no first block.
        let first_block_of_all = self.found.is_none() && self.request.range.is_none();
        if error.kind() == ErrorKind::UnsatisfiableRange && first_block_of_all && self.in_blocks() {
            self.options.parallel = 1;
            self.blocks.clear();
            return self.add_block(0..u64::MAX);
        }
        match self.blocks[block].attempts.failed(now, error, true) {
            RetryDecision::Again { error, at } => {
                self.blocks[block].state = State::BackingOff(at);
                let delay = at.saturating_since(now);
                self.outbox.emit(DownloadEvent::Retrying(Retrying { error, delay }));
            }
            RetryDecision::WhenOnline(error) => {
                let task = self.ids.next();
                self.blocks[block].state = State::Offline(task);
                self.outbox
                    .emit(DownloadEvent::Retrying(Retrying { error, delay: Duration::ZERO }));
                self.outbox.start(task, Action::AwaitOnline);
            }
            RetryDecision::Reauthorize => self.renew(block),
            RetryDecision::Fail(error) => {
                let authorization =
                    self.authorized.as_ref().map(|authorized| &*authorized.authorization);
                let needs = self.grant.token().is_none().then_some(Capability::READ_FILES);
                self.end(Err(explain(error, authorization, needs.as_ref())));
            }
        }
    }

    fn tell_progress(&mut self) {
        if let Some(found) = &self.found {
            let received = self.blocks.iter().map(Block::received).sum();
            let total = found.window.end - found.window.start;
            self.outbox.emit(DownloadEvent::Progress { received, total });
        }
    }

    fn end(&mut self, result: Result<Downloaded, Error>) {
        self.over = true;
        self.outbox.done(result.map_err(|error| self.label(error)));
    }

    /// Says which operation failed, and on which file.
    fn label(&self, error: Error) -> Error {
        let error = self.request.label(error);
        match &self.looked_up {
            Some(name) => error.with_subject(name),
            None => error,
        }
    }

    fn failure(&self, failure: &TransportError) -> Error {
        self.request.label(Error::from_failure(Target::Download, failure))
    }

    /// Sends the next request that may be sent now.
    fn advance(&mut self, now: Instant) {
        let active = self.blocks.iter().filter(|block| block.is_active()).count();
        let next = self.blocks.iter().position(|block| match block.state {
            State::BackingOff(until) => now >= until,
            State::Queued => active < self.options.parallel.max(1),
            _ => false,
        });
        if let Some(block) = next {
            self.send(block);
        }
    }
}

impl Machine for Download {
    type Output = Downloaded;
    type Event = DownloadEvent;

    fn poll(&mut self, now: Instant) -> Step<Downloaded, DownloadEvent> {
        let now = self.latest.of(now);
        if let Some(step) = self.outbox.pop() {
            return step;
        }
        if !self.started {
            self.begin();
        }
        if !self.over {
            self.poll_grant(now);
            self.poll_lookup(now);
            self.stop_peeking(now);
        }
        if !self.over {
            self.give_up(now);
        }
        if !self.over {
            self.advance(now);
        }
        self.outbox.pop().unwrap_or_else(|| {
            let deadlines = self.blocks.iter().filter_map(Block::deadline);
            let deadlines = deadlines.chain(self.grant.deadline()).chain(self.lookup.deadline());
            Step::Wait(deadlines.min().filter(|_| !self.over))
        })
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.latest.of(now);
        if self.over {
            return;
        }
        if let Some((running, len)) = self.digest.running
            && running == task
        {
            match input {
                Input::Digest(digest) => {
                    self.digest = Digest { running: None, last: Some((len, digest)) };
                    self.digest_or_end();
                }
                Input::Failed(failure) => self.end(Err(self.failure(&failure))),
                _ => {}
            }
            return;
        }
        let Some(block) = self.blocks.iter().position(|block| block.task() == Some(task)) else {
            if self.lookup.is_asking() {
                self.lookup.handle(now, task, input);
            } else {
                self.grant.handle(now, task, input);
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
                    bytes.min(self.blocks[block].len() - self.blocks[block].got);
                self.tell_progress();
            }
            (State::Receiving(_), Input::Received { bytes, broken }) => {
                self.received(now, block, bytes, broken);
            }
            _ => {}
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if !self.over {
            self.outbox.clear();
            self.end(Err(cancelled()));
        }
    }
}
