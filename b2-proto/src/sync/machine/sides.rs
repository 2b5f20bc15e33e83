//! Both sides of a synchronization, read in the order of the names.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::context::Context;
use super::renames::Renames;
use super::scanner::Scanner;
use crate::call::CallFactory;
use crate::error::{Error, ErrorKind};
use crate::list::{Merge, Named, Pair};
use crate::machine::{Input, NameRange, TaskId};
use crate::sync::entry::SyncEntry;
use crate::sync::options::Direction;
use crate::time::Instant;

/// Both sides, read in the order of the names.
#[derive(Debug)]
pub(super) struct Sides {
    merge: Merge<SourceEntry, SyncEntry>,
    source: Source,
    /// `None`: it is looked up file by file, or not read.
    destination: Option<Scanner>,
    pub(super) renames: Renames,
    /// The last name that was compared.
    pub(super) last: Option<String>,
    /// Whether the destination is needed to its end.
    to_the_end: bool,
}

#[derive(Debug)]
enum Source {
    Scan(Box<Scanner>),
    /// Names that are looked up in a bucket.
    Names(Arc<[String]>, usize),
}

/// What is known of a file of the source.
#[derive(Debug)]
pub(super) enum SourceEntry {
    Found(SyncEntry),
    /// It is to be looked up.
    Name(String),
}

impl SourceEntry {
    pub(super) fn found(self) -> Option<SyncEntry> {
        match self {
            Self::Found(entry) => Some(entry),
            Self::Name(_) => None,
        }
    }
}

impl Named for SourceEntry {
    fn name(&self) -> &str {
        match self {
            Self::Found(entry) => entry.name(),
            Self::Name(name) => name,
        }
    }
}

impl Named for SyncEntry {
    fn name(&self) -> &str {
        Self::name(self)
    }
}

impl Source {
    /// Takes those of the names that are in a range.
    fn names(names: &Arc<[String]>, range: &NameRange) -> Self {
        let in_range = if *range == NameRange::ALL {
            names.clone()
        } else {
            names.iter().filter(|name| range.contains(name)).cloned().collect()
        };
        Self::Names(in_range, 0)
    }

    /// Returns the next entry, or `Some(None)` at the end; `None` if it is not known yet.
    fn next(&mut self) -> Option<Option<SourceEntry>> {
        match self {
            Self::Scan(scanner) => {
                scanner.is_ready().then(|| scanner.pop().map(SourceEntry::Found))
            }
            Self::Names(names, next) => {
                let name = names.get(*next).cloned();
                *next += 1;
                Some(name.map(SourceEntry::Name))
            }
        }
    }
}

impl Sides {
    pub(super) fn new(context: &Context, calls: &mut CallFactory) -> Self {
        let range = context.options().range.clone();
        let source = match context.names_to_look_up() {
            Some(names) => Source::names(names, &range),
            None => Source::Scan(Box::new(context.scan_source(range.clone(), calls.fork()))),
        };
        let listed = context.lists_destination();
        let destination = listed.then(|| context.scan_destination(range, calls.fork()));
        let to_the_end = !context.options().removals.is_none();
        Self {
            merge: Merge::default(),
            source,
            destination,
            renames: Renames::default(),
            last: None,
            to_the_end,
        }
    }

    /// Returns whether all pairs were taken. Without removals, the rest of the destination does not matter.
    pub(super) fn pairs_are_over(&self) -> bool {
        self.merge.is_over() || (self.merge.left_is_over() && !self.to_the_end)
    }

    /// Returns whether all pairs and all files that may have been renamed were taken.
    pub(super) fn is_over(&self) -> bool {
        self.pairs_are_over() && self.renames.new_files() == 0
    }

    /// Returns the number of files found on both sides.
    pub(super) fn found(&self) -> (u64, u64) {
        let source = match &self.source {
            Source::Scan(scanner) => scanner.found(),
            Source::Names(names, _) => names.len() as u64,
        };
        (source, self.destination.as_ref().map_or(0, Scanner::found))
    }

    /// Returns the number of entries in memory of the side of which there are more.
    #[cfg(test)]
    pub(super) fn queued(&mut self) -> usize {
        self.scanners().map(|scanner| scanner.queued()).max().unwrap_or_default()
    }

    pub(super) fn scanners(&mut self) -> impl Iterator<Item = &mut Scanner> {
        let source = match &mut self.source {
            Source::Scan(scanner) => Some(&mut **scanner),
            Source::Names(..) => None,
        };
        source.into_iter().chain(&mut self.destination)
    }

    /// Takes the outcome of a task, and returns whether it is one of the scans.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        task: TaskId,
        input: &Input,
    ) -> Result<bool, Error> {
        for scanner in self.scanners() {
            if scanner.handle(now, task, input.clone())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the next pair, if it is known.
    pub(super) fn next_pair(&mut self) -> Result<Option<Pair<SourceEntry, SyncEntry>>, Error> {
        if self.merge.needs_left() {
            match self.source.next() {
                Some(Some(entry)) => self.merge.push_left([entry])?,
                Some(None) => self.merge.end_left(),
                None => return Ok(None),
            }
        }
        if self.merge.needs_right() {
            match &mut self.destination {
                Some(scanner) if !scanner.is_ready() => return Ok(None),
                Some(scanner) => match scanner.pop() {
                    Some(entry) => self.merge.push_right([entry])?,
                    None => self.merge.end_right(),
                },
                None => self.merge.end_right(),
            }
        }
        Ok(if self.pairs_are_over() { None } else { self.merge.pop() })
    }

    /// Checks that the source has files, where it matters: a local folder without any is rather a wrong one or not
    /// mounted, and with removals everything would be removed.
    pub(super) fn check_source(&self, context: &Context) -> Result<(), Error> {
        let options = context.options();
        let is_whole = options.range.start.is_none() && options.range.end.is_none();
        // Of given names, those that are missing fail alone, and nothing is removed.
        let is_listed = context.job.names.is_some();
        let matters = context.direction == Direction::Up || !options.removals.is_none();
        if self.found().0 > 0 || options.allow_empty_source || !is_whole || is_listed || !matters {
            return Ok(());
        }
        let message = "the source has no files, or none that the options let through; nothing was changed. \
                       If this is intended, allow an empty source";
        Err(Error::new(ErrorKind::EmptySource, message))
    }
}
