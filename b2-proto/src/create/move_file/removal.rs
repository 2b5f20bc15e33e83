//! The end of a move: the copy is compared with the source, which is then deleted or hidden.

use alloc::boxed::Box;
use alloc::format;

use super::{MoveFile, MovedSource, Phase};
use crate::api::DeleteFileVersion;
use crate::call::RetryDecision;
use crate::error::{Error, ErrorKind};
use crate::model::{FileIdAndName, FileVersion};
use crate::time::Instant;

impl MoveFile {
    /// Compares the copy with the source.
    pub(super) fn copied(&mut self, result: Result<FileVersion, Error>) {
        let (copy, source) = match (result, self.source()) {
            (Ok(copy), Some(source)) => (copy, source),
            (Err(error), _) => return self.end(Err(error)),
            (Ok(_), None) => return,
        };
        let same_sha1 = match (source.sha1(), copy.sha1()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        if copy.size != source.size || !same_sha1 {
            let message = format!(
                "the copy '{}' has other content than '{}', which was kept; look at both",
                copy.file_name, source.file_name
            );
            return self.end(Err(Error::new(ErrorKind::ChecksumMismatch, message)));
        }
        self.remove_source(copy, false);
    }

    /// Deletes or hides the source, of which there is a verified copy. `repeated`: an earlier run made it.
    pub(super) fn remove_source(&mut self, copy: FileVersion, repeated: bool) {
        self.copy = Some(Box::new(copy));
        let Some(source) = self.source() else {
            return;
        };
        match self.new_move.moved_source {
            MovedSource::Delete { bypass_governance } => {
                let (file_id, name) = (source.file_id.clone(), source.file_name.clone());
                let mut delete = DeleteFileVersion::new(file_id, name);
                delete.bypass_governance = bypass_governance;
                self.phase = Phase::Deleting(Box::new(self.calls.call(delete)), repeated);
            }
            MovedSource::Hide => self.check_newest(),
        }
    }

    pub(super) fn deleted(&mut self, result: Result<FileIdAndName, Error>, repeated: bool) {
        match result {
            // The earlier run deleted it.
            Err(error) if repeated && error.kind() == ErrorKind::FileNotPresent => self.removed(),
            Ok(_) => self.removed(),
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn hidden(&mut self, now: Instant, result: Result<FileVersion, Error>) {
        let error = match result {
            Err(error) if error.kind() != ErrorKind::FileAlreadyHidden => error,
            _ => return self.removed(),
        };
        match self.hiding.failed(now, error, true) {
            RetryDecision::Again { at, .. } => self.phase = Phase::BackingOff(at),
            // The next call waits until the device is online, or gets a new token.
            RetryDecision::Reauthorize | RetryDecision::WhenOnline(_) => self.check_newest(),
            RetryDecision::Fail(error) => self.fail(error),
        }
    }

    pub(super) fn removed(&mut self) {
        if let Some(copy) = self.copy.take() {
            self.end(Ok(*copy));
        }
    }

    /// Ends with an error that says whether there is a copy.
    pub(super) fn fail(&mut self, error: Error) {
        let error = match (self.copy.take(), self.source()) {
            (Some(copy), Some(source)) => {
                let message = format!(
                    "'{}' was copied to '{}' and is still there: {}",
                    source.file_name,
                    copy.file_name,
                    error.message()
                );
                error.with_message(message).with_subject(copy.file_name)
            }
            _ => error,
        };
        self.end(Err(error));
    }
}
