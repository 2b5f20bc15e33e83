//! Parts with remote pieces that are too small to be copied: they are downloaded, and uploaded with the others.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::{UploadWorkers, WorkerStep, sooner};
use crate::account::Authorization;
use crate::api::{Download, Endpoint, Idempotency, Operation};
use crate::call::{Call, CallFactory};
use crate::create::plan::{MAX_DOWNLOAD, PartContent, Piece, RemoteRange};
use crate::error::{Error, ErrorKind, Retry, Target, TransportError, TransportErrorKind};
use crate::machine::{
    BufferId, Input, Machine, Origin, Reply, ReplyPlan, Request, Span, Step, TaskId, TaskIds,
};
use crate::model::Capability;
use crate::time::Instant;

/// The buffers of remote pieces.
#[derive(Debug)]
pub(super) struct PieceBuffers {
    /// The most bytes that they hold, unless one part needs more.
    max: u64,
    /// The parts whose remote pieces are in buffers or on their way there, each with the bytes of those.
    in_use: Vec<(usize, u64)>,
    /// The ids of tasks, which number the buffers too: other uploads of the same machine have buffers of their own.
    ids: TaskIds,
}

impl PieceBuffers {
    pub(super) fn new(max: u64, ids: TaskIds) -> Self {
        Self { max, in_use: Vec::new(), ids }
    }

    /// Reserves bytes for the remote pieces of a part, unless there would be too many.
    fn reserve(&mut self, index: usize, bytes: u64) -> bool {
        let used: u64 = self.in_use.iter().map(|(_, bytes)| bytes).sum();
        let fits = self.in_use.is_empty() || used.saturating_add(bytes) <= self.max;
        if fits {
            self.in_use.push((index, bytes));
        }
        fits
    }

    /// Returns the bytes of an accepted part.
    pub(super) fn accepted(&mut self, index: usize) {
        self.in_use.retain(|(part, _)| *part != index);
    }

    fn next(&self) -> BufferId {
        BufferId(self.ids.next().0 as u32)
    }
}

/// A part whose remote pieces are downloaded, one request after the other.
#[derive(Debug)]
pub(super) struct Assembly {
    index: usize,
    /// What the part will consist of.
    spans: Vec<Span>,
    /// The downloads that are left, the next one last.
    downloads: Vec<PieceDownload>,
    call: Option<Box<Call<PieceDownload>>>,
}

impl Assembly {
    fn new(
        index: usize,
        pieces: &[Piece],
        headers_may_be_hidden: bool,
        buffers: &mut PieceBuffers,
    ) -> Self {
        let (mut spans, mut downloads) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Local(span) => spans.push(span.clone()),
                Piece::Remote(remote) => {
                    for download in PieceDownload::all_of(remote, headers_may_be_hidden, buffers) {
                        spans.push(Span {
                            origin: Origin::Buffer(download.buffer),
                            range: 0..download.len,
                        });
                        downloads.push(download);
                    }
                }
            }
        }
        downloads.reverse();
        Self { index, spans, downloads, call: None }
    }

    pub(super) fn running(&self) -> Option<TaskId> {
        self.call.as_ref().and_then(|call| call.running())
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(call) = &mut self.call {
            call.handle(now, task, input);
        }
    }

    /// Stops the download under way, which is begun again later. Returns its task.
    pub(super) fn halt(&mut self) -> Option<TaskId> {
        self.call.take().and_then(|call| call.running())
    }

    /// Advances the downloads. Ends when all pieces are there.
    fn poll(
        &mut self,
        now: Instant,
        calls: &mut CallFactory,
    ) -> ControlFlow<WorkerStep, Result<(), Error>> {
        loop {
            let Some(download) = self.downloads.last() else {
                return ControlFlow::Continue(Ok(()));
            };
            let call = self.call.get_or_insert_with(|| Box::new(calls.call(download.clone())));
            match call.poll(now).result()? {
                Ok(()) => {
                    self.downloads.pop();
                    self.call = None;
                }
                Err(error) => return ControlFlow::Continue(Err(error)),
            }
        }
    }

    fn buffers(&self) -> Vec<BufferId> {
        let buffer = |span: &Span| match span.origin {
            Origin::Buffer(buffer) => Some(buffer),
            Origin::Source(_) => None,
        };
        self.spans.iter().filter_map(buffer).collect()
    }
}

