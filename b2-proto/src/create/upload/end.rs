//! The end, good or bad, and what is left at B2.

use alloc::boxed::Box;
use core::time::Duration;

use super::finish::may_be_over;
use super::{Phase, Upload};
use crate::api::CancelLargeFile;
use crate::call::Call;
use crate::create::events::UploadEvent;
use crate::create::filler::Filler;
use crate::error::Error;
use crate::machine::{Action, OnCancel, UrlKey};
use crate::model::{FileId, FileVersion};
use crate::retry::RetryPolicy;

/// How long the deletion of an unfinished large file is tried.
const DISCARD_BUDGET: Duration = Duration::from_secs(20);

impl Upload {
    /// Aborts what runs, and keeps the URLs that can serve again.
    pub(super) fn stop_lanes(&mut self, policy: OnCancel) {
        let Phase::Sending(lanes) = &mut self.phase else {
            return;
        };
        let (running, idle) = lanes.stop();
        let key = lanes.url_key();
        for task in running {
            self.outbox.abort(task);
        }
        let serve_again = policy == OnCancel::Keep || matches!(key, UrlKey::Bucket(_));
        for url in idle.into_iter().filter(|_| serve_again) {
            let task = self.ids.next();
            self.outbox.start(task, Action::KeepUrl(key.clone(), url));
        }
        if let Some(task) = self.filler.as_ref().and_then(Filler::running) {
            self.outbox.abort(task);
        }
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.give_up(error, self.options.on_failure);
    }

    /// A part was refused. If that is because another process finished or cancelled the large file, that is found
    /// out.
    pub(super) fn refused(&mut self, error: Error) {
        let large_file = match &self.phase {
            Phase::Sending(lanes) => lanes.destination().large_file().cloned(),
            _ => None,
        };
        match large_file {
            Some(file_id) if may_be_over(&error) => {
                self.stop_lanes(OnCancel::Discard);
                self.look_up(file_id, Some(error));
            }
            _ => self.fail(error),
        }
    }

    /// The bytes are not those whose SHA-1 was given: they are not stored, and what carries that SHA-1 is of no use.
    pub(super) fn not_as_given(&mut self, error: Error) {
        match self.phase {
            // Whether it was started is not known yet.
            Phase::Starting(..) => self.unwanted = Some(error),
            _ if self.carries_sha1 => self.give_up(error, OnCancel::Discard),
            _ => self.fail(error),
        }
    }

    pub(super) fn give_up(&mut self, error: Error, policy: OnCancel) {
        self.stop_lanes(policy);
        if let Some(task) = self.verifying.take() {
            self.outbox.abort(task);
        }
        let unfinished = match &self.phase {
            Phase::Sending(lanes) => lanes.destination().large_file().cloned(),
            Phase::Finishing(finish) => Some(finish.file_id().clone()),
            _ => None,
        };
        match unfinished {
            Some(file_id) if policy == OnCancel::Discard => self.discard(file_id, error),
            _ => self.end(Err(error)),
        }
    }

    pub(super) fn discard(&mut self, file_id: FileId, error: Error) {
        let retry = RetryPolicy { budget: DISCARD_BUDGET, ..self.options.retry };
        let call = CancelLargeFile { file_id: file_id.clone() };
        let call = Call::new(call, retry, self.rng.next_u64());
        self.phase = Phase::Discarding(Box::new(call), file_id, error);
    }

    /// The large file is no longer at B2.
    pub(super) fn gone(&mut self, file_id: FileId, error: Error) {
        self.outbox.emit(UploadEvent::Discarded { file_id });
        self.end(Err(error));
    }

    pub(super) fn end(&mut self, result: Result<FileVersion, Error>) {
        self.phase = Phase::Over;
        // The id of an unfinished file, which a call names as its subject, says nothing to a person.
        let is_id = |subject: &str| self.file_id().is_some_and(|id| id.as_str() == subject);
        self.outbox.done(result.map_err(|error| match error.subject() {
            Some(subject) if !is_id(subject) => error,
            _ => error.with_subject(self.file.name.clone()),
        }));
    }
}
