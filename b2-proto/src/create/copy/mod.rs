//! Copies within B2, of any size.

mod metadata;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use metadata::Metadata;

use crate::api::{CopyFile, JsonEndpoint as _, MAX_UPLOAD, NewFile};
use crate::call::{Call, CallFactory};
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress, UploadState};
use crate::create::file::Content;
use crate::create::options::UploadOptions;
use crate::create::plan::{CopySource, IntentSource, WriteIntent};
use crate::create::sources::SourceLookup;
use crate::create::upload::Upload;
use crate::create::workers::name_source;
use crate::error::{Error, ErrorKind};
use crate::machine::{
    Control, Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled,
};
use crate::model::{BucketId, FileId, FileInfo, FileVersion, MetadataDirective};
use crate::time::{Instant, MonotonicTime};

/// The description of a copy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewCopy {
    /// What is copied.
    pub source: CopySource,
    /// The file to create. Its content type and file info are used with [`MetadataDirective::Replace`] only.
    pub file: NewFile,
    /// Where the content type and the file info of the copy come from. Default: the source.
    pub metadata_directive: MetadataDirective,
}

impl NewCopy {
    /// Creates the description of a copy with the content type and the file info of the source.
    #[must_use]
    pub fn new(source: CopySource, file: impl Into<NewFile>) -> Self {
        Self { source, file: file.into(), metadata_directive: MetadataDirective::Copy }
    }

    /// Returns whether less than the source is copied, as far as it is known.
    fn is_range(&self) -> bool {
        (self.source.offset > 0 || self.source.length.is_some()) && !self.source.is_whole()
    }

    /// Checks what can be known of the arguments.
    pub(in crate::create) fn check_arguments(&self) -> Result<(), Error> {
        self.one_call().validate()
    }

    /// Returns the call that copies everything at once, within the bucket of the source.
    fn one_call(&self) -> CopyFile {
        let Self { source, file, metadata_directive } = self.clone();
        let mut call = CopyFile::new(source.file_id, file);
        call.metadata_directive = metadata_directive;
        call.source_server_side_encryption = source.encryption;
        call
    }
}

/// Copies a file, or a range of one, within B2: by `b2_copy_file` if one call can do it, as a large file of copied parts
/// otherwise.
///
/// The size of the source need not be known. Without it, one call is tried, and B2 is asked for the size if it refuses.
#[derive(Debug)]
pub struct Copy {
    bucket_id: BucketId,
    copy: NewCopy,
    options: UploadOptions,
    calls: CallFactory,
    phase: Phase,
    resume_from: Option<Checkpoint>,
    paused: bool,
    reported: UploadState,
    monotonic: MonotonicTime,
    steps: StepQueue<FileVersion, UploadEvent>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    LookingUp(Box<SourceLookup>),
    Copying(Box<Call<CopyFile>>),
    Creating(Box<Upload>),
    Over,
}