/// The download of a remote piece, or of a part of a large one, to a buffer.
#[derive(Clone, Debug)]
struct PieceDownload {
    download: Download,
    buffer: BufferId,
    len: u64,
}

impl PieceDownload {
    fn all_of<'a>(
        remote: &'a RemoteRange,
        headers_may_be_hidden: bool,
        buffers: &'a mut PieceBuffers,
    ) -> impl Iterator<Item = Self> + 'a {
        let mut start = remote.range.start;
        core::iter::from_fn(move || {
            let range = start..remote.range.end.min(start.saturating_add(MAX_DOWNLOAD));
            start = range.end;
            let len = range.end - range.start;
            let mut download = Download::by_id(remote.file_id.clone());
            download.headers_may_be_hidden = headers_may_be_hidden;
            download.encryption.clone_from(&remote.encryption);
            download.range = Some(range);
            (len > 0).then(|| Self { download, buffer: buffers.next(), len })
        })
    }
}

impl Operation for PieceDownload {
    fn name(&self) -> &'static str {
        self.download.name()
    }

    fn idempotency(&self) -> Idempotency {
        self.download.idempotency()
    }

    fn target(&self) -> Target {
        Target::Download
    }

    fn capability(&self) -> Option<Capability> {
        self.download.capability()
    }

    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error> {
        let mut request = self.download.request(authorization)?;
        if let ReplyPlan::Stream { limit } = request.reply {
            request.reply = ReplyPlan::Buffer { buffer: self.buffer, max: self.len, limit };
        }
        Ok(request)
    }

    fn transport_error(&self, failure: &TransportError) -> Error {
        let error = self.download.transport_error(failure);
        if failure.kind != TransportErrorKind::TooLong {
            return error;
        }
        // The server has ignored the range, as a proxy may do once.
        let message =
            format!("the answer has more than the {} bytes that were asked for", self.len);
        error.with_kind(ErrorKind::InvalidRange).with_message(message).with_retry(Retry::Backoff)
    }
}

impl Endpoint for PieceDownload {
    type Response = ();

    fn response(&self, reply: &Reply) -> Result<(), Error> {
        self.download.response(reply)?;
        if reply.buffered == self.len {
            return Ok(());
        }
        let message = format!("the body has {} bytes, not {}", reply.buffered, self.len);
        let error = Error::new(ErrorKind::TruncatedOutput, message).with_retry(Retry::Backoff);
        Err(self.download.label(error))
    }
}

impl UploadWorkers {
    /// Begins to assemble parts until the buffers are in use, and advances those under way.
    pub(super) fn poll_assemblies(&mut self, now: Instant) -> WorkerStep {
        while self.assemblies.len() < self.parallel && self.assemble_next() {}
        let mut earliest = None;
        for at in 0..self.assemblies.len() {
            match self.assemblies[at].poll(now, &mut self.calls) {
                ControlFlow::Break(Step::Wait(deadline)) => earliest = sooner(earliest, deadline),
                ControlFlow::Break(step) => return step,
                ControlFlow::Continue(Ok(())) => {
                    let assembly = self.assemblies.swap_remove(at);
                    let buffers = assembly.buffers();
                    self.parts.assembled(assembly.index, assembly.spans, buffers);
                    // It may have to be hashed now.
                    return self.poll(now);
                }
                ControlFlow::Continue(Err(error)) => return self.fail(error),
            }
        }
        Step::Wait(earliest)
    }

    /// Begins to assemble the next part, if there is one and its remote pieces fit in the buffers.
    fn assemble_next(&mut self) -> bool {
        let Some(index) = self.parts.next_mixed() else {
            return false;
        };
        let PartContent::Mixed(pieces) = &self.parts.get(index).planned.content else {
            return false;
        };
        let remote = |piece: &Piece| match piece {
            Piece::Remote(remote) => remote.range.end - remote.range.start,
            Piece::Local(_) => 0,
        };
        if !self.buffers.reserve(index, pieces.iter().map(remote).sum()) {
            return false;
        }
        let assembly = Assembly::new(index, pieces, self.headers_may_be_hidden, &mut self.buffers);
        self.assemblies.push(assembly);
        self.parts.take_mixed();
        true
    }
}
