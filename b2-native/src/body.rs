//! The body of a download as a tokio reader.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use b2_client::DownloadBody;
use bytes::Bytes;
use futures_core::Stream;
use tokio::io::{AsyncRead, ReadBuf};

/// The body of a download as a `tokio::io::AsyncRead`.
///
/// ```no_run
/// # async fn run(bucket: b2_native::Bucket) -> Result<(), Box<dyn std::error::Error>> {
/// use b2_native::BodyReader;
///
/// let body = bucket.download("2026/ship.jpg").await?.into_stream();
/// tokio::io::copy(&mut BodyReader::new(body), &mut tokio::io::stdout()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BodyReader {
    body: DownloadBody,
    rest: Bytes,
}

impl BodyReader {
    /// Returns a reader of the body.
    #[must_use]
    pub fn new(body: DownloadBody) -> Self {
        Self { body, rest: Bytes::new() }
    }
}

impl From<DownloadBody> for BodyReader {
    fn from(body: DownloadBody) -> Self {
        Self::new(body)
    }
}

impl AsyncRead for BodyReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Err(error.into())),
                None => return Poll::Ready(Ok(())),
            }
        }
        let len = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest.split_to(len));
        Poll::Ready(Ok(()))
    }
}
