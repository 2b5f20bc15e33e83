//! From the arguments to the first part: checks, the plan, and what B2 already has.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::{HashPurpose, Phase, Upload};
use crate::account::Authorization;
use crate::api::StartLargeFile;
use crate::create::checkpoint::Checkpoint;
use crate::create::file::Content;
use crate::create::options::UploadOptions;
use crate::create::part_reader::PartReader;
use crate::create::plan::{PartLimits, PlannedPart, part_ranges};
use crate::create::resume::{LocalFile, RemoteFile, Search};
use crate::create::whole_sha1::{check_whole, given_sha1};
use crate::create::workers::Destination;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Origin, SourceId, Span, TaskId};
use crate::model::FileInfo;

/// The default size of the parts of a stream, in bytes. They are buffered in memory.
const STREAM_PART_SIZE: u64 = 10_000_000;

impl Upload {
    pub(super) fn begin(&mut self) {
        let checked =
            self.file.check().and_then(|()| given_sha1(&self.file, &self.content)).and_then(
                |given| {
                    self.given = given;
                    self.check_options()
                },
            );
        if let Err(error) = checked {
            return self.end(Err(error));
        }
        let task = self.ids.next();
        self.phase = Phase::Authorizing(task);
        self.steps.start(task, Action::Auth { stale: None });
    }

    /// Refuses options that do not apply, and forgets a checkpoint of another file.
    fn check_options(&mut self) -> Result<(), Error> {
        let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
        let Content::Source { len, .. } = self.content else {
            if self.options.whole_sha1 && self.given.is_none() {
                return invalid(
                    "a stream cannot be read before it is sent; give its SHA-1 instead of asking for it to be computed",
                );
            }
            if self.resume_from.is_some() {
                return invalid("a stream cannot be resumed; start the upload again");
            }
            return Ok(());
        };
        let is_same = |checkpoint: &mut Checkpoint| {
            checkpoint.len == len
                && checkpoint.bucket_id == self.bucket_id
                && checkpoint.file_name == self.file.file_name
        };
        self.resume_from = self.resume_from.take_if(is_same);
        Ok(())
    }

    pub(super) fn authorized(&mut self, authorization: &Authorization) {
        let len = match self.content {
            Content::Source { len, .. } => Some(len),
            Content::Stream { .. } => None,
        };
        if let Err(error) = self.file.check_allowed(authorization, &self.bucket_id, len) {
            return self.end(Err(error));
        }
        self.upload_limits.clone_from(&authorization.allowed.uploads);
        let part_size = match self.content {
            Content::Source { .. } => Ok(self.options.part_size),
            Content::Stream { .. } => self.stream_part_size(authorization).map(Some),
        };
        let limits = part_size.and_then(|part_size| PartLimits::new(authorization, part_size));
        self.limits = match limits {
            Ok(limits) => limits,
            Err(error) => return self.end(Err(error)),
        };
        match self.content {
            Content::Stream { .. } => {
                let UploadOptions { parallel, max_stream_part, verify_sha1, .. } = self.options;
                let expected = self.given.filter(|_| verify_sha1);
                self.reader = Some(PartReader::new(parallel, max_stream_part, expected));
                self.phase = Phase::ReadingFirstParts(Vec::new());
            }
            Content::Source { source, len, .. } => match part_ranges(len, &self.limits) {
                Ok(ranges) if ranges.len() == 1 => match self.given {
                    Some(_) if self.options.verify_sha1 => self.hash_whole(HashPurpose::Small),
                    given => self.send_small(PlannedPart::of_source(source, 0..len), given),
                },
                Ok(_) => self.begin_large(),
                Err(error) => self.end(Err(error)),
            },
        }
    }

