//! The tree of the benchmark of synchronization.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::files::sha1s_below;
use crate::Result;

/// The number of files per folder.
const PER_FOLDER: usize = 250;

/// One of this many files changes.
const CHANGED: usize = 100;

/// A tree of small files.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) folder: PathBuf,
    files: usize,
}

impl Tree {
    /// Writes the files, each with a content of its own.
    pub(crate) fn write(folder: PathBuf, files: usize) -> Result<Self> {
        let tree = Self { folder, files };
        for number in 0..files {
            let path = tree.path(number);
            if number % PER_FOLDER == 0
                && let Some(parent) = path.parent()
            {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, format!("file {number}\n"))?;
        }
        Ok(tree)
    }

    /// Appends to one percent of the files.
    pub(crate) fn change(&self) -> Result<()> {
        for number in (0..self.files).step_by(CHANGED) {
            let mut file = File::options().append(true).open(self.path(number))?;
            file.write_all(b"changed\n")?;
        }
        Ok(())
    }

    /// Returns the names, sorted, with the SHA-1 of each file.
    pub(crate) fn sha1s(&self) -> Result<Vec<(String, String)>> {
        sha1s_below(&self.folder)
    }

    fn path(&self, number: usize) -> PathBuf {
        let name = format!("d{:05}/f{:03}", number / PER_FOLDER, number % PER_FOLDER);
        self.folder.join(Path::new(&name))
    }
}
