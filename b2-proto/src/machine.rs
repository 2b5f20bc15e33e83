//! The contract between a machine, which decides, and a driver, which obeys.
//!
//! A driver polls a machine until it answers [`Step::Wait`] or [`Step::Done`], does what each
//! [`Step::Start`] says, and hands back what became of it:
//!
//! ```text
//! loop {
//!     match machine.poll(clock.now()) {
//!         Step::Start(task, action) => begin(task, action),
//!         Step::Abort(task)         => forget(task),
//!         Step::Emit(event)         => tell_the_caller(event),
//!         Step::Wait(deadline)      => { let (task, input) = next_outcome_or(deadline); machine.handle(clock.now(), task, input) }
//!         Step::Done(result)        => return result,
//!     }
//! }
//! ```
//!
//! A driver takes the time from a [`Vigil`](crate::vigil::Vigil), which also says when to wake up. If the device has
//! slept, it aborts the requests under way and reports each as
//! [`Asleep`](crate::error::TransportErrorKind::Asleep).
//!
//! HTTP is spoken in the plain types of [`http`](crate::http): a URL and headers are text, a status is a number. The
//! feature `http` converts them from and to those of the `http` crate, which Rust's clients and servers share; without it
//! nobody loads that crate, and a page has no use for it.
//!
//! Any interleaving of the calls is legal. A task that is unknown, over, or aborted is ignored, so a
//! driver needs no care about what arrives late.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use bytes::Bytes;

pub use crate::account::{Authorized, Generation, UploadUrl, UrlKey};
use crate::error::{Error, TransportError};
use crate::hash::Sha1Digest;
use crate::http::{RequestHead, Response};
use crate::time::Instant;

/// A piece of the protocol as a state machine.
///
/// Total: no method panics or fails, whatever the order of the calls.
pub trait Machine {
    /// What it is for.
    type Output;
    /// What it says on the way: progress, checkpoints.
    type Event;

    /// The next thing to do.
    ///
    /// `now` never goes back for the machine: an earlier instant than one seen before counts as that one.
    fn poll(&mut self, now: Instant) -> Step<Self::Output, Self::Event>;

    /// What became of a task it started.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);

    /// Stop: end with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) as soon as possible.
    fn cancel(&mut self, now: Instant, policy: OnCancel);

    /// A wish of the caller on the way. Whatever does not apply to this machine is ignored.
    fn control(&mut self, now: Instant, control: Control) {
        let _ = (now, control);
    }
}

/// What a machine wants next.
#[derive(Debug)]
#[must_use]
pub enum Step<T, E> {
    /// Do this, and report its end once under this id. Reports of progress may come before it.
    Start(TaskId, Action),
    /// Stop doing that. Nothing about it needs to be reported any more.
    Abort(TaskId),
    /// Tell the caller.
    Emit(E),
    /// Nothing to do before an outcome arrives or this instant passes. `None`: only an outcome can move it.
    Wait(Option<Instant>),
    /// The end; afterwards it only answers `Wait(None)`. Tasks that still run are to be aborted.
    Done(Result<T, Error>),
}

/// Names one task of one machine. An id is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u64);

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

/// What [`Machine::cancel`] does with what is already at B2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCancel {
    /// Leave it: an unfinished large file can be resumed.
    #[default]
    Keep,
    /// Delete it, if that succeeds at the first attempts.
    Discard,
}

/// What a caller can wish of a machine that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Begin nothing more, and stop what is under way; what has been confirmed stays. No attempt is lost by it.
    Pause,
    /// Go on.
    Resume,
    /// Have so many transfers under way at once.
    Parallel(usize),
}

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
