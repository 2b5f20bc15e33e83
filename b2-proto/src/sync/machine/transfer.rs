//! The work on one file: it is looked up and compared, where that is needed, and transferred.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::context::Context;
use super::scanner::Scanner;
use crate::api;
use crate::call::{CallFactory, Retrying};
use crate::create::{
    Content, Copy, CopySource, NewCopy, Upload, UploadEvent, UploadOptions, UploadProgress,
};
use crate::download::{Download, DownloadEvent};
use crate::error::{Error, ErrorKind, Target};
use crate::machine::{
    Action, Control, Input, LocalFile, Machine as _, OnCancel, SinkAbilities, SinkId, SourceId,
    Step, StepQueue, TaskId,
};
use crate::model::{FileInfo, FileVersion, MetadataDirective};
use crate::sync::decide::{Decided, Decision, Reason, decide};
use crate::sync::entry::{RemoteVersions, SyncEntry};
use crate::sync::options::Direction;
use crate::sync::removal::Removal;
use crate::sync::report::TransferKind;
use crate::time::{Instant, Timestamp};

/// The work on one file.
#[derive(Debug)]
pub(super) struct Transfer {
    name: String,
    source: Option<SyncEntry>,
    destination: Option<SyncEntry>,
    /// The file of the destination bucket that is copied instead of an upload, if it has the same SHA-1.
    renamed: Vec<RemoteVersions>,
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
    pub(super) renamed_from: Option<RemoteVersions>,
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
    Downloading(Box<Download>),
    Publishing(TaskId, u64),
    Copying(Box<Copy>, TransferKind, u64, Option<Box<RemoteVersions>>),
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
    pub(super) fn renamed_from(mut self, candidates: Vec<RemoteVersions>) -> Self {
        self.renamed = candidates;
        self
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
                        let message = "the source has no file of this name";
                        self.end(Err(Error::new(ErrorKind::FileNotPresent, message)));
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
                    Ok(_) => self.finish(Some(done), renamed_from.map(|renamed| *renamed)),
                    Err(error) => self.end(Err(error)),
                }
                return ControlFlow::Continue(());
            }
        })
    }

    fn begin(&mut self, context: &Context) {
        if self.source.is_none() && context.names_to_look_up().is_some() {
            let calls = self.calls.fork();
            let scanner = context.scan_source(Context::only(&self.name), calls);
            self.phase = Phase::LookingUpSource(Box::new(scanner));
        } else if self.decision.is_some() {
            self.begin_transfer(context);
        } else if self.destination.is_none() && context.looks_up_destination() {
            let calls = self.calls.fork();
            let scanner = context.scan_destination(Context::only(&self.name), calls);
            self.phase = Phase::LookingUpDestination(Box::new(scanner));
        } else {
            self.decide(context, None);
        }
    }

    fn decide(&mut self, context: &Context, same_content: Option<bool>) {
        let pair = (self.source.as_ref(), self.destination.as_ref());
        let now = context.job.now;
        match decide(context.options(), context.direction, now, pair, same_content) {
            Ok(Decided::Decision(decision)) => {
                let bytes = self.source.as_ref().map_or(0, SyncEntry::size);
                self.steps.emit(TransferEvent::Decided {
                    name: self.name.clone(),
                    transfer: decision.transfer,
                    reason: decision.reason,
                    bytes,
                });
                self.decision = Some(decision);
                self.begin_transfer(context);
            }
            Ok(Decided::CompareContent) => match self.local() {
                Some(file) => {
                    let action = Action::DigestFile(file.clone());
                    let task = self.calls.ids().next();
                    self.steps.start(task, action);
                    self.phase = Phase::Comparing(task);
                }
                None => self.finish(None, None),
            },
            Err(error) => self.end(Err(error)),
        }
    }

    /// Returns the local file of the pair.
    fn local(&self) -> Option<&LocalFile> {
        [&self.source, &self.destination].into_iter().flatten().find_map(|entry| match entry {
            SyncEntry::Local(file) => Some(file),
            SyncEntry::Remote(_) => None,
        })
    }

    /// Returns the version in B2 of a pair with a local file.
    fn remote(&self) -> Option<&FileVersion> {
        [&self.source, &self.destination].into_iter().flatten().find_map(|entry| match entry {
            SyncEntry::Remote(file) => file.visible(),
            SyncEntry::Local(_) => None,
        })
    }

    fn begin_transfer(&mut self, context: &Context) {
        let transfer = self.decision.as_ref().is_some_and(|decision| decision.transfer);
        if !transfer {
            return self.finish(None, None);
        }
        let task = self.calls.ids().next();
        match (context.direction, &self.source) {
            (Direction::Up, Some(SyncEntry::Local(file))) => {
                if context.options().dry_run && self.renamed.is_empty() {
                    return self.uploaded_in_dry_run();
                }
                let action = if self.renamed.is_empty() {
                    let (source, name) = (SourceId(self.number), file.name.clone());
                    self.phase = Phase::Opening(task);
                    Action::OpenSource { source, name }
                } else {
                    self.phase = Phase::FindingRename(task);
                    Action::DigestFile(file.clone())
                };
                self.steps.start(task, action);
            }
            (Direction::Down, Some(SyncEntry::Remote(file))) => {
                let Some(version) = file.visible() else {
                    return self.finish(None, None);
                };
                if context.options().dry_run {
                    let done = (TransferKind::Download, version.size);
                    return self.finish(Some(done), None);
                }
                let (sink, name) = (SinkId(self.number), file.name.clone());
                self.steps.start(task, Action::CreateSink { sink, name, len: version.size });
                self.phase = Phase::Creating(task, Box::new(version.clone()));
            }
            (Direction::Copy, Some(SyncEntry::Remote(file))) => {
                let Some(version) = file.visible().cloned() else {
                    return self.finish(None, None);
                };
                if context.options().dry_run {
                    return self.finish(Some((TransferKind::Copy, version.size)), None);
                }
                self.copy(context, version);
            }
            _ => self.finish(None, None),
        }
    }

    /// Uploads the file that was opened: with the size and the time that it has now.
    fn upload(&mut self, context: &Context, file: &LocalFile) {
        let Some((bucket_id, name)) = context.destination(&self.name) else {
            return self.finish(None, None);
        };
        let mut new_file = api::NewFile::new(&name);
        new_file.file_info = new_file.file_info.with_src_last_modified(file.modified);
        new_file.encryption = context.job.encryption.upload(&bucket_id, &name, file);
        let mut options = context.options().upload;
        let exists = self.destination.as_ref().is_some_and(SyncEntry::is_visible);
        options.incremental = context.options().incremental && exists;
        // The next incremental upload compares with it.
        options.whole_sha1 |= context.options().incremental && !exists;
        let source = SourceId(self.number);
        let content = Content::Source { source, len: file.size, sha1: None };
        let upload = Upload::within(bucket_id, new_file, content, options, self.calls.fork());
        self.phase = Phase::Uploading(Box::new(upload), file.size);
    }

    fn download(&mut self, context: &Context, version: &FileVersion, sink: SinkAbilities) {
        let mut request = api::Download::by_id(version.file_id.clone());
        request.expected = version.into();
        request.headers_may_be_hidden = context.options().upload.headers_may_be_hidden;
        let bucket_id = context.source_bucket();
        request.encryption =
            bucket_id.and_then(|bucket_id| context.job.encryption.download(bucket_id, version));
        let mut options = context.options().download;
        options.random_access = sink.random_access;
        options.read_back_late = sink.reads_back_late;
        let sink = SinkId(self.number);
        let mut download = Download::within(request, sink, options, self.calls.fork());
        if let Some(bucket_id) = bucket_id {
            download = download.in_bucket(bucket_id.clone());
        }
        self.phase = Phase::Downloading(Box::new(download));
    }

    fn copy(&mut self, context: &Context, version: FileVersion) {
        let (Some((bucket_id, name)), Some(from)) =
            (context.destination(&self.name), context.source_bucket())
        else {
            return self.finish(None, None);
        };
        let encryption = &context.job.encryption;
        let mut new_file = api::NewFile::new(&name);
        new_file.encryption = encryption.copy_destination(&bucket_id, &name, &version);
        let source_encryption = encryption.copy_source(from, &version);
        let bytes = version.size;
        // Without a time in its file info, a copy would have the time at which it was made, and be newer than its source.
        let modified = version.file_info.src_last_modified().is_none().then(|| version.mod_time());
        let copy = new_copy(version, new_file, modified.flatten(), source_encryption);
        let options = copy_options(context);
        let copy = Copy::within(bucket_id, copy, options, self.calls.fork());
        self.phase = Phase::Copying(Box::new(copy), TransferKind::Copy, bytes, None);
    }

    fn uploaded_in_dry_run(&mut self) {
        let size = self.source.as_ref().map_or(0, SyncEntry::size);
        self.finish(Some((TransferKind::Upload, size)), None);
    }

    /// Copies a file that is about to be removed, instead of uploading its bytes.
    fn rename(&mut self, context: &Context, file: RemoteVersions) {
        let (Some((bucket_id, name)), Some(version), Some(SyncEntry::Local(local))) =
            (context.destination(&self.name), file.visible().cloned(), &self.source)
        else {
            return self.finish(None, None);
        };
        if context.options().dry_run {
            return self.finish(Some((TransferKind::Rename, version.size)), Some(file));
        }
        let encryption = &context.job.encryption;
        let mut new_file = api::NewFile::new(&name);
        new_file.encryption = encryption.upload(&bucket_id, &name, local);
        let source_encryption = encryption.copy_source(&bucket_id, &version);
        let (bytes, modified) = (version.size, local.modified);
        let copy = new_copy(version, new_file, Some(modified), source_encryption);
        let options = copy_options(context);
        let copy = Copy::within(bucket_id, copy, options, self.calls.fork());
        let renamed = Some(Box::new(file));
        self.phase = Phase::Copying(Box::new(copy), TransferKind::Rename, bytes, renamed);
    }

    pub(super) fn handle(&mut self, now: Instant, context: &Context, task: TaskId, input: Input) {
        match (&mut self.phase, input) {
            (Phase::LookingUpSource(scanner) | Phase::LookingUpDestination(scanner), input) => {
                if let Err(error) = scanner.handle(now, task, input) {
                    self.end(Err(error));
                }
            }
            (Phase::Comparing(waiting), Input::Digest(sha1)) if *waiting == task => {
                let same = self.remote().and_then(FileVersion::sha1) == Some(sha1);
                self.decide(context, Some(same));
            }
            (Phase::FindingRename(waiting), Input::Digest(sha1)) if *waiting == task => {
                let is_same = |file: &RemoteVersions| {
                    file.visible().and_then(FileVersion::sha1) == Some(sha1)
                };
                match self.renamed.iter().position(is_same) {
                    Some(at) => {
                        let file = self.renamed.swap_remove(at);
                        self.rename(context, file);
                        self.pause_new(now);
                    }
                    None if context.options().dry_run => self.uploaded_in_dry_run(),
                    None => {
                        let open = self.calls.ids().next();
                        let (source, name) = (SourceId(self.number), self.name.clone());
                        self.steps.start(open, Action::OpenSource { source, name });
                        self.phase = Phase::Opening(open);
                    }
                }
            }
            (Phase::Opening(waiting), Input::Opened(file)) if *waiting == task => {
                self.upload(context, &file);
                self.pause_new(now);
            }
            (Phase::Creating(waiting, version), Input::SinkCreated(abilities))
                if *waiting == task =>
            {
                let version = version.clone();
                self.download(context, &version, abilities);
                self.pause_new(now);
            }
            (Phase::Publishing(waiting, bytes), Input::Performed) if *waiting == task => {
                let done = (TransferKind::Download, *bytes);
                self.finish(Some(done), None);
            }
            (
                Phase::Comparing(waiting)
                | Phase::FindingRename(waiting)
                | Phase::Opening(waiting)
                | Phase::Creating(waiting, _)
                | Phase::Publishing(waiting, _),
                Input::Failed(failure),
            ) if *waiting == task => {
                let target = match self.phase {
                    Phase::Creating(..) | Phase::Publishing(..) => Target::Download,
                    _ => Target::Upload,
                };
                self.end(Err(Error::from_failure(target, &failure)));
            }
            (Phase::Uploading(upload, _), input) => upload.handle(now, task, input),
            (Phase::Copying(copy, ..), input) => copy.handle(now, task, input),
            (Phase::Downloading(download), input) => download.handle(now, task, input),
            _ => {}
        }
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
        renamed_from: Option<RemoteVersions>,
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

/// Returns the options of copies, which read no local bytes.
fn copy_options(context: &Context) -> UploadOptions {
    UploadOptions { whole_sha1: false, incremental: false, ..context.options().upload }
}

/// Returns the copy of a version: with its metadata, and with `modified` where it is to have another time.
fn new_copy(
    version: FileVersion,
    mut new_file: api::NewFile,
    modified: Option<Timestamp>,
    encryption: Option<crate::model::EncryptionSetting>,
) -> NewCopy {
    let mut directive = MetadataDirective::Copy;
    if let Some(modified) = modified {
        directive = MetadataDirective::Replace;
        new_file.file_info = version.file_info.for_copy();
        let millis = modified.as_millis().to_string();
        new_file.file_info.insert(FileInfo::SRC_LAST_MODIFIED_MILLIS, millis);
        if let Some(content_type) = &version.content_type {
            new_file.content_type.clone_from(content_type);
        }
    }
    let mut source = CopySource::from(version);
    source.encryption = encryption;
    let mut copy = NewCopy::new(source, new_file);
    copy.metadata_directive = directive;
    copy
}
