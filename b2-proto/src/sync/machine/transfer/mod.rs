//! The work on one file: it is looked up and compared, where that is needed, and transferred.

mod children;
mod outcomes;
mod start;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::context::Context;
use super::scanner::Scanner;
use crate::call::{CallFactory, Retrying};
use crate::create::{Copy, Upload, UploadEvent, UploadProgress};
use crate::download::{Download, DownloadEvent};
use crate::error::Error;
use crate::machine::{
    Action, Control, Machine as _, OnCancel, SinkId, SourceId, Step, StepQueue, TaskId,
};
use crate::model::FileVersion;
use crate::sync::decide::Decision;
use crate::sync::entry::{RemoteVersions, SyncEntry};
use crate::sync::reason::Reason;
use crate::sync::removal::Removal;
use crate::sync::report::TransferKind;
use crate::time::Instant;

/// The work on one file.
#[derive(Debug)]
pub(super) struct Transfer {
    name: String,
    source: Option<SyncEntry>,
    destination: Option<SyncEntry>,
    /// The files of the destination bucket of which one is copied instead of an upload, if it has the same SHA-1.
    renamed: Vec<Arc<RemoteVersions>>,
    decision: Option<Decision>,
    calls: CallFactory,
    phase: Phase,
    /// The number of this file among all, which names its source and its sink.
    number: u32,
    /// The bytes that were transferred, as they were reported.
    moved: i64,
    paused: bool,
    steps: StepQueue<Finished, TransferEvent>,
}

/// The end of the work on one file.
#[derive(Debug)]
pub(super) struct Finished {
    /// What was done, with the size; `None` if the file was not to be transferred.
    pub(super) transferred: Option<(TransferKind, u64)>,
    /// What is removed from the destination now.
    pub(super) decision: Decision,
    /// The file that was copied under the new name, and can be removed.
    pub(super) renamed_from: Option<Arc<RemoteVersions>>,
}

#[derive(Debug)]
pub(super) enum TransferEvent {
    /// What was decided after the file was looked up or compared.
    Decided {
        name: String,
        transfer: bool,
        reason: Reason,
        bytes: u64,
    },
    /// The number of bytes that were transferred has changed by this.
    Moved(i64),
    Retrying(Retrying),
}

impl From<Retrying> for TransferEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

#[derive(Debug)]
enum Phase {
    /// Nothing was done yet.
    Begin,
    LookingUpSource(Box<Scanner>),
    LookingUpDestination(Box<Scanner>),
    /// Compares the SHA-1 of the local file.
    Comparing(TaskId),
    /// Computes the SHA-1 of the local file to find the file that it was.
    FindingRename(TaskId),
    Opening(TaskId),
    Uploading(Box<Upload>, u64),
    Creating(TaskId, Box<FileVersion>),
    /// Creates the folder that a file stands for; with the size of the file.
    CreatingFolder(TaskId, u64),
    Downloading(Box<Download>),
    Publishing(TaskId, u64),
    Copying(Box<Copy>, TransferKind, u64, Option<Arc<RemoteVersions>>),
    Over,
}

impl Transfer {
    /// Creates the work on a file whose entries are known, and which is to be transferred or compared.
    pub(super) fn new(
        pair: (Option<SyncEntry>, Option<SyncEntry>),
        name: String,
        calls: CallFactory,
        number: u32,
    ) -> Self {
        Self {
            name,
            source: pair.0,
            destination: pair.1,
            renamed: Vec::new(),
            decision: None,
            calls,
            phase: Phase::Begin,
            number,
            moved: 0,
            paused: false,
            steps: StepQueue::default(),
        }
    }

    /// Sets the decision, where it has been made.
    pub(super) fn decided(mut self, decision: Decision) -> Self {
        self.decision = Some(decision);
        self
    }

    /// Sets the files of the same size that are about to be removed from the destination.
    pub(super) fn renamed_from(mut self, candidates: Vec<Arc<RemoteVersions>>) -> Self {
        self.renamed = candidates;
        self
    }

