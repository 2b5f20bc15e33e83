//! Parts on their way: lanes, progress, checkpoints.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::finish::{Expected, Finish, Finished};
use super::{Phase, Upload};
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::file::Content;
use crate::create::filler::Filler;
use crate::create::lanes::{Accepted, Destination, LaneStep, Lanes};
use crate::create::plan::PlannedPart;
use crate::create::whole::check_whole;
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Control, Input, OnCancel, Step};
use crate::model::{FileId, FileVersion};

/// No upload tells more checkpoints than about this.
const MAX_CHECKPOINTS: usize = 200;

impl Upload {
    pub(super) fn send_parts(
        &mut self,
        file_id: FileId,
        sha1: Option<Sha1Digest>,
        parts: Vec<(PlannedPart, Option<Sha1Digest>)>,
    ) {
        self.carries_sha1 = sha1.is_some();
        let destination = Destination::of_parts(file_id.clone(), self.file.encryption.clone());
        let waiting = parts.iter().filter(|(_, sha1)| sha1.is_none()).count();
        let parallel = match self.content {
            Content::Source { .. } => self.options.parallel.min(waiting.max(1)),
            Content::Stream { .. } => self.options.parallel,
        };
        let mut lanes = self.lanes(destination, parallel);
        let part_size = parts.first().map_or(self.limits.recommended, |(part, _)| part.len);
        for (part, sha1) in parts {
            match sha1 {
                Some(sha1) => lanes.push_accepted(part, sha1),
                None => lanes.push(part, None),
            }
        }
        let resumed = lanes.accepted_bytes();
        self.outbox.emit(UploadEvent::Started { file_id: file_id.clone(), resumed });
        if let Content::Source { len, .. } = self.content {
            let (bucket_id, name) = (self.file.bucket_id.clone(), self.file.name.clone());
            let mut checkpoint = Checkpoint::new(bucket_id, file_id, name, len, part_size);
            checkpoint.sha1 = sha1;
            self.checkpoint = Some(checkpoint);
        }
        self.phase = Phase::Sending(Box::new(lanes));
        self.tell_checkpoint();
        self.tell_progress();
        // An interrupted upload may have been interrupted at its very end.
        self.finish_if_complete();
    }

    pub(super) fn lanes(&mut self, destination: Destination, parallel: usize) -> Lanes {
        let options = &self.options;
        let seed = self.rng.next_u64();
        let mut lanes = Lanes::new(destination, parallel, options.body_style, options.retry, seed);
        if self.paused {
            lanes.control(Control::Pause);
        }
        lanes
    }

    /// Each checkpoint names all accepted parts, so of many parts not every one makes a new one.
    pub(super) fn tell_checkpoint(&mut self) {
        let (Phase::Sending(lanes), Some(checkpoint)) = (&self.phase, &mut self.checkpoint) else {
            return;
        };
        let news = lanes.accepted_parts() - checkpoint.parts.len();
        if news < lanes.len() / MAX_CHECKPOINTS && !lanes.is_finished() {
            return;
        }
        let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
        checkpoint.parts = lanes.accepted().map(|(index, sha1)| (number(index), sha1)).collect();
        self.outbox.emit(UploadEvent::Checkpoint(checkpoint.clone()));
    }

    pub(super) fn tell_progress(&mut self) {
        let Phase::Sending(lanes) = &self.phase else {
            return;
        };
        let total = match &self.filler {
            Some(filler) if filler.has_ended() => Some(filler.bytes()),
            Some(_) => None,
            None => self.progress.total,
        };
        let progress = UploadProgress {
            hashed: lanes.hashed_bytes(),
            sent: lanes.sent_bytes(),
            accepted: lanes.accepted_bytes(),
            total,
        };
        if progress != self.progress {
            self.progress = progress;
            self.outbox.emit(UploadEvent::Progress(progress));
        }
    }

    pub(super) fn accepted(&mut self, index: usize, accepted: Accepted) {
        if let Some(buffer) = self.filler.as_mut().and_then(|filler| filler.accepted(index)) {
            let task = self.ids.next();
            self.outbox.start(task, Action::Release(buffer));
        }
        self.tell_progress();
        if let Some(version) = accepted.version {
            self.stop_lanes(OnCancel::Keep);
            self.end(Ok(*version));
        } else {
            self.tell_checkpoint();
            self.finish_if_complete();
        }
    }

