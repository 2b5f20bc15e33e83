//! The machine that downloads.

use std::ops::Range;

use super::blocks::{Block, State, cut};
use super::options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
use crate::api;
use crate::call::{Attempts, Outbox, Retrying, TaskIds, Verdict, cancelled, explain};
use crate::error::{Error, ErrorKind, Failure, Retry, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Authorized, Input, Machine, OnCancel, SinkId, Step, TaskId};
use crate::model::{Capability, DownloadVersion};
use crate::retry::Rng;
use crate::time::{Instant, Latest};

/// How often bytes that were damaged on the way are fetched again.
const MAX_DAMAGED: u32 = 2;

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
#[derive(Debug)]
pub struct Download {
    request: api::Download,
    sink: SinkId,
    options: DownloadOptions,
    rng: Rng,
    ids: TaskIds,
    authorized: Option<Authorized>,
    found: Option<Found>,
    blocks: Vec<Block>,
    digest: Digest,
    damaged: u32,
    started: bool,
    over: bool,
    latest: Latest,
    outbox: Outbox<Downloaded, DownloadEvent>,
}

/// The file, once its head has arrived.
#[derive(Debug)]
struct Found {
    version: DownloadVersion,
    /// Which bytes of it were asked for.
    window: Range<u64>,
    /// The SHA-1 they must have, where there is one.
    expected: Option<Sha1Digest>,
}

/// How far the sink's bytes are hashed.
#[derive(Debug, Default)]
struct Digest {
    running: Option<(TaskId, u64)>,
    last: Option<(u64, Sha1Digest)>,
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

    fn in_blocks(&self) -> bool {
        self.options.random_access && self.options.parallel > 1
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
        let attempts = Attempts::new(self.options.retry, self.rng.next_u64());
        self.blocks.push(Block::new(range, attempts));
    }

