//! The files of the benchmark.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use b2_sim::content::pattern;

use super::files::{sha1_of, sha1s_below};
use super::settings::Settings;
use super::tree::Tree;
use super::wire::CHUNK;
use crate::Result;

/// The length of the file for a server that stores content, in bytes: three parts.
const STORED_LEN: u64 = 250_000_000;

/// The number of files per folder.
const PER_FOLDER: usize = 100;

/// The files of the benchmark.
#[derive(Debug)]
pub(crate) struct Data {
    /// A large file. Its content is the pattern that the simulator returns for discarded content, so that downloads can
    /// be verified.
    pub(crate) large: PathBuf,
    /// The large file after it grew by 1 %.
    pub(crate) grown: PathBuf,
    /// The SHA-1 of the large file.
    pub(crate) large_sha1: String,
    /// The start of the large file, short enough for a server that stores it in memory, and its SHA-1.
    pub(crate) stored: (PathBuf, String),
    /// The folder of small files.
    pub(crate) small: PathBuf,
    /// The names of the small files below the folder, sorted, with their SHA-1.
    pub(crate) sha1s: Vec<(String, String)>,
    /// The tree to synchronize, where a job needs it.
    tree: Option<Tree>,
}

impl Data {
    /// Writes the files, which are in the page cache afterwards.
    pub(crate) fn write(folder: &Path, settings: &Settings) -> Result<Self> {
        let [large, grown_file, stored] =
            ["large", "grown", "stored"].map(|name| folder.join(name));
        for (path, len) in [
            (&large, settings.size),
            (&grown_file, grown(settings.size)),
            (&stored, settings.size.min(STORED_LEN)),
        ] {
            let mut file = BufWriter::with_capacity(CHUNK, File::create(path)?);
            write_pattern(&mut file, 0, len)?;
            file.flush()?;
        }
        let small = folder.join("small");
        for number in 0..settings.files {
            let path = small.join(name(number));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = File::create(path)?;
            write_pattern(&mut file, number as u64 * 7_919, settings.file_size)?;
        }
        Ok(Self {
            large_sha1: sha1_of(&large)?,
            sha1s: sha1s_below(&small)?,
            stored: (stored.clone(), sha1_of(&stored)?),
            large,
            grown: grown_file,
            small,
            tree: None,
        })
    }

    /// Writes the tree to synchronize, unless it exists.
    pub(crate) fn write_tree(&mut self, folder: &Path, settings: &Settings) -> Result<()> {
        if self.tree.is_none() {
            self.tree = Some(Tree::write(folder.join("tree"), settings.sync_files)?);
        }
        Ok(())
    }

    /// Returns the tree to synchronize.
    pub(crate) fn tree(&self) -> Result<&Tree> {
        self.tree.as_ref().ok_or_else(|| "the tree was not written".into())
    }
}

/// Returns the length of a file after it grew by 1 %.
pub(crate) fn grown(len: u64) -> u64 {
    len + len / 100
}

fn name(number: usize) -> String {
    format!("d{:03}/f{:03}", number / PER_FOLDER, number % PER_FOLDER)
}

fn write_pattern(to: &mut impl Write, offset: u64, len: u64) -> Result<()> {
    let mut at = 0;
    while at < len {
        let bytes = pattern(offset + at, len - at);
        to.write_all(&bytes)?;
        at += bytes.len() as u64;
    }
    Ok(())
}
