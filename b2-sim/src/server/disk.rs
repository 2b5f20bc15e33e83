//! The contents of files in the directory of a server.
//!
//! ```text
//! blobs/17        the bytes of one upload
//! blobs/18.part   an upload under way
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The contents in the directory of a server.
pub(super) struct Disk {
    directory: PathBuf,
    blobs: Mutex<Blobs>,
}

#[derive(Default)]
struct Blobs {
    next: u64,
    /// Complete blobs that were passed to the service.
    committed: BTreeSet<u64>,
}

impl Disk {
    /// Opens or creates the directory, and deletes incomplete blobs.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory.join("blobs"))?;
        let mut blobs = Blobs { next: 1, ..Blobs::default() };
        for entry in fs::read_dir(directory.join("blobs"))? {
            let entry = entry?;
            match entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                Some(number) => {
                    blobs.committed.insert(number);
                    blobs.next = blobs.next.max(number + 1);
                }
                None => fs::remove_file(entry.path())?,
            }
        }
        Ok(Self { directory: directory.to_owned(), blobs: Mutex::new(blobs) })
    }

    fn blobs(&self) -> MutexGuard<'_, Blobs> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.directory.join("blobs").join(number.to_string())
    }

    /// Creates a blob for writing.
    pub(super) fn create(&self) -> io::Result<BlobWriter> {
        let number = {
            let mut blobs = self.blobs();
            blobs.next += 1;
            blobs.next - 1
        };
        let path = self.path(number);
        let part = path.with_extension("part");
        let file = File::create(&part)?;
        Ok(BlobWriter { number, part, path, file: Some(file) })
    }

    /// Returns a reader of blobs for any thread.
    pub(super) fn reader(&self) -> Reader {
        Reader(self.directory.join("blobs"))
    }

    /// Marks a blob as passed to the service, so that it is deleted once the service does not need it.
    pub(super) fn commit(&self, number: u64) {
        self.blobs().committed.insert(number);
    }

    /// Returns the blobs that may be deleted if the service does not need them. Must be called before the service is
    /// asked, since a blob that arrives in between would be deleted otherwise.
    pub(super) fn committed(&self) -> BTreeSet<u64> {
        self.blobs().committed.clone()
    }

    /// Deletes the blobs of `committed` that are not needed.
    pub(super) fn sweep(&self, committed: &BTreeSet<u64>, needed: &BTreeSet<u64>) {
        for number in committed.difference(needed) {
            if fs::remove_file(self.path(*number)).is_ok() {
                self.blobs().committed.remove(number);
            }
        }
    }
}

/// A blob under construction. Dropping it deletes it.
pub(super) struct BlobWriter {
    number: u64,
    part: PathBuf,
    path: PathBuf,
    file: Option<File>,
}

impl BlobWriter {
    /// Writes on the thread of the connection, which is faster than passing the bytes to another thread.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Completes the blob and returns its number.
    pub(super) fn complete(mut self) -> io::Result<u64> {
        self.file = None;
        fs::rename(&self.part, &self.path)?;
        Ok(self.number)
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // Fails if the blob was completed.
        let _ = fs::remove_file(&self.part);
    }
}

/// Reads blobs.
#[derive(Clone)]
pub(super) struct Reader(PathBuf);

impl Reader {
    pub(super) fn open(&self, number: u64) -> io::Result<File> {
        File::open(self.0.join(number.to_string()))
    }
}
