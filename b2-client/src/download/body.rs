//! The body of a download, as a stream and as a reader.

use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::download::Downloaded;
use bytes::Bytes;
use futures::Stream;

use super::window::Window;
use crate::error::Error;
use crate::maybe_send::BoxFuture;

/// The bytes of a download: a stream of chunks in order, and natively a `futures::io::AsyncRead`.
///
/// Bytes are received only while the body is polled, into bounded memory. A connection that breaks is replaced by
/// one that continues at the same byte. An error ends the body; the SHA-1 of a whole file is verified after its last byte.
/// Dropping the body ends the download.
///
/// Both can be used in turn. `next` and `read` are cancel safe: dropping their futures loses no bytes.
pub struct DownloadBody {
    window: Arc<Window>,
    /// Present until the download has ended.
    running: Option<BoxFuture<'static, Result<Downloaded, Error>>>,
    ended: Option<Result<Downloaded, Error>>,
    /// What is left of the last chunk that was read in part.
    rest: Bytes,
}

impl DownloadBody {
    pub(super) fn new(
        window: Arc<Window>,
        running: BoxFuture<'static, Result<Downloaded, Error>>,
    ) -> Self {
        Self { window, running: Some(running), ended: None, rest: Bytes::new() }
    }

    /// Returns the outcome of the download, once the body has ended without an error: how many bytes there were, and
    /// whether they were verified.
    #[must_use]
    pub fn downloaded(&self) -> Option<&Downloaded> {
        self.ended.as_ref().and_then(|ended| ended.as_ref().ok())
    }

    /// Returns the outcome of the download, if it has ended.
    pub(super) fn into_ended(self) -> Option<Result<Downloaded, Error>> {
        self.ended
    }

    /// Moves the download on.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) {
        if let Some(running) = &mut self.running
            && let Poll::Ready(ended) = running.as_mut().poll(context)
        {
            self.running = None;
            self.ended = Some(ended);
        }
    }

    /// Takes the error with which the download ended before its first byte.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        match self.ended.take() {
            Some(Err(error)) => Some(error),
            ended => {
                self.ended = ended;
                None
            }
        }
    }
}

impl Stream for DownloadBody {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(core::mem::take(&mut self.rest))));
        }
        self.advance(context);
        if let Some(chunk) = self.window.take() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        if self.running.is_some() {
            return Poll::Pending;
        }
        Poll::Ready(self.take_error().map(Err))
    }
}

/// Errors are [`Error`]s within an `std::io::Error`.
#[cfg(not(target_family = "wasm"))]
impl futures::io::AsyncRead for DownloadBody {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<std::io::Result<usize>> {
        while self.rest.is_empty() {
            match core::task::ready!(self.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => self.rest = chunk,
                Some(Err(error)) => return Poll::Ready(Err(error.into())),
                None => return Poll::Ready(Ok(0)),
            }
        }
        let len = self.rest.len().min(buffer.len());
        let taken = self.rest.split_to(len);
        buffer[..taken.len()].copy_from_slice(&taken);
        Poll::Ready(Ok(taken.len()))
    }
}

impl fmt::Debug for DownloadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadBody").field("ended", &self.ended).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::{AsyncReadExt, FutureExt, StreamExt};

    use super::*;
    use crate::driver::Destination;

    #[test]
    fn a_stream_continues_where_a_reader_stopped() {
        let window = Arc::new(Window::new(100, false));
        let mut body = DownloadBody::new(window.clone(), Box::pin(core::future::pending()));
        let chunks = vec!["abcdef".into(), "gh".into()];
        window.write(0, chunks, false).now_or_never().unwrap().unwrap();
        let mut start = [0; 2];
        body.read_exact(&mut start).now_or_never().unwrap().unwrap();
        assert_eq!(&start, b"ab");
        let mut next = || body.next().now_or_never().flatten().unwrap().unwrap();
        assert_eq!((next(), next()), ("cdef".into(), "gh".into()));
    }
}
