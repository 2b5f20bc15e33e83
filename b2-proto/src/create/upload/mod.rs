//! The machine that makes a file.

mod finish;

use finish::{Finish, FinishStep};

use crate::account::Authorization;
use crate::api::{CancelLargeFile, StartLargeFile};
use crate::call::{Attempts, Call, Child, Outbox, Retrying, TaskIds, Verdict, cancelled};
use crate::create::checkpoint::Checkpoint;
use crate::create::events::{UploadEvent, UploadProgress};
use crate::create::file::{Content, NewFile};
use crate::create::filler::Filler;
use crate::create::lanes::{Accepted, Destination, LaneStep, Lanes};
use crate::create::options::UploadOptions;
use crate::create::plan::{PartLimits, PlannedPart, part_ranges};
use crate::create::resume::{Found, Search};
use crate::error::{Error, Target};
use crate::hash::Sha1Digest;
use crate::machine::{Action, Input, Machine, OnCancel, Origin, SourceId, Span, Step, TaskId};
use crate::model::{FileId, FileVersion};
use crate::retry::{RetryPolicy, Rng};
use crate::time::Instant;

/// What a stream's part takes unless the caller says otherwise: it is buffered.
const STREAM_PART_SIZE: u64 = 10_000_000;

/// How long the deletion of an unfinished large file is tried.
const DISCARD_BUDGET: std::time::Duration = std::time::Duration::from_secs(20);

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
    filler: Option<Filler>,
    starts: Attempts,
    resume_from: Option<Checkpoint>,
    checkpoint: Option<Checkpoint>,
    progress: UploadProgress,
    outbox: Outbox<FileVersion, UploadEvent>,
}

#[derive(Debug)]
enum Phase {
    Begin,
    Authorizing(TaskId),
    /// The stream's first parts: is it one, or more?
    Prefilling(Vec<PlannedPart>),
    HashingWhole(TaskId),
    Searching(Box<Child<Search>>),
    /// A start is repeated.
    BackingOff(Instant),
    Starting(Box<Child<Call<StartLargeFile>>>, Vec<PlannedPart>),
    Sending(Box<Lanes>),
    Finishing(Box<Finish>),
    Discarding(Box<Child<Call<CancelLargeFile>>>, Error),
    Over,
}

impl Upload {
    /// An upload that has not begun. `seed` makes its jitter.
    #[must_use]
    pub fn new(file: NewFile, content: Content, options: UploadOptions, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let starts = Attempts::new(options.retry, rng.next_u64());
        let total = match content {
            Content::Source { len, .. } => Some(len),
            Content::Stream => None,
        };
        Self {
            file,
            content,
            options,
            rng,
            ids: TaskIds::default(),
            phase: Phase::Begin,
            limits: PartLimits { min: 1, recommended: 1, max: 1 },
            filler: None,
            starts,
            resume_from: None,
            checkpoint: None,
            progress: UploadProgress { total, ..UploadProgress::default() },
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

    fn begin(&mut self) {
        if let Err(error) = self.file.check() {
            return self.end(Err(error));
        }
        let task = self.ids.next();
        self.phase = Phase::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale: None });
    }

    fn authorized(&mut self, authorization: &Authorization) {
        if let Err(error) = self.file.check_allowed(authorization) {
            return self.end(Err(error));
        }
        let part_size = match self.content {
            Content::Source { .. } => self.options.part_size,
            Content::Stream => {
                let min = authorization.absolute_minimum_part_size;
                Some(self.options.part_size.unwrap_or(STREAM_PART_SIZE.max(min)))
            }
        };
        self.limits = match PartLimits::new(authorization, part_size) {
            Ok(limits) => limits,
            Err(error) => return self.end(Err(error)),
        };
        match self.content {
            Content::Stream => {
                self.filler =
                    Some(Filler::new(self.options.parallel, self.options.max_stream_part));
                self.phase = Phase::Prefilling(Vec::new());
            }
            Content::Source { source, len, sha1 } => match part_ranges(len, &self.limits) {
                Ok(ranges) if ranges.len() == 1 => {
                    self.send_small(PlannedPart::of_source(source, 0..len), sha1);
                }
                Ok(_) => self.begin_large(source, len, sha1),
                Err(error) => self.end(Err(error)),
            },
        }
    }

