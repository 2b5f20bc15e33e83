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

/// The files that may have been renamed. No more are held than the caller allows; others are uploaded and removed as
/// usual.
#[derive(Debug, Default)]
pub(super) struct Renames {
    new: Vec<NewFile>,
    /// The files to remove, with their removals, by size. Of a file, only the current version is kept.
    removed: BTreeMap<u64, Vec<(Arc<RemoteVersions>, Group)>>,
    /// The number of removals in `removed`.
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
        group: Group,
        max: usize,
    ) -> Option<Group> {
        let known = file.visible().filter(|version| version.sha1().is_some());
        let Some(size) = known.map(|version| version.size) else {
            return Some(group);
        };
        if size == 0 || self.removals + group.len() > max {
            return Some(group);
        }
        file.versions.truncate(1);
        self.removals += group.len();
        self.removed.entry(size).or_default().push((Arc::new(file), group));
        None
    }

    /// Returns the next new file with the files of its size that are to be removed.
    pub(super) fn next(&mut self) -> Option<(NewFile, Vec<Arc<RemoteVersions>>)> {
        let new = self.new.pop()?;
        let same_size = self.removed.get(&new.file.size).into_iter().flatten();
        let candidates = same_size.map(|(file, _)| file.clone()).collect();
        Some((new, candidates))
    }

    /// Returns the removals of a file that was copied under its new name.
    pub(super) fn take(&mut self, size: u64, name: &str) -> Option<Group> {
        let files = self.removed.get_mut(&size)?;
        let at = files.iter().position(|(file, _)| file.name == *name)?;
        let group = files.swap_remove(at).1;
        self.removals -= group.len();
        Some(group)
    }

    /// Returns the removals of the next file that was not renamed.
    pub(super) fn pop_removed(&mut self) -> Option<Group> {
        while let Some(mut files) = self.removed.first_entry() {
            if let Some((_, group)) = files.get_mut().pop() {
                self.removals -= group.len();
                return Some(group);
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
