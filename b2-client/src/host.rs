//! The traits that a host implements. A host contains no retry, no parsing and no policy.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::ops::Range;
use core::time::Duration;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use b2_proto::http::{RequestHead, Response};
use b2_proto::machine::BodyStyle;
use b2_proto::time::{Instant, Timestamp};
use bytes::Bytes;

use crate::error::Error;
use crate::maybe_send::{Cause, MaybeSend, MaybeSync};
use crate::upload::LocalFile;

/// A place where machines run: a process, a page, a function at the edge.
///
/// A handle: cloning it is cheap, and clones share connections.
pub trait Host: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Bytes that can be read any number of times. Bytes in memory are one.
    type Source: Source + From<Bytes>;
    /// Bytes that can be read once, forward.
    type Reader: Reader;
    /// A place for bytes that arrive.
    type Sink: Sink;
    /// The body of an answer, as it arrives.
    type ResponseBody: ResponseBody;

    /// How this host sends a body.
    fn body_style(&self) -> BodyStyle;

    /// Whether answers may lack headers that were sent: a browser shows a page only those that CORS rules expose.
    /// Elsewhere an answer without the headers of B2 is not B2's.
    fn hides_headers(&self) -> bool {
        false
    }

    /// The moment on a clock that never goes back and, where there is one, counts while the machine sleeps.
    fn now(&self) -> Instant;

    /// The wall-clock time.
    fn timestamp(&self) -> Timestamp;

    /// A random number, to seed the jitter of one machine.
    fn seed(&self) -> u64;

    /// Resolves when [`now`](Host::now) has reached `deadline`.
    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + MaybeSend;

    /// Resolves when the device is online: at once where the host cannot tell.
    fn online(&self) -> impl Future<Output = ()> + MaybeSend {
        core::future::ready(())
    }

    /// Sends a request and resolves with the head of its answer.
    ///
    /// It sends exactly what it is given, adds `Content-Length` and a `User-Agent`, follows no redirect,
    /// repeats nothing, and reads no credentials from anywhere. Dropping the future aborts the request.
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
    /// Fail with [`TransportErrorKind::Timeout`] when nothing has moved for so long.
    pub idle_timeout: Duration,
    /// Whom to tell how much of the body has been sent.
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
        /// Whether to append forty hex digits: the SHA-1 of all that was sent. Only asked of a host whose
        /// [`Host::body_style`] is streamed.
        digest_at_end: bool,
    },
}

impl<S> RequestBody<S> {
    /// The value of `Content-Length`.
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

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The head of an answer, its body still to come.
#[derive(Debug)]
pub struct HostResponse<B> {
    /// Status, headers and the body to read.
    pub response: Response<B>,
    /// The SHA-1 that was appended to the body, if one was asked for.
    pub sent: Option<Sha1Digest>,
}

/// The body of an answer.
pub trait ResponseBody: MaybeSend + 'static {
    /// The next bytes; `None` at the end. A body that ends before its `Content-Length` is
    /// [`TransportErrorKind::Broken`]. The idle timeout of the request holds.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, HostError>> + MaybeSend;
}

/// Bytes that can be read any number of times. A handle: clones are cheap.
pub trait Source: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// How many bytes it has; fixed from the moment it was opened.
    fn len(&self) -> u64;

    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Goes on hashing with the bytes of a range, off the thread that drives where possible. A source that
    /// has changed is [`TransportErrorKind::SourceChanged`].
    fn hash(
        &self,
        range: Range<u64>,
        hasher: Sha1Hasher,
    ) -> impl Future<Output = Result<Sha1Hasher, HostError>> + MaybeSend;

    /// The SHA-1 of one range, in whatever way is fastest.
    fn digest(
        &self,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Sha1Digest, HostError>> + MaybeSend {
        async { Ok(self.hash(range, Sha1Hasher::new()).await?.finish()) }
    }
}