    fn send_small(&mut self, part: PlannedPart, sha1: Option<Sha1Digest>) {
        let mut lanes = self.lanes(Destination::File(Box::new(self.file.clone())), 1);
        lanes.push(part, sha1);
        self.phase = Phase::Sending(Box::new(lanes));
    }

    fn begin_large(&mut self, source: SourceId, len: u64, sha1: Option<Sha1Digest>) {
        match sha1 {
            Some(sha1) => self.whole_sha1_known(sha1),
            None if self.options.whole_sha1 && self.file.info.large_file_sha1().is_none() => {
                let task = self.ids.next();
                self.phase = Phase::HashingWhole(task);
                let span = Span { origin: Origin::Source(source), range: 0..len };
                self.outbox.start(task, Action::Digest(vec![span]));
            }
            None => self.search(),
        }
    }

    fn whole_sha1_known(&mut self, sha1: Sha1Digest) {
        self.file.info = std::mem::take(&mut self.file.info).with_large_file_sha1(sha1);
        match self.file.check() {
            Ok(()) => self.search(),
            Err(error) => self.end(Err(error)),
        }
    }

    /// Looks for an unfinished large file to go on with, if there may be one.
    fn search(&mut self) {
        let Content::Source { source, len, .. } = self.content else {
            return self.start(Vec::new());
        };
        if !self.options.resume && self.resume_from.is_none() {
            return self.found(None);
        }
        let search = Search::by_name(
            self.file.clone(),
            source,
            len,
            self.limits,
            self.options.retry,
            self.options.parallel,
            self.rng.next_u64(),
        );
        let search = match &self.resume_from {
            Some(checkpoint) => search.only(checkpoint.file_id.clone()),
            None => search,
        };
        self.phase = Phase::Searching(Box::new(Child::new(search)));
    }

    fn found(&mut self, found: Option<Found>) {
        let Content::Source { source, len, .. } = self.content else {
            return self.start(Vec::new());
        };
        let Some(found) = found else {
            return match self.resume_from.take() {
                // It may have been finished by the run that was interrupted.
                Some(checkpoint) if self.is_complete(&checkpoint) => {
                    self.finish(checkpoint.file_id, Vec::new());
                }
                Some(_) if self.options.resume => self.search(),
                _ => {
                    let ranges = part_ranges(len, &self.limits).unwrap_or_default();
                    let parts =
                        ranges.into_iter().map(|range| PlannedPart::of_source(source, range));
                    self.start(parts.collect());
                }
            };
        };
        let finished = found.finished;
        let parts = found.ranges.into_iter().map(|range| PlannedPart::of_source(source, range));
        let parts = parts.enumerate().map(|(index, part)| (part, finished.get(&index).copied()));
        self.send_parts(found.file_id, parts.collect());
    }

    fn is_complete(&self, checkpoint: &Checkpoint) -> bool {
        let limits = PartLimits { recommended: checkpoint.part_size.max(1), ..self.limits };
        let parts = part_ranges(checkpoint.len, &limits).unwrap_or_default().len();
        checkpoint.parts.len() == parts
    }

    fn start(&mut self, parts: Vec<PlannedPart>) {
        self.starts.sent();
        let call = Call::new(self.file.start_large_file(), self.options.retry, self.rng.next_u64());
        self.phase = Phase::Starting(Box::new(Child::new(call)), parts);
    }

    /// The answer to a start was lost. If it was done, the search finds the file it made.
    fn start_failed(&mut self, now: Instant, error: Error) {
        if !error.is_ambiguous() {
            return self.fail(error);
        }
        match self.starts.failed(now, error, true) {
            Verdict::Again { error, at } => {
                self.outbox.emit(UploadEvent::Retrying(Retrying { error, at }));
                self.phase = Phase::BackingOff(at);
            }
            Verdict::Reauthorize => self.phase = Phase::BackingOff(now),
            Verdict::Fail(error) => self.fail(error),
        }
    }

