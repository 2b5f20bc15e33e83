//! Files that are made of ranges of local sources and of files in B2.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::{Phase, Upload};
use crate::account::Authorization;
use crate::api::{CopyFile, JsonEndpoint as _};
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::intent_reader::IntentReader;
use crate::create::plan::{
    IntentSource, PartContent, Piece, Plan, PlannedPart, RemoteRange, WriteIntent,
};
use crate::create::resume::WantedParts;
use crate::create::sources::SourceLookup;
use crate::create::workers::name_source;
use crate::error::{Error, ErrorKind};
use crate::machine::{Action, Step};
use crate::model::{Capability, FileId, FileInfo, FileVersion, MetadataDirective};
use crate::time::Instant;

impl Upload {
    /// Asks B2 for the versions that the intents name.
    pub(super) fn look_up_sources(&mut self, intents: Vec<WriteIntent>) {
        let lookup = SourceLookup::new(intents, self.options.parallel, self.calls.fork());
        self.phase = Phase::LookingUpSources(Box::new(lookup));
    }

    /// Plans the parts from intents whose lengths are known.
    pub(super) fn plan(&mut self, intents: Vec<WriteIntent>) {
        self.copies_whole = match intents.as_slice() {
            [WriteIntent { source: IntentSource::Remote(source), .. }] => source.is_whole(),
            _ => false,
        };
        if let Err(error) = Plan::new(intents, &self.limits).and_then(|plan| self.check_plan(plan))
        {
            self.end(Err(error));
        }
    }

