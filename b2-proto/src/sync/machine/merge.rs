//! The merge of both sides: pairs of entries of the same name, and what they call for.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::renames::NewFile;
use super::sides::SourceEntry;
use super::transfer::Transfer;
use super::waiting::{WaitingFile, is_folder_too};
use super::window::Work;
use super::{Sync, not_in_source};
use crate::error::{Error, ErrorKind};
use crate::list::{Named, Pair};
use crate::machine::Step;
use crate::sync::decide::{Decided, Decision, decide};
use crate::sync::entry::SyncEntry;
use crate::sync::options::Direction;
use crate::sync::reason::Reason;
use crate::sync::remote::is_folder;
use crate::sync::report::{SyncEvent, SyncReport};
use crate::time::Instant;

impl Sync {
    /// Advances the scans, and starts the work that the next pairs call for.
    pub(super) fn advance_merge(
        &mut self,
        now: Instant,
    ) -> ControlFlow<Step<SyncReport, SyncEvent>, Option<Instant>> {
        let mut deadline = None;
        while !self.is_stopped()
            && let Some(sides) = &mut self.sides
        {
            deadline = None;
            let mut failed = None;
            for scanner in sides.scanners() {
                match scanner.poll(now) {
                    ControlFlow::Continue(()) => {}
                    ControlFlow::Break(Step::Wait(until)) => {
                        deadline = deadline.into_iter().chain(until).min();
                        continue;
                    }
                    ControlFlow::Break(Step::Done(Ok(()))) => {}
                    ControlFlow::Break(Step::Done(Err(error))) => failed = Some(error),
                    ControlFlow::Break(Step::Start(task, action)) => {
                        return ControlFlow::Break(Step::Start(task, action));
                    }
                    ControlFlow::Break(Step::Abort(task)) => {
                        return ControlFlow::Break(Step::Abort(task));
                    }
                    ControlFlow::Break(Step::Emit(retrying)) => {
                        let event = SyncEvent::Retrying(retrying);
                        return ControlFlow::Break(Step::Emit(event));
                    }
                }
                deadline = Some(now);
            }
            if let Some(error) = failed {
                self.fail(error);
                break;
            }
            self.report_scans();
            let (max, spill) = (self.context.options().max_held_removals, &self.calls);
            if let Some((task, action)) = self.held.spill(max, spill) {
                return ControlFlow::Break(Step::Start(task, action));
            }
            let advanced = self.take_pairs();
            if let Some(step) = self.steps.pop() {
                return ControlFlow::Break(step);
            }
            if !advanced && deadline != Some(now) {
                break;
            }
        }
        ControlFlow::Continue(deadline.filter(|_| !self.is_stopped()))
    }

    fn is_stopped(&self) -> bool {
        self.fatal.is_some()
    }

    /// Reports what the scans have left out.
    fn report_scans(&mut self) {
        let Some(sides) = &mut self.sides else {
            return;
        };
        let (mut failures, mut missing) = (Vec::new(), Vec::new());
        let is_up = self.context.direction == Direction::Up;
        for scanner in sides.scanners() {
            for entry in scanner.take_skipped() {
                self.report.skipped += 1;
                // Nothing in the destination belongs to such a file, so removals are not affected.
                self.report.failed += u64::from(is_up && entry.reason.is_unstorable());
                if entry.reason.is_failure() {
                    self.report.failed += 1;
                    let message = alloc::format!("{} {}", entry.path, entry.reason);
                    self.incomplete.get_or_insert_with(|| Error::new(ErrorKind::Source, message));
                }
                self.steps.emit(SyncEvent::Skipped(entry));
            }
            failures.append(&mut scanner.take_problems());
            missing.append(&mut scanner.take_missing());
        }
        let (source, destination) = sides.found();
        self.changed |= self.report.source_files != source;
        self.report.source_files = source;
        self.report.destination_files = destination;
        for error in failures {
            self.scan_failed(error.clone());
            self.file_failed(String::new(), error);
        }
        for name in missing {
            self.file_failed(name, not_in_source());
        }
    }