    fn send_parts(&mut self, file_id: FileId, parts: Vec<(PlannedPart, Option<Sha1Digest>)>) {
        let encryption = self.file.encryption.clone();
        let destination = Destination::Parts { file_id: file_id.clone(), encryption };
        let waiting = parts.iter().filter(|(_, sha1)| sha1.is_none()).count();
        let parallel = match self.content {
            Content::Source { .. } => self.options.parallel.min(waiting.max(1)),
            Content::Stream => self.options.parallel,
        };
        let mut lanes = self.lanes(destination, parallel);
        let part_size = parts.first().map_or(self.limits.recommended, |(part, _)| part.len);
        for (part, sha1) in parts {
            match sha1 {
                Some(sha1) => lanes.push_accepted(part, sha1),
                None => lanes.push(part, None),
            }
        }
        let resumed = lanes.accepted_bytes();
        self.outbox.emit(UploadEvent::Started { file_id: file_id.clone(), resumed });
        if let Content::Source { len, .. } = self.content {
            let (bucket_id, name) = (self.file.bucket_id.clone(), self.file.name.clone());
            self.checkpoint = Some(Checkpoint::new(bucket_id, file_id, name, len, part_size));
        }
        self.phase = Phase::Sending(Box::new(lanes));
        self.tell_checkpoint();
        self.tell_progress();
        // An interrupted upload may have been interrupted at its very end.
        self.finish_if_complete();
    }

    fn lanes(&mut self, destination: Destination, parallel: usize) -> Lanes {
        let options = &self.options;
        Lanes::new(destination, parallel, options.body_style, options.retry, self.rng.next_u64())
    }

    fn tell_checkpoint(&mut self) {
        let (Phase::Sending(lanes), Some(checkpoint)) = (&self.phase, &mut self.checkpoint) else {
            return;
        };
        let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
        checkpoint.parts = lanes.accepted().map(|(index, sha1)| (number(index), sha1)).collect();
        self.outbox.emit(UploadEvent::Checkpoint(checkpoint.clone()));
    }

    fn tell_progress(&mut self) {
        let Phase::Sending(lanes) = &self.phase else {
            return;
        };
        let total = match &self.filler {
            Some(filler) if filler.has_ended() => Some(filler.bytes()),
            Some(_) => None,
            None => self.progress.total,
        };
        let progress = UploadProgress {
            hashed: lanes.hashed_bytes(),
            sent: lanes.sent_bytes(),
            accepted: lanes.accepted_bytes(),
            total,
        };
        if progress != self.progress {
            self.progress = progress;
            self.outbox.emit(UploadEvent::Progress(progress));
        }
    }

    fn accepted(&mut self, index: usize, accepted: Accepted) {
        if let Some(buffer) = self.filler.as_mut().and_then(|filler| filler.accepted(index)) {
            let task = self.ids.next();
            self.outbox.start(task, Action::Release(buffer));
        }
        self.tell_progress();
        match accepted {
            Accepted::File(version, _) => {
                self.stop_lanes(true);
                self.end(Ok(*version));
            }
            Accepted::Part(_) => {
                self.tell_checkpoint();
                self.finish_if_complete();
            }
        }
    }

    fn finish_if_complete(&mut self) {
        let Phase::Sending(lanes) = &self.phase else {
            return;
        };
        let all_there = self.filler.as_ref().is_none_or(Filler::has_ended) && lanes.is_finished();
        let Destination::Parts { file_id, .. } = lanes.destination() else {
            return;
        };
        if all_there {
            let (file_id, sha1s) =
                (file_id.clone(), lanes.accepted().map(|(_, sha1)| sha1).collect());
            self.finish(file_id, sha1s);
        }
    }

