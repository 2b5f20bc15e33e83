//! What a machine asks its driver to do, and the outcomes that the driver reports.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use bytes::Bytes;

use super::TaskId;
use crate::account::{Authorized, Generation, UploadUrl, UrlKey};
use crate::error::{Error, TransportError};
use crate::hash::Sha1Digest;
use crate::http::{RequestHead, Response};

/// Something a machine asks its driver to do.
///
/// Exhaustive on purpose: a new one must break drivers at compile time.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a request. Ends with [`Input::Reply`], [`Input::Head`] or [`Input::Failed`].
    Send(Box<Request>),
    /// Write what comes after the head that task `from` reported into a sink, from `offset` on: at most
    /// `max` bytes. Ends with [`Input::Received`] after `max` bytes, at the end of the body or when it breaks.
    Receive {
        /// The task whose [`Input::Head`] was the last word.
        from: TaskId,
        /// Where the bytes go.
        sink: SinkId,
        /// The sink's offset of the first byte.
        offset: u64,
        /// How many bytes to take; any further ones are dropped with the body.
        max: u64,
        /// Whether the body must end there. If more comes, [`Input::Received`] says that it broke, with
        /// [`TransportErrorKind::TooLong`](crate::error::TransportErrorKind::TooLong). A driver need not wait for an end that does
        /// not come.
        ends: bool,
        /// Whether [`Action::DigestSink`] will be asked, so that bytes which come in order can be hashed
        /// as they pass.
        digest: bool,
    },
    /// Read the start of the body that comes after the head that task `from` reported, at most `max` bytes, and
    /// drop the rest. Ends with [`Input::Peeked`], also where the body breaks or ends before.
    Peek {
        /// The task whose [`Input::Head`] was the last word.
        from: TaskId,
        /// How many bytes to read.
        max: usize,
    },
    /// Compute the SHA-1 of these spans, one after the other. Ends with [`Input::Digest`] or
    /// [`Input::Failed`].
    Digest(Vec<Span>),
    /// Compute the SHA-1 of the first `len` bytes that the sink has received; all of them have arrived. What
    /// was hashed as it passed need not be read again. Ends with [`Input::Digest`] or [`Input::Failed`].
    /// At most one runs at a time.
    DigestSink {
        /// Which sink.
        sink: SinkId,
        /// How many bytes, counted from the sink's offset 0.
        len: u64,
    },
    /// A valid authorization, newer than `stale`. Ends with [`Input::Auth`].
    Auth {
        /// The generation that was refused, if one was.
        stale: Option<Generation>,
    },
    /// An upload URL from the pool, for exclusive use. Ends with [`Input::Url`].
    TakeUrl(UrlKey),
    /// Put an upload URL back; it has just served well. Needs no report.
    KeepUrl(UrlKey, UploadUrl),
    /// Wait until the device is online. Ends with [`Input::Online`].
    AwaitOnline,
    /// Fill a buffer from the forward-only source, up to `max` bytes. Ends with [`Input::Filled`] or
    /// [`Input::Failed`]. At most one runs at a time.
    Fill {
        /// Which buffer; it is a source from then on, until it is released.
        buffer: BufferId,
        /// How many bytes to read, unless the source ends before.
        max: u64,
        /// Whether to hash the stream as it is read, and to report the SHA-1 of all of it at its end. Asked
        /// with every fill of a stream, or with none.
        digest: bool,
    },
    /// The buffer's bytes are not needed any more. Needs no report.
    Release(BufferId),
}

/// What became of a task.
///
/// Exhaustive on purpose, as [`Action`] is.
#[derive(Clone, Debug)]
pub enum Input {
    /// So many bytes of the request's or the reply's body have moved so far. Not an end.
    Progress(u64),
    /// The complete answer to a request.
    Reply(Reply),
    /// The head of an answer whose body was asked for as a stream, with a status of success. The body waits
    /// for [`Action::Receive`] or [`Action::Peek`].
    Head(Response<()>),
    /// The start of a body.
    Peeked(Bytes),
    /// The end of a [`Action::Receive`]: how many bytes arrived, and whether the body broke.
    Received {
        /// Bytes written to the sink.
        bytes: u64,
        /// The failure that ended it early; `None` at the end of the body or at the limit.
        broken: Option<TransportError>,
    },
    /// There is no answer.
    Failed(TransportError),
    /// A SHA-1.
    Digest(Sha1Digest),
    /// A buffer was filled.
    Filled {
        /// How many bytes it holds.
        len: u64,
        /// Whether the source has ended.
        end: bool,
        /// At the end, where it was asked for: the SHA-1 of all that was read.
        sha1: Option<Sha1Digest>,
    },
    /// A valid authorization, or why there is none.
    Auth(Result<Authorized, Error>),
    /// An upload URL, if the pool had one.
    Url(Option<UploadUrl>),
    /// The device is online.
    Online,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status, headers and collected body.
    pub response: Response<Bytes>,
    /// The SHA-1 that was appended to the request's body, if one was.
    pub sent: Option<Sha1Digest>,
}

/// A request, complete but for the bytes of its body. It can be sent any number of times.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method, URL, and headers without `Content-Length`.
    pub head: RequestHead,
    /// What the body is.
    pub body: Body,
    /// What to do with the answer.
    pub reply: ReplyPlan,
    /// How long to wait when nothing moves.
    pub idle_timeout: Duration,
}

/// What to do with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyPlan {
    /// Collect the body, at most `limit` bytes.
    Collect {
        /// The longest body to accept.
        limit: u64,
    },
    /// If the status is one of success (2xx), report the head and hold the body; otherwise collect it.
    Stream {
        /// The longest body of an error answer to accept.
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
        /// What to send; its total length is the body's, but for the digest.
        spans: Vec<Span>,
        /// Whether to append the forty hex digits of the SHA-1 of all of it.
        digest_at_end: bool,
    },
}

impl Body {
    /// How many bytes it has, the appended digest included.
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

    /// Whether it has none.
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
    /// Which of them.
    pub range: Range<u64>,
}

impl Span {
    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Whether it has none.
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
    /// In a buffer that was filled from a forward-only source.
    Buffer(BufferId),
}

/// Names a source of one machine. The driver knows what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Names a part buffer of one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferId(pub u32);

/// Names a sink of one machine. The driver knows what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinkId(pub u32);

/// How a host can send a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyStyle {
    /// It reads a body while it sends it, and can append the digest of what it sent (native, Node, Deno,
    /// Workers).
    #[default]
    Streamed,
    /// It must know a body before it sends it, so the digest goes into a header (browsers).
    Known,
}
