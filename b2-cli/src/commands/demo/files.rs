//! The files that are uploaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use b2_client::LocalFolder as _;
use b2_native::NativeFolder;
use b2_proto::machine::{LocalScan, ScanItem};
use b2_proto::sync::{NameRange, ScanPolicies, Symlinks};
use futures::TryStreamExt;

use crate::context::Context;
use crate::error::CliError;

/// A file that is uploaded.
#[derive(Clone, Debug)]
pub(super) struct DemoFile {
    pub(super) path: PathBuf,
    /// The name in the bucket.
    pub(super) name: String,
    pub(super) len: u64,
    modified: Option<SystemTime>,
}

impl DemoFile {
    /// Returns a file with its current metadata.
    pub(super) fn find(path: PathBuf, name: String) -> std::io::Result<Self> {
        let metadata = std::fs::metadata(&path)?;
        Ok(Self { path, name, len: metadata.len(), modified: metadata.modified().ok() })
    }

    /// Returns whether the file still has the length and the modification time that were found.
    pub(super) fn is_unchanged(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| {
            metadata.len() == self.len && metadata.modified().ok() == self.modified
        })
    }
}

/// Returns the names of the files of a folder up to a size, in their order. Links and folders of tools are left out.
pub(super) async fn scan(
    context: &Context,
    root: &Path,
    largest: u64,
) -> Result<Vec<String>, CliError> {
    let tools = ScanPolicies::new().exclude_dir_regexes([r"(.*/)?(\.git|target|node_modules)$"])?;
    let scan = LocalScan {
        filter: Arc::new(tools),
        range: NameRange::ALL,
        symlinks: Symlinks::Ignore,
        names: None,
        may_be_missing: false,
    };
    let mut names = Vec::new();
    let mut pages = NativeFolder::new(root).scan(scan);
    let unreadable =
        |error: b2_client::HostError| CliError::message(error.failure.message.to_string());
    while let Some(page) = pages.try_next().await.map_err(unreadable)? {
        for item in page {
            match item {
                ScanItem::File(file) if file.size <= largest => names.push(file.name),
                ScanItem::File(_) | ScanItem::Missing(_) => {}
                ScanItem::Skipped(entry) => {
                    context.warn(format!("{}: left out: it {}", entry.path, entry.reason));
                }
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "1").unwrap();
        let found = DemoFile::find(path.clone(), "a".to_owned()).unwrap();
        assert!(found.is_unchanged());
        std::fs::write(&path, "22").unwrap();
        assert!(!found.is_unchanged());
        std::fs::remove_file(&path).unwrap();
        assert!(!found.is_unchanged());
    }
}
