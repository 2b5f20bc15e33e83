//! The machine that makes a file.

mod activity;
mod end;
mod finish;
mod incremental;
mod intents;
mod parts;
mod start;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use activity::Activity;
use finish::Finish;
use incremental::Comparison;

use crate::account::UploadLimits;
use crate::api::{CancelLargeFile, CopyFile, ListFileNames, NewFile, StartLargeFile};
use crate::call::{Call, CallFactory};
use crate::create::COPIES;
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress, UploadState};
use crate::create::file::Content;
use crate::create::intent_reader::IntentReader;
use crate::create::options::UploadOptions;
use crate::create::part_reader::PartReader;
use crate::create::plan::{PartLimits, PlannedPart};
use crate::create::resume::{RemoteFile, Search, WantedParts};
use crate::create::sources::SourceLookup;
use crate::create::workers::UploadWorkers;
use crate::error::{Error, Target};
use crate::hash::Sha1Digest;
use crate::machine::{
    Control, Input, Machine, OnCancel, Step, StepQueue, TaskId, TaskIds, cancelled,
};
use crate::model::{BucketId, FileId, FileVersion};
use crate::time::{Instant, MonotonicTime};

/// Creates one file: by `b2_upload_file` or `b2_copy_file` if it is one part, as a large file otherwise, whose parts are
/// uploaded and copied side by side.
///
/// ```text
///   authorize ─▶ plan ─┬─ one part ──────────────────────────────▶ workers ─────────▶ done
///                      └─ several ─▶ search ─▶ start ───────────▶ workers ─▶ finish ──▶ done
///                                      └─ found an unfinished one ─▲          │ ▲
///                                                          outcome unknown    ▼ │
///                                                                           look up
/// ```
///
/// A stream, whose length is not known, is read into part buffers first: if the first one takes it all, it is one part.
#[derive(Debug)]
pub struct Upload {
    bucket_id: BucketId,
    file: NewFile,
    content: Content,
    options: UploadOptions,
    calls: CallFactory,
    ids: TaskIds,
    phase: Phase,
    limits: PartLimits,
    /// The parts of the file, once they are planned. A stream has no plan.
    wanted: Option<WantedParts>,
    /// Whether the file is a copy of a whole file, so that no range has to be named.
    copies_whole: bool,
    /// What the realm accepts, where it says so.
    upload_limits: Option<UploadLimits>,
    /// Whether the account can download the remote pieces that are too small to be copied.
    downloads_pieces: bool,
    /// Reads the content, if it is a stream.
    reader: Option<PartReader>,
    /// Reads the intents, if they come as a stream.
    intents: Option<IntentReader>,
    paused: bool,
    /// The SHA-1 that the content must have.
    given: Option<Sha1Digest>,
    /// The task that hashes the whole source while its parts are sent.
    verifying: Option<TaskId>,
    /// Whether the unfinished large file carries a SHA-1 of the whole.
    carries_sha1: bool,
    /// Why the large file that is being started is to be cancelled.
    unwanted: Option<Error>,
    resume_from: Option<Checkpoint>,
    checkpoint: Option<Checkpoint>,
    progress: UploadProgress,
    activity: Activity,
    monotonic: MonotonicTime,
    steps: StepQueue<FileVersion, UploadEvent>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorizing(TaskId),
    /// Reads the first parts of the stream, to see whether there is more than one.
    ReadingFirstParts(Vec<PlannedPart>),
    /// Reads intents until there is more than one part, or the end.
    ReadingFirstIntents(Vec<PlannedPart>),
    HashingWhole(TaskId, HashPurpose),
    /// Asks B2 for the sizes of the files that the new one is made from.
    LookingUpSources(Box<SourceLookup>),
    /// Asks B2 for the current version, of which an incremental upload copies what it can. The number of pages so far.
    LookingUpCurrent(Box<Call<ListFileNames>>, u32),
    ComparingCurrent(Comparison),
    /// Copies a range of one file, the source, as a file.
    Copying(Box<Call<CopyFile>>, FileId),
    Searching(Box<Search>),
    /// Compares the local bytes with a checkpoint that has all parts.
    Comparing(Box<Search>),
    Starting(Box<Call<StartLargeFile>>, Vec<PlannedPart>),
    Sending(Box<UploadWorkers>),
    Finishing(Box<Finish>),
    /// Another process has finished the file; the local bytes are still compared with the given SHA-1.
    Verifying(Box<FileVersion>),
    Discarding(Box<Call<CancelLargeFile>>, FileId, Error),
    Over,
}

/// What the whole source is hashed for, before anything is sent.
#[derive(Debug)]
enum HashPurpose {
    /// To compare its SHA-1 with the given one, before it is sent in one piece.
    Small,
    /// To store its SHA-1 with the large file.
    Large,
    /// To compare its SHA-1 with the one that an unfinished file carries.
    Resumed(RemoteFile),
}