impl Copy {
    /// Creates a copy that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(
        bucket_id: impl Into<BucketId>,
        copy: NewCopy,
        options: UploadOptions,
        seed: u64,
    ) -> Self {
        let calls = CallFactory::new(options.retry, seed, TaskIds::default());
        Self::within(bucket_id.into(), copy, options, calls)
    }

    /// Creates a copy inside another machine.
    pub(crate) fn within(
        bucket_id: BucketId,
        copy: NewCopy,
        options: UploadOptions,
        calls: CallFactory,
    ) -> Self {
        Self {
            bucket_id,
            copy,
            options,
            calls,
            phase: Phase::Begin,
            resume_from: None,
            paused: false,
            reported: UploadState::default(),
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    /// Continues from a checkpoint of an earlier run, as [`Upload::resume_from`] does.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.resume_from = Some(checkpoint);
        self
    }

    /// Returns the unfinished large file, once there is one.
    #[must_use]
    pub fn file_id(&self) -> Option<&FileId> {
        match &self.phase {
            Phase::Creating(upload) => upload.file_id(),
            _ => None,
        }
    }

    /// Returns the call that copies everything at once.
    fn one_call(&self) -> CopyFile {
        let mut call = self.copy.one_call();
        call.destination_bucket_id = Some(self.bucket_id.clone());
        call
    }

    /// Checks everything that is known before anything is sent.
    fn check(&self) -> Result<(), Error> {
        self.one_call().validate()?;
        let invalid = |message| Error::new(ErrorKind::InvalidInput, message);
        let UploadOptions { incremental, whole_sha1, .. } = self.options;
        if incremental || whole_sha1 {
            return Err(invalid(
                "a copy reads no local bytes; leave out incremental mode and SHA-1",
            ));
        }
        let CopySource { offset, length, .. } = self.copy.source;
        if length == Some(0) {
            return Err(invalid("the range to copy has no bytes"));
        }
        if offset.checked_add(length.unwrap_or(0)).is_none() {
            return Err(invalid("the range to copy ends beyond the largest possible file"));
        }
        self.copy.source.check()
    }

    fn begin(&mut self) {
        if let Err(error) = self.check() {
            return self.end(Err(error));
        }
        let source = &self.copy.source;
        let is_unknown = source.len().is_none();
        let needs_len =
            source.offset > 0 || self.options.max_part_size.is_some() || self.resume_from.is_some();
        if (is_unknown && needs_len)
            || metadata::of_one_copy(&self.copy) == Metadata::LookUp
            || (source.version.is_none() && source.len().is_some_and(|len| len > self.largest()))
        {
            self.look_up();
        } else {
            self.copy_or_create();
        }
    }

    /// Asks B2 for the size and the metadata of the source.
    fn look_up(&mut self) {
        let intents = vec![WriteIntent::remote(self.copy.source.clone())];
        self.phase = Phase::LookingUp(Box::new(SourceLookup::new(intents, 1, self.calls.fork())));
    }

    fn looked_up(&mut self, result: Result<Vec<WriteIntent>, Error>) {
        match result {
            Ok(intents) => {
                if let Some(WriteIntent { source: IntentSource::Remote(source), .. }) =
                    intents.into_iter().next()
                {
                    self.copy.source = source;
                }
                self.copy_or_create();
            }
            Err(error) => self.end(Err(error)),
        }
    }

    /// Returns the size of the largest copy by one call, in bytes.
    fn largest(&self) -> u64 {
        self.options.max_part_size.unwrap_or(MAX_UPLOAD).min(MAX_UPLOAD)
    }

    fn copy_or_create(&mut self) {
        let fits = self.copy.source.len().is_none_or(|len| len <= self.largest());
        if fits && self.resume_from.is_none() {
            self.copy_at_once();
        } else {
            self.create();
        }
    }

    /// Copies everything by one call.
    fn copy_at_once(&mut self) {
        let mut call = self.one_call();
        match metadata::of_one_copy(&self.copy) {
            Metadata::FromSource => {}
            Metadata::Given { content_type, file_info } => {
                call.metadata_directive = MetadataDirective::Replace;
                call.file.content_type = content_type;
                call.file.file_info = file_info;
            }
            Metadata::LookUp => return self.end(Err(self.unknown_metadata())),
        }
        let source = &self.copy.source;
        if !source.is_whole()
            && let Some(len) = source.len().filter(|_| source.offset > 0 || source.length.is_some())
        {
            call.range = Some(source.offset..source.offset.saturating_add(len));
        }
        self.phase = Phase::Copying(Box::new(self.calls.long_call(call.timeout(), call)));
    }

    fn copied(&mut self, result: Result<FileVersion, Error>) {
        let source = &self.copy.source;
        match result {
            Ok(version) if source.len().is_some_and(|len| len != version.size) => {
                let message = format!(
                    "the copy has {} bytes, not {} as the source; look at it before you use it",
                    version.size,
                    source.len().unwrap_or_default()
                );
                let error = Error::new(ErrorKind::WrongFile, message);
                self.end(Err(error.with_subject(version.file_name)));
            }
            Ok(version) => {
                let progress = UploadProgress::complete(version.size);
                self.steps.emit(UploadEvent::Progress(progress));
                self.end(Ok(version));
            }
            Err(error)
                if error.kind() == ErrorKind::CopySourceTooBig && source.version.is_none() =>
            {
                self.look_up();
            }
            Err(error) if error.kind() == ErrorKind::CopySourceTooBig => self.create(),
            Err(error) => self.end(Err(name_source(error, &source.file_id))),
        }
    }

    /// Creates a large file of copied parts.
    fn create(&mut self) {
        let mut file = self.copy.file.clone();
        match metadata::of_parts(&self.copy) {
            Metadata::Given { content_type, file_info } => {
                file.content_type = content_type;
                file.file_info = file_info;
            }
            Metadata::FromSource | Metadata::LookUp => {
                return self.end(Err(self.unknown_metadata()));
            }
        }
        let source = self.copy.source.clone();
        let sha1 = source.version.as_ref().and_then(|version| version.sha1());
        match sha1.filter(|_| source.is_whole()) {
            Some(sha1) => {
                file.file_info.insert(FileInfo::LARGE_FILE_SHA1, sha1.to_hex());
            }
            // That of the source is not that of a range of it.
            None if self.copy.metadata_directive == MetadataDirective::Copy => {
                file.file_info.remove(FileInfo::LARGE_FILE_SHA1);
            }
            None => {}
        }
        let content = Content::Intents { intents: vec![WriteIntent::remote(source)], sha1: None };
        let calls = self.calls.fork();
        let mut upload = Upload::within(self.bucket_id.clone(), file, content, self.options, calls);
        if let Some(checkpoint) = self.resume_from.take() {
            upload = upload.resume_from(checkpoint);
        }
        if self.paused {
            upload.control(Instant::default(), Control::Pause);
        }
        self.phase = Phase::Creating(Box::new(upload));
    }

    fn unknown_metadata(&self) -> Error {
        let message = "the content type and the file info of the source cannot be read with this key; give both";
        Error::new(ErrorKind::Unauthorized, message).with_subject(self.copy.source.file_id.as_str())
    }

    fn end(&mut self, result: Result<FileVersion, Error>) {
        self.phase = Phase::Over;
        self.steps.done(result);
    }

    /// Advances the phase, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        match &mut self.phase {
            Phase::Begin => self.begin(),
            Phase::LookingUp(lookup) => {
                let result = lookup.poll(now).result()?;
                self.looked_up(result);
            }
            Phase::Copying(call) => {
                if self.reported != UploadState::Copying {
                    self.reported = UploadState::Copying;
                    let state = UploadEvent::State(UploadState::Copying);
                    return ControlFlow::Break(Step::Emit(state));
                }
                let result = call.poll(now).result()?;
                self.copied(result);
            }
            Phase::Creating(upload) => {
                let result = upload.poll(now).result()?;
                self.end(result);
            }
            Phase::Over => return ControlFlow::Break(Step::Wait(None)),
        }
        ControlFlow::Continue(())
    }
}

impl Machine for Copy {
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
            Phase::LookingUp(lookup) => lookup.handle(now, task, input),
            Phase::Copying(call) => call.handle(now, task, input),
            Phase::Creating(upload) => upload.handle(now, task, input),
            Phase::Begin | Phase::Over => {}
        }
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        match &mut self.phase {
            Phase::Creating(upload) => upload.cancel(now, policy),
            Phase::Over => {}
            Phase::Begin | Phase::LookingUp(_) | Phase::Copying(_) => {
                self.steps.clear();
                self.end(Err(cancelled()));
            }
        }
    }

    fn control(&mut self, now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => self.options.parallel = parallel.max(1),
        }
        if let Phase::Creating(upload) = &mut self.phase {
            upload.control(now, control);
        }
    }
}
