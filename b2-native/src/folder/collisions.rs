//! Names that differ at B2 and are the same on the local file system.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

/// How a file system compares names.
pub trait NameComparison {
    /// Returns whether names in this folder are compared without regard to case or Unicode normalization.
    fn folds_names(&self, folder: &Path) -> bool;

    /// Returns whether two names are the same in this folder.
    fn is_same_name(&self, folder: &Path, one: &str, other: &str) -> bool;
}

const PREFIX: &str = ".b2-";
const SUFFIX: &str = ".probe";

/// Returns whether this is the name of a folder of a comparison, which a process that is killed leaves behind.
pub(super) fn is_probe(folder_name: &str) -> bool {
    let middle = folder_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|random| {
        random.len() == 6 && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// The local file system. Comparisons create empty files in a temporary folder.
#[derive(Clone, Copy, Debug)]
pub struct LocalFileSystem;

impl NameComparison for LocalFileSystem {
    fn folds_names(&self, folder: &Path) -> bool {
        // Some file systems allow only ASCII.
        self.is_same_name(folder, "probe-\u{e9}", "PROBE-\u{e9}")
            || self.is_same_name(folder, "probe", "PROBE")
            || self.is_same_name(folder, "probe-\u{e9}", "probe-e\u{301}")
    }

    fn is_same_name(&self, folder: &Path, one: &str, other: &str) -> bool {
        let probe = || -> io::Result<bool> {
            let inside = tempfile::Builder::new()
                .prefix(PREFIX)
                .rand_bytes(6)
                .suffix(SUFFIX)
                .tempdir_in(folder)?;
            OpenOptions::new().write(true).create_new(true).open(inside.path().join(one))?;
            Ok(fs::symlink_metadata(inside.path().join(other)).is_ok())
        };
        // If the probe fails, creating the file itself fails too and reports why.
        probe().unwrap_or(false)
    }
}

/// The names that a download has stored, where the file system compares names loosely.
#[derive(Debug, Default)]
pub struct NameCollisions {
    taken: HashMap<String, String>,
}

impl NameCollisions {
    /// Claims a name below a folder.
    ///
    /// # Errors
    ///
    /// The earlier name, if both are the same.
    pub fn claim(
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

/// Returns the same text for all names that some file system compares as equal, and for some others.
pub(super) fn folded(name: &str) -> String {
    let decomposed: String = name.nfkd().collect();
    decomposed.to_uppercase().to_lowercase().nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares names as macOS does.
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
    fn the_first_name_is_claimed_and_the_second_fails() {
        let mut collisions = NameCollisions::default();
        let mut claim = |name: &str| collisions.claim(&Folding, Path::new("."), name);
        assert_eq!(claim("Photos/A.txt"), Ok(()));
        assert_eq!(claim("photos/a.TXT"), Err("Photos/A.txt".to_owned()));
        assert_eq!(claim("photos/b.txt"), Ok(()));
        assert_eq!(claim("caf\u{e9}"), Ok(()));
        assert_eq!(claim("cafe\u{301}"), Err("caf\u{e9}".to_owned()));
        // The folded keys are the same, the names on the file system are not.
        assert_eq!(claim("stra\u{df}e"), Ok(()));
        assert_eq!(claim("strasse"), Ok(()));
    }

    #[test]
    fn the_local_file_system_is_probed() {
        let folder = tempfile::tempdir().unwrap();
        let is_case_sensitive = {
            fs::write(folder.path().join("x"), "").unwrap();
            !folder.path().join("X").exists()
        };
        if is_case_sensitive {
            assert!(!LocalFileSystem.is_same_name(folder.path(), "a", "A"));
        }
        assert!(LocalFileSystem.is_same_name(folder.path(), "a", "a"));
        assert!(!LocalFileSystem.folds_names(&folder.path().join("missing")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
