//! Bodies of requests, which are read while they are sent.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use b2_client::{HostError, Progress};
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Digest;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;

use super::activity::Activity;
use super::buffers::Buffers;
use super::spans::SpanQueue;
use crate::blocking;
use crate::source::{CHUNK, NativeSource};

/// The size of a frame. Progress is counted in frames, so it is smaller than [`CHUNK`].
const FRAME: usize = 64 * 1024;

/// The largest body that is read on the thread that sends it. From the page cache, this takes less time than a switch to
/// another thread; a slow disk delays one thread by one read.
const MAX_INLINE: usize = 64 * 1024;

/// State that a request and its body share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) activity: Activity,
    digest: OnceLock<Sha1Digest>,
    failed: Mutex<Option<HostError>>,
    cancelled: AtomicBool,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            activity: Activity::new(),
            digest: OnceLock::new(),
            failed: Mutex::new(None),
            cancelled: AtomicBool::new(false),
        }
    }

    /// Returns the SHA-1 that was appended.
    pub(super) fn digest(&self) -> Option<Sha1Digest> {
        self.digest.get().copied()
    }

    /// Returns the error of reading the body, which the HTTP library would pass on as text only.
    pub(super) fn take_error(&self) -> Option<HostError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Stops sending the body, since the request was dropped.
    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// A body of known length.
pub(super) struct UploadBody {
    /// Bytes that were read and not yet sent.
    ready: Bytes,
    /// The reader of the remaining spans.
    reading: Option<Stage>,
    /// The digest after the data.
    trailer: Bytes,
    /// The number of bytes that are not yet sent.
    left: u64,
    meter: Option<Meter>,
    shared: Arc<Shared>,
}

/// The thread that reads a body.
///
/// Chunks in the page cache are read and hashed on the sending thread, so that they stay in the cache of the processor and
/// no other thread is woken. From the first chunk that would block, the body is read on the blocking pool.
enum Stage {
    Inline(Box<SpanQueue>),
    /// Reads one chunk ahead of the one that is being sent.
    Blocking(JoinHandle<(Box<SpanQueue>, Result<Bytes, HostError>)>),
}

/// Reports how many bytes of the data were sent, without the digest.
struct Meter {
    sent: u64,
    data: u64,
    progress: Progress,
    /// The time of the next report. Reports are rare, since each wakes another task.
    next_report: Instant,
}

/// The minimum time between two reports.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

impl Meter {
    fn record(&mut self, bytes: usize) {
        let before = self.sent;
        self.sent = self.data.min(before + bytes as u64);
        if self.sent == before {
            return;
        }
        let now = Instant::now();
        if now >= self.next_report || self.sent == self.data {
            self.next_report = now + REPORT_INTERVAL;
            self.progress.moved(self.sent);
        }
    }
}

impl UploadBody {
    /// Returns a body of bytes.
    pub(super) fn of_bytes(bytes: Bytes, shared: Arc<Shared>) -> Self {
        let left = bytes.len() as u64;
        Self { ready: bytes, reading: None, trailer: Bytes::new(), left, meter: None, shared }
    }

    /// Returns a body of spans with `data` bytes. A short body is read at once, a longer one while it is sent.
    pub(super) async fn of_spans(
        spans: Vec<(NativeSource, Range<u64>)>,
        digest_at_end: bool,
        data: u64,
        buffers: &Buffers,
        progress: Progress,
        shared: Arc<Shared>,
    ) -> Result<Self, HostError> {
        let left = data + if digest_at_end { b2_proto::hash::HEX_LEN as u64 } else { 0 };
        let reading = SpanQueue::new(spans, digest_at_end, buffers.clone());
        let (ready, reading) = match usize::try_from(data) {
            Ok(data) if data <= CHUNK => {
                let (bytes, digest) = if data <= MAX_INLINE && !reading.has_stream() {
                    reading.collect(data)?
                } else {
                    blocking::run(move || reading.collect(data)).await?
                };
                if let Some(digest) = digest {
                    let _ = shared.digest.set(digest);
                }
                (bytes, None)
            }
            _ => (Bytes::new(), Some(Stage::Inline(Box::new(reading)))),
        };
        // Of a body that is sent at once, the response tells.
        let is_long = data > FRAME as u64;
        let next_report = Instant::now();
        let meter = is_long.then_some(Meter { sent: 0, data, progress, next_report });
        Ok(Self { ready, reading, trailer: Bytes::new(), left, meter, shared })
    }

    /// Polls for the next bytes, which are empty at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, HostError>> {
        let (reading, bytes, inline) = match self.reading.take() {
            None => return Poll::Ready(Ok(std::mem::take(&mut self.trailer))),
            Some(Stage::Inline(mut reading)) => match reading.next_cached() {
                Ok(Some(bytes)) => (reading, Ok(bytes), true),
                Ok(None) => {
                    self.reading = Some(Stage::Blocking(read_next(reading)));
                    return self.poll_read(cx);
                }
                Err(failed) => return Poll::Ready(Err(failed)),
            },
            Some(Stage::Blocking(mut task)) => match Pin::new(&mut task).poll(cx) {
                Poll::Ready(Ok((reading, bytes))) => (reading, bytes, false),
                Poll::Ready(Err(_)) => {
                    let text = "reading the content was aborted";
                    return Poll::Ready(Err(
                        TransportError::new(TransportErrorKind::Source, text).into()
                    ));
                }
                Poll::Pending => {
                    self.reading = Some(Stage::Blocking(task));
                    return Poll::Pending;
                }
            },
        };
        let bytes = bytes?;
        if !reading.is_at_end() {
            self.reading = Some(match inline {
                true => Stage::Inline(reading),
                false => Stage::Blocking(read_next(reading)),
            });
        } else if let Some(digest) = reading.digest() {
            let _ = self.shared.digest.set(digest);
            self.trailer = Bytes::copy_from_slice(&digest.to_hex_bytes());
        }
        Poll::Ready(Ok(bytes))
    }

    fn next_frame(&mut self) -> Bytes {
        let frame = self.ready.split_to(self.ready.len().min(FRAME));
        self.left = self.left.saturating_sub(frame.len() as u64);
        self.shared.activity.record();
        if let Some(meter) = &mut self.meter {
            meter.record(frame.len());
        }
        frame
    }
}

/// Reads the next chunk on the blocking pool.
fn read_next(
    mut reading: Box<SpanQueue>,
) -> JoinHandle<(Box<SpanQueue>, Result<Bytes, HostError>)> {
    tokio::task::spawn_blocking(move || {
        let bytes = reading.next();
        (reading, bytes)
    })
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = Incomplete;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Incomplete>>> {
        if self.shared.cancelled.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Err(Incomplete)));
        }
        if self.ready.is_empty() {
            match ready!(self.poll_read(cx)) {
                Ok(bytes) => self.ready = bytes,
                Err(failed) => {
                    let shared = &self.shared;
                    let mut cell = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
                    *cell = Some(failed);
                    return Poll::Ready(Some(Err(Incomplete)));
                }
            }
        }
        if self.ready.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(self.next_frame()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The error of a body that could not be read completely. [`Shared`] contains the cause.
#[derive(Debug)]
pub(super) struct Incomplete;

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body could not be read")
    }
}

impl std::error::Error for Incomplete {}
