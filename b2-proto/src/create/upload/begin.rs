//! From the caller's wish to the first part: the plan, and what is at B2 already.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::{Hashed, Phase, Upload};
use crate::account::Authorization;
use crate::call::Call;
use crate::create::checkpoint::Checkpoint;
use crate::create::file::Content;
use crate::create::filler::Filler;
use crate::create::lanes::Destination;
use crate::create::options::UploadOptions;
use crate::create::plan::{PartLimits, PlannedPart, part_ranges};
use crate::create::resume::{Found, Search};
use crate::create::whole::{check_whole, given_sha1};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Origin, SourceId, Span, TaskId};
use crate::model::FileInfo;

/// What a stream's part takes unless the caller says otherwise: it is buffered.
const STREAM_PART_SIZE: u64 = 10_000_000;

impl Upload {
    pub(super) fn begin(&mut self) {
        if let Err(error) = self.file.check() {
            return self.end(Err(error));
        }
        match given_sha1(&self.file, &self.content) {
            Ok(sha1) => self.given = sha1,
            Err(error) => return self.end(Err(error)),
        }
        let task = self.ids.next();
        self.phase = Phase::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale: None });
    }

    pub(super) fn authorized(&mut self, authorization: &Authorization) {
        let len = match self.content {
            Content::Source { len, .. } => Some(len),
            Content::Stream { .. } => None,
        };
        if let Err(error) = self.file.check_allowed(authorization, len) {
            return self.end(Err(error));
        }
        self.upload_limits.clone_from(&authorization.allowed.uploads);
        let part_size = match self.content {
            Content::Source { .. } => self.options.part_size,
            Content::Stream { .. } => {
                let min = authorization.absolute_minimum_part_size;
                Some(self.options.part_size.unwrap_or(STREAM_PART_SIZE.max(min)))
            }
        };
        self.limits = match PartLimits::new(authorization, part_size) {
            Ok(limits) => limits,
            Err(error) => return self.end(Err(error)),
        };
        match self.content {
            Content::Stream { .. } => {
                let UploadOptions { parallel, max_stream_part, .. } = self.options;
                self.filler = Some(Filler::new(parallel, max_stream_part, self.given));
                self.phase = Phase::Prefilling(Vec::new());
            }
            Content::Source { source, len, .. } => match part_ranges(len, &self.limits) {
                Ok(ranges) if ranges.len() == 1 => match self.given {
                    Some(_) if self.options.verify_sha1 => self.hash_whole(Hashed::Small),
                    given => self.send_small(PlannedPart::of_source(source, 0..len), given),
                },
                Ok(_) => self.begin_large(),
                Err(error) => self.end(Err(error)),
            },
        }
    }

    pub(super) fn send_small(&mut self, part: PlannedPart, sha1: Option<Sha1Digest>) {
        let mut lanes = self.lanes(Destination::of_file(&self.file), 1);
        lanes.push(part, sha1);
        self.phase = Phase::Sending(Box::new(lanes));
    }

    fn begin_large(&mut self) {
        match self.given {
            Some(sha1) => {
                if self.options.verify_sha1 {
                    // While the parts travel, so that the upload does not wait for it.
                    self.verifying = Some(self.digest_whole());
                }
                self.whole_sha1_known(sha1);
            }
            None if self.options.whole_sha1 => self.hash_whole(Hashed::Large),
            None => self.search(),
        }
    }

    pub(super) fn start_stream(&mut self, parts: Vec<PlannedPart>) {
        if let Some(sha1) = self.given {
            self.file.info.insert(FileInfo::LARGE_FILE_SHA1, sha1.to_hex());
        }
        match self.file.check() {
            Ok(()) => self.start(parts),
            Err(error) => self.end(Err(error)),
        }
    }

    fn whole_sha1_known(&mut self, sha1: Sha1Digest) {
        self.file.info.insert(FileInfo::LARGE_FILE_SHA1, sha1.to_hex());
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
            self.outbox.start(task, Action::Digest(vec![span]));
        }
        task
    }

    /// Hashes the whole source before anything else is done.
    pub(super) fn hash_whole(&mut self, purpose: Hashed) {
        let task = self.digest_whole();
        self.phase = Phase::HashingWhole(task, purpose);
    }

    /// The SHA-1 of the whole source is known.
    pub(super) fn hashed_whole(&mut self, purpose: Hashed, sha1: Sha1Digest) {
        let Content::Source { source, len, .. } = self.content else {
            return;
        };
        match purpose {
            Hashed::Small => {
                match self.given.map_or(Ok(()), |given| check_whole(given, Some(sha1))) {
                    Ok(()) => self.send_small(PlannedPart::of_source(source, 0..len), Some(sha1)),
                    Err(error) => self.end(Err(error)),
                }
            }
            Hashed::Large => self.whole_sha1_known(sha1),
            Hashed::Resumed(found) if found.sha1 == Some(sha1) => self.go_on_with(found),
            // It was begun with other bytes, and would carry their SHA-1.
            Hashed::Resumed(_) => self.start_new(),
        }
    }

    /// Looks for an unfinished large file to go on with, if there may be one.
    pub(super) fn search(&mut self) {
        let Content::Source { source, len, .. } = self.content else {
            return self.start(Vec::new());
        };
        if !self.options.resume && self.resume_from.is_none() {
            return self.found(None);
        }
        let wanted = self.file.info.large_file_sha1();
        // What was begun with the SHA-1 of other bytes would carry it.
        let same = |checkpoint: &mut Checkpoint| {
            checkpoint.sha1.is_none_or(|sha1| wanted.is_none_or(|wanted| wanted == sha1))
        };
        self.resume_from = self.resume_from.take_if(same);
        let search = self.new_search(source, len);
        let search = match &self.resume_from {
            Some(checkpoint) => search.only(checkpoint.file_id.clone(), checkpoint.sha1),
            None => search,
        };
        self.phase = Phase::Searching(Box::new(search));
    }

    fn new_search(&mut self, source: SourceId, len: u64) -> Search {
        Search::by_name(
            self.file.clone(),
            source,
            len,
            self.limits,
            self.options.retry,
            self.options.parallel,
            self.rng.next_u64(),
        )
    }

    pub(super) fn found(&mut self, found: Option<Found>) {
        match found {
            // The upload neither knows nor keeps a SHA-1 of its own, but this file carries one.
            Some(found) if found.sha1.is_some() && self.file.info.large_file_sha1().is_none() => {
                self.hash_whole(Hashed::Resumed(found));
            }
            Some(found) => self.go_on_with(found),
            None => match self.resume_from.take() {
                // It may have been finished by the run that was interrupted.
                Some(checkpoint) if self.is_complete(&checkpoint) => self.compare(checkpoint),
                Some(_) if self.options.resume => self.search(),
                _ => self.start_new(),
            },
        }
    }

    fn go_on_with(&mut self, found: Found) {
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
        let found = Found { file_id: checkpoint.file_id, sha1: checkpoint.sha1, parts };
        let search = self.new_search(source, len);
        self.phase = Phase::Comparing(Box::new(search.compare(found)));
    }

    pub(super) fn compared(&mut self, found: Option<Found>) {
        match found {
            Some(found) if found.is_complete() => self.look_up(found.file_id, None),
            _ if self.options.resume => self.search(),
            _ => self.start_new(),
        }
    }

    pub(super) fn start(&mut self, parts: Vec<PlannedPart>) {
        let mut start = self.file.start_large_file();
        if let (Some(_), Content::Source { len, .. }) = (&self.upload_limits, self.content) {
            start.declared_size = Some(len);
        }
        let call = Call::new(start, self.options.retry, self.rng.next_u64());
        self.phase = Phase::Starting(Box::new(call), parts);
    }
}
