//! Moves of files: copy, verify, and only then delete or hide the source.

mod removal;
mod search;

use alloc::boxed::Box;
use alloc::format;
use core::ops::ControlFlow;

use crate::account::Authorization;
use crate::api::{DeleteFileVersion, GetFileInfo, HideFile, ListFileVersions, NewFile};
use crate::call::{Call, CallFactory, RetryState};
use crate::create::checkpoint::Checkpoint;
use crate::create::copy::{Copy, NewCopy};
use crate::create::events::UploadEvent;
use crate::create::options::UploadOptions;
use crate::create::plan::CopySource;
use crate::error::{Error, ErrorKind};
use crate::machine::{
    Action, Control, Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled,
};
use crate::model::{BucketId, Capability, FileVersion, LegalHold};
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

/// Moves a file within the account: copies it as [`Copy`](struct@Copy) does, compares size and SHA-1 of the copy with the
/// source, and then deletes or hides the source.
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
