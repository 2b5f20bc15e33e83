//! The local paths of the files of a bucket.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use b2_native::folder::{LocalFileSystem, NameCollisions, NameComparison};
use b2_native::make_folder_below;
use b2_proto::model::FileVersion;

use super::names::safe_path;
use crate::error::CliError;

/// The destination of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LocalPath {
    /// A path below the root, whose folder exists.
    File(PathBuf),
    /// The object stands for a folder, which exists.
    Folder,
}

/// Gives each file of a listing a path of its own below a local folder. The names come in B2's order, so what
/// is refused does not depend on what arrives first.
#[derive(Debug)]
pub(super) struct LocalPaths<D = LocalFileSystem> {
    root: PathBuf,
    /// The folder at B2 that is downloaded, with a slash at its end; empty for a whole bucket.
    prefix: String,
    /// The local name of the file whose name is that of the folder.
    folder_file: Option<String>,
    /// Folders that exist, and whether they compare names loosely.
    folders: HashMap<PathBuf, bool>,
    collisions: NameCollisions,
    names: D,
}

impl LocalPaths {
    pub(super) fn new(root: &Path, path: &str) -> Result<Self, CliError> {
        Self::on(LocalFileSystem, root, path)
    }
}

impl<D: NameComparison> LocalPaths<D> {
    fn on(names: D, root: &Path, path: &str) -> Result<Self, CliError> {
        let slash = if path.is_empty() || path.ends_with('/') { "" } else { "/" };
        let mut paths = Self {
            root: root.to_owned(),
            prefix: format!("{path}{slash}"),
            folder_file: None,
            folders: HashMap::new(),
            collisions: NameCollisions::default(),
            names,
        };
        std::fs::create_dir_all(root).map_err(|error| CliError::create_folder(root, &error))?;
        paths.create(Path::new(""))?;
        Ok(paths)
    }

    /// Returns the destination of a file and creates its folder.
    pub(super) fn assign(
        &mut self,
        version: &FileVersion,
        is_folder_too: bool,
    ) -> Result<LocalPath, CliError> {
        let name = version.file_name.as_str();
        let below = match name.strip_prefix(&self.prefix) {
            Some(below) => below,
            // The path of the download is the name of a file.
            None => {
                let last = name.rsplit('/').next().unwrap_or(name);
                self.folder_file = Some(last.to_owned());
                last
            }
        };
        if below.is_empty() || below.ends_with('/') {
            return self.placeholder(version, below);
        }
        let path = safe_path(below)?;
        if is_folder_too && name.starts_with(&self.prefix) {
            return Err(CliError::message(
                "there is also a folder with this name, and a local path is either a file or a folder; download this file \
                 to another path",
            ));
        }
        if name.starts_with(&self.prefix) && self.folder_file.as_deref() == Some(below) {
            return Err(CliError::message(
                "another file of the download has this local path; download this file to another path",
            ));
        }
        let target = PathBuf::from(path);
        let folder = target.parent().unwrap_or(Path::new("")).to_owned();
        if self.create(&folder)? {
            let folder = self.root.join(&folder);
            self.collisions.claim(&self.names, &folder, below).map_err(|other| {
                CliError::message(format!(
                    "its name and '{}' are the same on this file system; download it to another path",
                    crate::output::escaped(&other, true)
                ))
            })?;
        }
        Ok(LocalPath::File(target))
    }

    /// Creates the folder of an object whose name ends in a slash.
    fn placeholder(&mut self, version: &FileVersion, below: &str) -> Result<LocalPath, CliError> {
        if let Some(below) = below.strip_suffix('/') {
            self.create(Path::new(safe_path(below)?))?;
        }
        if version.size > 0 {
            return Err(CliError::message(format!(
                "its name is that of a folder, which was created; download its {} bytes to another path with b2id://{}",
                version.size, version.file_id
            )));
        }
        Ok(LocalPath::Folder)
    }

    /// Creates a folder below the root, and returns whether it compares names loosely.
    fn create(&mut self, folder: &Path) -> Result<bool, CliError> {
        if let Some(folds) = self.folders.get(folder) {
            return Ok(*folds);
        }
        let path = self.root.join(folder);
        let existed = path.is_dir();
        make_folder_below(&self.root, folder)?;
        let inherited = folder.parent().and_then(|parent| self.folders.get(parent)).copied();
        let folds = match inherited {
            Some(folds) if !existed => folds,
            _ => self.names.folds_names(&path),
        };
        self.folders.insert(folder.to_owned(), folds);
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
    fn each_file_has_its_own_path_or_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("new/out");
        let mut paths = LocalPaths::new(&root, "photos").unwrap();
        let mut assign = |name: &str, size, both| {
            paths.assign(&version(name, size), both).map_err(|failure| failure.to_string())
        };
        assert_eq!(assign("photos", 1, true), Ok(LocalPath::File("photos".into())));
        assert_eq!(assign("photos/", 0, false), Ok(LocalPath::Folder));
        assert_eq!(assign("photos/a/", 0, false), Ok(LocalPath::Folder));
        assert_eq!(assign("photos/b/c", 1, false), Ok(LocalPath::File("b/c".into())));
        assert!(root.join("a").is_dir() && root.join("b").is_dir());
        for (name, size, both, why) in [
            ("photos/photos", 1, false, "another file of the download"),
            ("photos/d", 1, true, "also a folder"),
            ("photos/e/", 5, false, "5 bytes"),
            ("photos/../f", 1, false, "not stay inside"),
            ("photos//f", 1, false, "not stay inside"),
            ("photos//", 0, false, "not stay inside"),
        ] {
            let error = assign(name, size, both).unwrap_err();
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
    fn names_that_are_the_same_on_the_file_system_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = LocalPaths::on(Folding, folder.path(), "").unwrap();
        let mut assign =
            |name: &str| paths.assign(&version(name, 1), false).map_err(|f| f.to_string());
        assign("A/x.txt").unwrap();
        let error = assign("a/X.txt").unwrap_err();
        assert!(error.contains("'A/x.txt'"), "{error}");
        assign("a/y.txt").unwrap();
    }
}
