//! Responses: which file they are of, and which of its bytes have arrived.

use alloc::boxed::Box;
use core::ops::Range;

use super::Download;
use crate::download::blocks::{Block, State, split};
use crate::download::options::DownloadEvent;
use crate::download::remote_file::RemoteFile;
use crate::error::{Error, ErrorKind, Retry, Target, TransportError, TransportErrorKind};
use crate::http::Response;
use crate::machine::{Action, TaskId};
use crate::model::DownloadVersion;
use crate::time::Instant;

impl Download {
    /// Takes the head of a response.
    pub(super) fn head(&mut self, now: Instant, block: usize, task: TaskId, head: &Response<()>) {
        let version = match self.block_request(block).read_head(head) {
            Ok(version) => version,
            Err(error) if error.kind() == ErrorKind::ForeignResponse => {
                return self.peek(now, block, task, head);
            }
            Err(error) => return self.refused(now, block, task, error),
        };
        let served = version.range.clone();
        if self.remote_file.is_none() {
            match self.wanted_range(&version) {
                Ok(range) => self.take(now, version, range),
                Err(error) => return self.end(Err(error)),
            }
        } else if let Some(file) = &self.remote_file
            && let Err(error) = file.is_same(&version)
        {
            return self.refused(now, block, task, error);
        }
        if self.steps.is_done() || self.blocks.is_empty() {
            self.steps.abort(task);
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
        let start = self.remote_file.as_ref().map_or(0, |file| file.range.start);
        let receive = self.calls.ids().next();
        let digest = self.expected().is_some();
        // Without a SHA-1, only the length shows that a proxy has changed the bytes.
        let ends = !digest && served.end == rest.end;
        self.blocks[block].state = State::Receiving(receive);
        let (offset, max) = (rest.start - start, rest.end - rest.start);
        self.steps.start(
            receive,
            Action::Receive { from: task, sink: self.sink, offset, max, ends, digest },
        );
    }

    /// Aborts a response whose body is not wanted.
    fn refused(&mut self, now: Instant, block: usize, task: TaskId, error: Error) {
        self.steps.abort(task);
        self.failed(now, block, error);
    }

    /// Returns the bytes of the file to download.
    fn wanted_range(&self, version: &DownloadVersion) -> Result<Range<u64>, Error> {
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

    /// Takes the description of the file: sets the end of the first block, and adds the others.
    fn take(&mut self, now: Instant, version: DownloadVersion, range: Range<u64>) {
        let whole = range == (0..version.size);
        let sha1 = version.sha1().or(self.request.expected.sha1);
        let expected = sha1.filter(|_| whole && self.options.verify);
        // A server that ignores ranges sends everything in one stream.
        let ranged = version.range.end < range.end || !self.in_blocks();
        let first = self.blocks.remove(0);
        let block_size =
            if self.in_blocks() && ranged { self.options.block_size } else { u64::MAX };
        let mut ranges = split(range.clone(), block_size);
        if let Some(first_range) = ranges.next() {
            self.blocks.push(Block { range: first_range, ..first });
        }
        for further in ranges {
            self.add_block(further);
        }
        self.pace.begin(now, expected.is_some() && !self.options.read_back_late);
        self.steps.emit(DownloadEvent::Found(Box::new(version.clone())));
        self.remote_file = Some(RemoteFile { version, range, expected });
        self.emit_progress();
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
            // What has arrived may be other bytes than those of the file.
            self.blocks[block].arriving = 0;
            let error = Error::unreadable_response(
                "more bytes came than it announced; a proxy or the browser may have unpacked them",
            );
            let error = self.request.label(error);
            return self.failed(now, block, error);
        }
        let part = &mut self.blocks[block];
        part.received += bytes.min(part.len() - part.received);
        part.arriving = 0;
        if bytes > 0 {
            part.retry.progressed();
        }
        if part.received == part.len() {
            part.state = State::Done;
            self.emit_progress();
            return self.digest_or_end();
        }
        self.emit_progress();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api;

    /// The version of a response to a request for the first 5 bytes.
    fn version(content_range: &str) -> DownloadVersion {
        let mut request = api::Download::by_id("4_z1".into());
        request.range = Some(0..5);
        let mut head = Response::new(206, ());
        for (name, value) in [
            ("content-length", "5"),
            ("content-range", content_range),
            ("x-bz-file-id", "4_z1"),
            ("x-bz-file-name", "a"),
            ("x-bz-content-sha1", "none"),
        ] {
            head.headers.push(name, value).unwrap();
        }
        request.read_head(&head).unwrap()
    }

    #[test]
    fn the_total_of_content_range_must_not_change() {
        let file = RemoteFile { version: version("bytes 0-4/11"), range: 0..11, expected: None };
        file.is_same(&version("bytes 0-4/11")).unwrap();
        for other in ["bytes 0-4/12", "bytes 0-4/5"] {
            let error = file.is_same(&version(other)).unwrap_err();
            assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidResponse, Retry::Backoff));
        }
    }
}
