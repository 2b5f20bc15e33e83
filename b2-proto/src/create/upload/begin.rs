//! From the caller's wish to the first part: the plan, and what is at B2 already.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Phase, Upload};
use crate::account::Authorization;
use crate::call::Call;
use crate::create::checkpoint::Checkpoint;
use crate::create::file::Content;
use crate::create::filler::Filler;
use crate::create::lanes::Destination;
use crate::create::plan::{PartLimits, PlannedPart, part_ranges};
use crate::create::resume::{Found, Search};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Origin, SourceId, Span};

/// What a stream's part takes unless the caller says otherwise: it is buffered.
const STREAM_PART_SIZE: u64 = 10_000_000;

impl Upload {
    pub(super) fn begin(&mut self) {
        if let Err(error) = self.file.check() {
            return self.end(Err(error));
        }
        let task = self.ids.next();
        self.phase = Phase::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale: None });
    }

    pub(super) fn authorized(&mut self, authorization: &Authorization) {
        if let Err(error) = self.file.check_allowed(authorization) {
            return self.end(Err(error));
        }
        let part_size = match self.content {
            Content::Source { .. } => self.options.part_size,
            Content::Stream => {
                let min = authorization.absolute_minimum_part_size;
                Some(self.options.part_size.unwrap_or(STREAM_PART_SIZE.max(min)))
            }
        };
        self.limits = match PartLimits::new(authorization, part_size) {
            Ok(limits) => limits,
            Err(error) => return self.end(Err(error)),
        };
        match self.content {
            Content::Stream => {
                self.filler =
                    Some(Filler::new(self.options.parallel, self.options.max_stream_part));
                self.phase = Phase::Prefilling(Vec::new());
            }
            Content::Source { source, len, sha1 } => match part_ranges(len, &self.limits) {
                Ok(ranges) if ranges.len() == 1 => {
                    self.send_small(PlannedPart::of_source(source, 0..len), sha1);
                }
                Ok(_) => self.begin_large(source, len, sha1),
                Err(error) => self.end(Err(error)),
            },
        }
    }

    pub(super) fn send_small(&mut self, part: PlannedPart, sha1: Option<Sha1Digest>) {
        let mut lanes = self.lanes(Destination::of_file(&self.file), 1);
        lanes.push(part, sha1);
        self.phase = Phase::Sending(Box::new(lanes));
    }

    pub(super) fn begin_large(&mut self, source: SourceId, len: u64, sha1: Option<Sha1Digest>) {
        match sha1 {
            Some(sha1) => self.whole_sha1_known(sha1),
            None if self.options.whole_sha1 && self.file.info.large_file_sha1().is_none() => {
                let task = self.ids.next();
                self.phase = Phase::HashingWhole(task);
                let span = Span { origin: Origin::Source(source), range: 0..len };
                self.outbox.start(task, Action::Digest(vec![span]));
            }
            None => self.search(),
        }
    }

    pub(super) fn whole_sha1_known(&mut self, sha1: Sha1Digest) {
        self.file.info = core::mem::take(&mut self.file.info).with_large_file_sha1(sha1);
        match self.file.check() {
            Ok(()) => self.search(),
            Err(error) => self.end(Err(error)),
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
        let search = Search::by_name(
            self.file.clone(),
            source,
            len,
            self.limits,
            self.options.retry,
            self.options.parallel,
            self.rng.next_u64(),
        );
        let search = match &self.resume_from {
            Some(checkpoint) => search.only(checkpoint.file_id.clone()),
            None => search,
        };
        self.phase = Phase::Searching(Box::new(search));
    }

    pub(super) fn found(&mut self, found: Option<Found>) {
        let Content::Source { source, len, .. } = self.content else {
            return self.start(Vec::new());
        };
        let Some(found) = found else {
            return match self.resume_from.take() {
                // It may have been finished by the run that was interrupted.
                Some(checkpoint) if self.is_complete(&checkpoint) => {
                    self.finish(checkpoint.file_id, Vec::new());
                }
                Some(_) if self.options.resume => self.search(),
                _ => {
                    let ranges = part_ranges(len, &self.limits).unwrap_or_default();
                    let parts =
                        ranges.into_iter().map(|range| PlannedPart::of_source(source, range));
                    self.start(parts.collect());
                }
            };
        };
        let part = |(range, sha1)| (PlannedPart::of_source(source, range), sha1);
        self.send_parts(found.file_id, found.parts.into_iter().map(part).collect());
    }

    pub(super) fn is_complete(&self, checkpoint: &Checkpoint) -> bool {
        let limits = PartLimits { recommended: checkpoint.part_size.max(1), ..self.limits };
        let parts = part_ranges(checkpoint.len, &limits).unwrap_or_default().len();
        checkpoint.parts.len() == parts
    }

    pub(super) fn start(&mut self, parts: Vec<PlannedPart>) {
        let call = Call::new(self.file.start_large_file(), self.options.retry, self.rng.next_u64());
        self.phase = Phase::Starting(Box::new(call), parts);
    }
}
