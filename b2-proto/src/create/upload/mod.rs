//! The machine that makes a file.

mod begin;
mod end;
mod finish;
mod parts;
mod state;

use alloc::boxed::Box;
use alloc::vec::Vec;

use finish::Finish;
use state::Activity;

use crate::account::UploadLimits;
use crate::api::{CancelLargeFile, StartLargeFile};
use crate::call::{Call, Nested, Outbox, TaskIds, cancelled};
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::file::{Content, NewFile};
use crate::create::filler::Filler;
use crate::create::lanes::Lanes;
use crate::create::options::UploadOptions;
use crate::create::plan::{PartLimits, PlannedPart};
use crate::create::resume::{Found, Search};
use crate::error::{Error, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Control, Input, Machine, OnCancel, Step, TaskId};
use crate::model::{FileId, FileVersion};
use crate::retry::Rng;
use crate::time::{Instant, Latest};

/// Uploads one file: as it is if it fits in one part, as a large file otherwise.
///
/// ```text
///   authorize ─▶ plan ─┬─ one part ──────────────────────────────▶ lanes ─────────────▶ done
///                      └─ several ─▶ search ─▶ start ───────────▶ lanes ─▶ finish ──▶ done
///                                      └─ found an unfinished one ─▲          │ ▲
///                                                             doubtful answer ▼ │
///                                                                           look up
/// ```
///
/// A stream, whose end nobody knows, is read into part buffers first: if the first one takes it all, it is
/// one part.
#[derive(Debug)]
pub struct Upload {
    file: NewFile,
    content: Content,
    options: UploadOptions,
    rng: Rng,
    ids: TaskIds,
    phase: Phase,
    limits: PartLimits,
    /// What the realm accepts, where it says so.
    upload_limits: Option<UploadLimits>,
    filler: Option<Filler>,
    paused: bool,
    /// The SHA-1 that the content must have.
    given: Option<Sha1Digest>,
    /// Hashes the whole source, while its parts travel.
    verifying: Option<TaskId>,
    /// Whether the unfinished large file carries a SHA-1 of the whole.
    carries_sha1: bool,
    /// The large file that is being started must not be: this is why.
    unwanted: Option<Error>,
    resume_from: Option<Checkpoint>,
    checkpoint: Option<Checkpoint>,
    progress: UploadProgress,
    activity: Activity,
    latest: Latest,
    outbox: Outbox<FileVersion, UploadEvent>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorizing(TaskId),
    /// The stream's first parts: is it one, or more?
    Prefilling(Vec<PlannedPart>),
    HashingWhole(TaskId, Hashed),
    Searching(Box<Search>),
    /// Are the local bytes those of a checkpoint that has all parts?
    Comparing(Box<Search>),
    Starting(Box<Call<StartLargeFile>>, Vec<PlannedPart>),
    Sending(Box<Lanes>),
    Finishing(Box<Finish>),
    /// It is finished, by another process; the local bytes are still compared with the given SHA-1.
    Verifying(Box<FileVersion>),
    Discarding(Box<Call<CancelLargeFile>>, FileId, Error),
    Over,
}

/// What the whole source is hashed for, before anything else is done.
#[derive(Debug)]
enum Hashed {
    /// To compare its SHA-1 with the given one, before it is sent in one piece.
    Small,
    /// To keep its SHA-1 with the large file.
    Large,
    /// To compare its SHA-1 with the one that an unfinished file carries.
    Resumed(Found),
}

impl Phase {
    /// The machine that it is about.
    fn nested(&mut self) -> Option<&mut dyn Nested> {
        match self {
            Self::Searching(search) | Self::Comparing(search) => Some(&mut **search),
            Self::Starting(call, _) => Some(&mut **call),
            Self::Finishing(finish) => Some(&mut **finish),
            Self::Discarding(call, ..) => Some(&mut **call),
            _ => None,
        }
    }
}

impl Upload {
    /// An upload that has not begun. `seed` makes its jitter.
    #[must_use]
    pub fn new(file: NewFile, content: Content, options: UploadOptions, seed: u64) -> Self {
        let total = match content {
            Content::Source { len, .. } => Some(len),
            Content::Stream { .. } => None,
        };
        Self {
            file,
            content,
            options,
            rng: Rng::new(seed),
            ids: TaskIds::default(),
            phase: Phase::Begin,
            limits: PartLimits { min: 1, recommended: 1, max: 1 },
            upload_limits: None,
            filler: None,
            paused: false,
            given: None,
            verifying: None,
            carries_sha1: false,
            unwanted: None,
            resume_from: None,
            checkpoint: None,
            progress: UploadProgress { total, ..UploadProgress::default() },
            activity: Activity::default(),
            latest: Latest::default(),
            outbox: Outbox::default(),
        }
    }

