//! The body of a request, read while it is sent.

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
use super::reading::Reading;
use crate::blocking;
use crate::source::{CHUNK, NativeSource};

/// How much is handed to the connection at once. What it takes is what counts as moved, so it is less than
/// what is read at once.
const FRAME: usize = 64 * 1024;

/// Up to here a body is read where the request is sent. The way to another thread and back takes longer than
/// that from a cache, and a slow disk holds up one thread for one read.
const AT_ONCE: usize = 64 * 1024;

/// What the owner of a request and its body tell each other.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) activity: Activity,
    digest: OnceLock<Sha1Digest>,
    failed: Mutex<Option<HostError>>,
    unwanted: AtomicBool,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            activity: Activity::new(),
            digest: OnceLock::new(),
            failed: Mutex::new(None),
            unwanted: AtomicBool::new(false),
        }
    }

    /// The SHA-1 that was appended, if it was.
    pub(super) fn digest(&self) -> Option<Sha1Digest> {
        self.digest.get().copied()
    }

    /// Why the body broke off, if it did. The HTTP library would pass it on as text only.
    pub(super) fn take_failed(&self) -> Option<HostError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The request was dropped: no more of its body is sent.
    pub(super) fn forget(&self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

/// A body of known length.
pub(super) struct UploadBody {
    /// Read and not yet sent.
    ready: Bytes,
    /// What is still to be read, if anything is.
    reading: Option<Stage>,
    /// What comes after all that is read.
    trailer: Bytes,
    /// How much is still to be sent.
    left: u64,
    meter: Option<Meter>,
    shared: Arc<Shared>,
}

/// Where a body is read.
///
/// What is in the system's cache is read, and hashed, where it is sent: it stays in the processor's cache, and
/// no other thread needs to wake. The first chunk that would take a wait moves the rest to another place.
enum Stage {
    Here(Box<Reading>),
    /// One chunk ahead of what is being sent.
    Elsewhere(JoinHandle<(Box<Reading>, Result<Bytes, HostError>)>),
}

/// Tells how much of the data has moved; a digest behind it does not count.
struct Meter {
    moved: u64,
    data: u64,
    progress: Progress,
    /// When it may tell again: each time wakes whoever listens, in another place.
    quiet_until: Instant,
}

/// No listener notices more than this many.
const BETWEEN_REPORTS: Duration = Duration::from_millis(50);

impl Meter {
    fn moved(&mut self, bytes: usize) {
        let before = self.moved;
        self.moved = self.data.min(before + bytes as u64);
        if self.moved == before {
            return;
        }
        let now = Instant::now();
        if now >= self.quiet_until || self.moved == self.data {
            self.quiet_until = now + BETWEEN_REPORTS;
            self.progress.moved(self.moved);
        }
    }
}

impl UploadBody {
    /// A body of bytes that are there.
    pub(super) fn of_bytes(bytes: Bytes, shared: Arc<Shared>) -> Self {
        let left = bytes.len() as u64;
        Self { ready: bytes, reading: None, trailer: Bytes::new(), left, meter: None, shared }
    }

    /// A body of spans, `data` bytes of them. A short one is read completely before this returns; of a longer
    /// one nothing is read yet.
    pub(super) async fn of_spans(
        spans: Vec<(NativeSource, Range<u64>)>,
        digest_at_end: bool,
        data: u64,
        buffers: &Buffers,
        progress: Progress,
        shared: Arc<Shared>,
    ) -> Result<Self, HostError> {
        let left = data + if digest_at_end { b2_proto::hash::HEX_LEN as u64 } else { 0 };
        let reading = Reading::new(spans, digest_at_end, buffers.clone());
        let (ready, reading) = match usize::try_from(data) {
            Ok(data) if data <= CHUNK => {
                let (bytes, digest) = if data <= AT_ONCE {
                    reading.collect(data)?
                } else {
                    blocking::run(move || reading.collect(data)).await?
                };
                if let Some(digest) = digest {
                    let _ = shared.digest.set(digest);
                }
                (bytes, None)
            }
            _ => (Bytes::new(), Some(Stage::Here(Box::new(reading)))),
        };
        let meter = Some(Meter { moved: 0, data, progress, quiet_until: Instant::now() });
        Ok(Self { ready, reading, trailer: Bytes::new(), left, meter, shared })
    }

    /// Waits for the next bytes; there are none after the last.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, HostError>> {
        let (reading, bytes, here) = match self.reading.take() {
            None => return Poll::Ready(Ok(std::mem::take(&mut self.trailer))),
            Some(Stage::Here(mut reading)) => match reading.next_cached() {
                Ok(Some(bytes)) => (reading, Ok(bytes), true),
                Ok(None) => {
                    self.reading = Some(Stage::Elsewhere(read_on(reading)));
                    return self.poll_read(cx);
                }
                Err(failed) => return Poll::Ready(Err(failed)),
            },
            Some(Stage::Elsewhere(mut task)) => match Pin::new(&mut task).poll(cx) {
                Poll::Ready(Ok((reading, bytes))) => (reading, bytes, false),
                Poll::Ready(Err(_)) => {
                    let text = "reading it was given up";
                    return Poll::Ready(Err(
                        TransportError::new(TransportErrorKind::Source, text).into()
                    ));
                }
                Poll::Pending => {
                    self.reading = Some(Stage::Elsewhere(task));
                    return Poll::Pending;
                }
            },
        };
        let bytes = bytes?;
        if !reading.is_at_end() {
            self.reading = Some(match here {
                true => Stage::Here(reading),
                false => Stage::Elsewhere(read_on(reading)),
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
        self.shared.activity.moved();
        if let Some(meter) = &mut self.meter {
            meter.moved(frame.len());
        }
        frame
    }
}

fn read_on(mut reading: Box<Reading>) -> JoinHandle<(Box<Reading>, Result<Bytes, HostError>)> {
    tokio::task::spawn_blocking(move || {
        let bytes = reading.next();
        (reading, bytes)
    })
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.shared.unwanted.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        if self.ready.is_empty() {
            match ready!(self.poll_read(cx)) {
                Ok(bytes) => self.ready = bytes,
                Err(failed) => {
                    let shared = &self.shared;
                    let mut cell = shared.failed.lock().unwrap_or_else(PoisonError::into_inner);
                    *cell = Some(failed);
                    return Poll::Ready(Some(Err(BrokenOff)));
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

/// The body broke off; why is in [`Shared`].
#[derive(Debug)]
pub(super) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body broke off")
    }
}

impl std::error::Error for BrokenOff {}
