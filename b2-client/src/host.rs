//! The traits that a host implements. A host contains no retry, no parsing and no policy.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::ops::Range;
use core::time::Duration;

use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use b2_proto::http::{RequestHead, Response};
use b2_proto::machine::BodyStyle;
use b2_proto::time::{Instant, Timestamp};
use bytes::Bytes;

use crate::error::HostError;
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::spill::{MemorySpill, Spill};

/// Gives machines the network, the clock and the files of one environment: a process, a page, a function at the edge.
///
/// A handle: cloning it is cheap, and clones share connections.
pub trait Host: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Bytes that can be read any number of times. Bytes in memory can be made one.
    type Source: Source + From<Bytes>;
    /// Bytes that can be read once, forward.
    type Reader: Reader;
    /// A place for bytes that arrive.
    type Sink: Sink;
    /// The body of a response, as it arrives.
    type ResponseBody: ResponseBody;

    /// Returns how this host sends a body.
    fn body_style(&self) -> BodyStyle;

    /// Returns whether responses may lack headers that were sent: a browser shows a page only those that CORS rules expose.
    /// Elsewhere a response without the headers of B2 is not B2's.
    fn hides_headers(&self) -> bool {
        false
    }

    /// Returns the time of a clock that never goes back and that, where there is such a clock, counts while the device is
    /// suspended.
    fn now(&self) -> Instant;

    /// Returns the wall-clock time.
    fn timestamp(&self) -> Timestamp;

    /// Returns a random number, which seeds the jitter of one machine.
    fn seed(&self) -> u64;

    /// Waits until [`now`](Host::now) has reached `deadline`.
    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + MaybeSend;

    /// Waits until the device is online: not at all where the host cannot tell.
    fn online(&self) -> impl Future<Output = ()> + MaybeSend {
        core::future::ready(())
    }

    /// Returns a queue for what a synchronization holds back, outside of memory where there is a place for it.
    fn spill(&self) -> Box<dyn Spill> {
        Box::new(MemorySpill::default())
    }

    /// Sends a request and returns the head of its response.
    ///
    /// It sends exactly what it is given, adds `Content-Length` and a `User-Agent`, follows no redirect,
    /// repeats nothing, and reads no credentials from anywhere. Dropping the future aborts the request.
    ///
    /// # Errors
    ///
    /// A [`TransportErrorKind`](b2_proto::error::TransportErrorKind) for a request without a response. A response
    /// of any status is not an error.
    fn send(
        &self,
        request: HostRequest<Self::Source>,
    ) -> impl Future<Output = Result<HostResponse<Self::ResponseBody>, HostError>> + MaybeSend;
}

/// A request to send.
#[derive(Debug)]
pub struct HostRequest<S> {
    /// Method, URL and headers.
    pub head: RequestHead,
    /// What to send.
    pub body: RequestBody<S>,
    /// How long nothing may move before the request fails with
    /// [`TransportErrorKind::Timeout`](b2_proto::error::TransportErrorKind::Timeout).
    pub idle_timeout: Duration,
    /// Takes reports of how much of the body has been sent.
    pub progress: Progress,
}

/// The body of a request to send.
#[derive(Clone, Debug)]
pub enum RequestBody<S> {
    /// None.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// These ranges of sources, one after the other.
    Spans {
        /// Each source with the range to send.
        spans: Vec<(S, Range<u64>)>,
        /// Whether to append forty hex digits: the SHA-1 of all that was sent. Only asked of a host that
        /// [can do so](BodyStyle::appends_sha1) for a body of this length.
        digest_at_end: bool,
    },
}

impl<S> RequestBody<S> {
    /// Returns the value of `Content-Length`.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Spans { spans, digest_at_end } => {
                let data: u64 =
                    spans.iter().map(|(_, range)| range.end.saturating_sub(range.start)).sum();
                data + if *digest_at_end { b2_proto::hash::HEX_LEN as u64 } else { 0 }
            }
        }
    }

    /// Returns whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The head of a response, with its body still to come.
#[derive(Debug)]
pub struct HostResponse<B> {
    /// Status, headers and the body to read.
    pub response: Response<B>,
    /// The SHA-1 that was appended to the body, if one was asked for.
    pub sent: Option<Sha1Digest>,
}