    /// The same, going on from a checkpoint of an earlier run.
    ///
    /// What the checkpoint says is verified. If its file is gone, or the local bytes are other ones, the
    /// upload is done as if there were none.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Checkpoint) -> Self {
        let Content::Source { len, .. } = self.content else {
            return self;
        };
        let same = checkpoint.len == len
            && checkpoint.bucket_id == self.file.bucket_id
            && checkpoint.file_name == self.file.name;
        self.resume_from = same.then_some(checkpoint);
        self
    }

    /// The unfinished large file, once there is one.
    #[must_use]
    pub fn file_id(&self) -> Option<&FileId> {
        self.checkpoint.as_ref().map(|checkpoint| &checkpoint.file_id)
    }

    /// One step of the phase; `None` if it changed something and wants to be asked again.
    fn step(&mut self, now: Instant) -> Option<Step<FileVersion, UploadEvent>> {
        if let Some(nested) = self.phase.nested()
            && let Some(wish) = nested.poll(now, &mut self.ids)
        {
            return Some(wish.into());
        }
        match &mut self.phase {
            Phase::Begin => self.begin(),
            Phase::Authorizing(_) | Phase::HashingWhole(..) | Phase::Verifying(_) | Phase::Over => {
                return Some(Step::Wait(None));
            }
            Phase::Prefilling(parts) => {
                let filler = self.filler.as_mut()?;
                if let Some((task, action)) = filler.poll(&self.limits, &mut self.ids) {
                    return Some(Step::Start(task, action));
                }
                if !filler.has_ended() && parts.len() < 2 {
                    return Some(Step::Wait(None));
                }
                let mut parts = core::mem::take(parts);
                match parts.len() {
                    1 => self.send_small(parts.remove(0), None),
                    _ => self.start_stream(parts),
                }
            }
            Phase::Searching(search) => match search.result() {
                Ok(found) => self.found(found),
                Err(error) => self.fail(error),
            },
            Phase::Comparing(search) => match search.result() {
                Ok(found) => self.compared(found),
                Err(error) => self.fail(error),
            },
            Phase::Starting(call, parts) => match call.result() {
                Ok(started) => {
                    let parts =
                        core::mem::take(parts).into_iter().map(|part| (part, None)).collect();
                    match self.unwanted.take() {
                        Some(error) => self.discard(started.file_id, error),
                        None => {
                            let sha1 = self.file.info.large_file_sha1();
                            self.send_parts(started.file_id, sha1, parts);
                        }
                    }
                }
                Err(error) => self.fail(error),
            },
            Phase::Sending(lanes) => {
                if let Some(step) = lanes.poll(now, &mut self.ids) {
                    return self.lane_step(step);
                }
                // Read on only when a lane will take the part soon: buffers are all the memory there is.
                if let Some(filler) = self.filler.as_mut().filter(|_| !self.paused)
                    && let Some((task, action)) = filler.poll(&self.limits, &mut self.ids)
                {
                    return Some(Step::Start(task, action));
                }
                return Some(Step::Wait(lanes.deadline()));
            }
            Phase::Finishing(finish) => {
                let file_id = finish.file_id().clone();
                let result = finish.result();
                self.finished(file_id, result);
            }
            Phase::Discarding(call, file_id, error) => {
                let (file_id, error) = (file_id.clone(), error.clone());
                match call.result() {
                    Ok(_) => self.gone(file_id, error),
                    Err(_) => self.end(Err(error)),
                }
            }
        }
        None
    }
}

impl Machine for Upload {
    type Output = FileVersion;
    type Event = UploadEvent;

    fn poll(&mut self, now: Instant) -> Step<FileVersion, UploadEvent> {
        let now = self.latest.of(now);
        loop {
            let step = self.outbox.pop().or_else(|| self.step(now));
            match step {
                Some(Step::Wait(deadline)) => {
                    let changed = self.change_of_state().map(UploadEvent::State);
                    return changed.map_or(Step::Wait(deadline), Step::Emit);
                }
                Some(step) => {
                    self.activity.note(&step);
                    return step;
                }
                None => {}
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        let now = self.latest.of(now);
        self.activity.over(task, &input);
        if self.filler.as_ref().is_some_and(|filler| filler.is_filling(task)) {
            match input {
                Input::Filled { len, end, sha1 } => self.filled(len, end, sha1),
                Input::Failed(failure) => self.fail(Error::from_failure(Target::Upload, &failure)),
                _ => {}
            }
            return;
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
                    let purpose = core::mem::replace(purpose, Hashed::Large);
                    self.hashed_whole(purpose, sha1);
                }
                Input::Failed(failure) => {
                    self.end(Err(Error::from_failure(Target::Upload, &failure)));
                }
                _ => {}
            },
            (Phase::Sending(lanes), input) => lanes.handle(now, task, input),
            (phase, input) => {
                if let Some(nested) = phase.nested() {
                    nested.handle(now, task, input);
                }
            }
        }
    }

    fn cancel(&mut self, _now: Instant, policy: OnCancel) {
        if !matches!(self.phase, Phase::Over | Phase::Discarding(..)) {
            self.outbox.clear();
            self.give_up(cancelled(), policy);
        }
    }

    fn control(&mut self, _now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(parallel) => self.options.parallel = parallel.max(1),
        }
        if let Phase::Sending(lanes) = &mut self.phase {
            for task in lanes.control(control) {
                self.outbox.abort(task);
            }
            self.tell_progress();
        }
    }
}