impl Upload {
    /// Creates an upload that has not begun. `seed` determines the jitter of its retries.
    #[must_use]
    pub fn new(
        bucket_id: impl Into<BucketId>,
        file: NewFile,
        content: Content,
        options: UploadOptions,
        seed: u64,
    ) -> Self {
        let calls = CallFactory::new(options.retry, seed, TaskIds::default());
        Self::within(bucket_id.into(), file, content, options, calls)
    }

    /// Creates an upload inside another machine.
    pub(crate) fn within(
        bucket_id: BucketId,
        file: NewFile,
        content: Content,
        options: UploadOptions,
        calls: CallFactory,
    ) -> Self {
        let total = content.len();
        Self {
            bucket_id,
            file,
            content,
            options,
            ids: calls.ids().clone(),
            calls,
            phase: Phase::Begin,
            limits: PartLimits { min: 1, recommended: 1, max: 1 },
            wanted: None,
            copies_whole: false,
            upload_limits: None,
            downloads_pieces: true,
            reader: None,
            intents: None,
            paused: false,
            given: None,
            verifying: None,
            carries_sha1: false,
            unwanted: None,
            resume_from: None,
            checkpoint: None,
            progress: UploadProgress { total, ..UploadProgress::default() },
            activity: Activity::default(),
            monotonic: MonotonicTime::default(),
            steps: StepQueue::default(),
        }
    }