    /// Returns the files of the destination bucket that may be the file under its old name.
    pub(super) fn may_be_renamed_from(&self) -> &[Arc<RemoteVersions>] {
        &self.renamed
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the bytes that were reported as transferred.
    pub(super) fn moved(&self) -> i64 {
        self.moved
    }

    /// Returns the number of removals that depend on this transfer.
    pub(super) fn removals(&self) -> u64 {
        self.decision.as_ref().map_or(0, |decision| decision.removals.len() as u64)
    }

    fn moved_to(&mut self, bytes: u64) -> TransferEvent {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let change = bytes - self.moved;
        self.moved = bytes;
        TransferEvent::Moved(change)
    }

    pub(super) fn poll(
        &mut self,
        now: Instant,
        context: &Context,
    ) -> Step<Finished, TransferEvent> {
        loop {
            if let Some(step) = self.steps.pop() {
                return step;
            }
            match self.advance(now, context) {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(step) => return step,
            }
        }
    }

    fn advance(
        &mut self,
        now: Instant,
        context: &Context,
    ) -> ControlFlow<Step<Finished, TransferEvent>> {
        match &mut self.phase {
            Phase::Begin => {
                self.begin(context);
                self.pause_new(now);
            }
            Phase::LookingUpSource(scanner) => {
                let found = look_up(scanner, now)?;
                match found {
                    Ok(Some(entry)) => {
                        self.source = Some(entry);
                        self.phase = Phase::Begin;
                    }
                    Ok(None) => {
                        self.end(Err(super::not_in_source()));
                    }
                    Err(error) => self.end(Err(error)),
                }
            }
            Phase::LookingUpDestination(scanner) => {
                let found = look_up(scanner, now)?;
                match found {
                    Ok(entry) => {
                        self.destination = entry;
                        self.decide(context, None);
                    }
                    Err(error) => self.end(Err(error)),
                }
            }
            Phase::Uploading(upload, _) => {
                let step = upload.poll(now);
                return self.upload_step(step);
            }
            Phase::Copying(copy, ..) => {
                let step = copy.poll(now);
                return self.upload_step(step);
            }
            Phase::Downloading(download) => {
                let result = match download.poll(now) {
                    Step::Start(task, action) => {
                        return ControlFlow::Break(Step::Start(task, action));
                    }
                    Step::Abort(task) => return ControlFlow::Break(Step::Abort(task)),
                    Step::Wait(deadline) => return ControlFlow::Break(Step::Wait(deadline)),
                    Step::Emit(DownloadEvent::Progress { received, .. }) => {
                        return ControlFlow::Break(Step::Emit(self.moved_to(received)));
                    }
                    Step::Emit(DownloadEvent::Retrying(retrying)) => {
                        return ControlFlow::Break(Step::Emit(retrying.into()));
                    }
                    Step::Emit(_) => return ControlFlow::Continue(()),
                    Step::Done(result) => result,
                };
                match result {
                    Ok(downloaded) => {
                        let modified = self.source.as_ref().map(SyncEntry::modified);
                        let task = self.calls.ids().next();
                        let sink = SinkId(self.number);
                        self.steps.start(task, Action::Publish { sink, modified });
                        self.phase = Phase::Publishing(task, downloaded.bytes);
                    }
                    Err(error) => self.failed_download(error),
                }
            }
            Phase::Comparing(_)
            | Phase::FindingRename(_)
            | Phase::Opening(_)
            | Phase::Creating(..)
            | Phase::CreatingFolder(..)
            | Phase::Publishing(..)
            | Phase::Over => return ControlFlow::Break(Step::Wait(None)),
        }
        ControlFlow::Continue(())
    }

    /// Passes on a step of an upload or a copy.
    fn upload_step(
        &mut self,
        step: Step<FileVersion, UploadEvent>,
    ) -> ControlFlow<Step<Finished, TransferEvent>> {
        ControlFlow::Break(match step {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Emit(UploadEvent::Progress(UploadProgress { sent, accepted, .. })) => {
                Step::Emit(self.moved_to(sent.max(accepted)))
            }
            Step::Emit(UploadEvent::Retrying(retrying)) => Step::Emit(retrying.into()),
            Step::Emit(_) => return ControlFlow::Continue(()),
            Step::Done(result) => {
                let phase = core::mem::replace(&mut self.phase, Phase::Over);
                let (done, renamed_from) = match phase {
                    Phase::Copying(_, kind, bytes, renamed) => ((kind, bytes), renamed),
                    Phase::Uploading(_, bytes) => {
                        let source = SourceId(self.number);
                        let task = self.calls.ids().next();
                        self.steps.start(task, Action::ReleaseSource(source));
                        ((TransferKind::Upload, bytes), None)
                    }
                    _ => return ControlFlow::Continue(()),
                };
                match result {
                    Ok(_) => self.finish(Some(done), renamed_from),
                    Err(error) => self.end(Err(error)),
                }
                return ControlFlow::Continue(());
            }
        })
    }

    /// Pauses a transfer that has begun during a pause.
    fn pause_new(&mut self, now: Instant) {
        if self.paused {
            self.control(now, Control::Pause);
        }
    }

    pub(super) fn control(&mut self, now: Instant, control: Control) {
        match control {
            Control::Pause => self.paused = true,
            Control::Resume => self.paused = false,
            Control::Parallel(_) => {}
        }
        match &mut self.phase {
            Phase::Uploading(upload, _) => upload.control(now, control),
            Phase::Copying(copy, ..) => copy.control(now, control),
            Phase::Downloading(download) => download.control(now, control),
            _ => {}
        }
    }

    /// Stops the transfer. Parts that B2 has are kept or discarded, as `policy` says.
    pub(super) fn cancel(&mut self, now: Instant, policy: OnCancel) {
        match &mut self.phase {
            Phase::Uploading(upload, _) => upload.cancel(now, policy),
            Phase::Copying(copy, ..) => copy.cancel(now, policy),
            Phase::Downloading(download) => download.cancel(now, policy),
            Phase::Over => {}
            _ => self.end(Err(crate::machine::cancelled())),
        }
    }

    fn failed_download(&mut self, error: Error) {
        let task = self.calls.ids().next();
        self.steps.start(task, Action::ReleaseSink(SinkId(self.number)));
        self.end(Err(error));
    }

    /// Ends the work. What is removed, is removed after a transfer that succeeded.
    fn finish(
        &mut self,
        transferred: Option<(TransferKind, u64)>,
        renamed_from: Option<Arc<RemoteVersions>>,
    ) {
        let decision = self.decision.take().unwrap_or(Decision {
            transfer: false,
            reason: Reason::NotInSource,
            removals: Vec::<Removal>::new(),
            loses_file: false,
        });
        self.end(Ok(Finished { transferred, decision, renamed_from }));
    }

    fn end(&mut self, result: Result<Finished, Error>) {
        self.phase = Phase::Over;
        self.steps.done(result);
    }
}

/// Reads the scan of one name to its first file.
fn look_up(
    scanner: &mut Scanner,
    now: Instant,
) -> ControlFlow<Step<Finished, TransferEvent>, Result<Option<SyncEntry>, Error>> {
    if scanner.is_ready() {
        return ControlFlow::Continue(match scanner.take_problems().into_iter().next() {
            Some(error) => Err(error),
            None => Ok(scanner.pop()),
        });
    }
    match scanner.poll(now) {
        ControlFlow::Continue(()) => look_up(scanner, now),
        ControlFlow::Break(step) => match step.result() {
            ControlFlow::Continue(Err(error)) => ControlFlow::Continue(Err(error)),
            ControlFlow::Continue(Ok(())) => ControlFlow::Continue(Ok(None)),
            ControlFlow::Break(step) => ControlFlow::Break(step),
        },
    }
}