    fn authorize(&mut self, block: usize) {
        let stale = self.authorized.as_ref().map(|authorized| authorized.generation);
        let task = self.ids.next();
        self.blocks[block].state = State::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale });
    }

    fn send(&mut self, block: usize) {
        let Some(authorized) = self.authorized.clone() else {
            return self.authorize(block);
        };
        match self.block_request(block).request(&authorized.authorization) {
            Ok(request) => {
                let task = self.ids.next();
                let block = &mut self.blocks[block];
                block.attempts.sent();
                block.state = State::Requesting { task, generation: authorized.generation };
                self.outbox.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    /// What is still missing of a block, as a request. Before anything is known of the file, all of it is
    /// asked for without a range.
    fn block_request(&self, block: usize) -> api::Download {
        let rest = self.blocks[block].rest();
        let mut request = self.request.clone();
        request.range = (rest.start > 0 || rest.end < u64::MAX).then_some(rest);
        request
    }

    /// The head of an answer: is it what was asked for?
    fn head(&mut self, now: Instant, block: usize, task: TaskId, head: &http::Response<()>) {
        let version = match self.block_request(block).read_head(head) {
            Ok(version) => version,
            Err(error) => return self.failed(now, block, error),
        };
        let served = version.range.clone();
        if self.found.is_none() {
            match self.window(block, &version) {
                Ok(window) => self.take(version, window),
                Err(error) => return self.end(Err(error)),
            }
        } else if let Some(found) = &self.found
            && (found.version.file_id != version.file_id || found.version.size != version.size)
        {
            let message = "the file was replaced while it was downloaded; download it again";
            return self.end(Err(Error::new(ErrorKind::FileChanged, message)));
        }
        if self.over || self.blocks.is_empty() {
            return self.digest_or_end();
        }
        let rest = self.blocks[block].rest();
        if served.start != rest.start || served.end < rest.end {
            let message = format!(
                "bytes {}-{} came instead of {}-{}",
                served.start, served.end, rest.start, rest.end
            );
            return self.failed(now, block, Error::invalid_response(Target::Download, message));
        }
        let start = self.found.as_ref().map_or(0, |found| found.window.start);
        let receive = self.ids.next();
        let digest = self.expected().is_some();
        self.blocks[block].state = State::Receiving(receive);
        let (offset, max) = (rest.start - start, rest.end - rest.start);
        self.outbox
            .start(receive, Action::Receive { from: task, sink: self.sink, offset, max, digest });
    }

    /// Which bytes of the file are wanted.
    fn window(&self, _block: usize, version: &DownloadVersion) -> Result<Range<u64>, Error> {
        match &self.request.range {
            None => Ok(0..version.size),
            Some(range) if range.end <= version.size => Ok(range.clone()),
            Some(range) => {
                let message = format!(
                    "bytes {} to {} were asked for, but the file has {}",
                    range.start, range.end, version.size
                );
                Err(Error::new(ErrorKind::InvalidRange, message))
            }
        }
    }

    /// The file is known now: the first block gets its true end, and the others are added.
    fn take(&mut self, version: DownloadVersion, window: Range<u64>) {
        let whole = window == (0..version.size);
        let expected = version.sha1().filter(|_| whole && self.options.verify);
        // A server that ignores ranges has sent everything: then one stream is all there is.
        let ranged = version.range.end < window.end || !self.in_blocks();
        let first = self.blocks.remove(0);
        let block_size =
            if self.in_blocks() && ranged { self.options.block_size } else { u64::MAX };
        let mut ranges = cut(window.clone(), block_size);
        if let Some(range) = ranges.next() {
            self.blocks.push(Block { range, ..first });
        }
        for range in ranges {
            self.add_block(range);
        }
        self.outbox.emit(DownloadEvent::Found(Box::new(version.clone())));
        self.found = Some(Found { version, window, expected });
        self.tell_progress();
    }

    fn received(&mut self, now: Instant, block: usize, bytes: u64, broken: Option<Failure>) {
        let part = &mut self.blocks[block];
        part.got += bytes.min(part.len() - part.got);
        part.arriving = 0;
        if bytes > 0 {
            part.attempts.progressed();
        }
        if part.got == part.len() {
            part.state = State::Done;
            self.tell_progress();
            return self.digest_or_end();
        }
        self.tell_progress();
        let error = match broken {
            Some(failure) => self.failure(&failure),
            None => self.request.label(
                Error::new(
                    ErrorKind::TruncatedOutput,
                    "the answer ended before all bytes had come",
                )
                .with_retry(Retry::Backoff),
            ),
        };
        self.failed(now, block, error);
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
            Verdict::Again { error, at } => {
                self.blocks[block].state = State::BackingOff(at);
                self.outbox.emit(DownloadEvent::Retrying(Retrying { error, at }));
            }
            Verdict::Reauthorize => self.authorize(block),
            Verdict::Fail(error) => {
                let authorization =
                    self.authorized.as_ref().map(|authorized| &*authorized.authorization);
                self.end(Err(explain(error, authorization, Some(&Capability::READ_FILES))));
            }
        }
    }

    fn expected(&self) -> Option<Sha1Digest> {
        self.found.as_ref()?.expected
    }

    /// Bytes from the start of the window that have all arrived.
    fn arrived(&self) -> u64 {
        let done = self.blocks.iter().take_while(|block| block.state == State::Done);
        done.map(Block::len).sum()
    }

    /// Hashes what has arrived in one piece, and ends when that is everything.
    fn digest_or_end(&mut self) {
        let arrived = self.arrived();
        let complete = self.blocks.iter().all(|block| block.state == State::Done);
        match (self.expected(), self.digest.last) {
            (None, _) if complete => {
                let verification = if self.options.verify {
                    Verification::NotVerifiable
                } else {
                    Verification::Skipped
                };
                self.complete(verification);
            }
            (Some(expected), Some((len, digest))) if complete && len == arrived => {
                if digest == expected {
                    self.complete(Verification::Verified(digest));
                } else {
                    self.damaged(expected, digest);
                }
            }
            (Some(_), last) => {
                let hashed = last.map(|(len, _)| len);
                if self.digest.running.is_none()
                    && hashed != Some(arrived)
                    && (arrived > 0 || complete)
                {
                    let task = self.ids.next();
                    self.digest.running = Some((task, arrived));
                    self.outbox.start(task, Action::DigestSink { sink: self.sink, len: arrived });
                }
            }
            (None, _) => {}
        }
    }

    /// The bytes are not those that were uploaded. Where they can be written again, fetch them again.
    fn damaged(&mut self, expected: Sha1Digest, actual: Sha1Digest) {
        self.damaged += 1;
        let message = format!("the file arrived with the SHA-1 {actual} instead of {expected}");
        let error = Error::new(ErrorKind::ChecksumMismatch, message).with_attempts(self.damaged);
        if !self.options.random_access || self.damaged > MAX_DAMAGED {
            return self.end(Err(error));
        }
        // From the very start: what the answer said about the file may be wrong as well.
        self.digest = Digest::default();
        self.found = None;
        self.blocks.clear();
        self.started = false;
    }

    fn complete(&mut self, verification: Verification) {
        if let Some(found) = &self.found {
            let bytes = found.window.end - found.window.start;
            self.end(Ok(Downloaded { version: found.version.clone(), bytes, verification }));
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
        self.outbox.done(result.map_err(|error| self.request.label(error)));
    }

    fn failure(&self, failure: &Failure) -> Error {
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
            self.advance(now);
        }
        self.outbox.pop().unwrap_or_else(|| {
            let deadlines = self.blocks.iter().filter_map(|block| match block.state {
                State::BackingOff(until) => Some(until),
                _ => None,
            });
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
            return;
        };
        match (&self.blocks[block].state, input) {
            (State::Authorizing(_), Input::Auth(Ok(authorized))) => {
                self.authorized = Some(authorized);
                self.send(block);
            }
            (State::Authorizing(_), Input::Auth(Err(error))) => self.end(Err(error)),
            (State::Requesting { .. }, Input::Head(head)) => self.head(now, block, task, &head),
            (State::Requesting { .. }, Input::Reply(reply)) => {
                let error = match self.request.response(&reply) {
                    Ok(_) => Error::invalid_response(Target::Download, "it has no body"),
                    Err(error) => error,
                };
                self.failed(now, block, error);
            }
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
