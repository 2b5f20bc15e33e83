//! What a file needs first: to be looked up, to be compared, or to be transferred.

use alloc::boxed::Box;

use super::{Context, Phase, Transfer, TransferEvent};
use crate::machine::{Action, LocalFile, SinkId, SourceId};
use crate::model::FileVersion;
use crate::sync::decide::{Decided, decide};
use crate::sync::entry::SyncEntry;
use crate::sync::options::Direction;
use crate::sync::remote::is_folder;
use crate::sync::report::TransferKind;

impl Transfer {
    pub(super) fn begin(&mut self, context: &Context) {
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

    pub(super) fn decide(&mut self, context: &Context, same_content: Option<bool>) {
        let pair = (self.source.as_ref(), self.destination.as_ref());
        let now = context.job.now;
        match decide(context.options(), context.direction, now, pair, same_content) {
            Ok(Decided::Decision(decision)) => {
                let bytes = self.source.as_ref().map_or(0, SyncEntry::size);
                if !is_folder(&self.name) {
                    self.steps.emit(TransferEvent::Decided {
                        name: self.name.clone(),
                        transfer: decision.transfer,
                        reason: decision.reason,
                        bytes,
                    });
                }
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
    pub(super) fn local(&self) -> Option<&LocalFile> {
        [&self.source, &self.destination].into_iter().flatten().find_map(|entry| match entry {
            SyncEntry::Local(file) => Some(file),
            SyncEntry::Remote(_) => None,
        })
    }

    /// Returns the version in B2 of a pair with a local file.
    pub(super) fn remote(&self) -> Option<&FileVersion> {
        [&self.source, &self.destination].into_iter().flatten().find_map(|entry| match entry {
            SyncEntry::Remote(file) => file.visible(),
            SyncEntry::Local(_) => None,
        })
    }

    pub(super) fn begin_transfer(&mut self, context: &Context) {
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
                    return self.finish((!is_folder(&file.name)).then_some(done), None);
                }
                if let Some(folder) =
                    file.name.strip_suffix('/').or(file.name.is_empty().then_some(""))
                {
                    self.steps.start(task, Action::CreateFolder { name: folder.into() });
                    self.phase = Phase::CreatingFolder(task, version.size);
                    return;
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

    pub(super) fn uploaded_in_dry_run(&mut self) {
        let size = self.source.as_ref().map_or(0, SyncEntry::size);
        self.finish(Some((TransferKind::Upload, size)), None);
    }
}
