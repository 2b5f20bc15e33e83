//! Places for bytes that arrive.

mod memory;
mod open;
mod ordered;
mod save;

use std::fmt;
use std::sync::Arc;

use b2_client::{HostError, Sink};
use b2_proto::error::{TransportError, TransportErrorKind};
use bytes::Bytes;
use tokio::io::AsyncWrite;

pub use memory::MemorySink;
pub use save::{SaveFile, SaveOptions, is_temporary, make_folder_below};

use memory::Memory;
use open::OpenFile;
use ordered::{Ordered, Special};

/// A place for bytes that arrive: a file that is being saved, a pipe, any stream, or memory. Clones write to
/// the same place.
#[derive(Clone)]
pub struct NativeSink(Place);

#[derive(Clone)]
enum Place {
    File(Arc<OpenFile>),
    Special(Arc<Special>),
    Stream(Arc<Ordered>),
    Memory(Arc<Memory>),
}

impl NativeSink {
    /// A stream that takes bytes in order: a socket, standard output, a compressor. It is flushed after every
    /// write, so nothing is left to do at the end.
    pub fn writer(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Place::Stream(Arc::new(Ordered::new(stream))))
    }
}

impl Sink for NativeSink {
    fn is_random_access(&self) -> bool {
        matches!(self.0, Place::File(_) | Place::Memory(_))
    }

    async fn write(&self, offset: u64, chunks: Vec<Bytes>) -> Result<(), HostError> {
        match &self.0 {
            Place::File(file) => file.clone().write(offset, chunks).await,
            Place::Special(file) => file.clone().write(offset, chunks).await,
            Place::Stream(stream) => stream.write(offset, chunks).await,
            Place::Memory(memory) => memory.write(offset, &chunks),
        }
    }

    async fn read(&self, offset: u64, max: u64) -> Result<Bytes, HostError> {
        match &self.0 {
            Place::File(file) => file.clone().read(offset, max).await,
            Place::Memory(memory) => memory.read(offset, max),
            Place::Special(_) | Place::Stream(_) => Err(failed("it cannot be read back")),
        }
    }
}

impl fmt::Debug for NativeSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Place::File(_) => "NativeSink(file)",
            Place::Special(_) => "NativeSink(special file)",
            Place::Stream(_) => "NativeSink(stream)",
            Place::Memory(_) => "NativeSink(memory)",
        })
    }
}

fn failed(text: impl Into<String>) -> HostError {
    TransportError::new(TransportErrorKind::Sink, text).into()
}

/// What the system said, with what to do about it.
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

fn explain(what: &str, error: &std::io::Error) -> String {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull => format!("{what}: the disk is full; free some space and start again"),
        Kind::QuotaExceeded => format!("{what}: your disk quota is used up; free some space"),
        Kind::FileTooLarge => format!("{what}: too large a file for this file system"),
        Kind::ReadOnlyFilesystem => format!("{what}: the file system is read-only"),
        Kind::PermissionDenied => format!("{what}: permission denied; choose another place"),
        Kind::BrokenPipe => format!("{what}: whoever was reading has gone"),
        _ => format!("{what}: {error}"),
    }
}

/// Fails unless `offset` is where the stream stands.
fn in_order(what: &str, stands: u64, offset: u64) -> Result<(), HostError> {
    if stands == offset {
        Ok(())
    } else {
        Err(failed(format!("{what} takes bytes in order: {stands} were written, not {offset}")))
    }
}
