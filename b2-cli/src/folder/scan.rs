//! Finds the files of a local folder.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use b2_native::has_known_len;
use b2_proto::time::Timestamp;

use crate::context::Context;
use crate::error::CliError;

/// A local file.
#[derive(Clone, Debug)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// The path below the folder, with slashes.
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) modified: Option<SystemTime>,
    /// Whether the length is unknown until the file is read, as for files in `/proc`.
    pub(crate) is_stream: bool,
}

impl LocalFile {
    /// Returns the modification time, if it is after 1970.
    pub(crate) fn modified_at(&self) -> Option<Timestamp> {
        self.modified.and_then(timestamp)
    }

    /// Returns whether the file still has the length and modification time that were found.
    pub(crate) fn is_unchanged(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| {
            metadata.len() == self.len && metadata.modified().ok() == self.modified
        })
    }
}

/// Converts a modification time, if it is after 1970.
pub(crate) fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let millis = time.duration_since(UNIX_EPOCH).ok()?.as_millis();
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// What to leave out without a warning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exclusions {
    /// Folders with these names.
    pub(crate) folders: BTreeSet<&'static str>,
    /// Files that are larger, in bytes.
    pub(crate) larger_than: Option<u64>,
}

/// The files of a folder.
#[derive(Debug, Default)]
pub(crate) struct ScannedFolder {
    /// The files, by name.
    pub(crate) files: Vec<LocalFile>,
    /// The paths of files and folders that cannot be read or have no valid name, with the error.
    pub(crate) failed: Vec<(String, CliError)>,
    /// Warnings about entries that are not files: links to folders, broken links, pipes, sockets, devices.
    warnings: Vec<String>,
    /// Whether the current folder is on a virtual file system, such as `/proc`.
    on_virtual_file_system: bool,
}

/// Finds all files below a folder. Links to files are followed; links to folders are not, since they may form a cycle.
/// An entry that cannot be read fails alone.
pub(crate) async fn scan(
    context: &Context,
    root: &Path,
    skip: Exclusions,
) -> Result<ScannedFolder, CliError> {
    let root = root.to_owned();
    let scanned = tokio::task::spawn_blocking(move || scan_now(&root, &skip)).await;
    let mut scanned = scanned.map_err(|error| CliError::message(error.to_string()))?;
    for warning in scanned.warnings.drain(..) {
        context.warn(warning);
    }
    Ok(scanned)
}

fn scan_now(root: &Path, skip: &Exclusions) -> ScannedFolder {
    let mut scanned = ScannedFolder::default();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        // With a length above zero, only the file system is checked.
        scanned.on_virtual_file_system = !has_known_len(&folder, 1);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                scanned.fail(&folder, &error);
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    // The other entries of this folder cannot be read either.
                    scanned.fail(&folder, &error);
                    break;
                }
            };
            match scanned.add_entry(&entry, &prefix, skip) {
                Ok(Some(below)) => folders.push(below),
                Ok(None) => {}
                Err(failure) => scanned.failed.push((shown(&entry.path()), failure)),
            }
        }
    }
    scanned.files.sort_by(|one, other| one.name.cmp(&other.name));
    scanned.failed.sort_by(|one, other| one.0.cmp(&other.0));
    scanned
}

