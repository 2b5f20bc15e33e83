//! What a machine asks its driver to do, and the outcomes that the driver reports.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use bytes::Bytes;

use super::local::{LocalFile, LocalScan, ScanPage, SinkAbilities};
use super::{TaskId, WriteIntent};
use crate::account::{Authorized, Generation, UploadUrl, UrlKey};
use crate::error::{Error, TransportError};
use crate::hash::Sha1Digest;
use crate::http::{RequestHead, Response};
use crate::time::Timestamp;

/// An action that a machine asks its driver to perform.
///
/// Exhaustive: a new variant breaks drivers at compile time.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a request, as soon as the account's [`RateLimiter`](crate::account::RateLimiter) permits it. Ends with [`Input::Reply`], [`Input::Head`] or [`Input::Failed`].
    Send(Box<Request>),
    /// Write the body after the head that task `from` reported to a sink, at most `max` bytes. Ends with
    /// [`Input::Received`] after `max` bytes, at the end of the body or when the connection breaks.
    Receive {
        /// The task that ended with [`Input::Head`].
        from: TaskId,
        /// The sink to write to.
        sink: SinkId,
        /// The offset in the sink of the first byte.
        offset: u64,
        /// The maximum number of bytes; further ones are dropped with the body.
        max: u64,
        /// Whether the body must end after `max` bytes. If more bytes arrive, [`Input::Received`] reports
        /// [`TransportErrorKind::TooLong`](crate::error::TransportErrorKind::TooLong). A driver need not wait for the
        /// end.
        ends: bool,
        /// Whether [`Action::DigestSink`] will follow, so that bytes that arrive in order can be hashed as they arrive.
        digest: bool,
    },
    /// Read the start of the body after the head that task `from` reported, at most `max` bytes, and drop the rest.
    /// Ends with [`Input::Peeked`], also if the body breaks or ends earlier.
    Peek {
        /// The task that ended with [`Input::Head`].
        from: TaskId,
        /// The maximum number of bytes to read.
        max: usize,
    },
    /// Compute the SHA-1 of these spans, one after the other. Ends with [`Input::Digest`] or
    /// [`Input::Failed`].
    Digest(Vec<Span>),
    /// Compute the SHA-1 of the first `len` bytes of the sink, all of which have arrived. Bytes that were hashed as they
    /// arrived need not be read again. Ends with [`Input::Digest`] or [`Input::Failed`]. At most one runs at a time.
    DigestSink {
        /// The sink to read.
        sink: SinkId,
        /// The number of bytes, from offset 0.
        len: u64,
    },
    /// Get a valid authorization, newer than `stale`. Ends with [`Input::Auth`].
    Auth {
        /// The generation whose token was refused, if one was.
        stale: Option<Generation>,
    },
    /// Take an upload URL from the pool, for exclusive use. Ends with [`Input::Url`].
    TakeUrl(UrlKey),
    /// Return an upload URL to the pool after a successful upload. Needs no report.
    KeepUrl(UrlKey, UploadUrl),
    /// Wait until the device is online. Ends with [`Input::Online`].
    AwaitOnline,
    /// Fill a buffer from the forward-only source, up to `max` bytes. Ends with [`Input::Filled`] or
    /// [`Input::Failed`]. At most one runs at a time.
    Fill {
        /// The buffer, which can be read until it is released.
        buffer: BufferId,
        /// The maximum number of bytes to read. Fewer only at the end of the source.
        max: u64,
        /// Whether to hash the stream as it is read, and to report the SHA-1 of all of it at its end. The same for all
        /// fills of a stream.
        digest: bool,
    },
    /// Free the buffer. Needs no report.
    Release(BufferId),
    /// Give the next intent of a stream. A local one has a source of its own. Ends with [`Input::Intent`] or [`Input::Failed`]. At most one runs at a time.
    NextIntent,
    /// Drop a source that an intent of a stream has named, or that was opened. Needs no report.
    ReleaseSource(SourceId),
    /// Report the next entries of the local folder, in the order of their names. The first of these actions begins the
    /// scan; all have the same options. Ends with [`Input::Scanned`] or [`Input::Failed`]. At most one runs at a time.
    Scan(LocalScan),
    /// Open a file of the local folder as a source. Ends with [`Input::Opened`] or [`Input::Failed`].
    OpenSource {
        /// The source.
        source: SourceId,
        /// The name of the file.
        name: String,
    },
    /// Compute the SHA-1 of a file of the local folder, or take it from a cache. Ends with [`Input::Digest`] or
    /// [`Input::Failed`].
    DigestFile(LocalFile),
    /// Create a file in the local folder, which is not visible before it is published. Ends with
    /// [`Input::SinkCreated`] or [`Input::Failed`].
    CreateSink {
        /// The sink.
        sink: SinkId,
        /// The name of the file.
        name: String,
        /// The number of bytes that will be written.
        len: u64,
    },
    /// Create a folder in the local folder, and missing ones above it. Ends with [`Input::Performed`], also if it exists, or
    /// [`Input::Failed`].
    CreateFolder {
        /// The name of the folder, without a slash at its end; empty for the local folder itself.
        name: String,
    },
    /// Give the file its name and its time of modification, and drop the sink. Ends with [`Input::Performed`] or
    /// [`Input::Failed`].
    Publish {
        /// The sink.
        sink: SinkId,
        /// The time of the last modification.
        modified: Option<Timestamp>,
    },
    /// Drop a created sink and what was written to it. Needs no report.
    ReleaseSink(SinkId),
    /// Remove a file of the local folder. Ends with [`Input::Performed`], also if there is none, or [`Input::Failed`].
    Remove {
        /// The name of the file.
        name: String,
    },
    /// Keep these bytes outside of memory, where the host has a place for them. Ends with [`Input::Performed`] or
    /// [`Input::Failed`]. At most one of this and [`Action::Unspill`] runs at a time.
    Spill(Bytes),
    /// Return the oldest bytes that were spilled and not returned yet. Ends with [`Input::Unspilled`] or
    /// [`Input::Failed`].
    Unspill,
}