    pub(super) fn finish_if_complete(&mut self) {
        let Phase::Sending(lanes) = &self.phase else {
            return;
        };
        let all_there = self.filler.as_ref().is_none_or(Filler::has_ended)
            && lanes.is_finished()
            && self.verifying.is_none();
        if let Some(file_id) = lanes.destination().large_file().filter(|_| all_there) {
            let sha1s = lanes.accepted().map(|(_, sha1)| sha1).collect();
            self.finish(file_id.clone(), sha1s);
        }
    }

    pub(super) fn finish(&mut self, file_id: FileId, sha1s: Vec<Sha1Digest>) {
        let expected = self.expected(file_id);
        let finish = Finish::new(expected, sha1s, self.options.retry, self.rng.next_u64());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    /// Finds out what became of a large file.
    pub(super) fn look_up(&mut self, file_id: FileId, doubt: Option<Error>) {
        let expected = self.expected(file_id);
        let finish = Finish::look_up(expected, doubt, self.options.retry, self.rng.next_u64());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    fn expected(&self, file_id: FileId) -> Expected {
        let len = match &self.filler {
            Some(filler) => filler.has_ended().then(|| filler.bytes()),
            None => self.progress.total,
        };
        let sha1 = self.file.info.large_file_sha1();
        Expected { file_id, len, sha1 }
    }

    /// What became of a large file is known.
    pub(super) fn finished(&mut self, file_id: FileId, result: Result<Finished, Error>) {
        match result {
            Ok(Finished::Done(version)) if self.verifying.is_some() => {
                self.phase = Phase::Verifying(version);
            }
            Ok(Finished::Done(version)) => self.end(Ok(*version)),
            Ok(Finished::Not) => self.search(),
            Ok(Finished::Gone(error)) => self.gone(file_id, error),
            Err(error) => self.fail(error),
        }
    }

    /// The whole source was hashed while its parts travelled.
    pub(super) fn verified(&mut self, input: Input) {
        let given = self.given;
        match input {
            Input::Digest(sha1) => {
                self.verifying = None;
                let compared = given.map_or(Ok(()), |given| check_whole(given, Some(sha1)));
                match (compared, &self.phase) {
                    (Ok(()), Phase::Verifying(version)) => {
                        let version = (**version).clone();
                        self.end(Ok(version));
                    }
                    (Ok(()), _) => self.finish_if_complete(),
                    (Err(error), _) => self.not_as_given(error),
                }
            }
            Input::Failed(failure) => {
                self.verifying = None;
                self.fail(Error::from_failure(Target::Upload, &failure));
            }
            _ => {}
        }
    }

    pub(super) fn lane_step(&mut self, step: LaneStep) -> Option<Step<FileVersion, UploadEvent>> {
        match step {
            LaneStep::Start(task, action) => return Some(Step::Start(task, action)),
            LaneStep::Abort(task) => return Some(Step::Abort(task)),
            LaneStep::Retrying(retrying) => self.outbox.emit(UploadEvent::Retrying(retrying)),
            LaneStep::Moved => self.tell_progress(),
            LaneStep::Accepted { index, accepted } => self.accepted(index, accepted),
            LaneStep::Failed(error) => self.refused(error),
        }
        None
    }

    pub(super) fn filled(&mut self, len: u64, end: bool, sha1: Option<Sha1Digest>) {
        let Some(filler) = &mut self.filler else {
            return;
        };
        let filled = filler.filled(len, end, sha1);
        if let Some(Err(error)) =
            self.upload_limits.as_ref().map(|limits| limits.check_size(filler.bytes()))
        {
            return self.fail(error);
        }
        match (filled, &mut self.phase) {
            (Ok(Some(part)), Phase::Prefilling(parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Starting(_, parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Sending(lanes)) => lanes.push(part, None),
            (Ok(_), Phase::Sending(_)) => self.finish_if_complete(),
            (Ok(_), _) => {}
            (Err(error), _) if error.kind() == ErrorKind::ChecksumMismatch => {
                self.not_as_given(error);
            }
            (Err(error), _) => self.fail(error),
        }
    }
}