/// Bytes that can be read once, forward.
pub trait Reader: MaybeSend + 'static {
    /// Reads until `max` bytes are there or the end is reached, and says whether it is. A short read is
    /// no end.
    fn fill(
        &mut self,
        max: u64,
    ) -> impl Future<Output = Result<(Bytes, bool), HostError>> + MaybeSend;
}

/// A host with local files, which are uploaded from and downloaded to a path.
pub trait FileHost: Host {
    /// What names a file.
    type Path: MaybeSend + 'static;
    /// A file that is being saved.
    type SavedFile: SavedFile<Self::Sink>;

    /// Opens a file to upload it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) if the path does not lead to a file, for example
    /// to a directory, and [`ErrorKind::Source`](b2_proto::ErrorKind::Source) if the file cannot be opened.
    fn open_file(
        &self,
        path: Self::Path,
    ) -> impl Future<Output = Result<LocalFile<Self>, Error>> + MaybeSend + 'static;

    /// Creates a file to save a download to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) if it cannot be created.
    fn create_file(
        &self,
        path: Self::Path,
    ) -> impl Future<Output = Result<Self::SavedFile, Error>> + MaybeSend;
}

/// A local file that is being saved. Dropped before [`commit`](Self::commit), it leaves nothing behind.
pub trait SavedFile<S>: MaybeSend {
    /// Returns the sink to write to.
    fn sink(&self) -> S;

    /// Completes the file, with this time of its last modification.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) if the file cannot be completed.
    fn commit(
        self,
        modified: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Error>> + MaybeSend;
}

/// A place for bytes that arrive. A handle: clones write to the same place.
pub trait Sink: Clone + fmt::Debug + MaybeSend + MaybeSync + 'static {
    /// Whether bytes may arrive in any order, several ranges at once, and be read back. Otherwise they
    /// come in order, from offset 0 on.
    fn is_random_access(&self) -> bool;

    /// Whether bytes can be read back only when all have been written: reading then ends the writing, and what is
    /// written after that begins it again.
    fn reads_back_late(&self) -> bool {
        false
    }

    /// Writes all chunks, one after the other, from `offset` on.
    fn write(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
    ) -> impl Future<Output = Result<(), HostError>> + MaybeSend;

    /// Reads some of the bytes from `offset` on that were written before, at most `max` and at least one.
    /// Only asked of a random-access sink.
    fn read(
        &self,
        offset: u64,
        max: u64,
    ) -> impl Future<Output = Result<Bytes, HostError>> + MaybeSend;
}

/// An operation of the host failed: what the machine is told, and what was seen.
#[derive(Debug)]
pub struct HostError {
    /// What the machine is told.
    pub failure: TransportError,
    /// The underlying error, for debugging.
    pub cause: Option<Cause>,
}

impl HostError {
    /// A failure of this kind with the error that caused it. Its text must not hold a URL or a token.
    #[must_use]
    pub fn new(kind: TransportErrorKind, cause: impl Into<Cause>) -> Self {
        let cause = cause.into();
        Self { failure: TransportError::new(kind, cause.to_string()), cause: Some(cause) }
    }
}

impl From<TransportError> for HostError {
    fn from(failure: TransportError) -> Self {
        Self { failure, cause: None }
    }
}

/// Whom a host tells how many bytes of a body have moved so far.
#[derive(Clone)]
pub struct Progress(Arc<dyn Listener>);

/// A listener, `Send` and `Sync` where there are threads.
trait Listener: Fn(u64) + MaybeSend + MaybeSync {}
impl<F: Fn(u64) + MaybeSend + MaybeSync> Listener for F {}

impl Progress {
    /// Calls `listener` with each report.
    #[must_use]
    pub fn new(listener: impl Fn(u64) + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// So many bytes have moved, of this attempt, without an appended digest.
    pub fn moved(&self, bytes: u64) {
        (self.0)(bytes);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
