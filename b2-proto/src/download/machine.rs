//! The machine that downloads.

use std::ops::Range;
use std::time::Duration;

use super::blocks::{Block, Sent, State, cut};
use super::grant::{self, Grant, GrantStep};
use super::options::{DownloadEvent, DownloadOptions, Downloaded, Verification};
use crate::account::Authorization;
use crate::api;
use crate::call::{Attempts, Outbox, Retrying, TaskIds, Verdict, cancelled, explain};
use crate::error::{Error, ErrorKind, Failure, Retry, Target};
use crate::hash::Sha1Digest;
use crate::machine::{
    Action, Authorized, Generation, Input, Machine, OnCancel, SinkId, Step, TaskId,
};
use crate::model::{BucketId, Capability, DownloadVersion};
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
///
/// An account that may share files and not read them, as a gateway announces to a page, asks for a download
/// authorization first: B2 lets no page download with an account's token.
///
/// A request for the head alone ends with the head.
#[derive(Debug)]
pub struct Download {
    request: api::Download,
    bucket_id: Option<BucketId>,
    sink: SinkId,
    options: DownloadOptions,
    rng: Rng,
    ids: TaskIds,
    authorized: Option<Authorized>,
    grant: Grant,
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

impl Found {
    /// Checks that a later answer is of the same version.
    fn is_same(&self, version: &DownloadVersion) -> Result<(), Error> {
        if self.version.file_id != version.file_id || self.version.size != version.size {
            let message = "the file was replaced while it was downloaded; download it again";
            return Err(Error::new(ErrorKind::FileChanged, message));
        }
        // What has another SHA-1 than it should is noticed in any case.
        if version.file_id.is_none() && self.expected.is_none() {
            let message = "the answers do not say which version they are of; \
                           for a page, the bucket's CORS rules must expose x-bz-file-id";
            return Err(Error::new(ErrorKind::Cors, message));
        }
        Ok(())
    }
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
            bucket_id: None,
            sink,
            options,
            rng: Rng::new(seed),
            ids: TaskIds::default(),
            authorized: None,
            grant: Grant::default(),
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

    /// The id of the bucket, for a download authorization. Without it, only a bucket that the account is
    /// restricted to is known.
    #[must_use]
    pub fn in_bucket(mut self, bucket_id: BucketId) -> Self {
        self.bucket_id = Some(bucket_id);
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
        let attempts = Attempts::new(self.options.retry, self.rng.next_u64());
        self.blocks.push(Block::new(range, attempts));
    }

    fn authorize(&mut self, block: usize, stale: Option<Generation>) {
        let task = self.ids.next();
        self.blocks[block].state = State::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale });
    }

    fn send(&mut self, block: usize) {
        let Some(Authorized { generation, authorization }) = self.authorized.clone() else {
            return self.authorize(block, None);
        };
        let (token, sent) = if authorization.allowed.downloads_by_grant() {
            match self.grant.token() {
                Some((token, number)) => (token, Sent::Granted(number)),
                None => return self.ask_for_grant(block, &authorization),
            }
        } else {
            (authorization.token.clone(), Sent::Account(generation))
        };
        match self.block_request(block).request_from(&authorization.download_url, Some(&token)) {
            Ok(request) => {
                let task = self.ids.next();
                let block = &mut self.blocks[block];
                block.attempts.sent();
                block.state = State::Requesting { task, sent };
                self.outbox.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn ask_for_grant(&mut self, block: usize, authorization: &Authorization) {
        self.blocks[block].state = State::Asking;
        if self.grant.is_asking() {
            return;
        }
        let (bucket_id, lifetime) = (self.bucket_id.as_ref(), self.options.authorization_lifetime);
        match grant::call(&self.request, bucket_id, authorization, lifetime) {
            Ok(call) => self.grant.ask(call, self.options.retry, self.rng.next_u64()),
            Err(error) => self.end(Err(error)),
        }
    }

    /// The token of a request was refused.
    fn renew(&mut self, block: usize) {
        match self.blocks[block].state {
            State::Requesting { sent: Sent::Granted(number), .. } => {
                self.grant.refused(number);
                self.send(block);
            }
            State::Requesting { sent: Sent::Account(generation), .. } => {
                self.authorize(block, Some(generation));
            }
            _ => self.authorize(block, None),
        }
    }

    /// The next step of the call for a download authorization.
    fn poll_grant(&mut self, now: Instant) {
        let Some(step) = self.grant.poll(now, &mut self.ids) else {
            return;
        };
        match step {
            GrantStep::Granted => {
                let asking = self.blocks.iter_mut().filter(|block| block.state == State::Asking);
                asking.for_each(|block| block.state = State::Queued);
            }
            GrantStep::Failed(error) => {
                self.over = true;
                self.outbox.done(Err(error));
            }
            GrantStep::Step(Step::Start(task, action)) => self.outbox.start(task, action),
            GrantStep::Step(Step::Abort(task)) => self.outbox.abort(task),
            GrantStep::Step(Step::Emit(retrying)) => {
                self.outbox.emit(DownloadEvent::Retrying(retrying));
            }
            GrantStep::Step(Step::Wait(_) | Step::Done(_)) => {}
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
            && let Err(error) = found.is_same(&version)
        {
            return self.end(Err(error));
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
                let delay = at.saturating_since(now);
                self.outbox.emit(DownloadEvent::Retrying(Retrying { error, delay }));
            }
            Verdict::WhenOnline(error) => {
                let task = self.ids.next();
                self.blocks[block].state = State::Offline(task);
                self.outbox
                    .emit(DownloadEvent::Retrying(Retrying { error, delay: Duration::ZERO }));
                self.outbox.start(task, Action::AwaitOnline);
            }
            Verdict::Reauthorize => self.renew(block),
            Verdict::Fail(error) => {
                let authorization =
                    self.authorized.as_ref().map(|authorized| &*authorized.authorization);
                let needs = self.grant.token().is_none().then_some(Capability::READ_FILES);
                self.end(Err(explain(error, authorization, needs.as_ref())));
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
                    && (complete || (arrived > 0 && !self.options.read_back_late))
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
            self.poll_grant(now);
            self.advance(now);
        }
        self.outbox.pop().unwrap_or_else(|| {
            let deadlines = self.blocks.iter().filter_map(|block| match block.state {
                State::BackingOff(until) => Some(until),
                _ => None,
            });
            let deadlines = deadlines.chain(self.grant.deadline());
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
        let Some(input) = self.grant.handle(now, task, input) else {
            return;
        };
        let Some(block) = self.blocks.iter().position(|block| block.task() == Some(task)) else {
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
