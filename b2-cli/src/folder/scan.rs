//! What is in a local folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::context::Context;
use crate::failure::Failure;

/// A file that was found.
#[derive(Clone, Debug)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// The path below the folder, with slashes.
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) modified: Option<SystemTime>,
}

impl LocalFile {
    /// Whether it has still the length and the time of change that it had when it was found.
    pub(crate) fn is_unchanged(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| {
            metadata.len() == self.len && metadata.modified().ok() == self.modified
        })
    }
}

/// What is left out without a word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skip {
    /// Folders of these names.
    pub(crate) folders: BTreeSet<&'static str>,
    /// Files that are larger.
    pub(crate) larger_than: Option<u64>,
}

/// All files below a folder, by name. Links to files are followed, links to folders are not: they may lead in
/// a circle.
pub(crate) async fn scan(
    context: &Context,
    root: &Path,
    skip: Skip,
) -> Result<Vec<LocalFile>, Failure> {
    let root = root.to_owned();
    let scanned = tokio::task::spawn_blocking(move || scan_now(&root, &skip)).await;
    let (files, remarks) = scanned.map_err(|error| Failure::told(error.to_string()))??;
    for remark in remarks {
        context.warn(remark);
    }
    Ok(files)
}

fn scan_now(root: &Path, skip: &Skip) -> Result<(Vec<LocalFile>, Vec<String>), Failure> {
    let (mut files, mut remarks) = (Vec::new(), Vec::new());
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| Failure::local(&folder, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| Failure::local(&folder, &error))?;
            let path = entry.path();
            let mut left_out =
                |why: &str| remarks.push(format!("{}: left out, {why}", path.display()));
            let file_name = entry.file_name();
            let Some(file_name) = file_name.to_str() else {
                left_out("its name is not Unicode");
                continue;
            };
            let kind = entry.file_type().map_err(|error| Failure::local(&path, &error))?;
            if kind.is_dir() {
                if !skip.folders.contains(file_name) {
                    folders.push((path, format!("{prefix}{file_name}/")));
                }
                continue;
            }
            // Follows links, unlike the metadata of the entry.
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(_) if kind.is_symlink() => {
                    left_out("it is a link to nowhere");
                    continue;
                }
                Err(error) => {
                    left_out(&error.to_string());
                    continue;
                }
            };
            if metadata.is_dir() {
                left_out("it is a link to a folder");
            } else if !metadata.is_file() {
                left_out("it is neither a file nor a folder");
            } else if skip.larger_than.is_none_or(|most| metadata.len() <= most) {
                files.push(LocalFile {
                    name: format!("{prefix}{file_name}"),
                    len: metadata.len(),
                    modified: metadata.modified().ok(),
                    path,
                });
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((files, remarks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_and_leaves_out_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/target")).unwrap();
        fs::write(root.join("a/target/x"), "skipped").unwrap();
        fs::write(root.join("a/b"), "12345").unwrap();
        fs::write(root.join("c"), "too large").unwrap();
        fs::write(root.join("a.txt"), "1").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", root.join("loop")).unwrap();
            std::os::unix::fs::symlink("nowhere", root.join("broken")).unwrap();
            std::os::unix::fs::symlink("a/b", root.join("link")).unwrap();
        }
        let skip = Skip { folders: ["target"].into(), larger_than: Some(5) };
        let (files, remarks) = scan_now(root, &skip).unwrap();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        if cfg!(unix) {
            assert_eq!(names, ["a.txt", "a/b", "link"]);
            assert_eq!(remarks.len(), 2, "{remarks:?}");
        } else {
            assert_eq!(names, ["a.txt", "a/b"]);
        }
    }
}
