//! Files that were renamed: new in the source, and under another name among those to remove.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::removals::Group;
use crate::machine::LocalFile;
use crate::sync::decide::Decision;
use crate::sync::entry::RemoteVersions;

/// The largest number of files on either side that are held to be matched. Others are uploaded and removed as usual.
const MAX_HELD: usize = 10_000;

/// A new file of the source, which waits for the end of the scans.
#[derive(Debug)]
pub(super) struct NewFile {
    pub(super) file: LocalFile,
    pub(super) decision: Decision,
}

/// The files that may have been renamed.
#[derive(Debug, Default)]
pub(super) struct Renames {
    new: Vec<NewFile>,
    /// The files to remove, with their removals, by size.
    removed: BTreeMap<u64, Vec<(Arc<RemoteVersions>, Group)>>,
    removed_count: usize,
}

impl Renames {
    /// Holds a new file, unless there are too many. Empty files are not held.
    pub(super) fn hold_new(&mut self, new: NewFile) -> Option<NewFile> {
        if new.file.size == 0 || self.new.len() >= MAX_HELD {
            return Some(new);
        }
        self.new.push(new);
        None
    }

    /// Holds a file that is to be removed, unless there are too many or its SHA-1 is not known.
    pub(super) fn hold_removed(&mut self, file: RemoteVersions, group: Group) -> Option<Group> {
        let known = file.visible().filter(|version| version.sha1().is_some());
        let Some(size) = known.map(|version| version.size) else {
            return Some(group);
        };
        if size == 0 || self.removed_count >= MAX_HELD {
            return Some(group);
        }
        self.removed_count += 1;
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
        Some(files.swap_remove(at).1)
    }

    /// Returns the removals of all files that were not renamed.
    pub(super) fn take_rest(&mut self) -> Vec<Group> {
        let removed = core::mem::take(&mut self.removed);
        removed.into_values().flatten().map(|(_, group)| group).collect()
    }

    /// Returns whether no new file waits.
    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty()
    }
}
