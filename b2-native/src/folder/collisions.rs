//! Names that differ at B2 and are the same on the local file system.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

/// How a file system compares names.
pub(super) trait NameComparison {
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
pub(super) struct LocalFileSystem;

impl NameComparison for LocalFileSystem {
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

/// Returns the same text for all names that some file system compares as equal, and for some others.
pub(super) fn folded(name: &str) -> String {
    let decomposed: String = name.nfkd().collect();
    decomposed.to_uppercase().to_lowercase().nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_have_the_same_folded_form() {
        for (one, other) in [("Photos/A.txt", "photos/a.TXT"), ("caf\u{e9}", "cafe\u{301}")] {
            assert_eq!(folded(one), folded(other));
        }
        // The forms are the same, and the names are not on every file system.
        assert_eq!(folded("stra\u{df}e"), folded("strasse"));
        assert_ne!(folded("a"), folded("b"));
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
        assert!(!LocalFileSystem.is_same_name(&folder.path().join("missing"), "a", "a"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