    /// Takes pairs while there is room for work, and returns whether there was one.
    fn take_pairs(&mut self) -> bool {
        let mut advanced = false;
        while !self.paused
            && !self.held.is_busy()
            && !self.held.is_over(self.context.options().max_held_removals)
            && self.window.len() < self.context.options().parallel
            && let Some(sides) = &mut self.sides
        {
            if let Some(WaitingFile { name, pair, before, decision }) = self.waiting.pop() {
                let transfer = self.transfer(pair, name).decided(decision);
                self.window.push(Work::Transfer(Box::new(transfer)), before);
                advanced = true;
                continue;
            }
            let pair = match sides.next_pair() {
                Ok(pair) => pair,
                Err(error) => {
                    self.fail(error);
                    break;
                }
            };
            if let Some(pair) = pair {
                self.pair(pair);
            } else if sides.pairs_are_over() && !self.waiting.is_empty() {
                self.waiting.end();
            } else if sides.pairs_are_over()
                && let Some((new, candidates)) = sides.renames.next()
            {
                let name = new.file.name.clone();
                let entry = SyncEntry::Local(new.file);
                let transfer = self.transfer((Some(entry), None), name);
                let transfer = transfer.decided(new.decision).renamed_from(candidates);
                self.window.push(Work::Transfer(Box::new(transfer)), None);
            } else {
                break;
            }
            advanced = true;
            if self.report.compared - self.checkpoint.at >= self.context.options().checkpoint_every
            {
                self.emit_checkpoint();
            }
        }
        advanced
    }

    fn transfer(&mut self, pair: (Option<SyncEntry>, Option<SyncEntry>), name: String) -> Transfer {
        Transfer::new(pair, name, self.calls.fork(), self.window.next_number())
    }

    /// Does what a pair calls for.
    fn pair(&mut self, pair: Pair<SourceEntry, SyncEntry>) {
        let name = String::from(pair.name());
        let (source, destination) = pair.into_options();
        let looks_up_source = matches!(source, Some(SourceEntry::Name(_)));
        let source = source.and_then(SourceEntry::found);
        self.report.compared += 1;
        self.changed = true;
        let before = self.sides.as_mut().and_then(|sides| sides.last.replace(name.clone()));
        let in_source = source.as_ref().is_some_and(SyncEntry::is_visible);
        for file in self.waiting.passed(&name, in_source) {
            let error = is_folder_too(&file.name);
            self.file_failed(file.name, error);
        }
        if looks_up_source || self.context.looks_up_destination() {
            let transfer = self.transfer((source, destination), name);
            return self.window.push(Work::Transfer(Box::new(transfer)), before);
        }
        let entries = (source.as_ref(), destination.as_ref());
        let now = self.context.job.now;
        let direction = self.context.direction;
        match decide(self.context.options(), direction, now, entries, None) {
            Ok(Decided::Decision(decision)) => {
                if !is_folder(&name) {
                    let bytes = source.as_ref().map_or(0, SyncEntry::size);
                    self.found(name.clone(), decision.transfer, decision.reason, bytes);
                }
                if decision.transfer {
                    self.start_transfer((source, destination), name, before, decision);
                } else {
                    self.hold(destination, decision);
                }
            }
            Ok(Decided::CompareContent) => {
                let transfer = self.transfer((source, destination), name);
                self.window.push(Work::Transfer(Box::new(transfer)), before);
            }
            Err(error) => self.file_failed(name, error),
        }
    }

    fn start_transfer(
        &mut self,
        (source, destination): (Option<SyncEntry>, Option<SyncEntry>),
        name: String,
        before: Option<String>,
        mut decision: Decision,
    ) {
        let options = self.context.options();
        let may_be_renamed = options.track_renames && decision.reason == Reason::New;
        if may_be_renamed
            && let (Some(SyncEntry::Local(file)), Some(sides)) = (&source, &mut self.sides)
        {
            let new = NewFile { file: file.clone(), decision };
            match sides.renames.hold_new(new, options.max_held_removals) {
                Some(new) => decision = new.decision,
                None => return,
            }
        }
        let pair = (source, destination);
        if self.context.direction == Direction::Down && !is_folder(&name) {
            return self.waiting.push(WaitingFile { name, pair, before, decision });
        }
        let transfer = self.transfer(pair, name).decided(decision);
        self.window.push(Work::Transfer(Box::new(transfer)), before);
    }

    /// Holds the removals of a file back.
    fn hold(&mut self, destination: Option<SyncEntry>, decision: Decision) {
        self.losing += u64::from(decision.loses_file);
        let mut removals = decision.removals;
        let options = self.context.options();
        if options.track_renames
            && decision.loses_file
            && let (Some(SyncEntry::Remote(file)), Some(sides)) = (destination, &mut self.sides)
        {
            match sides.renames.hold_removed(file, removals, options.max_held_removals) {
                Some(group) => removals = group,
                None => return,
            }
        }
        self.held.push(removals);
    }
}