    fn finish(&mut self, file_id: FileId, sha1s: Vec<Sha1Digest>) {
        let finish = Finish::new(file_id, sha1s, self.options.retry, self.rng.next_u64());
        self.phase = Phase::Finishing(Box::new(finish));
    }

    /// Keeps the URLs that can serve other uploads, and aborts what runs.
    fn stop_lanes(&mut self, keep_urls: bool) {
        let Phase::Sending(lanes) = &mut self.phase else {
            return;
        };
        let (running, idle) = lanes.stop();
        let key = lanes.url_key();
        for task in running {
            self.outbox.abort(task);
        }
        for url in idle.into_iter().filter(|_| keep_urls) {
            let task = self.ids.next();
            self.outbox.start(task, Action::KeepUrl(key.clone(), url));
        }
        if let Some(task) = self.filler.as_ref().and_then(Filler::running) {
            self.outbox.abort(task);
        }
    }

    fn fail(&mut self, error: Error) {
        self.give_up(error, self.options.on_failure);
    }

    fn give_up(&mut self, error: Error, policy: OnCancel) {
        self.stop_lanes(true);
        let unfinished = match &self.phase {
            Phase::Sending(lanes) => match lanes.destination() {
                Destination::Parts { file_id, .. } => Some(file_id.clone()),
                Destination::File(_) => None,
            },
            Phase::Finishing(finish) => Some(finish.file_id().clone()),
            _ => None,
        };
        match unfinished {
            Some(file_id) if policy == OnCancel::Discard => {
                let retry = RetryPolicy { budget: DISCARD_BUDGET, ..self.options.retry };
                let call = Call::new(CancelLargeFile { file_id }, retry, self.rng.next_u64());
                self.phase = Phase::Discarding(Box::new(Child::new(call)), error);
            }
            _ => self.end(Err(error)),
        }
    }

    fn end(&mut self, result: Result<FileVersion, Error>) {
        self.phase = Phase::Over;
        self.outbox.done(result.map_err(|error| match error.subject() {
            None => error.with_subject(self.file.name.clone()),
            Some(_) => error,
        }));
    }

    /// One step of the phase; `None` if it changed something and wants to be asked again.
    fn step(&mut self, now: Instant) -> Option<Step<FileVersion, UploadEvent>> {
        match &mut self.phase {
            Phase::Begin => self.begin(),
            Phase::BackingOff(until) if now >= *until => self.search(),
            Phase::BackingOff(until) => return Some(Step::Wait(Some(*until))),
            Phase::Authorizing(_) | Phase::HashingWhole(_) | Phase::Over => {
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
                let mut parts = std::mem::take(parts);
                match parts.len() {
                    1 => self.send_small(parts.remove(0), None),
                    _ => self.start(parts),
                }
            }
            Phase::Searching(search) => match search.poll(now, &mut self.ids) {
                Step::Done(Ok(found)) => self.found(found),
                Step::Done(Err(error)) => self.fail(error),
                step => return Some(retrying(step)),
            },
            Phase::Starting(call, parts) => match call.poll(now, &mut self.ids) {
                Step::Done(Ok(started)) => {
                    let parts =
                        std::mem::take(parts).into_iter().map(|part| (part, None)).collect();
                    self.send_parts(started.file_id, parts);
                }
                Step::Done(Err(error)) => self.start_failed(now, error),
                step => return Some(retrying(step)),
            },
            Phase::Sending(lanes) => {
                if let Some(step) = lanes.poll(now, &mut self.ids) {
                    return self.lane_step(step);
                }
                // Read on only when a lane will take the part soon: buffers are all the memory there is.
                if let Some(filler) = &mut self.filler
                    && let Some((task, action)) = filler.poll(&self.limits, &mut self.ids)
                {
                    return Some(Step::Start(task, action));
                }
                return Some(Step::Wait(lanes.deadline()));
            }
            Phase::Finishing(finish) => match finish.poll(now, &mut self.ids) {
                FinishStep::Done(Ok(version)) => self.end(Ok(*version)),
                FinishStep::Done(Err(error)) => self.fail(error),
                FinishStep::Gone => self.search(),
                FinishStep::Step(step) => return Some(retrying(step)),
            },
            Phase::Discarding(call, error) => match call.poll(now, &mut self.ids) {
                Step::Done(_) => {
                    let error = error.clone();
                    self.end(Err(error));
                }
                step => return Some(retrying(step)),
            },
        }
        None
    }

