//! Streams that can be read once.

use std::fmt;

use b2_client::{HostError, Reader};
use b2_proto::error::{TransportError, TransportErrorKind};
use bytes::{BufMut, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The capacity of the first allocation, in bytes.
const INITIAL_CAPACITY: usize = 64 * 1024;

/// A stream that can be read once, forward: standard input, a pipe, a socket.
pub struct NativeReader(Box<dyn AsyncRead + Send + Unpin>);

impl NativeReader {
    /// Returns a reader of `stream`.
    pub fn new(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> From<R> for NativeReader {
    fn from(stream: R) -> Self {
        Self::new(stream)
    }
}

impl Reader for NativeReader {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut end = false;
        while bytes.len() < max && !end {
            if bytes.len() == bytes.capacity() {
                // The buffer grows with the bytes that arrive, up to `max`.
                let next = bytes.capacity().saturating_mul(2).max(INITIAL_CAPACITY).min(max);
                bytes.reserve_exact(next - bytes.len());
            }
            let free = (bytes.capacity() - bytes.len()).min(max - bytes.len());
            // Only an empty read is the end of the stream.
            end = match self.0.read_buf(&mut (&mut bytes).limit(free)).await {
                Ok(read) => read == 0,
                Err(error) => {
                    let text = format!("the stream: {error}");
                    let failure = TransportError::new(TransportErrorKind::Source, text);
                    return Err(HostError { failure, cause: Some(error.into()) });
                }
            };
        }
        if bytes.capacity() - bytes.len() > bytes.len() / 2 {
            bytes.shrink_to_fit();
        }
        Ok((bytes.into(), end))
    }
}

impl fmt::Debug for NativeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NativeReader")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::ReadBuf;

    /// A stream of three bytes at a time that ends, or fails at the end.
    struct Drip(usize, bool);

    impl AsyncRead for Drip {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            let n = self.0.min(3).min(buf.remaining());
            if n == 0 && self.1 {
                return Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()));
            }
            buf.put_slice(&[b'x'; 3][..n]);
            self.0 -= n;
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_short_read_is_not_the_end() {
        let mut reader = NativeReader::new(Drip(200_000, false));
        let (bytes, end) = reader.fill(100_000).await.unwrap();
        assert_eq!((bytes.len(), end), (100_000, false));
        let (bytes, end) = reader.fill(100_000).await.unwrap();
        assert_eq!((bytes.len(), end), (100_000, false));
        let (bytes, end) = reader.fill(100_000).await.unwrap();
        assert_eq!((bytes.len(), end), (0, true));
    }

    #[tokio::test]
    async fn a_fill_reports_the_end_of_the_stream() {
        let (bytes, end) = NativeReader::new(Drip(70_001, false)).fill(u64::MAX).await.unwrap();
        assert_eq!((bytes.len(), end), (70_001, true));
    }

    #[tokio::test]
    async fn a_failed_stream_is_a_source_error() {
        let failed = NativeReader::new(Drip(10, true)).fill(100).await.unwrap_err();
        assert_eq!(failed.failure.kind, TransportErrorKind::Source);
    }
}
