//! One side of a synchronization, read in the order of the names.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::api::{ListFileNames, ListFileVersions};
use crate::call::{Call, CallFactory, Retrying};
use crate::error::{Error, Target};
use crate::machine::{
    Action, Input, LocalScan, Machine as _, ScanItem, SkippedEntry, Step, TaskId,
};
use crate::sync::entry::SyncEntry;
use crate::sync::policies::ScanPolicies;
use crate::sync::remote::{RemotePage, RemoteScan, RemoteScanOptions};
use crate::time::Instant;

/// The next page is requested when fewer entries than this are left.
pub(super) const LOW: usize = 500;

/// Reads one side.
#[derive(Debug)]
pub(super) struct Scanner {
    kind: Kind,
    calls: CallFactory,
    queue: VecDeque<SyncEntry>,
    /// What was left out, to be reported.
    skipped: Vec<SkippedEntry>,
    /// The names that were asked for and are not names of files, to be reported.
    missing: Vec<String>,
    /// What was wrong with a listing, to be reported.
    problems: Vec<Error>,
    /// The number of files that were found.
    found: u64,
    ended: bool,
}

#[derive(Debug)]
enum Kind {
    Local {
        scan: LocalScan,
        task: Option<TaskId>,
        /// The policies that apply to times. Only for the source.
        policies: Option<Arc<ScanPolicies>>,
    },
    Bucket {
        scan: Box<RemoteScan>,
        call: Option<ListCall>,
    },
}

#[derive(Debug)]
enum ListCall {
    Names(Box<Call<ListFileNames>>),
    Versions(Box<Call<ListFileVersions>>),
}

impl Scanner {
    pub(super) fn local(
        scan: LocalScan,
        policies: Option<Arc<ScanPolicies>>,
        calls: CallFactory,
    ) -> Self {
        Self::new(Kind::Local { scan, task: None, policies }, calls)
    }

    pub(super) fn bucket(options: RemoteScanOptions, calls: CallFactory) -> Self {
        let scan = Box::new(RemoteScan::new(options));
        Self::new(Kind::Bucket { scan, call: None }, calls)
    }

    fn new(kind: Kind, calls: CallFactory) -> Self {
        Self {
            kind,
            calls,
            queue: VecDeque::new(),
            skipped: Vec::new(),
            missing: Vec::new(),
            problems: Vec::new(),
            found: 0,
            ended: false,
        }
    }

    pub(super) fn pop(&mut self) -> Option<SyncEntry> {
        self.queue.pop_front()
    }

    /// Returns whether the next entry is known, or that there is none.
    pub(super) fn is_ready(&self) -> bool {
        self.ended || !self.queue.is_empty()
    }

    /// Returns the number of entries in memory.
    #[cfg(test)]
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Returns the number of files that were found so far.
    pub(super) fn found(&self) -> u64 {
        self.found
    }

    pub(super) fn take_skipped(&mut self) -> Vec<SkippedEntry> {
        core::mem::take(&mut self.skipped)
    }

    pub(super) fn take_missing(&mut self) -> Vec<String> {
        core::mem::take(&mut self.missing)
    }

    pub(super) fn take_problems(&mut self) -> Vec<Error> {
        core::mem::take(&mut self.problems)
    }

    /// Advances the scan: `Break` with a step of its own, which may be `Wait`, or `Continue` if something has changed.
    pub(super) fn poll(&mut self, now: Instant) -> ControlFlow<Step<(), Retrying>> {
        if self.ended || self.queue.len() >= LOW {
            return ControlFlow::Break(Step::Wait(None));
        }
        match &mut self.kind {
            Kind::Local { task: Some(_), .. } => ControlFlow::Break(Step::Wait(None)),
            Kind::Local { scan, task, .. } => {
                let id = self.calls.ids().next();
                *task = Some(id);
                ControlFlow::Break(Step::Start(id, Action::Scan(scan.clone())))
            }
            Kind::Bucket { scan, call } => {
                let Some(running) = call else {
                    *call = match scan.next_page() {
                        Some(RemotePage::Names(page)) => {
                            Some(ListCall::Names(Box::new(self.calls.call(page))))
                        }
                        Some(RemotePage::Versions(page)) => {
                            Some(ListCall::Versions(Box::new(self.calls.call(page))))
                        }
                        None => None,
                    };
                    if call.is_none() {
                        self.ended = true;
                    }
                    return ControlFlow::Continue(());
                };
                let took = match running {
                    ListCall::Names(names) => {
                        names.poll(now).result()?.map(|page| scan.took_names(page))
                    }
                    ListCall::Versions(versions) => {
                        versions.poll(now).result()?.map(|page| scan.took_versions(page))
                    }
                };
                *call = None;
                if let Err(error) = took {
                    return ControlFlow::Break(Step::Done(Err(error)));
                }
                self.problems.append(&mut scan.problems());
                while let Some(file) = scan.pop() {
                    self.found += u64::from(file.visible().is_some());
                    self.queue.push_back(SyncEntry::Remote(file));
                }
                ControlFlow::Continue(())
            }
        }
    }

    /// Takes the outcome of a task, and returns whether it is one of this scan.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        task: TaskId,
        input: Input,
    ) -> Result<bool, Error> {
        match &mut self.kind {
            Kind::Bucket { call: Some(ListCall::Names(call)), .. }
                if call.running() == Some(task) =>
            {
                call.handle(now, task, input);
            }
            Kind::Bucket { call: Some(ListCall::Versions(call)), .. }
                if call.running() == Some(task) =>
            {
                call.handle(now, task, input);
            }
            Kind::Bucket { .. } => return Ok(false),
            Kind::Local { task: running, .. } => {
                if *running != Some(task) {
                    return Ok(false);
                }
                match input {
                    Input::Scanned(page) => {
                        *running = None;
                        self.ended = page.end;
                        page.items.into_iter().for_each(|item| self.scanned(item));
                    }
                    Input::Failed(failure) => {
                        *running = None;
                        return Err(Error::from_failure(Target::Upload, &failure));
                    }
                    _ => {}
                }
            }
        }
        Ok(true)
    }

    fn scanned(&mut self, item: ScanItem) {
        let file = match item {
            ScanItem::File(file) => file,
            ScanItem::Skipped(entry) => {
                self.skipped.push(entry);
                return;
            }
            ScanItem::Missing(name) => {
                // A destination need not have it.
                if matches!(self.kind, Kind::Local { policies: Some(_), .. }) {
                    self.missing.push(name);
                }
                return;
            }
        };
        if let Kind::Local { policies: Some(policies), .. } = &self.kind
            && !policies.keeps_file(&file)
        {
            return;
        }
        self.found += 1;
        self.queue.push_back(SyncEntry::Local(file));
    }
}
