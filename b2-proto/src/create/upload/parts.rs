//! Parts on their way: lanes, progress, checkpoints.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Finish, Phase, Upload};
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::file::Content;
use crate::create::filler::Filler;
use crate::create::lanes::{Accepted, Destination, LaneStep, Lanes};
use crate::create::plan::PlannedPart;
use crate::hash::Sha1Digest;
use crate::machine::{Action, Control, OnCancel, Step};
use crate::model::{FileId, FileVersion};

/// No upload tells more checkpoints than about this.
const MAX_CHECKPOINTS: usize = 200;

impl Upload {
    pub(super) fn send_parts(
        &mut self,
        file_id: FileId,
        parts: Vec<(PlannedPart, Option<Sha1Digest>)>,
    ) {
        let destination = Destination::of_parts(file_id.clone(), self.file.encryption.clone());
        let waiting = parts.iter().filter(|(_, sha1)| sha1.is_none()).count();
        let parallel = match self.content {
            Content::Source { .. } => self.options.parallel.min(waiting.max(1)),
            Content::Stream => self.options.parallel,
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
            self.checkpoint = Some(Checkpoint::new(bucket_id, file_id, name, len, part_size));
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
        let all_there = self.filler.as_ref().is_none_or(Filler::has_ended) && lanes.is_finished();
        if let Some(file_id) = lanes.destination().large_file().filter(|_| all_there) {
            let sha1s = lanes.accepted().map(|(_, sha1)| sha1).collect();
            self.finish(file_id.clone(), sha1s);
        }
    }

    pub(super) fn finish(&mut self, file_id: FileId, sha1s: Vec<Sha1Digest>) {
        let finish = Finish::new(file_id, sha1s, self.options.retry, self.rng.next_u64());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    pub(super) fn lane_step(&mut self, step: LaneStep) -> Option<Step<FileVersion, UploadEvent>> {
        match step {
            LaneStep::Start(task, action) => return Some(Step::Start(task, action)),
            LaneStep::Abort(task) => return Some(Step::Abort(task)),
            LaneStep::Retrying(retrying) => self.outbox.emit(UploadEvent::Retrying(retrying)),
            LaneStep::Moved => self.tell_progress(),
            LaneStep::Accepted { index, accepted } => self.accepted(index, accepted),
            LaneStep::Failed(error) => self.fail(error),
        }
        None
    }

    pub(super) fn filled(&mut self, len: u64, end: bool) {
        let Some(filler) = &mut self.filler else {
            return;
        };
        match (filler.filled(len, end), &mut self.phase) {
            (Ok(Some(part)), Phase::Prefilling(parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Starting(_, parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Sending(lanes)) => lanes.push(part, None),
            (Ok(_), Phase::Sending(_)) => self.finish_if_complete(),
            (Ok(_), _) => {}
            (Err(error), _) => self.fail(error),
        }
    }
}