/// The outcome or the progress of a task.
///
/// Exhaustive, as [`Action`] is.
#[derive(Clone, Debug)]
pub enum Input {
    /// The number of bytes of the body of the request, or of the response, that were sent or received so far. The task
    /// continues.
    Progress(u64),
    /// The request of an [`Action::Send`] is sent later by so much than it would be without this report: it waits for its
    /// turn among the requests of the account. That is no time of the attempt, and does not use up the retry budget. The
    /// task continues.
    Delayed(Duration),
    /// The complete response to a request.
    Reply(Reply),
    /// The head of a response with a status of success whose body is to be streamed. The body is read by
    /// [`Action::Receive`] or [`Action::Peek`].
    Head(Response<()>),
    /// The start of a body, for [`Action::Peek`].
    Peeked(Bytes),
    /// The end of an [`Action::Receive`].
    Received {
        /// The number of bytes written to the sink.
        bytes: u64,
        /// The error that ended the body early; `None` at the end of the body or at the limit.
        broken: Option<TransportError>,
    },
    /// The task failed: there is no response, or the source or the sink could not be used.
    Failed(TransportError),
    /// The SHA-1, for [`Action::Digest`] and [`Action::DigestSink`].
    Digest(Sha1Digest),
    /// A buffer was filled.
    Filled {
        /// The number of bytes in the buffer.
        len: u64,
        /// Whether the source has ended.
        end: bool,
        /// The SHA-1 of all bytes of the stream, at its end and where it was requested.
        sha1: Option<Sha1Digest>,
    },
    /// The next intent of a stream, or its end.
    Intent(Option<WriteIntent>),
    /// A valid authorization, or the reason why there is none.
    Auth(Result<Authorized, Error>),
    /// An upload URL, if the pool had one.
    Url(Option<UploadUrl>),
    /// The device is online.
    Online,
    /// The next items of a scan.
    Scanned(ScanPage),
    /// A file was opened as a source: its size and time of modification.
    Opened(LocalFile),
    /// A sink was created.
    SinkCreated(SinkAbilities),
    /// The action was performed, for [`Action::CreateFolder`], [`Action::Publish`], [`Action::Remove`] and
    /// [`Action::Spill`].
    Performed,
    /// The bytes of one [`Action::Spill`]; `None` if all were returned.
    Unspilled(Option<Bytes>),
}