impl ScannedFolder {
    /// Adds a file, leaves out other entries, and returns a folder that is to be read.
    fn add_entry(
        &mut self,
        entry: &fs::DirEntry,
        prefix: &str,
        skip: &Exclusions,
    ) -> Result<Option<(PathBuf, String)>, CliError> {
        let path = entry.path();
        let local = |error: io::Error| CliError::message(error.to_string());
        let kind = entry.file_type().map_err(local)?;
        let file_name = entry.file_name();
        if kind.is_dir() {
            if file_name.to_str().is_some_and(|name| skip.folders.contains(name)) {
                return Ok(None);
            }
            return Ok(Some((path, format!("{prefix}{}/", unicode(&file_name)?))));
        }
        // Unlike the metadata of the entry, this follows links.
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(_) if kind.is_symlink() => {
                self.skip(&path, "it is a broken link");
                return Ok(None);
            }
            Err(error) => return Err(local(error)),
        };
        if metadata.is_dir() {
            self.skip(&path, "it is a link to a folder");
        } else if !metadata.is_file() {
            self.skip(&path, "it is neither a file nor a folder");
        } else if skip.larger_than.is_none_or(|most| metadata.len() <= most) {
            // Only these can be on a virtual file system, which is costly to check for each file.
            let may_be_virtual =
                metadata.len() == 0 || kind.is_symlink() || self.on_virtual_file_system;
            self.files.push(LocalFile {
                is_stream: may_be_virtual && !has_known_len(&path, metadata.len()),
                name: format!("{prefix}{}", unicode(&file_name)?),
                len: metadata.len(),
                modified: metadata.modified().ok(),
                path,
            });
        }
        Ok(None)
    }

    fn fail(&mut self, path: &Path, error: &io::Error) {
        let why = format!("the folder cannot be read: {error}");
        self.failed.push((shown(path), CliError::message(why)));
    }

    fn skip(&mut self, path: &Path, why: &str) {
        self.warnings.push(format!("{}: left out, {why}", shown(path)));
    }
}

/// Returns the name as Unicode, which B2 requires.
fn unicode(name: &OsStr) -> Result<&str, CliError> {
    name.to_str().ok_or_else(|| {
        CliError::message("its name is not valid Unicode, which B2 requires; rename it")
    })
}

/// Returns the path for a message, with bytes that are not Unicode escaped.
fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(path) => path.to_owned(),
        None => format!("{path:?}").trim_matches('"').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_entries_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/target")).unwrap();
        fs::write(root.join("a/target/x"), "skipped").unwrap();
        fs::write(root.join("a/b"), "12345").unwrap();
        fs::write(root.join("c"), "too large").unwrap();
        fs::write(root.join("a.txt"), "1").unwrap();
        #[cfg(unix)]
        let _socket = {
            std::os::unix::fs::symlink("a", root.join("loop")).unwrap();
            std::os::unix::fs::symlink("self", root.join("self")).unwrap();
            std::os::unix::fs::symlink("nowhere", root.join("broken")).unwrap();
            std::os::unix::fs::symlink("a/b", root.join("link")).unwrap();
            std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap()
        };
        let skip = Exclusions { folders: ["target"].into(), larger_than: Some(5) };
        let ScannedFolder { files, failed, warnings, .. } = scan_now(root, &skip);
        assert!(failed.is_empty(), "{failed:?}");
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        if cfg!(unix) {
            assert_eq!(names, ["a.txt", "a/b", "link"]);
            assert_eq!(warnings.len(), 4, "{warnings:?}");
        } else {
            assert_eq!(names, ["a.txt", "a/b"]);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_entry_that_cannot_be_read_fails_alone() {
        use std::os::unix::ffi::OsStrExt;

        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("good"), "1").unwrap();
        fs::write(root.join(OsStr::from_bytes(b"bad\xff")), "2").unwrap();
        let bad_folder = root.join(OsStr::from_bytes(b"folder\xfe"));
        fs::create_dir(&bad_folder).unwrap();
        fs::write(bad_folder.join("inside"), "3").unwrap();
        let scanned = scan_now(root, &Exclusions::default());
        assert_eq!(scanned.files.len(), 1);
        let failed: Vec<_> = scanned.failed.iter().map(|(path, _)| path.as_str()).collect();
        assert!(failed.len() == 2 && failed[0].ends_with("bad\\xFF"), "{failed:?}");

        let gone = scan_now(&root.join("missing"), &Exclusions::default());
        assert_eq!((gone.files.len(), gone.failed.len()), (0, 1));
    }
}
