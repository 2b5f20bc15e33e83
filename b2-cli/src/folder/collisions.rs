//! Names that differ at B2 and are one on the local file system.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

/// How a file system compares names.
pub(super) trait NameComparison {
    /// Returns whether names in this folder may be one that differ in case or in Unicode normalization.
    fn folds_names(&self, folder: &Path) -> bool;

    /// Returns whether two names are one in this folder.
    fn is_same_name(&self, folder: &Path, one: &str, other: &str) -> bool;
}

/// The local file system, asked by creating empty files for a moment.
#[derive(Debug)]
pub(super) struct LocalFileSystem;

impl NameComparison for LocalFileSystem {
    fn folds_names(&self, folder: &Path) -> bool {
        // Some systems take no letters beyond ASCII.
        self.is_same_name(folder, "probe-\u{e9}", "PROBE-\u{e9}")
            || self.is_same_name(folder, "probe", "PROBE")
            || self.is_same_name(folder, "probe-\u{e9}", "probe-e\u{301}")
    }

    fn is_same_name(&self, folder: &Path, one: &str, other: &str) -> bool {
        let probe = || -> io::Result<bool> {
            let inside =
                tempfile::Builder::new().prefix(".b2-").suffix(".probe").tempdir_in(folder)?;
            OpenOptions::new().write(true).create_new(true).open(inside.path().join(one))?;
            Ok(fs::symlink_metadata(inside.path().join(other)).is_ok())
        };
        // What cannot be asked is told when the file itself is created.
        probe().unwrap_or(false)
    }
}

/// What was stored under which name by this run, where the file system folds names.
#[derive(Debug, Default)]
pub(super) struct NameCollisions {
    taken: HashMap<String, String>,
}

impl NameCollisions {
    /// Takes a name below the destination; fails with the name that has it already.
    pub(super) fn take(
        &mut self,
        disk: &impl NameComparison,
        folder: &Path,
        name: &str,
    ) -> Result<(), String> {
        let key = folded(name);
        let Some(other) = self.taken.get(&key) else {
            self.taken.insert(key, name.to_owned());
            return Ok(());
        };
        let segments = || name.split('/').zip(other.split('/'));
        let one =
            segments().all(|(one, other)| one == other || disk.is_same_name(folder, one, other));
        if one { Err(other.clone()) } else { Ok(()) }
    }
}

/// The same text for all names that some file system takes for one; also for some that none does.
fn folded(name: &str) -> String {
    let decomposed: String = name.nfkd().collect();
    decomposed.to_uppercase().to_lowercase().nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folds as macOS does.
    struct Folding;

    impl NameComparison for Folding {
        fn folds_names(&self, _: &Path) -> bool {
            true
        }

        fn is_same_name(&self, _: &Path, one: &str, other: &str) -> bool {
            let fold = |name: &str| name.nfd().collect::<String>().to_lowercase();
            fold(one) == fold(other)
        }
    }

    #[test]
    fn the_first_name_wins_and_the_second_is_told() {
        let mut collisions = NameCollisions::default();
        let mut take = |name: &str| collisions.take(&Folding, Path::new("."), name);
        assert_eq!(take("Photos/A.txt"), Ok(()));
        assert_eq!(take("photos/a.TXT"), Err("Photos/A.txt".to_owned()));
        assert_eq!(take("photos/b.txt"), Ok(()));
        assert_eq!(take("caf\u{e9}"), Ok(()));
        assert_eq!(take("cafe\u{301}"), Err("caf\u{e9}".to_owned()));
        // One by the coarse key, two on the disk.
        assert_eq!(take("stra\u{df}e"), Ok(()));
        assert_eq!(take("strasse"), Ok(()));
    }

    #[test]
    fn a_file_system_that_tells_names_apart_is_seen_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let tells_apart = {
            fs::write(folder.path().join("x"), "").unwrap();
            !folder.path().join("X").exists()
        };
        if tells_apart {
            assert!(!LocalFileSystem.is_same_name(folder.path(), "a", "A"));
        }
        assert!(LocalFileSystem.is_same_name(folder.path(), "a", "a"));
        assert!(!LocalFileSystem.folds_names(&folder.path().join("missing")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
