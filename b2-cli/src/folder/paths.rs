//! Where the files of a bucket go below a local folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use b2_native::make_folder_below;
use b2_proto::model::FileVersion;

use super::collisions::{LocalFileSystem, NameCollisions, NameComparison};
use super::names::safe_path;
use crate::error::CliError;

/// Where one file goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LocalPath {
    /// To this path below the root, where its folder is there.
    File(PathBuf),
    /// It stands for a folder, which was made.
    Folder,
}

/// Gives each file of a listing a path of its own below a local folder. The names come in B2's order, so what
/// is refused does not depend on what arrives first.
#[derive(Debug)]
pub(super) struct LocalPaths<D = LocalFileSystem> {
    root: PathBuf,
    /// The folder at B2 that is downloaded, with a slash at its end; empty for a whole bucket.
    prefix: String,
    /// The file whose name is that of the folder itself.
    itself: Option<String>,
    /// Folders that are there, and whether names are folded in them.
    made: HashMap<PathBuf, bool>,
    collisions: NameCollisions,
    disk: D,
}

impl LocalPaths {
    pub(super) fn new(root: &Path, path: &str) -> Result<Self, CliError> {
        Self::on(LocalFileSystem, root, path)
    }
}

impl<D: NameComparison> LocalPaths<D> {
    fn on(disk: D, root: &Path, path: &str) -> Result<Self, CliError> {
        let slash = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
        let mut targets = Self {
            root: root.to_owned(),
            prefix: format!("{path}{slash}"),
            itself: None,
            made: HashMap::new(),
            collisions: NameCollisions::default(),
            disk,
        };
        std::fs::create_dir_all(root).map_err(|error| CliError::create_folder(root, &error))?;
        targets.make(Path::new(""))?;
        Ok(targets)
    }

    /// Returns where a file goes; its folder is made.
    pub(super) fn of(
        &mut self,
        version: &FileVersion,
        is_folder_too: bool,
    ) -> Result<LocalPath, CliError> {
        let name = version.file_name.as_str();
        let below = match name.strip_prefix(&self.prefix) {
            Some(below) => below,
            // The path is a file itself.
            None => {
                let last = name.rsplit('/').next().unwrap_or(name);
                self.itself = Some(last.to_owned());
                last
            }
        };
        if below.is_empty() || below.ends_with('/') {
            return self.placeholder(version, below);
        }
        let path = safe_path(below)?;
        if is_folder_too && name.starts_with(&self.prefix) {
            return Err(CliError::message(
                "there are also files below a folder of this name, and a local name is either a file or a \
                 folder; download this one to a path of its own",
            ));
        }
        if name.starts_with(&self.prefix) && self.itself.as_deref() == Some(below) {
            return Err(CliError::message(
                "another file of the download has this local path; download this one to a path of its own",
            ));
        }
        let target = PathBuf::from(path);
        let folder = target.parent().unwrap_or(Path::new("")).to_owned();
        if self.make(&folder)? {
            let folder = self.root.join(&folder);
            self.collisions.take(&self.disk, &folder, below).map_err(|other| {
                CliError::message(format!(
                    "its name and '{}' are one on this file system; download it to a path of its own",
                    crate::output::escaped(&other, true)
                ))
            })?;
        }
        Ok(LocalPath::File(target))
    }

    /// An object whose name ends in a slash stands for a folder.
    fn placeholder(&mut self, version: &FileVersion, below: &str) -> Result<LocalPath, CliError> {
        if let Some(below) = below.strip_suffix('/') {
            self.make(Path::new(safe_path(below)?))?;
        }
        if version.size > 0 {
            return Err(CliError::message(format!(
                "its name is that of a folder, which was made; its {} bytes can be downloaded to a path of their \
                 own, with b2id://{}",
                version.size, version.file_id
            )));
        }
        Ok(LocalPath::Folder)
    }

    /// Makes a folder below the root if it is not there; returns whether names are folded in it.
    fn make(&mut self, folder: &Path) -> Result<bool, CliError> {
        if let Some(folds) = self.made.get(folder) {
            return Ok(*folds);
        }
        let path = self.root.join(folder);
        let was_there = path.is_dir();
        make_folder_below(&self.root, folder)?;
        let inherited = folder.parent().and_then(|parent| self.made.get(parent)).copied();
        let folds = match inherited {
            Some(folds) if !was_there => folds,
            _ => self.disk.folds_names(&path),
        };
        self.made.insert(folder.to_owned(), folds);
        Ok(folds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, size: u64) -> FileVersion {
        let json = serde_json::json!({
            "fileId": "4_z1", "fileName": name, "action": "upload", "contentLength": size, "size": size,
            "accountId": "a", "bucketId": "b", "contentType": "text/plain", "contentSha1": null,
            "fileInfo": {}, "uploadTimestamp": 1,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_file_has_a_path_of_its_own_or_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new/out");
        let mut targets = LocalPaths::new(&root, "photos").unwrap();
        let mut of = |name: &str, size, both| {
            targets.of(&version(name, size), both).map_err(|failure| failure.to_string())
        };
        assert_eq!(of("photos", 1, true), Ok(LocalPath::File("photos".into())));
        assert_eq!(of("photos/", 0, false), Ok(LocalPath::Folder));
        assert_eq!(of("photos/a/", 0, false), Ok(LocalPath::Folder));
        assert_eq!(of("photos/b/c", 1, false), Ok(LocalPath::File("b/c".into())));
        assert!(root.join("a").is_dir() && root.join("b").is_dir());
        for (name, size, both, why) in [
            ("photos/photos", 1, false, "another file of the download"),
            ("photos/d", 1, true, "also files below"),
            ("photos/e/", 5, false, "5 bytes"),
            ("photos/../f", 1, false, "not stay inside"),
            ("photos//f", 1, false, "not stay inside"),
            ("photos//", 0, false, "not stay inside"),
        ] {
            let error = of(name, size, both).unwrap_err();
            assert!(error.contains(why), "{name}: {error}");
        }
        assert!(root.join("e").is_dir());
    }

    struct Folding;

    impl NameComparison for Folding {
        fn folds_names(&self, _: &Path) -> bool {
            true
        }

        fn is_same_name(&self, _: &Path, one: &str, other: &str) -> bool {
            one.eq_ignore_ascii_case(other)
        }
    }

    #[test]
    fn names_that_are_one_on_the_disk_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut targets = LocalPaths::on(Folding, folder.path(), "").unwrap();
        let mut of = |name: &str| targets.of(&version(name, 1), false).map_err(|f| f.to_string());
        of("A/x.txt").unwrap();
        let error = of("a/X.txt").unwrap_err();
        assert!(error.contains("'A/x.txt'"), "{error}");
        of("a/y.txt").unwrap();
    }
}