    /// Checks what the plan does not allow, and continues with its parts.
    fn check_plan(&mut self, plan: Plan) -> Result<(), Error> {
        let plan_id = plan.id();
        if self.options.whole_sha1 && self.given.is_none() && plan_id.is_some() {
            let message = "the SHA-1 of a file with ranges of files in B2 cannot be computed; give it, or leave it out";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let wanted = WantedParts::Plan(plan.into_parts());
        wanted.parts().iter().try_for_each(|part| self.check_pieces(part))?;
        let len = wanted.len();
        if let Some(limits) = &self.upload_limits {
            limits.check_size(len)?;
        }
        self.progress.total = Some(len);
        if let Some(plan_id) = plan_id.filter(|_| wanted.parts().len() > 1) {
            // With it, a later run finds the unfinished file of the same plan.
            self.file.file_info.insert(FileInfo::PLAN_ID, plan_id);
            self.file.check()?;
        }
        self.planned(wanted);
        Ok(())
    }

    /// Returns whether the account can download by id. A gateway has other ids than B2, and B2 lets no page download with the
    /// token of an account.
    pub(super) fn may_download_pieces(&self, authorization: &Authorization) -> bool {
        let allowed = &authorization.allowed;
        let in_page = self.options.headers_may_be_hidden;
        allowed.uploads.is_none() && (!in_page || allowed.has(&Capability::READ_FILES))
    }

    /// Checks that the remote pieces of a part can be downloaded, if it has any.
    fn check_pieces(&self, part: &PlannedPart) -> Result<(), Error> {
        let PartContent::Mixed(pieces) = &part.content else {
            return Ok(());
        };
        let remote = pieces.iter().find_map(|piece| match piece {
            Piece::Remote(remote) => Some(remote),
            Piece::Local(_) => None,
        });
        let Some(remote) = remote.filter(|_| !self.downloads_pieces) else {
            return Ok(());
        };
        let message = format!(
            "the bytes {}..{} of a file in B2 cannot be copied, since a part has at least {} bytes, and this account cannot \
             download them by ID to send them again; copy at least as many bytes, have as many between copies, or give the \
             bytes themselves",
            remote.range.start, remote.range.end, self.limits.min
        );
        Err(Error::new(ErrorKind::Unauthorized, message).with_subject(remote.file_id.as_str()))
    }

    /// Copies a range of one file, which becomes the whole of the new one.
    pub(super) fn copy_whole(&mut self, remote: RemoteRange) {
        let mut copy = CopyFile::new(remote.file_id.clone(), self.file.clone());
        copy.destination_bucket_id = Some(self.bucket_id.clone());
        copy.range = Some(remote.range).filter(|_| !self.copies_whole);
        copy.metadata_directive = MetadataDirective::Replace;
        copy.source_server_side_encryption = remote.encryption;
        self.phase =
            Phase::Copying(Box::new(self.calls.long_call(copy.timeout(), copy)), remote.file_id);
    }

    pub(super) fn copied(&mut self, source: &FileId, result: Result<FileVersion, Error>) {
        match result {
            Ok(version) => {
                self.progress = UploadProgress::complete(version.size);
                self.steps.emit(UploadEvent::Progress(self.progress));
                let result = self.check_copy(&version).map(|()| version);
                self.end(result);
            }
            Err(error) => self.end(Err(name_source(error, source))),
        }
    }

    /// Compares the SHA-1 of a copy with the given one, where both are known.
    fn check_copy(&self, version: &FileVersion) -> Result<(), Error> {
        match (self.given, version.sha1()) {
            (Some(given), Some(copied)) if given != copied && self.options.verify_sha1 => {
                let message = format!(
                    "the copy has the SHA-1 {copied}, not {given} as given; it exists as b2id://{}, delete it if it is wrong",
                    version.file_id
                );
                Err(Error::new(ErrorKind::ChecksumMismatch, message))
            }
            _ => Ok(()),
        }
    }

    /// Begins to read a stream of intents.
    pub(super) fn read_intents(&mut self) {
        self.intents = Some(IntentReader::new(self.limits, self.calls.fork()));
        self.phase = Phase::ReadingFirstIntents(Vec::new());
    }

    /// Reads intents until there is more than one part, or the end.
    pub(super) fn read_first_intents(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        let (Phase::ReadingFirstIntents(parts), Some(intents)) =
            (&mut self.phase, &mut self.intents)
        else {
            return ControlFlow::Continue(());
        };
        parts.extend(core::iter::from_fn(|| intents.next_part()));
        if parts.len() < 2 && !intents.has_ended() {
            let read = intents.poll(now)?;
            if let Err(error) = read.and_then(|()| self.check_intents()) {
                self.end(Err(error));
            }
            return ControlFlow::Continue(());
        }
        let mut parts = core::mem::take(parts);
        if let Err(error) = parts.iter().try_for_each(|part| self.check_pieces(part)) {
            self.end(Err(error));
            return ControlFlow::Continue(());
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => self.create_small(only),
            last => {
                parts.extend(last);
                self.start_stream(parts);
            }
        }
        ControlFlow::Continue(())
    }

    /// Reads further intents while few parts wait.
    pub(super) fn read_more_intents(
        &mut self,
        now: Instant,
        deadline: Option<Instant>,
    ) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        let (Phase::Sending(_), Some(intents)) = (&self.phase, &mut self.intents) else {
            return ControlFlow::Break(Step::Wait(deadline));
        };
        let more: Vec<PlannedPart> = core::iter::from_fn(|| intents.next_part()).collect();
        if let Err(error) = more.iter().try_for_each(|part| self.check_pieces(part)) {
            self.fail(error);
            return ControlFlow::Continue(());
        }
        let Phase::Sending(workers) = &mut self.phase else {
            return ControlFlow::Break(Step::Wait(deadline));
        };
        let has_more = !more.is_empty();
        for part in more {
            workers.push(part, None);
        }
        let is_wanted = !self.paused && workers.waiting_parts() <= self.options.parallel;
        if has_more {
            return ControlFlow::Continue(());
        }
        let Some(intents) =
            self.intents.as_mut().filter(|intents| is_wanted && !intents.has_ended())
        else {
            return ControlFlow::Break(Step::Wait(deadline));
        };
        let read = match intents.poll(now) {
            ControlFlow::Break(Step::Wait(other)) => {
                let earliest = deadline.into_iter().chain(other).min();
                return ControlFlow::Break(Step::Wait(earliest));
            }
            ControlFlow::Break(step) => return ControlFlow::Break(step),
            ControlFlow::Continue(read) => read,
        };
        match read.and_then(|()| self.check_intents()) {
            Ok(()) => self.finish_if_complete(),
            Err(error) => self.fail(error),
        }
        ControlFlow::Continue(())
    }

    /// Checks that the realm accepts a file of the size that is known so far.
    fn check_intents(&self) -> Result<(), Error> {
        match (&self.upload_limits, &self.intents) {
            (Some(limits), Some(intents)) => limits.check_size(intents.bytes()),
            _ => Ok(()),
        }
    }

    /// Drops the sources of a stream of intents whose bytes are all at B2.
    pub(super) fn release_sources(&mut self) {
        let (Phase::Sending(workers), Some(intents)) = (&mut self.phase, &mut self.intents) else {
            return;
        };
        for source in intents.release(workers.accepted_until()) {
            let task = self.ids.next();
            self.steps.start(task, Action::ReleaseSource(source));
        }
    }
}
