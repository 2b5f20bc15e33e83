//! Sinks that accept bytes in order only.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use b2_client::HostError;
use bytes::{Buf, Bytes};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{check_order, io_failed};
use crate::blocking;
use crate::paths::display;

/// A stream.
pub(super) struct Ordered(tokio::sync::Mutex<Stream>);

struct Stream {
    stream: Box<dyn AsyncWrite + Send + Unpin>,
    written: u64,
}

const STREAM: &str = "the stream";

impl Ordered {
    pub(super) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(tokio::sync::Mutex::new(Stream { stream: Box::new(stream), written: 0 }))
    }

    pub(super) async fn write(&self, offset: u64, chunks: Vec<Bytes>) -> Result<(), HostError> {
        let mut guard = self.0.lock().await;
        let Stream { stream, written } = &mut *guard;
        check_order(STREAM, *written, offset)?;
        for mut chunk in chunks {
            while chunk.has_remaining() {
                // Written bytes are counted at once, since this future may be dropped.
                match stream.write(&chunk).await {
                    Ok(0) => {
                        return Err(io_failed(STREAM, std::io::ErrorKind::WriteZero.into()));
                    }
                    Ok(taken) => {
                        chunk.advance(taken);
                        *written += taken as u64;
                    }
                    Err(error) => return Err(io_failed(STREAM, error)),
                }
            }
        }
        stream.flush().await.map_err(|error| io_failed(STREAM, error))
    }
}

/// A pipe, a terminal or a device.
pub(super) struct Special {
    file: Mutex<(File, u64)>,
    path: PathBuf,
}

impl Special {
    pub(super) fn new(file: File, path: PathBuf) -> Self {
        Self { file: Mutex::new((file, 0)), path }
    }

    pub(super) async fn write(
        self: Arc<Self>,
        offset: u64,
        chunks: Vec<Bytes>,
    ) -> Result<(), HostError> {
        blocking::run(move || {
            let path = display(&self.path);
            let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let (file, written) = &mut *guard;
            check_order(&path, *written, offset)?;
            for chunk in chunks {
                file.write_all(&chunk).map_err(|error| io_failed(&path, error))?;
                *written += chunk.len() as u64;
            }
            file.flush().map_err(|error| io_failed(&path, error))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use b2_client::Sink;
    use tokio::io::AsyncReadExt;

    use crate::NativeSink;

    #[tokio::test]
    async fn a_stream_accepts_bytes_in_order() {
        let (stream, mut other) = tokio::io::duplex(4);
        let sink = NativeSink::writer(tokio::io::BufWriter::new(stream));
        assert!(!sink.is_random_access());
        let write = async {
            sink.write(0, vec!["hello ".into(), "new ".into()]).await.unwrap();
            assert!(sink.write(3, vec!["x".into()]).await.is_err());
            assert!(sink.read(0, 1).await.is_err());
            sink.write(10, vec!["world".into()]).await.unwrap();
            drop(sink);
        };
        let mut text = String::new();
        let (_, read) = tokio::join!(write, other.read_to_string(&mut text));
        read.unwrap();
        assert_eq!(text, "hello new world");
    }

    #[tokio::test]
    async fn a_closed_reader_is_reported() {
        let (stream, other) = tokio::io::duplex(4);
        drop(other);
        let failed = NativeSink::writer(stream).write(0, vec!["x".into()]).await.unwrap_err();
        assert!(failed.failure.message.contains("has closed it"), "{failed:?}");
    }
}
