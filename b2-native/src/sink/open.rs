//! Files that are written in any order.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_client::HostError;
use b2_proto::hash::Sha1Hasher;
use bytes::Bytes;

use super::{failed, io_failed};
use crate::blocking;
use crate::paths::display;

/// The maximum number of bytes of one read.
const MAX_READ: u64 = 256 * 1024;

/// The largest write on the thread that has received the bytes, since handing it to another thread takes longer. A slow disk
/// delays one thread by one write.
const MAX_INLINE: usize = 64 * 1024;

/// An open file, with the path that it gets when it is complete.
pub(super) struct OpenFile {
    file: File,
    target: PathBuf,
}

impl OpenFile {
    pub(super) fn new(file: File, target: PathBuf) -> Self {
        Self { file, target }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    pub(super) async fn write(
        self: Arc<Self>,
        offset: u64,
        chunks: Vec<Bytes>,
    ) -> Result<(), HostError> {
        run(is_short(&chunks), move || self.write_now(offset, &chunks, |_| {})).await
    }

    /// Writes all chunks and continues a hash with each while it is in the cache of the processor.
    pub(super) async fn write_hashed(
        self: Arc<Self>,
        offset: u64,
        chunks: Vec<Bytes>,
        mut hasher: Sha1Hasher,
    ) -> Result<Sha1Hasher, HostError> {
        run(is_short(&chunks), move || {
            self.write_now(offset, &chunks, |chunk| hasher.update(chunk))?;
            Ok(hasher)
        })
        .await
    }

    fn write_now(
        &self,
        mut offset: u64,
        chunks: &[Bytes],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), HostError> {
        for chunk in chunks {
            each(chunk);
            blocking::write_all_at(&self.file, chunk, offset)
                .map_err(|error| io_failed(&display(&self.target), error))?;
            offset += chunk.len() as u64;
        }
        Ok(())
    }

    pub(super) async fn read(self: Arc<Self>, offset: u64, max: u64) -> Result<Bytes, HostError> {
        blocking::run(move || {
            let size = usize::try_from(max.min(MAX_READ)).unwrap_or_default();
            let mut buffer = vec![0; size];
            let read = blocking::read_at(&self.file, &mut buffer, offset)
                .map_err(|error| io_failed(&display(&self.target), error))?;
            if read == 0 && max > 0 {
                let path = display(&self.target);
                return Err(failed(format!("{path}: bytes that were written are missing")));
            }
            buffer.truncate(read);
            Ok(buffer.into())
        })
        .await
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile").field("target", &self.target).finish_non_exhaustive()
    }
}

/// Returns whether chunks are written on the thread that has received them.
fn is_short(chunks: &[Bytes]) -> bool {
    chunks.iter().map(Bytes::len).sum::<usize>() <= MAX_INLINE
}

/// Runs work on this thread or on the blocking pool.
async fn run<T: Send + 'static>(here: bool, work: impl FnOnce() -> T + Send + 'static) -> T {
    if here { work() } else { blocking::run(work).await }
}