    fn lane_step(&mut self, step: LaneStep) -> Option<Step<FileVersion, UploadEvent>> {
        match step {
            LaneStep::Start(task, action) => return Some(Step::Start(task, action)),
            LaneStep::Abort(task) => return Some(Step::Abort(task)),
            LaneStep::Retrying(retrying) => self.outbox.emit(UploadEvent::Retrying(retrying)),
            LaneStep::Moved => self.tell_progress(),
            LaneStep::Accepted { index, accepted } => self.accepted(index, accepted),
            LaneStep::Failed(error) => self.fail(error),
        }
        None
    }

    fn filled(&mut self, len: u64, end: bool) {
        let Some(filler) = &mut self.filler else {
            return;
        };
        match (filler.filled(len, end), &mut self.phase) {
            (Ok(Some(part)), Phase::Prefilling(parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Starting(_, parts)) => parts.push(part),
            (Ok(Some(part)), Phase::Sending(lanes)) => lanes.push(part, None),
            (Ok(_), Phase::Sending(_)) => self.finish_if_complete(),
            (Ok(_), _) => {}
            (Err(error), _) => self.fail(error),
        }
    }
}

impl Machine for Upload {
    type Output = FileVersion;
    type Event = UploadEvent;

    fn poll(&mut self, now: Instant) -> Step<FileVersion, UploadEvent> {
        loop {
            if let Some(step) = self.outbox.pop() {
                return step;
            }
            if let Some(step) = self.step(now) {
                return step;
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if self.filler.as_ref().is_some_and(|filler| filler.is_filling(task)) {
            match input {
                Input::Filled { len, end } => self.filled(len, end),
                Input::Failed(failure) => self.fail(Error::from_failure(Target::Upload, &failure)),
                _ => {}
            }
            return;
        }
        match (&mut self.phase, input) {
            (Phase::Authorizing(waiting), Input::Auth(result)) if *waiting == task => {
                match result {
                    Ok(authorized) => self.authorized(&authorized.authorization),
                    Err(error) => self.end(Err(error)),
                }
            }
            (Phase::HashingWhole(waiting), input) if *waiting == task => match input {
                Input::Digest(sha1) => self.whole_sha1_known(sha1),
                Input::Failed(failure) => {
                    self.end(Err(Error::from_failure(Target::Upload, &failure)));
                }
                _ => {}
            },
            (Phase::Searching(search), input) => drop(search.handle(now, task, input)),
            (Phase::Starting(call, _), input) => drop(call.handle(now, task, input)),
            (Phase::Sending(lanes), input) => drop(lanes.handle(now, task, input)),
            (Phase::Finishing(finish), input) => finish.handle(now, task, input),
            (Phase::Discarding(call, _), input) => drop(call.handle(now, task, input)),
            _ => {}
        }
    }

    fn cancel(&mut self, _now: Instant, policy: OnCancel) {
        if !matches!(self.phase, Phase::Over | Phase::Discarding(..)) {
            self.outbox.clear();
            self.give_up(cancelled(), policy);
        }
    }
}

/// A step of a child whose events are about its retries.
fn retrying<T>(step: Step<T, Retrying>) -> Step<FileVersion, UploadEvent> {
    match step {
        Step::Emit(retrying) => Step::Emit(UploadEvent::Retrying(retrying)),
        Step::Start(task, action) => Step::Start(task, action),
        Step::Abort(task) => Step::Abort(task),
        Step::Wait(deadline) => Step::Wait(deadline),
        Step::Done(_) => Step::Wait(None),
    }
}