    /// Continues from a checkpoint of an earlier run.
    ///
    /// What the checkpoint says is verified. If it is of another file, its unfinished file is gone, or the local bytes
    /// have changed, the upload starts anew. A stream cannot be continued: the upload then ends with
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        self.resume_from = Some(checkpoint);
        self
    }

    /// Returns the unfinished large file, once there is one.
    #[must_use]
    pub fn file_id(&self) -> Option<&FileId> {
        self.checkpoint.as_ref().map(|checkpoint| &checkpoint.file_id)
    }

    /// Advances the phase, or returns the next step.
    fn advance(&mut self, now: Instant) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        match &mut self.phase {
            Phase::Begin => self.begin(),
            Phase::Authorizing(_)
            | Phase::HashingWhole(..)
            | Phase::ComparingCurrent(_)
            | Phase::Verifying(_)
            | Phase::Over => return ControlFlow::Break(Step::Wait(None)),
            Phase::ReadingFirstIntents(_)
            | Phase::LookingUpSources(_)
            | Phase::LookingUpCurrent(..)
            | Phase::Copying(..) => return self.advance_remote(now),
            Phase::ReadingFirstParts(parts) => {
                if let Some(reader) = &mut self.reader {
                    if let Some((task, action)) = reader.poll(&self.limits, &self.ids) {
                        return ControlFlow::Break(Step::Start(task, action));
                    }
                    if !reader.has_ended() && parts.len() < 2 {
                        return ControlFlow::Break(Step::Wait(None));
                    }
                }
                let mut parts = core::mem::take(parts);
                match parts.len() {
                    1 => self.send_small(parts.remove(0), None),
                    _ => self.start_stream(parts),
                }
            }
            Phase::Searching(search) => match search.poll(now).result()? {
                Ok(found) => self.found(found),
                Err(error) => self.fail(error),
            },
            Phase::Comparing(search) => match search.poll(now).result()? {
                Ok(found) => self.compared(found),
                Err(error) => self.fail(error),
            },
            Phase::Starting(call, parts) => match call.poll(now).result()? {
                Ok(started) => {
                    let parts =
                        core::mem::take(parts).into_iter().map(|part| (part, None)).collect();
                    match self.unwanted.take() {
                        Some(error) => self.discard(started.file_id, error),
                        None => {
                            let sha1 = self.file.file_info.large_file_sha1();
                            self.send_parts(started.file_id, sha1, parts);
                        }
                    }
                }
                Err(error) => self.fail(error),
            },
            Phase::Sending(workers) => {
                let step = workers.poll(now);
                return self.worker_step(now, step);
            }
            Phase::Finishing(finish) => {
                let result = finish.poll(now).result()?;
                let file_id = finish.file_id().clone();
                self.finished(file_id, result);
            }
            Phase::Discarding(call, file_id, error) => {
                let result = call.poll(now).result()?;
                let (file_id, error) = (file_id.clone(), error.clone());
                match result {
                    Ok(_) => self.gone(file_id, error),
                    Err(_) => self.end(Err(error)),
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Advances a phase of a file with ranges of files in B2.
    fn advance_remote(&mut self, now: Instant) -> ControlFlow<Step<FileVersion, UploadEvent>> {
        if !COPIES {
            return ControlFlow::Break(Step::Wait(None));
        }
        match &mut self.phase {
            Phase::ReadingFirstIntents(_) => self.read_first_intents(now)?,
            Phase::LookingUpSources(lookup) => match lookup.poll(now).result()? {
                Ok(intents) => self.plan(intents),
                Err(error) => self.end(Err(error)),
            },
            Phase::LookingUpCurrent(call, pages) => {
                let result = call.poll(now).result()?;
                let pages = *pages;
                self.current(result, pages);
            }
            Phase::Copying(call, source) => {
                let result = call.poll(now).result()?;
                let source = source.clone();
                self.copied(&source, result);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Takes the outcome of a task of a file with ranges of files in B2.
    fn handle_remote(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.phase {
            Phase::ComparingCurrent(_) => self.hashed(task, input),
            Phase::LookingUpSources(lookup) => lookup.handle(now, task, input),
            Phase::LookingUpCurrent(call, _) => call.handle(now, task, input),
            Phase::Copying(call, _) => call.handle(now, task, input),
            _ => {}
        }
    }

    /// Returns the state, if it has changed.
    pub(super) fn change_of_state(&mut self) -> Option<UploadState> {
        let state = match &self.phase {
            Phase::Discarding(..) | Phase::Over => return None,
            _ if self.paused => UploadState::Paused,
            Phase::Sending(workers) if workers.is_sending() => UploadState::Sending,
            Phase::Sending(workers) if workers.is_copying() => UploadState::Copying,
            Phase::Copying(..) => UploadState::Copying,
            _ if self.activity.is_offline() => UploadState::Offline,
            Phase::Finishing(_) => UploadState::Finishing,
            _ if self.activity.is_hashing() => UploadState::Hashing,
            _ => UploadState::Waiting,
        };
        self.activity.report(state)
    }
}

impl Machine for Upload {
    type Output = FileVersion;
    type Event = UploadEvent;

    fn poll(&mut self, now: Instant) -> Step<FileVersion, UploadEvent> {
        let now = self.monotonic.advance(now);
        loop {
            let step = match self.steps.pop() {
                Some(step) => step,
                None => match self.advance(now) {
                    ControlFlow::Break(step) => step,
                    ControlFlow::Continue(()) => continue,
                },
            };
            if let Step::Wait(deadline) = step {
                let changed = self.change_of_state().map(UploadEvent::State);
                return changed.map_or(Step::Wait(deadline), Step::Emit);
            }
            self.activity.note(&step);
            return step;
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.monotonic.advance(now);
        self.activity.ended(task, &input);
        if self.reader.as_ref().is_some_and(|reader| reader.is_reading(task)) {
            match input {
                Input::Filled { len, end, sha1 } => self.filled(len, end, sha1),
                Input::Failed(failure) => self.fail(Error::from_failure(Target::Upload, &failure)),
                _ => {}
            }
            return;
        }
        if COPIES && let Some(intents) = self.intents.as_mut().filter(|intents| intents.owns(task))
        {
            return intents.handle(now, task, input);
        }
        if self.verifying == Some(task) {
            return self.verified(input);
        }
        match (&mut self.phase, input) {
            (Phase::Authorizing(waiting), Input::Auth(result)) if *waiting == task => {
                match result {
                    Ok(authorized) => self.authorized(&authorized.authorization),
                    Err(error) => self.end(Err(error)),
                }
            }
            (Phase::HashingWhole(waiting, purpose), input) if *waiting == task => match input {
                Input::Digest(sha1) => {
                    let purpose = core::mem::replace(purpose, HashPurpose::Large);
                    self.hashed_whole(purpose, sha1);
                }
                Input::Failed(failure) => {
                    self.end(Err(Error::from_failure(Target::Upload, &failure)));
                }
                _ => {}
            },
            (
                Phase::ComparingCurrent(_)
                | Phase::LookingUpSources(_)
                | Phase::LookingUpCurrent(..)
                | Phase::Copying(..),
                input,
            ) if COPIES => self.handle_remote(now, task, input),
            (Phase::Searching(search) | Phase::Comparing(search), input) => {
                search.handle(now, task, input);
            }
            (Phase::Starting(call, _), input) => call.handle(now, task, input),
            (Phase::Sending(workers), input) => workers.handle(now, task, input),
            (Phase::Finishing(finish), input) => finish.handle(now, task, input),
            (Phase::Discarding(call, ..), input) => call.handle(now, task, input),
            _ => {}
        }
    }

    fn cancel(&mut self, _now: Instant, policy: OnCancel) {
        if !matches!(self.phase, Phase::Over | Phase::Discarding(..)) {
            self.steps.clear();
            self.give_up(cancelled(), policy);
        }
    }

    fn control(&mut self, _now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => self.options.parallel = parallel.max(1),
        }
        if let Phase::Sending(workers) = &mut self.phase {
            for task in workers.control(control) {
                self.steps.abort(task);
            }
            self.emit_progress();
        }
    }
}
