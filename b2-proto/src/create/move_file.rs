//! Moves of files: copy, verify, and only then delete or hide the source.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::ops::ControlFlow;

use crate::account::Authorization;
use crate::api::{
    DeleteFileVersion, FileVersionsPage, GetFileInfo, HideFile, ListFileVersions, NewFile,
};
use crate::call::{Call, CallFactory, RetryDecision, RetryState};
use crate::create::checkpoint::Checkpoint;
use crate::create::copy::{Copy, NewCopy};
use crate::create::events::UploadEvent;
use crate::create::options::UploadOptions;
use crate::create::plan::CopySource;
use crate::error::{Error, ErrorKind};
use crate::machine::{
    Action, Control, Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled,
};
use crate::model::{
    BucketId, Capability, FileAction, FileId, FileIdAndName, FileInfo, FileVersion, LegalHold,
};
use crate::time::{Instant, MonotonicTime};

/// The number of versions to look at for the newest one that is not an unfinished large file.
const VERSIONS: u32 = 100;

/// The number of pages of versions to read before the response is taken for wrong.
const MAX_PAGES: u32 = 1_000;

/// What happens to the source of a move after the copy is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MovedSource {
    /// The version is deleted. If the name has an older version, that one shows then.
    Delete {
        /// Whether to delete it even under governance retention.
        bypass_governance: bool,
    },
    /// The name is hidden, and all versions remain. The version must be the newest of its name.
    Hide,
}

impl Default for MovedSource {
    fn default() -> Self {
        Self::Delete { bypass_governance: false }
    }
}

/// The description of a move.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewMove {
    /// The file version to move, as a whole.
    pub source: CopySource,
    /// The name of the file after the move, its encryption and its lock. The content type and the file info are those of
    /// the source.
    pub file: NewFile,
    /// What happens to the source. Default: it is deleted.
    pub moved_source: MovedSource,
}

impl NewMove {
    /// Creates the description of a move that deletes the source.
    #[must_use]
    pub fn new(source: CopySource, file: impl Into<NewFile>) -> Self {
        Self { source, file: file.into(), moved_source: MovedSource::default() }
    }
}

/// Moves a file within the account: copies it as [`Copy`] does, compares size and SHA-1 of the copy with the source, and
/// then deletes or hides the source.
///
/// At any time one of both exists. A move that was interrupted is repeated: if the newest version of the name is a
/// verified copy of the source, it is not copied again. A source whose SHA-1 B2 does not know, which is a large file that
/// was uploaded without it, is compared by its size.
#[derive(Debug)]
pub struct MoveFile {
    bucket_id: BucketId,
    new_move: NewMove,
    options: UploadOptions,
    calls: CallFactory,
    phase: Phase,
    resume_from: Option<Checkpoint>,
    /// The copy, once it exists.
    copy: Option<Box<FileVersion>>,
    /// The attempts to hide the source. A call without a response may have hidden it, so it is looked at before each.
    hiding: RetryState,
    /// The number of further pages of versions that were read.
    pages: u32,
    paused: bool,
    monotonic: MonotonicTime,
    steps: StepQueue<FileVersion, UploadEvent>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorizing(TaskId),
    LookingUp(Box<Call<GetFileInfo>>),
    /// Looks for the newest version of the name of the source, before the copy and before it is hidden.
    CheckingSource(Box<Call<ListFileVersions>>),
    /// Looks for a copy that an earlier run made.
    Searching(Box<Call<ListFileVersions>>),
    Copying(Box<Copy>),
    Deleting(Box<Call<DeleteFileVersion>>, bool),
    Hiding(Box<Call<HideFile>>),
    /// Waits to look again whether the source is hidden.
    BackingOff(Instant),
    Over,
}

