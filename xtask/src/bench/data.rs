//! The files that are moved, and whether they arrived.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use b2_sim::content::pattern;

use super::files::{sha1_of, sha1s_below};
use super::settings::Settings;
use super::wire::CHUNK;
use crate::Result;

/// The length of the file that a server keeps: three parts.
const KEPT: u64 = 250_000_000;

/// How many files a folder has.
const PER_FOLDER: usize = 100;

/// The files that are moved.
#[derive(Debug)]
pub(crate) struct Data {
    /// A large file. It holds what the simulator sends in place of bytes that it dropped, so that what is
    /// downloaded from it can be checked.
    pub(crate) large: PathBuf,
    /// Its SHA-1.
    pub(crate) large_sha1: String,
    /// The start of it, short enough for a server that keeps it in memory, and its SHA-1.
    pub(crate) kept: (PathBuf, String),
    /// A folder with small files.
    pub(crate) small: PathBuf,
    /// Their names below the folder and their SHA-1, by name.
    pub(crate) sha1s: Vec<(String, String)>,
}

impl Data {
    /// Writes them. They are in the system's cache afterwards.
    pub(crate) fn write(folder: &Path, settings: &Settings) -> Result<Self> {
        let (large, kept) = (folder.join("large"), folder.join("kept"));
        for (path, len) in [(&large, settings.size), (&kept, settings.size.min(KEPT))] {
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
            kept: (kept.clone(), sha1_of(&kept)?),
            large,
            small,
        })
    }
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
