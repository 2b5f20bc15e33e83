//! Serves connections within limits on their number and on time.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep};

use super::Limits;

/// The smallest buffer that hyper accepts, in bytes.
const MIN_HEAD: usize = 8 << 10;

/// The slots for connections.
pub(super) struct Slots {
    free: Semaphore,
    taken: AtomicUsize,
}

/// The slot of a connection. Dropping it frees the slot.
struct Slot(Arc<Slots>);

impl Slots {
    pub(super) fn new(count: usize) -> Arc<Self> {
        let free = Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS));
        Arc::new(Self { free, taken: AtomicUsize::new(0) })
    }

    /// Returns the number of connections with a slot.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Waits for a slot, then accepts a connection.
    async fn accept(self: &Arc<Self>, listener: &TcpListener) -> io::Result<(TcpStream, Slot)> {
        // The semaphore is never closed.
        let permit = self.free.acquire().await.map_err(io::Error::other)?;
        let (stream, _) = listener.accept().await?;
        permit.forget();
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok((stream, Slot(Arc::clone(self))))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
        self.0.free.add_permits(1);
    }
}

/// Serves connections until the future is dropped, which ends them.
pub(super) async fn serve<S, F>(
    listener: TcpListener,
    limits: &Limits,
    slots: &Arc<Slots>,
    answer: S,
) where
    S: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        // Without a slot, connections stay in the backlog of the system.
        let Ok((stream, slot)) = slots.accept(&listener).await else {
            // Usually the process is out of file descriptors for a moment.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let serving = serve_one(stream, *limits, answer.clone());
        connections.spawn(async move {
            serving.await;
            drop(slot);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_one<S, F>(stream: TcpStream, limits: Limits, answer: S)
where
    S: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Bytes>>,
{
    let _ = stream.set_nodelay(true);
    let stream = TimedWrites { stream, limit: limits.answer_time, deadline: None };
    let service = service_fn(|request| {
        let answering = answer(request);
        async move { Ok::<_, std::convert::Infallible>(answering.await.map(Full::new)) }
    });
    // Fails if the client closes the connection, or is too slow.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_size.max(MIN_HEAD))
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// A stream that fails when the client does not receive a response in time.
///
/// The time starts when a write has to wait, and ends when everything is written, so that receiving single bytes does
/// not extend it.
struct TimedWrites {
    stream: TcpStream,
    limit: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl TimedWrites {
    /// Returns the outcome of a write, or an error if the time is over.
    fn timed<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() && self.deadline.is_none() {
            return written;
        }
        let limit = self.limit;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + limit)));
        match deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => written,
        }
    }
}

impl AsyncRead for TimedWrites {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for TimedWrites {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.timed(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.timed(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Hyper flushes after it has written everything.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(context));
        self.deadline = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