/// A complete response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status, headers and collected body.
    pub response: Response<Bytes>,
    /// The SHA-1 that was appended to the body of the request, if one was.
    pub sent: Option<Sha1Digest>,
    /// The number of bytes of the body that went to a buffer, for [`ReplyPlan::Buffer`].
    pub buffered: u64,
}

impl Reply {
    /// Creates the reply to a request without an appended SHA-1, whose body was collected.
    #[must_use]
    pub const fn new(response: Response<Bytes>) -> Self {
        Self { response, sent: None, buffered: 0 }
    }
}

/// A request without the bytes of its body. It can be sent any number of times.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, URL, and headers without `Content-Length`.
    pub head: RequestHead,
    /// The body.
    pub body: Body,
    /// What to do with the response.
    pub reply: ReplyPlan,
    /// How long to wait without any progress.
    pub idle_timeout: Duration,
}

/// What to do with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyPlan {
    /// Collect the body, at most `limit` bytes.
    Collect {
        /// The largest body to accept, in bytes.
        limit: u64,
    },
    /// If the status is a success (2xx), report the head and keep the body for later; otherwise collect it.
    Stream {
        /// The largest body of an error response to accept, in bytes.
        limit: u64,
    },
    /// If the status is a success (2xx), store the body as a buffer, and report the head with an empty body and the
    /// [number of bytes](Reply::buffered); otherwise collect it.
    Buffer {
        /// The buffer, which can be read until it is released.
        buffer: BufferId,
        /// The largest body to accept, in bytes.
        max: u64,
        /// The largest body of an error response to accept, in bytes.
        limit: u64,
    },
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// These bytes.
    Bytes(Bytes),
    /// These spans, one after the other.
    Spans {
        /// The bytes to send.
        spans: Vec<Span>,
        /// Whether to append the forty hex digits of the SHA-1 of all of it.
        digest_at_end: bool,
    },
}

impl Body {
    /// Returns the number of bytes, including the appended digest.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Spans { spans, digest_at_end } => {
                let digest = if *digest_at_end { crate::hash::HEX_LEN as u64 } else { 0 };
                spans.iter().map(Span::len).sum::<u64>() + digest
            }
        }
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A range of bytes that the driver can read, any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where the bytes are.
    pub origin: Origin,
    /// The range of bytes.
    pub range: Range<u64>,
}

impl Span {
    /// Returns the number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Returns whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the bytes of a span are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// In a source that can be read again.
    Source(SourceId),
    /// In a buffer that was filled from a forward-only source, or with the body of a response.
    Buffer(BufferId),
}

/// Identifies a source of one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Identifies a buffer of one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferId(pub u32);

/// Identifies a sink of one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkId(pub u32);

/// How a host sends bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyStyle {
    /// The host reads a body while it sends it, and can append the SHA-1 of what it sent (native, Node, Deno, Workers).
    #[default]
    Streamed,
    /// The host must know a body before it sends it, so that its SHA-1 is sent in a header (browsers).
    Known {
        /// The size up to which the host reads a body into memory when it sends it, in bytes. It can append the SHA-1 to
        /// such a body, which is then read only once.
        max_in_memory: u64,
    },
}

impl BodyStyle {
    /// Returns whether the host can append the SHA-1 to a body of `len` bytes.
    #[must_use]
    pub const fn appends_sha1(self, len: u64) -> bool {
        match self {
            Self::Streamed => true,
            Self::Known { max_in_memory } => len <= max_in_memory,
        }
    }
}
