//! Parts that B2 copies from other files.

use alloc::boxed::Box;
use core::ops::ControlFlow;

use super::{StoredPart, UploadWorkers, WorkerStep, sooner};
use crate::api::{CopyPart, JsonEndpoint as _};
use crate::call::Call;
use crate::create::plan::PartContent;
use crate::error::{Error, ErrorKind};
use crate::machine::{Input, Machine, Step, TaskId};
use crate::model::{FileId, Part};
use crate::time::Instant;

/// A part that is being copied (`b2_copy_part`).
#[derive(Debug)]
pub(super) struct PartCopy {
    index: usize,
    len: u64,
    source: FileId,
    call: Box<Call<CopyPart>>,
}

impl PartCopy {
    pub(super) fn running(&self) -> Option<TaskId> {
        self.call.running()
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.call.handle(now, task, input);
    }

    /// Returns what B2 has stored, if it is what was asked for.
    fn stored(&self, result: Result<Part, Error>) -> Result<StoredPart, Error> {
        let part = result.map_err(|error| name_source(error, &self.source))?;
        if part.content_length != self.len {
            let message = format!(
                "B2 says that it copied {} bytes, but {} were asked for",
                part.content_length, self.len
            );
            let error = Error::unreadable_response("").with_kind(ErrorKind::WrongFile);
            return Err(name_source(error.with_message(message), &self.source));
        }
        match part.sha1() {
            Some(sha1) => Ok(StoredPart { sha1, version: None }),
            None => Err(Error::unreadable_response("it holds no SHA-1")),
        }
    }
}

/// Returns the error of a copy with the source as its subject.
pub(crate) fn name_source(error: Error, source: &FileId) -> Error {
    let error = error.with_subject(source.as_str());
    if !matches!(error.kind(), ErrorKind::FileNotPresent | ErrorKind::ResourceNotFound) {
        return error;
    }
    let message = format!("the source of the copy is not at B2 (any more): {}", error.message());
    error.with_message(message)
}

impl UploadWorkers {
    /// Starts copies while there are fewer than `parallel`, and advances those under way.
    pub(super) fn poll_copies(&mut self, now: Instant) -> WorkerStep {
        while !self.paused
            && self.copies.len() < self.parallel
            && let Some(index) = self.parts.take_copy()
        {
            let planned = &self.parts.get(index).planned;
            if let PartContent::Copy(remote) = &planned.content
                && let Some(copy) = self.destination.copy(index, remote)
            {
                let (len, source) = (planned.len, remote.file_id.clone());
                let call = Box::new(self.calls.long_call(copy.timeout(), copy));
                self.copies.push(PartCopy { index, len, source, call });
            }
        }
        let mut earliest = None;
        for at in 0..self.copies.len() {
            match self.copies[at].call.poll(now).result() {
                ControlFlow::Break(Step::Wait(deadline)) => earliest = sooner(earliest, deadline),
                ControlFlow::Break(step) => return step,
                ControlFlow::Continue(result) => {
                    let copy = self.copies.swap_remove(at);
                    match copy.stored(result) {
                        Ok(stored) => self.part_accepted(copy.index, stored),
                        Err(error) => return self.fail(error),
                    }
                    return self.steps.pop().unwrap_or(Step::Wait(None));
                }
            }
        }
        Step::Wait(earliest)
    }
}
