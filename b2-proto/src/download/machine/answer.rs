//! What an answer says: which file it is, and which of its bytes have come.

use alloc::boxed::Box;
use core::ops::Range;

use super::Download;
use crate::download::blocks::{Block, State, cut};
use crate::download::options::DownloadEvent;
use crate::error::{Error, ErrorKind, Retry, Target, TransportError, TransportErrorKind};
use crate::hash::Sha1Digest;
use crate::http::Response;
use crate::machine::{Action, TaskId};
use crate::model::DownloadVersion;
use crate::time::Instant;

/// The file, once its head has arrived.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) version: DownloadVersion,
    /// Which bytes of it were asked for.
    pub(super) window: Range<u64>,
    /// The SHA-1 they must have, where there is one.
    pub(super) expected: Option<Sha1Digest>,
}

impl Found {
    /// Checks that a later answer is of the same version.
    fn is_same(&self, version: &DownloadVersion) -> Result<(), Error> {
        let (own, other) = (&self.version, version);
        if own.file_id != other.file_id || (own.file_id.is_none() && own.size != other.size) {
            let message = "the file was replaced while it was downloaded; download it again";
            return Err(Error::new(ErrorKind::FileChanged, message));
        }
        // A version never changes, so one of the two answers is wrong.
        if own.size != other.size || own.content_sha1 != other.content_sha1 {
            let message = format!(
                "it says that the file has {} bytes and the SHA-1 {}; an answer before said {} and {}",
                other.size, other.content_sha1, own.size, own.content_sha1
            );
            return Err(Error::invalid_response(Target::Download, message));
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

impl Download {
    /// The head of an answer: is it what was asked for?
    pub(super) fn head(&mut self, now: Instant, block: usize, task: TaskId, head: &Response<()>) {
        let version = match self.block_request(block).read_head(head) {
            Ok(version) => version,
            Err(error) if error.kind() == ErrorKind::ForeignResponse => {
                return self.peek(now, block, task, head);
            }
            Err(error) => return self.refused(now, block, task, error),
        };
        let served = version.range.clone();
        if self.found.is_none() {
            match self.window(&version) {
                Ok(window) => self.take(version, window),
                Err(error) => return self.end(Err(error)),
            }
        } else if let Some(found) = &self.found
            && let Err(error) = found.is_same(&version)
        {
            return self.refused(now, block, task, error);
        }
        if self.over || self.blocks.is_empty() {
            self.outbox.abort(task);
            return self.digest_or_end();
        }
        let rest = self.blocks[block].rest();
        if served.start != rest.start || served.end < rest.end {
            let message = format!(
                "bytes {}-{} came instead of {}-{}",
                served.start, served.end, rest.start, rest.end
            );
            let error = Error::invalid_response(Target::Download, message);
            return self.refused(now, block, task, error);
        }
        let start = self.found.as_ref().map_or(0, |found| found.window.start);
        let receive = self.ids.next();
        let digest = self.expected().is_some();
        // Without a SHA-1, only the length tells of bytes that were unpacked, or packed, on the way.
        let ends = !digest && served.end == rest.end;
        self.blocks[block].state = State::Receiving(receive);
        let (offset, max) = (rest.start - start, rest.end - rest.start);
        self.outbox.start(
            receive,
            Action::Receive { from: task, sink: self.sink, offset, max, ends, digest },
        );
    }

    /// The body of this answer is not wanted.
    fn refused(&mut self, now: Instant, block: usize, task: TaskId, error: Error) {
        self.outbox.abort(task);
        self.failed(now, block, error);
    }

    /// Which bytes of the file are wanted.
    fn window(&self, version: &DownloadVersion) -> Result<Range<u64>, Error> {
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
        let sha1 = version.sha1().or(self.request.expected.sha1);
        let expected = sha1.filter(|_| whole && self.options.verify);
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

    pub(super) fn received(
        &mut self,
        now: Instant,
        block: usize,
        bytes: u64,
        broken: Option<TransportError>,
    ) {
        if let Some(failure) = &broken
            && failure.kind == TransportErrorKind::TooLong
        {
            // What has come of it may be of other bytes than the file's.
            self.blocks[block].arriving = 0;
            let error = Error::unreadable_response(
                "more bytes came than it announced; a proxy or the browser may have unpacked them",
            );
            let error = self.request.label(error);
            return self.failed(now, block, error);
        }
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
}
