//! The end of a synchronization: removals, and checkpoints on the way.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;

use super::removals::{Group, HeldRemovals, RemovalWork};
use super::renames::Renames;
use super::window::Work;
use super::{Phase, Sync};
use crate::error::{Error, ErrorKind};
use crate::sync::report::SyncEvent;

impl Sync {
    /// Begins the removals, if nothing speaks against them.
    pub(super) fn begin_removals(&mut self) {
        let checked = self.sides.as_ref().map_or(Ok(()), |sides| sides.check_source(&self.context));
        if let Err(error) = checked {
            return self.end(Err(error));
        }
        self.report.scanned = true;
        self.changed = true;
        self.phase = Phase::Removing;
        self.keep_old_names();
        self.report.to_remove = self.held.total() + self.held_for_renames();
        if let Some(error) = self.reason_against_removals()
            && self.report.to_remove > 0
        {
            self.report.removals_dropped += self.report.to_remove;
            self.held = HeldRemovals::default();
            if let Some(sides) = &mut self.sides {
                sides.renames = Renames::default();
            }
            self.steps.emit(SyncEvent::RemovalsDropped(Box::new(error)));
        }
    }

    /// Keeps the files that may be one that could not be transferred under its new name: nothing else in the destination
    /// may have its content.
    fn keep_old_names(&mut self) {
        if let Some(sides) = &mut self.sides {
            let (files, removals) = sides.renames.drop_kept();
            self.losing = self.losing.saturating_sub(files);
            self.report.removals_dropped += removals;
        }
    }

    /// Returns the number of removals of files that may have been renamed, and were not.
    pub(super) fn held_for_renames(&self) -> u64 {
        self.sides.as_ref().map_or(0, |sides| sides.renames.removals() as u64)
    }

    /// Returns the removals of the next name that are in memory.
    fn next_removals(&mut self) -> Option<Group> {
        let not_renamed = self.sides.as_mut().and_then(|sides| sides.renames.pop_removed());
        not_renamed.or_else(|| self.held.pop())
    }

    fn reason_against_removals(&self) -> Option<Error> {
        if let Some(cause) = &self.incomplete {
            let message = format!(
                "nothing is removed from the destination, since not all files could be seen: {cause}; \
                 synchronize again when they can be read"
            );
            return Some(Error::new(ErrorKind::IncompleteSync, message));
        }
        let (max, all) = (self.context.options().max_removals, self.report.destination_files);
        max.is_exceeded(self.losing, all).then(|| {
            let message = format!(
                "{} of {all} files would be removed from the destination, more than allowed; none is removed. \
                 If this is intended, allow more",
                self.losing
            );
            Error::new(ErrorKind::TooManyRemovals, message)
        })
    }

    /// Starts removals while there is room for work.
    pub(super) fn start_removals(&mut self) {
        while !self.paused
            && self.fatal.is_none()
            && self.window.len() < self.context.options().parallel
        {
            if let Some(group) = self.next_removals() {
                let work = RemovalWork::new(group, self.calls.fork());
                self.window.push(Work::Removal(work), None);
            } else if let Some((task, action)) = self.held.unspill(&self.calls) {
                return self.steps.start(task, action);
            } else {
                return;
            }
        }
    }

    /// Reports up to which name everything is done. Not where something is removed at the end, which a later run from
    /// there would not find.
    pub(super) fn emit_checkpoint(&mut self) {
        self.checkpoint.at = self.report.compared;
        let options = self.context.options();
        if self.report.failed > 0 || !options.removals.is_none() || options.dry_run {
            return;
        }
        let last = self.sides.as_ref().and_then(|sides| sides.last.as_deref());
        let first = self.window.before_first().into_iter().chain(self.waiting.before_first()).min();
        let done = first.unwrap_or(last);
        if let Some(name) = done
            && self.checkpoint.last.as_deref().is_none_or(|before| before < name)
        {
            let name = name.to_string();
            self.checkpoint.last = Some(name.clone());
            self.steps.emit(SyncEvent::Checkpoint(name));
        }
    }
}
