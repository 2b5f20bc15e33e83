//! Destinations of downloads.

mod memory;
mod open;
mod ordered;
mod save;

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use b2_client::{HostError, Sink};
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use bytes::Bytes;
use tokio::io::AsyncWrite;

pub use memory::MemorySink;
pub(crate) use save::TemporaryFile;
pub use save::{SaveFile, SaveOptions, is_temporary, make_folder_below};

use memory::Memory;
use open::OpenFile;
use ordered::{Ordered, Special};

/// A destination of a download: a file, a pipe, a stream, or memory. Clones write to the same destination.
#[derive(Clone)]
pub struct NativeSink(Target);

#[derive(Clone)]
enum Target {
    File(Arc<OpenFile>),
    Special(Arc<Special>),
    Stream(Arc<Ordered>),
    Memory(Arc<Memory>),
}

impl NativeSink {
    /// Returns a sink that writes to an open file at any offset, so that ranges can be downloaded at once. The bytes begin
    /// at the start of the file; existing bytes after them stay. To verify them, the file must be readable.
    #[must_use]
    pub fn file(file: File) -> Self {
        Self(Target::File(Arc::new(OpenFile::new(file, "the file".into()))))
    }

    /// Returns a sink that writes to a stream in order, such as a socket, standard output or a compressor. The stream is
    /// flushed after every write.
    pub fn writer(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Target::Stream(Arc::new(Ordered::new(stream))))
    }
}

impl Sink for NativeSink {
    fn is_random_access(&self) -> bool {
        matches!(self.0, Target::File(_) | Target::Memory(_))
    }

    async fn write(&self, offset: u64, chunks: Vec<Bytes>) -> Result<(), HostError> {
        match &self.0 {
            Target::File(file) => file.clone().write(offset, chunks).await,
            Target::Special(file) => file.clone().write(offset, chunks).await,
            Target::Stream(stream) => stream.write(offset, chunks).await,
            Target::Memory(memory) => memory.write(offset, &chunks),
        }
    }

    async fn write_hashed(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        mut hasher: Sha1Hasher,
    ) -> Result<Sha1Hasher, HostError> {
        if let Target::File(file) = &self.0 {
            return file.clone().write_hashed(offset, chunks, hasher).await;
        }
        chunks.iter().for_each(|chunk| hasher.update(chunk));
        self.write(offset, chunks).await?;
        Ok(hasher)
    }

    async fn read(&self, offset: u64, max: u64) -> Result<Bytes, HostError> {
        match &self.0 {
            Target::File(file) => file.clone().read(offset, max).await,
            Target::Memory(memory) => memory.read(offset, max),
            Target::Special(_) | Target::Stream(_) => {
                Err(failed("written bytes cannot be read again"))
            }
        }
    }
}

impl fmt::Debug for NativeSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Target::File(_) => "NativeSink(file)",
            Target::Special(_) => "NativeSink(special file)",
            Target::Stream(_) => "NativeSink(stream)",
            Target::Memory(_) => "NativeSink(memory)",
        })
    }
}

fn failed(text: impl Into<String>) -> HostError {
    TransportError::new(TransportErrorKind::Sink, text).into()
}

/// Returns the error for an I/O error, with a hint for the user.
fn io_failed(what: &str, error: std::io::Error) -> HostError {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            TransportErrorKind::SinkFull
        }
        _ => TransportErrorKind::Sink,
    };
    let failure = TransportError::new(kind, explain(what, &error));
    HostError { failure, cause: Some(error.into()) }
}

/// Returns the message for an I/O error.
fn explain(what: &str, error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull => format!("{what}: the disk is full; free some space and start again"),
        Kind::QuotaExceeded => format!("{what}: your disk quota is used up; free some space"),
        Kind::FileTooLarge => format!("{what}: the file is too large for this file system"),
        Kind::ReadOnlyFilesystem => format!("{what}: the file system is read-only"),
        Kind::PermissionDenied => format!("{what}: permission denied; choose another place"),
        Kind::BrokenPipe => format!("{what}: the reader has closed it"),
        _ => format!("{what}: {error}"),
    }
}

/// Fails unless `offset` is the end of the bytes written so far.
fn check_order(what: &str, written: u64, offset: u64) -> Result<(), HostError> {
    if written == offset {
        Ok(())
    } else {
        Err(failed(format!(
            "{what} accepts bytes in order only: the next offset is {written}, not {offset}"
        )))
    }
}
