//! Parts on their way: workers, progress, checkpoints.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::ControlFlow;

use super::finish::{Expected, Finish, Finished};
use super::{Phase, Upload};
use crate::create::COPIES;
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::intent_reader::IntentReader;
use crate::create::part_reader::PartReader;
use crate::create::plan::PlannedPart;
use crate::create::whole_sha1::check_whole;
use crate::create::workers::{Destination, PartEvent, StoredPart, UploadWorkers};
use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Control, Input, OnCancel, Step};
use crate::model::{FileId, FileInfo, FileVersion};
use crate::time::Instant;

/// The approximate number of checkpoints of one upload, at most.
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
        let parallel = match self.wanted {
            Some(_) => self.options.parallel.min(waiting.max(1)),
            None => self.options.parallel,
        };
        let mut workers = self.workers(destination, parallel);
        let part_size = parts.first().map_or(self.limits.recommended, |(part, _)| part.len);
        for (part, sha1) in parts {
            match sha1 {
                Some(sha1) => workers.push_accepted(part, sha1),
                None => workers.push(part, None),
            }
        }
        let resumed = workers.accepted_bytes();
        self.steps.emit(UploadEvent::Started { file_id: file_id.clone(), resumed });
        if let Some(wanted) = &self.wanted {
            let (bucket_id, name) = (self.bucket_id.clone(), self.file.file_name.clone());
            let mut checkpoint = Checkpoint::new(bucket_id, file_id, name, wanted.len(), part_size);
            checkpoint.sha1 = sha1;
            checkpoint.plan_id = self.file.file_info.get(FileInfo::PLAN_ID).map(ToOwned::to_owned);
            self.checkpoint = Some(checkpoint);
        }
        self.phase = Phase::Sending(Box::new(workers));
        self.emit_checkpoint();
        self.emit_progress();
        // An interrupted upload may have been interrupted at its very end.
        self.finish_if_complete();
    }

    pub(super) fn workers(&mut self, destination: Destination, parallel: usize) -> UploadWorkers {
        let calls = self.calls.fork();
        let mut workers = UploadWorkers::new(destination, parallel, &self.options, calls);
        if self.paused {
            workers.control(Control::Pause);
        }
        workers
    }

    /// Emits a checkpoint. Each names all accepted parts, so with many parts not every one is worth a new checkpoint.
    pub(super) fn emit_checkpoint(&mut self) {
        let (Phase::Sending(workers), Some(checkpoint)) = (&self.phase, &mut self.checkpoint)
        else {
            return;
        };
        let new = workers.accepted_parts() - checkpoint.parts.len();
        if new < workers.len() / MAX_CHECKPOINTS && !workers.is_finished() {
            return;
        }
        let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
        checkpoint.parts = workers.accepted().map(|(index, sha1)| (number(index), sha1)).collect();
        self.steps.emit(UploadEvent::Checkpoint(checkpoint.clone()));
    }

    pub(super) fn emit_progress(&mut self) {
        let Phase::Sending(workers) = &self.phase else {
            return;
        };
        let total = self.total();
        let progress = UploadProgress {
            hashed: workers.hashed_bytes(),
            sent: workers.sent_bytes(),
            accepted: workers.accepted_bytes(),
            total,
        };
        if progress != self.progress {
            self.progress = progress;
            self.steps.emit(UploadEvent::Progress(progress));
        }
    }

    /// Returns the size of the file, once it is known.
    fn total(&self) -> Option<u64> {
        match (&self.reader, &self.intents) {
            (Some(reader), _) => reader.has_ended().then(|| reader.bytes()),
            (_, Some(intents)) => intents.has_ended().then(|| intents.bytes()),
            (None, None) => self.progress.total,
        }
    }

    fn accepted(&mut self, index: usize, stored: StoredPart) {
        if let Some(buffer) = self.reader.as_mut().and_then(|reader| reader.accepted(index)) {
            let task = self.ids.next();
            self.steps.start(task, Action::Release(buffer));
        }
        if COPIES {
            self.release_sources();
        }
        self.emit_progress();
        if let Some(version) = stored.version {
            self.stop_workers(OnCancel::Keep);
            self.end(Ok(*version));
        } else {
            self.emit_checkpoint();
            self.finish_if_complete();
        }
    }

    pub(super) fn finish_if_complete(&mut self) {
        let Phase::Sending(workers) = &self.phase else {
            return;
        };
        let all_there = self.reader.as_ref().is_none_or(PartReader::has_ended)
            && self.intents.as_ref().is_none_or(IntentReader::is_complete)
            && workers.is_finished()
            && self.verifying.is_none();
        if let Some(file_id) = workers.destination().large_file().filter(|_| all_there) {
            let sha1s = workers.accepted().map(|(_, sha1)| sha1).collect();
            self.finish(file_id.clone(), sha1s);
        }
    }

    pub(super) fn finish(&mut self, file_id: FileId, sha1s: Vec<Sha1Digest>) {
        let expected = self.expected(file_id);
        let finish = Finish::new(expected, sha1s, self.calls.fork());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    /// Looks up whether a large file is finished.
    pub(super) fn look_up(&mut self, file_id: FileId, cause: Option<Error>) {
        let expected = self.expected(file_id);
        let finish = Finish::look_up(expected, cause, self.calls.fork());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    fn expected(&self, file_id: FileId) -> Expected {
        let len = self.total();
        let sha1 = self.file.file_info.large_file_sha1();
        Expected { file_id, len, sha1 }
    }

    /// Takes the state of a large file.
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

    /// Takes the SHA-1 of the whole source, which was hashed while its parts were sent.
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

    /// Passes on a step of the workers, or acts on it.
    pub(super) fn worker_step(
        &mut self,
        now: Instant,
        step: Step<Infallible, PartEvent>,
    ) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        match step {
            Step::Start(task, action) => return ControlFlow::Break(Step::Start(task, action)),
            Step::Abort(task) => return ControlFlow::Break(Step::Abort(task)),
            Step::Emit(PartEvent::Retrying(retrying)) => {
                self.steps.emit(UploadEvent::Retrying(retrying));
            }
            Step::Emit(PartEvent::Progress) => self.emit_progress(),
            Step::Emit(PartEvent::Accepted { index, stored }) => self.accepted(index, stored),
            Step::Done(Err(error)) => self.refused(error),
            Step::Done(Ok(never)) => match never {},
            Step::Wait(deadline) => {
                // Reads ahead only while a buffer is free: buffers are all the memory that an upload takes.
                if let Some(reader) = self.reader.as_mut().filter(|_| !self.paused)
                    && let Some((task, action)) = reader.poll(&self.limits, &self.ids)
                {
                    return ControlFlow::Break(Step::Start(task, action));
                }
                return if COPIES {
                    self.read_more_intents(now, deadline)
                } else {
                    ControlFlow::Break(Step::Wait(deadline))
                };
            }
        }
        ControlFlow::Continue(())
    }

    pub(super) fn filled(&mut self, len: u64, end: bool, sha1: Option<Sha1Digest>) {
        let Some(reader) = &mut self.reader else {
            return;
        };
        let filled = reader.filled(len, end, sha1);
        if let Some(Err(error)) =
            self.upload_limits.as_ref().map(|limits| limits.check_size(reader.bytes()))
        {
            return self.fail(error);
        }
        match (filled, &mut self.phase) {
            (Ok(Some(part)), Phase::ReadingFirstParts(parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Starting(_, parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Sending(workers)) => workers.push(part, None),
            (Ok(_), Phase::Sending(_)) => self.finish_if_complete(),
            (Ok(_), _) => {}
            (Err(error), _) if error.kind() == ErrorKind::ChecksumMismatch => {
                self.not_as_given(error);
            }
            (Err(error), _) => self.fail(error),
        }
    }
}
