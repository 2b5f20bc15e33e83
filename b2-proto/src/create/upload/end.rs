//! How an upload ends, and what is left at B2.

use alloc::boxed::Box;
use core::time::Duration;

use super::{Phase, Upload};
use crate::api::CancelLargeFile;
use crate::create::events::UploadEvent;
use crate::create::intent_reader::IntentReader;
use crate::create::part_reader::PartReader;
use crate::error::Error;
use crate::machine::{Action, OnCancel, UrlKey};
use crate::model::{FileId, FileVersion};

/// How long deleting an unfinished large file is retried.
const DISCARD_BUDGET: Duration = Duration::from_secs(20);

impl Upload {
    /// Aborts the workers, and returns the URLs that can be used again.
    pub(super) fn stop_workers(&mut self, policy: OnCancel) {
        let Phase::Sending(workers) = &mut self.phase else {
            return;
        };
        let (running, idle) = workers.stop();
        let key = workers.url_key();
        for task in running {
            self.steps.abort(task);
        }
        let is_usable = policy == OnCancel::Keep || matches!(key, UrlKey::Bucket(_));
        for url in idle.into_iter().filter(|_| is_usable) {
            let task = self.ids.next();
            self.steps.start(task, Action::KeepUrl(key.clone(), url));
        }
        let reading = self.reader.as_ref().and_then(PartReader::running);
        let intents = self.intents.as_ref().map(IntentReader::running).unwrap_or_default();
        for task in reading.into_iter().chain(intents) {
            self.steps.abort(task);
        }
    }

    pub(super) fn fail(&mut self, error: Error) {
        self.give_up(error, self.options.on_failure);
    }

    /// Takes the error that ended the workers. If another process may have finished or cancelled the large file, looks
    /// it up.
    pub(super) fn refused(&mut self, error: Error) {
        let large_file = match &self.phase {
            Phase::Sending(workers) => workers.destination().large_file().cloned(),
            _ => None,
        };
        match large_file {
            Some(file_id) if error.kind().may_be_over() => {
                self.stop_workers(OnCancel::Discard);
                self.look_up(file_id, Some(error));
            }
            _ => self.fail(error),
        }
    }

    /// Ends the upload of bytes that do not have the given SHA-1. A large file that carries that SHA-1 is cancelled.
    pub(super) fn not_as_given(&mut self, error: Error) {
        match self.phase {
            // It is cancelled once its id is known.
            Phase::Starting(..) => self.unwanted = Some(error),
            _ if self.carries_sha1 => self.give_up(error, OnCancel::Discard),
            _ => self.fail(error),
        }
    }

    pub(super) fn give_up(&mut self, error: Error, policy: OnCancel) {
        self.stop_workers(policy);
        if let Some(task) = self.verifying.take() {
            self.steps.abort(task);
        }
        let unfinished = match &self.phase {
            Phase::Sending(workers) => workers.destination().large_file().cloned(),
            Phase::Finishing(finish) => Some(finish.file_id().clone()),
            _ => None,
        };
        match unfinished {
            Some(file_id) if policy == OnCancel::Discard => self.discard(file_id, error),
            _ => self.end(Err(error)),
        }
    }

    pub(super) fn discard(&mut self, file_id: FileId, error: Error) {
        let cancel = CancelLargeFile { file_id: file_id.clone() };
        let call = self.calls.call_within(DISCARD_BUDGET, cancel);
        self.phase = Phase::Discarding(Box::new(call), file_id, error);
    }

    /// Ends the upload of a large file that is no longer at B2.
    pub(super) fn gone(&mut self, file_id: FileId, error: Error) {
        self.steps.emit(UploadEvent::Discarded { file_id });
        self.end(Err(error));
    }

    pub(super) fn end(&mut self, result: Result<FileVersion, Error>) {
        self.phase = Phase::Over;
        // The id of an unfinished file, which a call names as its subject, means nothing to users.
        let is_id = |subject: &str| self.file_id().is_some_and(|id| id.as_str() == subject);
        self.steps.done(result.map_err(|error| match error.subject() {
            Some(subject) if !is_id(subject) => error,
            _ => error.with_subject(self.file.file_name.clone()),
        }));
    }
}
