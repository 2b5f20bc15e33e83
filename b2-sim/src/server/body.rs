//! Bodies of responses, streamed from memory or from disk.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use super::disk::{Disk, Reader};
use crate::content::{Blob, Content, Piece, pattern};

/// The number of bytes in a read from disk.
const CHUNK: u64 = 512 << 10;

/// The number of chunks that are read ahead.
const AHEAD: usize = 2;

/// A fault of a response's body; offsets are in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum BodyFault {
    /// The connection breaks at this offset.
    TruncateAt(u64),
    /// The byte at this offset is wrong.
    CorruptAt(u64),
    /// Every byte is wrong.
    Replace,
}

/// The body of a response.
pub struct ResponseBody {
    source: Source,
    sent: u64,
    remaining: u64,
    fault: Option<BodyFault>,
}

enum Source {
    Memory(VecDeque<Piece>),
    Reader(mpsc::Receiver<io::Result<Bytes>>),
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseBody({} bytes)", self.remaining)
    }
}

impl ResponseBody {
    pub(super) fn new(bytes: Bytes) -> Self {
        let len = bytes.len() as u64;
        let content = Content::whole(Blob::Bytes(bytes), len);
        Self::of_content(content, None, None)
    }

    pub(super) fn of_content(
        content: Content,
        disk: Option<&Disk>,
        fault: Option<BodyFault>,
    ) -> Self {
        let remaining = content.len();
        let stored = |piece: &Piece| matches!(piece.blob, Blob::Stored(_));
        let source = match disk {
            Some(disk) if content.pieces().iter().any(stored) => {
                Source::Reader(start(content, disk))
            }
            _ => Source::Memory(content.pieces().to_vec().into()),
        };
        Self { source, sent: 0, remaining, fault }
    }
}

/// Reads a content on another thread, [`AHEAD`] chunks ahead of the client.
fn start(content: Content, disk: &Disk) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let disk = disk.reader();
    tokio::task::spawn_blocking(move || {
        let sent = read(&content, Some(&disk), |chunk| sender.blocking_send(Ok(chunk)).is_ok());
        if let Err(error) = sent {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Passes the bytes of a content to `take` in chunks, until it returns false.
pub(super) fn read(
    content: &Content,
    disk: Option<&Reader>,
    mut take: impl FnMut(Bytes) -> bool,
) -> io::Result<()> {
    for piece in content.pieces() {
        let mut at = 0;
        let mut file = match (&piece.blob, disk) {
            (Blob::Stored(number), Some(disk)) => {
                let mut file = disk.open(*number)?;
                file.seek(SeekFrom::Start(piece.offset))?;
                Some(file)
            }
            _ => None,
        };
        while at < piece.len {
            let chunk = match &mut file {
                Some(file) => read_chunk(file, (piece.len - at).min(CHUNK))?,
                None => memory_chunk(piece, at).ok_or(io::ErrorKind::NotFound)?,
            };
            at += chunk.len() as u64;
            if !take(chunk) {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn read_chunk(file: &mut impl Read, len: u64) -> io::Result<Bytes> {
    let mut chunk = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
    file.take(len).read_to_end(&mut chunk)?;
    if chunk.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(chunk.into())
}

/// Returns the next bytes of a piece that is not on disk.
fn memory_chunk(piece: &Piece, at: u64) -> Option<Bytes> {
    let start = piece.offset + at;
    let len = piece.len - at;
    match &piece.blob {
        Blob::Bytes(bytes) => {
            let start = usize::try_from(start).ok()?;
            Some(bytes.slice(start..start + usize::try_from(len).ok()?))
        }
        Blob::Discarded => Some(pattern(start, len)),
        Blob::Stored(_) => None,
    }
}

impl Source {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self {
            Self::Reader(receiver) => receiver.poll_recv(context),
            Self::Memory(pieces) => Poll::Ready(pieces.pop_front().map(|mut piece| {
                let chunk = memory_chunk(&piece, 0).ok_or(io::ErrorKind::NotFound)?;
                let len = chunk.len() as u64;
                piece.offset += len;
                piece.len -= len;
                if piece.len > 0 {
                    pieces.push_front(piece);
                }
                Ok(chunk)
            })),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if matches!(this.fault, Some(BodyFault::TruncateAt(at)) if this.sent >= at) {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
        }
        let chunk = match std::task::ready!(this.source.poll_chunk(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            Some(Ok(chunk)) => chunk,
        };
        let within = |at: u64| {
            let at = usize::try_from(at.checked_sub(this.sent)?).ok()?;
            (at < chunk.len()).then_some(at)
        };
        let chunk = match this.fault {
            Some(BodyFault::TruncateAt(at)) => match within(at) {
                Some(at) => chunk.slice(..at),
                None => chunk,
            },
            Some(BodyFault::CorruptAt(at)) => match within(at) {
                Some(at) => {
                    let mut wrong = chunk.to_vec();
                    wrong[at] ^= 1;
                    wrong.into()
                }
                None => chunk,
            },
            Some(BodyFault::Replace) => chunk.iter().map(|byte| !byte).collect(),
            None => chunk,
        };
        this.sent += chunk.len() as u64;
        this.remaining = this.remaining.saturating_sub(chunk.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
