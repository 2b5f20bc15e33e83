//! Files that were renamed: new in the source, and under another name among those to remove.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::removals::Group;
use crate::machine::LocalFile;
use crate::sync::decide::Decision;
use crate::sync::entry::RemoteVersions;

/// A new file of the source, which waits for the end of the scans.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) file: LocalFile,
    pub(super) decision: Decision,
}

/// A file that is to be removed, with its current version only.
#[derive(Debug)]
struct Removed {
    file: Arc<RemoteVersions>,
    removals: Group,
    /// Whether it may be a file that could not be transferred under its new name.
    is_kept: bool,
}

/// The files that may have been renamed. No more are held than the caller allows; others are uploaded and removed as
/// usual.
#[derive(Debug, Default)]
pub(super) struct Renames {
    new: Vec<NewFile>,
    /// The files to remove, by size.
    removed: BTreeMap<u64, Vec<Removed>>,
    /// The number of their removals.
    removals: usize,
}

impl Renames {
    /// Holds a new file, unless `max` are held. Empty files are not held.
    pub(super) fn hold_new(&mut self, new: NewFile, max: usize) -> Option<NewFile> {
        if new.file.size == 0 || self.new.len() >= max {
            return Some(new);
        }
        self.new.push(new);
        None
    }

    /// Holds a file that is to be removed, unless its SHA-1 is not known or there would be more than `max` removals.
    pub(super) fn hold_removed(
        &mut self,
        mut file: RemoteVersions,
        removals: Group,
        max: usize,
    ) -> Option<Group> {
        let known = file.visible().filter(|version| version.sha1().is_some());
        let Some(size) = known.map(|version| version.size) else {
            return Some(removals);
        };
        if size == 0 || self.removals + removals.len() > max {
            return Some(removals);
        }
        file.versions.truncate(1);
        self.removals += removals.len();
        let removed = Removed { file: Arc::new(file), removals, is_kept: false };
        self.removed.entry(size).or_default().push(removed);
        None
    }

    /// Returns the next new file with the files of its size that are to be removed.
    pub(super) fn next(&mut self) -> Option<(NewFile, Vec<Arc<RemoteVersions>>)> {
        let new = self.new.pop()?;
        let same_size = self.removed.get(&new.file.size).into_iter().flatten();
        let candidates = same_size.map(|removed| removed.file.clone()).collect();
        Some((new, candidates))
    }

    /// Returns the removals of a file that was copied under its new name.
    pub(super) fn take(&mut self, file: &RemoteVersions) -> Option<Group> {
        let files = self.removed.get_mut(&size_of(file))?;
        let at = files.iter().position(|removed| removed.file.name == file.name)?;
        let group = files.swap_remove(at).removals;
        self.removals -= group.len();
        Some(group)
    }

    /// Marks a file as kept: it may be one that could not be transferred under its new name.
    pub(super) fn keep(&mut self, file: &RemoteVersions) {
        let files = self.removed.get_mut(&size_of(file)).into_iter().flatten();
        for removed in files.filter(|removed| removed.file.name == file.name) {
            removed.is_kept = true;
        }
    }

    /// Drops the removals of the files that are kept. Returns the numbers of those files and of their removals.
    pub(super) fn drop_kept(&mut self) -> (u64, u64) {
        let (mut files, before) = (0, self.removals);
        for removed in self.removed.values_mut() {
            for kept in removed.extract_if(.., |removed| removed.is_kept) {
                self.removals -= kept.removals.len();
                files += 1;
            }
        }
        (files, (before - self.removals) as u64)
    }

    /// Returns the removals of the next file that was not renamed.
    pub(super) fn pop_removed(&mut self) -> Option<Group> {
        while let Some(mut files) = self.removed.first_entry() {
            if let Some(Removed { removals, .. }) = files.get_mut().pop() {
                self.removals -= removals.len();
                return Some(removals);
            }
            files.remove();
        }
        None
    }

    /// Returns the number of removals that are held.
    pub(super) fn removals(&self) -> usize {
        self.removals
    }

    /// Returns the number of new files that wait.
    pub(super) fn new_files(&self) -> usize {
        self.new.len()
    }
}

fn size_of(file: &RemoteVersions) -> u64 {
    file.visible().map_or(0, |version| version.size)
}