impl MoveFile {
    /// Creates a move into a bucket that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(
        bucket_id: impl Into<BucketId>,
        new_move: NewMove,
        options: UploadOptions,
        seed: u64,
    ) -> Self {
        let mut calls = CallFactory::new(options.retry, seed, TaskIds::default());
        Self {
            bucket_id: bucket_id.into(),
            new_move,
            options,
            hiding: calls.retry_state(),
            pages: 0,
            calls,
            phase: Phase::Begin,
            resume_from: None,
            copy: None,
            paused: false,
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    /// Continues from a checkpoint of an earlier run, as [`Copy::resume_from`] does.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.resume_from = Some(checkpoint);
        self
    }

    fn end(&mut self, result: Result<FileVersion, Error>) {
        self.phase = Phase::Over;
        self.steps.done(result);
    }

    fn check(&self) -> Result<(), Error> {
        let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
        let NewMove { source, file, .. } = &self.new_move;
        if source.offset > 0 || source.length.is_some() {
            return invalid("only whole files are moved; copy a range instead");
        }
        file.check()?;
        self.new_copy().check_arguments()
    }

    fn new_copy(&self) -> NewCopy {
        NewCopy::new(self.new_move.source.clone(), self.new_move.file.clone())
    }

    fn begin(&mut self) {
        if let Err(error) = self.check() {
            return self.end(Err(error));
        }
        let task = self.calls.ids().next();
        self.phase = Phase::Authorizing(task);
        self.steps.start(task, Action::Auth { stale: None });
    }

    /// Checks that the key may do all that follows, so that the move does not end with a copy.
    fn authorized(&mut self, authorization: &Authorization) {
        let needs: &[Capability] = match self.new_move.moved_source {
            MovedSource::Delete { bypass_governance: false } => &[Capability::DELETE_FILES],
            MovedSource::Delete { bypass_governance: true } => {
                &[Capability::DELETE_FILES, Capability::BYPASS_GOVERNANCE]
            }
            MovedSource::Hide => &[Capability::LIST_FILES],
        };
        let file = &self.new_move.file;
        let allowed = needs
            .iter()
            .try_for_each(|capability| authorization.require(capability))
            .and_then(|()| file.check_allowed(authorization, &self.bucket_id, None));
        if let Err(error) = allowed {
            return self.end(Err(error));
        }
        match &self.new_move.source.version {
            // Versions from the headers of a download have no bucket.
            Some(version) if !version.bucket_id.as_str().is_empty() => self.source_known(),
            _ => {
                let file_id = self.new_move.source.file_id.clone();
                self.phase = Phase::LookingUp(Box::new(self.calls.call(GetFileInfo { file_id })));
            }
        }
    }

    /// Returns the version to move, once it is known.
    fn source(&self) -> Option<&FileVersion> {
        self.new_move.source.version.as_deref()
    }

    fn source_known(&mut self) {
        if let Err(error) = self.new_move.source.check().and_then(|()| self.check_source()) {
            return self.end(Err(error));
        }
        match self.new_move.moved_source {
            MovedSource::Hide => self.check_newest(),
            MovedSource::Delete { .. } => self.search(),
        }
    }

    fn check_source(&self) -> Result<(), Error> {
        let Some(source) = self.source() else {
            return Ok(());
        };
        let name = &source.file_name;
        if source.bucket_id == self.bucket_id && *name == self.new_move.file.file_name {
            let message = format!("'{name}' is to be moved onto itself; give another name");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let deletes = matches!(self.new_move.moved_source, MovedSource::Delete { .. });
        if deletes && source.legal_hold == LegalHold::On {
            let message = format!(
                "'{name}' is under legal hold, so it cannot be deleted; hide it instead, or remove the hold first"
            );
            return Err(Error::new(ErrorKind::AccessDenied, message));
        }
        Ok(())
    }

    /// Lists the versions of a name, newest first.
    fn versions(
        &mut self,
        bucket_id: BucketId,
        name: String,
        from: Option<FileId>,
    ) -> Box<Call<ListFileVersions>> {
        let mut list = ListFileVersions::new(bucket_id);
        list.prefix = Some(name.clone());
        list.start_file_name = Some(name);
        list.start_file_id = from;
        list.max_file_count = Some(VERSIONS);
        Box::new(self.calls.call(list))
    }

    /// Looks for the newest version of a name that is not an unfinished large file.
    fn newest(&mut self, page: FileVersionsPage, name: &str) -> Result<Newest, Error> {
        let mut files = page.files.into_iter();
        let found =
            files.find(|version| version.file_name == name && version.action != FileAction::Start);
        if found.is_some() || page.next_file_name.as_deref() != Some(name) {
            return Ok(Newest::Found(found.map(Box::new)));
        }
        self.pages += 1;
        if self.pages > MAX_PAGES {
            let message = format!("the listing of the versions of '{name}' does not end");
            return Err(Error::new(ErrorKind::InvalidResponse, message));
        }
        Ok(Newest::On(page.next_file_id))
    }

    /// Checks that the source is what the name shows, or is hidden already.
    fn check_newest(&mut self) {
        if let Some(source) = self.source() {
            let (bucket_id, name) = (source.bucket_id.clone(), source.file_name.clone());
            self.phase = Phase::CheckingSource(self.versions(bucket_id, name, None));
        }
    }

    fn source_checked(&mut self, now: Instant, result: Result<FileVersionsPage, Error>) {
        let Some(source) = self.source().cloned() else {
            return;
        };
        let newest = match result.and_then(|page| self.newest(page, &source.file_name)) {
            Ok(Newest::Found(newest)) => newest,
            Ok(Newest::On(next)) => {
                let versions = self.versions(source.bucket_id, source.file_name, next);
                self.phase = Phase::CheckingSource(versions);
                return;
            }
            Err(error) => return self.fail(error),
        };
        let is_hidden = newest.as_ref().is_none_or(|newest| newest.action == FileAction::Hide);
        if !is_hidden && newest.is_none_or(|newest| newest.file_id != source.file_id) {
            let message = format!(
                "'{}' has a newer version than the one to move, so it is not hidden",
                source.file_name
            );
            return self.fail(Error::new(ErrorKind::Conflict, message));
        }
        match self.copy.take() {
            None => self.search(),
            Some(copy) if is_hidden => self.end(Ok(*copy)),
            Some(copy) => {
                self.copy = Some(copy);
                self.hiding.sent(now);
                let hide = HideFile { bucket_id: source.bucket_id, file_name: source.file_name };
                self.phase = Phase::Hiding(Box::new(self.calls.call(hide)));
            }
        }
    }

    /// Looks for a copy that an earlier run made.
    fn search(&mut self) {
        let name = self.new_move.file.file_name.clone();
        self.phase = Phase::Searching(self.versions(self.bucket_id.clone(), name, None));
    }

    fn searched(&mut self, result: Result<FileVersionsPage, Error>) {
        let name = self.new_move.file.file_name.clone();
        let found = match result.and_then(|page| self.newest(page, &name)) {
            Ok(Newest::Found(newest)) => newest,
            Ok(Newest::On(next)) => {
                self.phase = Phase::Searching(self.versions(self.bucket_id.clone(), name, next));
                return;
            }
            // Without the capability to list, the file is copied again.
            Err(error) if error.kind() == ErrorKind::Unauthorized => None,
            Err(error) => return self.end(Err(error)),
        };
        match found.filter(|version| self.is_copy(version)) {
            Some(version) => self.remove_source(*version, true),
            None => self.start_copy(),
        }
    }

    /// Returns whether a version is what this move would create.
    fn is_copy(&self, version: &FileVersion) -> bool {
        let Some(source) = self.source() else {
            return false;
        };
        let file = &self.new_move.file;
        version.is_file()
            && version.size == source.size
            && source.sha1().is_some()
            && version.sha1() == source.sha1()
            && version.content_type == source.content_type
            && metadata(&version.file_info).eq(metadata(&source.file_info))
            && (file.encryption.as_ref())
                .is_none_or(|wanted| wanted.same_as(&version.server_side_encryption) == Some(true))
            && file.retention.as_ref().is_none_or(|wanted| *wanted == version.file_retention)
            && file.legal_hold.is_none_or(|wanted| wanted == version.legal_hold)
    }

    fn start_copy(&mut self) {
        let calls = self.calls.fork();
        let input = self.new_copy();
        let mut copy = Copy::within(self.bucket_id.clone(), input, self.options, calls);
        if let Some(checkpoint) = self.resume_from.take() {
            copy = copy.resume_from(checkpoint);
        }
        if self.paused {
            copy.control(Instant::default(), Control::Pause);
        }
        self.phase = Phase::Copying(Box::new(copy));
    }

    /// Compares the copy with the source.
    fn copied(&mut self, result: Result<FileVersion, Error>) {
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
    fn remove_source(&mut self, copy: FileVersion, repeated: bool) {
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

    fn deleted(&mut self, result: Result<FileIdAndName, Error>, repeated: bool) {
        match result {
            // The earlier run deleted it.
            Err(error) if repeated && error.kind() == ErrorKind::FileNotPresent => self.removed(),
            Ok(_) => self.removed(),
            Err(error) => self.fail(error),
        }
    }

    fn hidden(&mut self, now: Instant, result: Result<FileVersion, Error>) {
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

    fn removed(&mut self) {
        if let Some(copy) = self.copy.take() {
            self.end(Ok(*copy));
        }
    }

    /// Ends with an error that says whether there is a copy.
    fn fail(&mut self, error: Error) {
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

    /// Advances the phase, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        match &mut self.phase {
            Phase::Begin => self.begin(),
            Phase::LookingUp(call) => match call.poll(now).result()? {
                Ok(version) => {
                    self.new_move.source.version = Some(Box::new(version));
                    self.source_known();
                }
                Err(error) => self.end(Err(error)),
            },
            Phase::CheckingSource(call) => {
                let result = call.poll(now).result()?;
                self.source_checked(now, result);
            }
            Phase::Searching(call) => {
                let result = call.poll(now).result()?;
                self.searched(result);
            }
            Phase::Copying(copy) => {
                let result = copy.poll(now).result()?;
                self.copied(result);
            }
            Phase::Deleting(call, repeated) => {
                let repeated = *repeated;
                let result = call.poll(now).result()?;
                self.deleted(result, repeated);
            }
            Phase::Hiding(call) => {
                let result = call.poll(now).result()?;
                self.hidden(now, result);
            }
            Phase::BackingOff(at) if now < *at => {
                return ControlFlow::Break(Step::Wait(Some(*at)));
            }
            Phase::BackingOff(_) => self.check_newest(),
            Phase::Authorizing(_) | Phase::Over => {
                return ControlFlow::Break(Step::Wait(None));
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a page of a listing says about the newest version of a name.
enum Newest {
    /// It is this one, or there is none.
    Found(Option<Box<FileVersion>>),
    /// It is on the page that begins at this version.
    On(Option<FileId>),
}

/// Returns the file info without the entries that differ between a file and a copy of it.
fn metadata(info: &FileInfo) -> impl Iterator<Item = (&str, &str)> {
    let own = [FileInfo::SSE_C_KEY_ID, FileInfo::PLAN_ID, FileInfo::LARGE_FILE_SHA1];
    info.iter().filter(move |(name, _)| !own.contains(name))
}

impl Machine for MoveFile {
    type Output = FileVersion;
    type Event = UploadEvent;

    fn poll(&mut self, now: Instant) -> Step<FileVersion, UploadEvent> {
        let now = self.monotonic.advance(now);
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            if let ControlFlow::Break(step) = self.advance(now) {
                return step;
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.monotonic.advance(now);
        match &mut self.phase {
            Phase::Authorizing(waits) if *waits == task => match input {
                Input::Auth(Ok(authorized)) => self.authorized(&authorized.authorization),
                Input::Auth(Err(error)) => self.end(Err(error)),
                _ => {}
            },
            Phase::LookingUp(call) => call.handle(now, task, input),
            Phase::CheckingSource(call) | Phase::Searching(call) => call.handle(now, task, input),
            Phase::Copying(copy) => copy.handle(now, task, input),
            Phase::Deleting(call, _) => call.handle(now, task, input),
            Phase::Hiding(call) => call.handle(now, task, input),
            Phase::Begin | Phase::Authorizing(_) | Phase::BackingOff(_) | Phase::Over => {}
        }
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        match &mut self.phase {
            Phase::Copying(copy) => copy.cancel(now, policy),
            Phase::Over => {}
            _ => {
                self.steps.clear();
                self.fail(cancelled());
            }
        }
    }

    fn control(&mut self, now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => self.options.parallel = parallel.max(1),
        }
        if let Phase::Copying(copy) = &mut self.phase {
            copy.control(now, control);
        }
    }
}

/// Checks that all names with the prefix `from` can get the prefix `to`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] if the new names begin with the old prefix too, so that the renaming would not end.
pub fn check_rename(from: &str, to: &str) -> Result<(), Error> {
    if to.starts_with(from) {
        let message = format!(
            "names that begin with '{to}' begin with '{from}' too, so the renaming would not end; choose another prefix"
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

/// Returns a name with the prefix `to` in the place of `from`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] if the name does not begin with `from`, or the new name does, so that it would be renamed
/// twice.
pub fn renamed(name: &str, from: &str, to: &str) -> Result<String, Error> {
    let invalid = |message| Error::new(ErrorKind::InvalidInput, message);
    let Some(rest) = name.strip_prefix(from) else {
        return Err(invalid(format!("'{name}' does not begin with '{from}'")));
    };
    let new = format!("{to}{rest}");
    if new.starts_with(from) {
        let message = format!(
            "the new name '{new}' begins with '{from}', so it would be renamed twice; move this file by itself"
        );
        return Err(invalid(message));
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_replaced_once() {
        assert_eq!(renamed("a/x", "a/", "b/").unwrap(), "b/x");
        assert_eq!(renamed("a/b/x", "a/b/", "a/").unwrap(), "a/x");
        assert_eq!(renamed("a/x", "a/", "").unwrap(), "x");
        for (name, from, to) in [("a/b/b/x", "a/b/", "a/"), ("c/x", "a/", "b/")] {
            let error = renamed(name, from, to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_renaming_that_would_not_end_is_refused() {
        for (from, to) in [("a/", "a/"), ("a/", "a/b/"), ("", "b/"), ("", "")] {
            assert!(check_rename(from, to).is_err(), "{from} {to}");
        }
        for (from, to) in [("a/b/", "a/"), ("a/", "b/"), ("a/", "")] {
            assert!(check_rename(from, to).is_ok(), "{from} {to}");
        }
    }
}
