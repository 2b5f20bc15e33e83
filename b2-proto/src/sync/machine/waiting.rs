//! Files to download whose names may also be those of folders, which a local path cannot be at the same time.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::sync::decide::Decision;
use crate::sync::entry::SyncEntry;

/// A file that is to be downloaded.
#[derive(Debug)]
pub(super) struct WaitingFile {
    pub(super) name: String,
    pub(super) pair: (Option<SyncEntry>, Option<SyncEntry>),
    /// The name before this one in the order of the merge.
    pub(super) before: Option<String>,
    pub(super) decision: Decision,
}

/// The files that wait for a later name to tell whether their names are also those of folders.
///
/// Names come in order. Those below `abc/` come after `abc`, though not directly: `abc.txt` is between them. All names
/// that wait are beginnings of the last one, so there are at most as many as a name has bytes.
#[derive(Debug, Default)]
pub(super) struct WaitingFiles {
    waiting: Vec<WaitingFile>,
    /// Those that are not folders, and can be downloaded.
    ready: VecDeque<WaitingFile>,
}

impl WaitingFiles {
    pub(super) fn push(&mut self, file: WaitingFile) {
        self.waiting.push(file);
    }

    /// Takes the next name, and whether the source has it. Returns the files whose names are also those of folders.
    pub(super) fn passed(&mut self, name: &str, in_source: bool) -> Vec<WaitingFile> {
        let mut folders = Vec::new();
        let mut still = Vec::new();
        for file in self.waiting.drain(..) {
            let rest = name.strip_prefix(file.name.as_str());
            match rest.and_then(|rest| rest.bytes().next()) {
                Some(b'/') if in_source => folders.push(file),
                Some(next) if next <= b'/' => still.push(file),
                _ => self.ready.push_back(file),
            }
        }
        self.waiting = still;
        folders
    }

    /// Takes that there is no other name.
    pub(super) fn end(&mut self) {
        self.ready.extend(self.waiting.drain(..));
    }

    /// Returns the next file that can be downloaded.
    pub(super) fn pop(&mut self) -> Option<WaitingFile> {
        self.ready.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.ready.is_empty()
    }

    /// Returns the name before the first of the files.
    pub(super) fn before_first(&self) -> Option<Option<&str>> {
        self.waiting.iter().chain(&self.ready).map(|file| file.before.as_deref()).min()
    }
}

/// Returns the error for a file whose name is also that of a folder.
pub(super) fn is_folder_too(name: &str) -> Error {
    let message = "there is also a folder with this name, and a local path is either a file or a folder; download this \
                   file to another path";
    Error::new(ErrorKind::UnsafePath, message).with_subject(name)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::sync::Reason;

    /// Returns the names that are also folders, and the others in the order in which they can be downloaded.
    fn sorted(names: &[&str]) -> (Vec<String>, Vec<String>) {
        let (mut files, mut folders, mut others) = (WaitingFiles::default(), vec![], vec![]);
        for name in names {
            let (name, in_source) =
                name.strip_prefix('-').map_or((*name, true), |name| (name, false));
            folders.extend(files.passed(name, in_source).into_iter().map(|file| file.name));
            if in_source {
                let decision = Decision {
                    transfer: true,
                    reason: Reason::New,
                    removals: Vec::new(),
                    loses_file: false,
                };
                let (name, pair) = (String::from(name), (None, None));
                files.push(WaitingFile { name, pair, before: None, decision });
            }
            others.extend(core::iter::from_fn(|| files.pop()).map(|file| file.name));
        }
        files.end();
        others.extend(core::iter::from_fn(|| files.pop()).map(|file| file.name));
        assert!(files.is_empty());
        (folders, others)
    }

    #[test]
    fn a_file_that_is_also_a_folder_is_found() {
        let names = ["a", "abc", "abc!", "abc!/x", "abc.txt", "abc/def", "abc/def/x", "abd"];
        let (folders, others) = sorted(&names);
        assert_eq!(folders, ["abc!", "abc", "abc/def"]);
        assert_eq!(others, ["a", "abc!/x", "abc.txt", "abc/def/x", "abd"]);
        // What only the destination has is no folder of the source.
        let (folders, others) = sorted(&["a", "-a/x", "b", "-b/x", "b/y"]);
        assert_eq!((folders, others), (vec!["b".into()], vec!["a".into(), "b/y".into()]));
    }
}