/// The body of a response.
pub trait ResponseBody: MaybeSend + 'static {
    /// Returns the next bytes, or `None` at the end. The idle timeout of the request holds.
    ///
    /// If the future is dropped before it is ready, so is the body.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Broken`](b2_proto::error::TransportErrorKind::Broken) if the body ends before its
    /// `Content-Length`.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, HostError>> + MaybeSend;
}

/// Bytes that can be read any number of times. A handle: clones are cheap.
pub trait Source: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Returns the number of bytes, which is fixed from the moment it was opened.
    fn len(&self) -> u64;

    /// Returns whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Continues a hash with the bytes of a range, where possible not on the thread that polls.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::SourceChanged`](b2_proto::error::TransportErrorKind::SourceChanged) if the source has
    /// changed since it was opened, and
    /// [`TransportErrorKind::Source`](b2_proto::error::TransportErrorKind::Source) if it cannot be read.
    fn hash(
        &self,
        range: Range<u64>,
        hasher: Sha1Hasher,
    ) -> impl Future<Output = Result<Sha1Hasher, HostError>> + MaybeSend;

    /// Returns the SHA-1 of one range.
    ///
    /// # Errors
    ///
    /// As for [`hash`](Self::hash).
    fn digest(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Sha1Digest, HostError>> + MaybeSend {
        async { Ok(self.hash(range, Sha1Hasher::new()).await?.finish()) }
    }
}

/// Bytes that can be read once, forward.
pub trait Reader: MaybeSend + 'static {
    /// Reads until there are `max` bytes or the end is reached, and returns whether it is. A short read is not the end.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Source`](b2_proto::error::TransportErrorKind::Source) if it cannot be read.
    fn fill(
        &mut self,
        max: u64,
    ) -> impl Future<Output = Result<(Bytes, bool), HostError>> + MaybeSend;
}

/// The destination of a download. A handle: clones write to the same place.
pub trait Sink: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Returns whether bytes may arrive in any order, several ranges at once, and be read back. Otherwise they
    /// come in order, from offset 0 on.
    fn is_random_access(&self) -> bool;

    /// Returns whether bytes can be read back only when all have been written: reading then ends the writing, and what is
    /// written after that begins it again.
    fn reads_back_late(&self) -> bool {
        false
    }

    /// Writes all chunks, one after the other, from `offset` on.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Sink`](b2_proto::error::TransportErrorKind::Sink) if they cannot be written.
    fn write(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
    ) -> impl Future<Output = Result<(), HostError>> + MaybeSend;

    /// Writes all chunks as [`write`](Self::write) does and continues a hash with them, where possible not on the thread that
    /// polls.
    ///
    /// # Errors
    ///
    /// As for [`write`](Self::write).
    fn write_hashed(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        mut hasher: Sha1Hasher,
    ) -> impl Future<Output = Result<Sha1Hasher, HostError>> + MaybeSend {
        async move {
            chunks.iter().for_each(|chunk| hasher.update(chunk));
            self.write(offset, chunks).await?;
            Ok(hasher)
        }
    }

    /// Reads some of the bytes from `offset` on that were written before, at most `max` and at least one.
    /// Only called for a random-access sink.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Sink`](b2_proto::error::TransportErrorKind::Sink) if they cannot be read.
    fn read(
        &self,
        offset: u64,
        max: u64,
    ) -> impl Future<Output = Result<Bytes, HostError>> + MaybeSend;
}

/// Takes a host's reports of how many bytes of a body it has sent.
#[derive(Clone)]
pub struct Progress(Arc<dyn Listener>);

/// A listener, `Send` and `Sync` where there are threads.
trait Listener: Fn(u64) + MaybeSend + MaybeSync {}
impl<F: Fn(u64) + MaybeSend + MaybeSync> Listener for F {}

impl Progress {
    /// Returns one that calls `listener` with each report, possibly from several threads.
    #[must_use]
    pub fn new(listener: impl Fn(u64) + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Reports the number of bytes that were sent so far in this attempt, without an appended digest.
    pub fn moved(&self, bytes: u64) {
        (self.0)(bytes);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