    /// Returns the size of the first parts of a stream, none of which is larger than the caller allows.
    fn stream_part_size(&self, authorization: &Authorization) -> Result<u64, Error> {
        let UploadOptions { part_size, max_stream_part, .. } = self.options;
        let min = authorization.absolute_minimum_part_size;
        let part_size = part_size.unwrap_or(STREAM_PART_SIZE.min(max_stream_part).max(min));
        if part_size > max_stream_part {
            let message = format!(
                "parts of {part_size} bytes are larger than the largest part of a stream, {max_stream_part} bytes"
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(part_size)
    }

    pub(super) fn send_small(&mut self, part: PlannedPart, sha1: Option<Sha1Digest>) {
        let mut workers =
            self.workers(Destination::of_file(self.bucket_id.clone(), self.file.clone()), 1);
        workers.push(part, sha1);
        self.phase = Phase::Sending(Box::new(workers));
    }

    fn begin_large(&mut self) {
        match self.given {
            Some(sha1) => {
                if self.options.verify_sha1 {
                    // While the parts are sent, so that the upload does not wait for it.
                    self.verifying = Some(self.digest_whole());
                }
                self.whole_sha1_known(sha1);
            }
            None if self.options.whole_sha1 => self.hash_whole(HashPurpose::Large),
            None => self.search(),
        }
    }

    pub(super) fn start_stream(&mut self, parts: Vec<PlannedPart>) {
        if let Some(sha1) = self.given {
            self.file.file_info.insert(FileInfo::LARGE_FILE_SHA1, sha1.to_hex());
        }
        match self.file.check() {
            Ok(()) => self.start(parts),
            Err(error) => self.end(Err(error)),
        }
    }

    fn whole_sha1_known(&mut self, sha1: Sha1Digest) {
        self.file.file_info.insert(FileInfo::LARGE_FILE_SHA1, sha1.to_hex());
        match self.file.check() {
            Ok(()) => self.search(),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Starts to hash the whole source.
    fn digest_whole(&mut self) -> TaskId {
        let task = self.ids.next();
        if let Content::Source { source, len, .. } = self.content {
            let span = Span { origin: Origin::Source(source), range: 0..len };
            self.steps.start(task, Action::Digest(vec![span]));
        }
        task
    }

    /// Hashes the whole source before anything is sent.
    pub(super) fn hash_whole(&mut self, purpose: HashPurpose) {
        let task = self.digest_whole();
        self.phase = Phase::HashingWhole(task, purpose);
    }

    /// Takes the SHA-1 of the whole source.
    pub(super) fn hashed_whole(&mut self, purpose: HashPurpose, sha1: Sha1Digest) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        match purpose {
            HashPurpose::Small => {
                match self.given.map_or(Ok(()), |given| check_whole(given, Some(sha1))) {
                    Ok(()) => self.send_small(PlannedPart::of_source(source, 0..len), Some(sha1)),
                    Err(error) => self.end(Err(error)),
                }
            }
            HashPurpose::Large => self.whole_sha1_known(sha1),
            HashPurpose::Resumed(found) if found.sha1 == Some(sha1) => self.resume(found),
            // It was started with other bytes, and would carry their SHA-1.
            HashPurpose::Resumed(_) => self.start_new(),
        }
    }

    /// Looks for an unfinished large file to continue, if there may be one.
    pub(super) fn search(&mut self) {
        let Content::Source { source, len, .. } = self.content else {
            return self.start(Vec::new());
        };
        if !self.options.resume && self.resume_from.is_none() {
            return self.found(None);
        }
        let wanted = self.file.file_info.large_file_sha1();
        // A file that was started with the SHA-1 of other bytes would carry it.
        let same = |checkpoint: &mut Checkpoint| {
            checkpoint.sha1.is_none_or(|sha1| wanted.is_none_or(|wanted| wanted == sha1))
        };
        self.resume_from = self.resume_from.take_if(same);
        let local = self.local_file(source, len);
        let (parallel, calls) = (self.options.parallel, self.calls.fork());
        let search = match &self.resume_from {
            Some(Checkpoint { file_id, sha1, .. }) => {
                Search::by_id(local, parallel, calls, file_id.clone(), *sha1)
            }
            None => Search::by_name(local, parallel, calls),
        };
        self.phase = Phase::Searching(Box::new(search));
    }

    fn local_file(&self, source: SourceId, len: u64) -> LocalFile {
        LocalFile {
            bucket_id: self.bucket_id.clone(),
            file: self.file.clone(),
            source,
            len,
            limits: self.limits,
        }
    }

    pub(super) fn found(&mut self, found: Option<RemoteFile>) {
        match found {
            // The upload does not know the SHA-1 that this file carries.
            Some(found)
                if found.sha1.is_some() && self.file.file_info.large_file_sha1().is_none() =>
            {
                self.hash_whole(HashPurpose::Resumed(found));
            }
            Some(found) => self.resume(found),
            None => match self.resume_from.take() {
                // The interrupted run may have finished it.
                Some(checkpoint) if self.is_complete(&checkpoint) => self.compare(checkpoint),
                Some(_) if self.options.resume => self.search(),
                _ => self.start_new(),
            },
        }
    }

    fn resume(&mut self, found: RemoteFile) {
        let Content::Source { source, .. } = self.content else {
            return;
        };
        let part = |(range, sha1)| (PlannedPart::of_source(source, range), sha1);
        let parts = found.parts.into_iter().map(part).collect();
        self.send_parts(found.file_id, found.sha1, parts);
    }

    fn start_new(&mut self) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        let ranges = part_ranges(len, &self.limits).unwrap_or_default();
        let parts = ranges.into_iter().map(|range| PlannedPart::of_source(source, range));
        self.start(parts.collect());
    }

    fn is_complete(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.parts.len() == self.ranges_of(checkpoint).len()
    }

    fn ranges_of(&self, checkpoint: &Checkpoint) -> Vec<Range<u64>> {
        let limits = PartLimits { recommended: checkpoint.part_size.max(1), ..self.limits };
        part_ranges(checkpoint.len, &limits).unwrap_or_default()
    }

    /// Compares the local bytes with a complete checkpoint, whose file is no longer unfinished.
    fn compare(&mut self, checkpoint: Checkpoint) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        let sha1s = checkpoint.parts.iter().map(|(_, sha1)| Some(*sha1));
        let parts = self.ranges_of(&checkpoint).into_iter().zip(sha1s).collect();
        let remote = RemoteFile { file_id: checkpoint.file_id, sha1: checkpoint.sha1, parts };
        let local = self.local_file(source, len);
        let (parallel, calls) = (self.options.parallel, self.calls.fork());
        let search = Search::compare(local, parallel, calls, remote);
        self.phase = Phase::Comparing(Box::new(search));
    }

    pub(super) fn compared(&mut self, found: Option<RemoteFile>) {
        match found {
            Some(found) if found.is_complete() => self.look_up(found.file_id, None),
            _ if self.options.resume => self.search(),
            _ => self.start_new(),
        }
    }

    pub(super) fn start(&mut self, parts: Vec<PlannedPart>) {
        let mut start = StartLargeFile::new(self.bucket_id.clone(), self.file.clone());
        if let (Some(_), Content::Source { len, .. }) = (&self.upload_limits, self.content) {
            start.declared_size = Some(len);
        }
        self.phase = Phase::Starting(Box::new(self.calls.call(start)), parts);
    }
}
