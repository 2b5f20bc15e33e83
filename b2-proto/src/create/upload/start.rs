//! From the arguments to the first part: checks, the plan, and what B2 already has.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{HashPurpose, Phase, Upload};
use crate::account::Authorization;
use crate::api::StartLargeFile;
use crate::create::COPIES;
use crate::create::checkpoint::Checkpoint;
use crate::create::file::Content;
use crate::create::options::UploadOptions;
use crate::create::part_reader::PartReader;
use crate::create::plan::{PartContent, PartLimits, PlannedPart, part_ranges};
use crate::create::resume::{RemoteFile, Search, WantedFile, WantedParts};
use crate::create::whole_sha1::{check_whole, given_sha1};
use crate::create::workers::Destination;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Span, TaskId};
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
        let once = matches!(self.content, Content::Stream { .. } | Content::IntentStream { .. });
        let is_local = matches!(self.content, Content::Source { .. } | Content::Stream { .. });
        if !COPIES && (self.options.incremental || !is_local) {
            return invalid(
                "this build only uploads local bytes; files with ranges of files in B2, and incremental uploads, need the feature `copies`",
            );
        }
        if self.options.incremental && !matches!(self.content, Content::Source { .. }) {
            return invalid("only the upload of one source can be incremental");
        }
        if once && self.options.whole_sha1 && self.given.is_none() {
            return invalid(
                "a stream cannot be read before it is sent; give its SHA-1 instead of asking for it to be computed",
            );
        }
        if once && self.resume_from.is_some() {
            return invalid("a stream cannot be resumed; start the upload again");
        }
        if matches!(&self.content, Content::Intents { intents, .. } if intents.is_empty()) {
            return invalid("there is nothing to make a file of; name at least one source");
        }
        let len = self.content.len();
        let is_same = |checkpoint: &mut Checkpoint| {
            len.is_none_or(|len| checkpoint.len == len)
                && checkpoint.bucket_id == self.bucket_id
                && checkpoint.file_name == self.file.file_name
        };
        self.resume_from = self.resume_from.take_if(is_same);
        Ok(())
    }

    pub(super) fn authorized(&mut self, authorization: &Authorization) {
        if let Err(error) =
            self.file.check_allowed(authorization, &self.bucket_id, self.content.len())
        {
            return self.end(Err(error));
        }
        self.upload_limits.clone_from(&authorization.allowed.uploads);
        self.downloads_pieces = self.may_download_pieces(authorization);
        let part_size = match self.content {
            Content::Stream { .. } => self.stream_part_size(authorization).map(Some),
            _ => Ok(self.options.part_size),
        };
        let limits = part_size.and_then(|part_size| {
            let UploadOptions { min_part_size, max_part_size, .. } = self.options;
            PartLimits::with_sizes(authorization, min_part_size, part_size, max_part_size)
        });
        self.limits = match limits {
            Ok(limits) => limits,
            Err(error) => return self.end(Err(error)),
        };
        match &mut self.content {
            Content::Stream { .. } => {
                let UploadOptions { parallel, max_stream_part, verify_sha1, .. } = self.options;
                let expected = self.given.filter(|_| verify_sha1);
                self.reader = Some(PartReader::new(parallel, max_stream_part, expected));
                self.phase = Phase::ReadingFirstParts(Vec::new());
            }
            Content::Source { .. } if COPIES && self.options.incremental => self.look_up_current(),
            Content::Source { source, len, .. } => {
                let (source, len) = (*source, *len);
                self.source_planned(WantedParts::Source { source, len, limits: self.limits });
            }
            Content::Intents { intents, .. } if COPIES => {
                let intents = core::mem::take(intents);
                self.look_up_sources(intents);
            }
            Content::IntentStream { .. } if COPIES => self.read_intents(),
            // It was refused at the beginning.
            Content::Intents { .. } | Content::IntentStream { .. } => {}
        }
    }

    /// Takes the parts of a source, which may be too large.
    pub(super) fn source_planned(&mut self, wanted: WantedParts) {
        match part_ranges(wanted.len(), &self.limits) {
            Ok(_) => self.planned(wanted),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Takes the parts of the file: one is sent as a file, several make a large file.
    pub(super) fn planned(&mut self, wanted: WantedParts) {
        let mut parts = wanted.parts();
        self.wanted = Some(wanted);
        if parts.len() == 1 {
            self.create_small(parts.remove(0));
        } else {
            self.begin_large();
        }
    }

    pub(super) fn create_small(&mut self, part: PlannedPart) {
        match part.content {
            PartContent::Copy(remote) if COPIES => self.copy_whole(remote),
            // Without a plan, it is of a stream. B2 compares the bytes with a given SHA-1.
            PartContent::Local(_)
                if self.given.is_some() && self.wanted.is_some() && self.options.verify_sha1 =>
            {
                self.hash_whole(HashPurpose::Small);
            }
            PartContent::Copy(_) | PartContent::Mixed(_) | PartContent::Local(_) => {
                self.send_small(part, self.given);
            }
        }
    }

    /// Returns the size of the first parts of a stream, none of which is larger than the caller allows.
    fn stream_part_size(&self, authorization: &Authorization) -> Result<u64, Error> {
        let UploadOptions { part_size, max_stream_part, .. } = self.options;
        let min = authorization.absolute_minimum_part_size;
        let UploadOptions { min_part_size, max_part_size, .. } = self.options;
        let usual = STREAM_PART_SIZE.min(max_part_size.unwrap_or(max_stream_part));
        let usual = usual.min(max_stream_part).max(min_part_size.unwrap_or(min)).max(min);
        let part_size = part_size.unwrap_or(usual);
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
        let is_local = self.local_spans().is_some();
        match self.given {
            Some(sha1) => {
                if self.options.verify_sha1 && is_local {
                    // While the parts are sent, so that the upload does not wait for it.
                    self.verifying = Some(self.digest_whole());
                }
                self.whole_sha1_known(sha1);
            }
            None if self.options.whole_sha1 && is_local => self.hash_whole(HashPurpose::Large),
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

    /// Returns all bytes of the file, if they are local.
    pub(super) fn local_spans(&self) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for part in self.wanted.as_ref()?.parts() {
            match part.content {
                PartContent::Local(local) => spans.extend(local),
                PartContent::Copy(_) | PartContent::Mixed(_) => return None,
            }
        }
        Some(spans)
    }

    /// Starts to hash all bytes of the file, which are local.
    fn digest_whole(&mut self) -> TaskId {
        let task = self.ids.next();
        self.steps.start(task, Action::Digest(self.local_spans().unwrap_or_default()));
        task
    }

    /// Hashes all bytes of the file before anything is sent.
    pub(super) fn hash_whole(&mut self, purpose: HashPurpose) {
        let task = self.digest_whole();
        self.phase = Phase::HashingWhole(task, purpose);
    }

    /// Takes the SHA-1 of all bytes of the file.
    pub(super) fn hashed_whole(&mut self, purpose: HashPurpose, sha1: Sha1Digest) {
        match purpose {
            HashPurpose::Small => {
                let part = self.wanted.as_ref().and_then(|wanted| wanted.parts().pop());
                match self.given.map_or(Ok(()), |given| check_whole(given, Some(sha1))) {
                    Ok(()) => {
                        if let Some(part) = part {
                            self.send_small(part, Some(sha1));
                        }
                    }
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
        let Some(parts) = self.wanted.clone() else {
            return self.start(Vec::new());
        };
        if !self.options.resume && self.resume_from.is_none() {
            return self.found(None);
        }
        let sha1 = self.file.file_info.large_file_sha1();
        let plan_id = self.file.file_info.get(FileInfo::PLAN_ID);
        // A file that was started with the SHA-1 of other bytes would carry it.
        let same = |checkpoint: &mut Checkpoint| {
            checkpoint.sha1.is_none_or(|other| sha1.is_none_or(|sha1| sha1 == other))
                && checkpoint.plan_id.as_deref() == plan_id
                && checkpoint.len == parts.len()
        };
        self.resume_from = self.resume_from.take_if(same);
        let wanted = self.wanted_file(parts);
        let (parallel, calls) = (self.options.parallel, self.calls.fork());
        let search = match &self.resume_from {
            Some(Checkpoint { file_id, sha1, .. }) => {
                Search::by_id(wanted, parallel, calls, file_id.clone(), *sha1)
            }
            None if !self.options.resume => return self.found(None),
            None => Search::by_name(wanted, parallel, calls),
        };
        self.phase = Phase::Searching(Box::new(search));
    }

    fn wanted_file(&self, parts: WantedParts) -> WantedFile {
        WantedFile { bucket_id: self.bucket_id.clone(), file: self.file.clone(), parts }
    }

    pub(super) fn found(&mut self, found: Option<RemoteFile>) {
        match found {
            // The upload does not know the SHA-1 that this file carries.
            Some(found)
                if found.sha1.is_some() && self.file.file_info.large_file_sha1().is_none() =>
            {
                if self.local_spans().is_some() {
                    self.hash_whole(HashPurpose::Resumed(found));
                } else {
                    self.start_new();
                }
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
        self.send_parts(found.file_id, found.sha1, found.parts);
    }

    fn start_new(&mut self) {
        let parts = self.wanted.as_ref().map(WantedParts::parts);
        self.start(parts.unwrap_or_default());
    }

    fn is_complete(&self, checkpoint: &Checkpoint) -> bool {
        checkpoint.parts.len() == self.parts_of(checkpoint).len()
    }

    fn parts_of(&self, checkpoint: &Checkpoint) -> Vec<PlannedPart> {
        self.wanted.as_ref().map(|wanted| wanted.parts_of(checkpoint)).unwrap_or_default()
    }

    /// Compares the local bytes with a complete checkpoint, whose file is no longer unfinished.
    fn compare(&mut self, checkpoint: Checkpoint) {
        let Some(wanted) = self.wanted.clone() else {
            return;
        };
        let sha1s = checkpoint.parts.iter().map(|(_, sha1)| Some(*sha1));
        let parts = self.parts_of(&checkpoint).into_iter().zip(sha1s).collect();
        let remote = RemoteFile { file_id: checkpoint.file_id, sha1: checkpoint.sha1, parts };
        let wanted = self.wanted_file(wanted);
        let (parallel, calls) = (self.options.parallel, self.calls.fork());
        let search = Search::compare(wanted, parallel, calls, remote);
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
        if let (Some(_), Some(wanted)) = (&self.upload_limits, &self.wanted) {
            start.declared_size = Some(wanted.len());
        }
        self.phase = Phase::Starting(Box::new(self.calls.call(start)), parts);
    }
}
