//! Names of files at B2 as local paths.

use crate::error::CliError;

/// Returns the name as a path below a folder, if it is safe on this system.
pub(crate) fn safe_path(name: &str) -> Result<&str, CliError> {
    Ok(b2_native::folder::local_path(name)?)
}

/// Determines for each file whether its name is also that of a folder.
///
/// Names arrive in B2's order. The names below `abc/` come after `abc`, but not directly (`abc.txt` is between them),
/// so a file waits until a later name excludes a folder. Names out of order are returned early.
#[derive(Debug)]
pub(super) struct FolderDetector<T> {
    waiting: Vec<(String, T)>,
}

impl<T> FolderDetector<T> {
    pub(super) fn new() -> Self {
        Self { waiting: Vec::new() }
    }

    /// Adds the next file. Returns the files that are determined now, each with whether it is also a folder.
    pub(super) fn next(&mut self, name: &str, file: T) -> Vec<(T, bool)> {
        let mut known = Vec::new();
        let mut still = Vec::new();
        for (other, file) in self.waiting.drain(..) {
            let rest = name.strip_prefix(other.as_str());
            match rest.and_then(|rest| rest.bytes().next()) {
                Some(b'/') => known.push((file, true)),
                Some(next) if next < b'/' => still.push((other, file)),
                _ => known.push((file, false)),
            }
        }
        self.waiting = still;
        self.waiting.push((name.to_owned(), file));
        known
    }

    /// Returns the remaining files at the end of the listing.
    pub(super) fn end(&mut self) -> Vec<(T, bool)> {
        self.waiting.drain(..).map(|(_, file)| (file, false)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_also_a_folder_is_found() {
        let mut names =
            ["a", "abc", "abc!", "abc!/x", "abc.txt", "abc/", "abc/def", "abc/def/x", "abd"];
        names.sort_unstable();
        let mut folders = FolderDetector::new();
        let mut both = Vec::new();
        let mut seen = 0;
        for name in names {
            for (name, is_folder) in folders.next(name, name) {
                seen += 1;
                both.extend(is_folder.then_some(name));
            }
        }
        seen += folders.end().len();
        assert_eq!(seen, names.len());
        assert_eq!(both, ["abc!", "abc", "abc/def"]);
    }

    proptest::proptest! {
        #[test]
        fn the_same_is_found_with_all_names_at_hand(
            names in proptest::collection::btree_set("[a!/0]{1,5}", 0..30)
        ) {
            let expected = |name: &String| names.iter().any(|other| {
                other.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            let (mut folders, mut known) = (FolderDetector::new(), Vec::new());
            for name in &names {
                known.extend(folders.next(name, name));
            }
            known.extend(folders.end());
            proptest::prop_assert_eq!(known.len(), names.len());
            for (name, is_folder) in known {
                proptest::prop_assert_eq!(is_folder, expected(name), "{}", name);
            }
        }
    }
}
