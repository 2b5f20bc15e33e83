//! A machine with the bytes it reads and writes.

use std::collections::BTreeMap;
use std::fmt::Debug;

use b2_proto::Error;
use b2_proto::error::TransportError;
use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use b2_proto::machine::{BufferId, Control, Input, Machine, OnCancel, Origin, Span, Step, TaskId};
use b2_proto::time::Instant;
use bytes::{Bytes, BytesMut};

/// What a machine's sources, stream and sink are.
#[derive(Debug, Default)]
pub struct Local {
    /// The source that can be read again.
    pub source: Bytes,
    /// What is left of the stream.
    pub stream: Bytes,
    /// Has hashed what was read of the stream.
    read: Sha1Hasher,
    /// The sink.
    pub sink: Vec<u8>,
    /// Why the source can no longer be read.
    pub(crate) changed: Option<fn() -> TransportError>,
    pub(crate) buffers: BTreeMap<BufferId, Bytes>,
}

impl Local {
    /// A source.
    #[must_use]
    pub fn source(bytes: Bytes) -> Self {
        Self { source: bytes, ..Self::default() }
    }

    /// A stream.
    #[must_use]
    pub fn stream(bytes: Bytes) -> Self {
        Self { stream: bytes, ..Self::default() }
    }

    fn span(&self, span: &Span) -> Bytes {
        let bytes = match span.origin {
            Origin::Source(_) => &self.source,
            Origin::Buffer(id) => &self.buffers[&id],
        };
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        bytes.slice(at(span.range.start)..at(span.range.end))
    }

    pub(crate) fn spans(&self, spans: &[Span]) -> BytesMut {
        let mut bytes = BytesMut::new();
        for span in spans {
            bytes.extend_from_slice(&self.span(span));
        }
        bytes
    }

    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset + bytes.len();
        if self.sink.len() < end {
            self.sink.resize(end, 0);
        }
        self.sink[offset..end].copy_from_slice(bytes);
    }

    pub(crate) fn digest(&self, len: u64) -> Sha1Digest {
        Sha1Digest::of(&self.sink[..usize::try_from(len).unwrap_or_default()])
    }

    pub(crate) fn fill(&mut self, max: u64) -> (Bytes, bool) {
        let len = self.stream.len().min(usize::try_from(max).unwrap_or(usize::MAX));
        let bytes = self.stream.split_to(len);
        self.read.update(&bytes);
        // A stream that was read to its last byte does not know yet that it has ended.
        let end = (bytes.len() as u64) < max;
        (bytes, end)
    }
}

impl Local {
    /// The SHA-1 of what was read of the stream.
    pub(crate) fn digest_of_stream(&self) -> Sha1Digest {
        self.read.finish()
    }
}

/// A machine of any sort, as the driver sees it.
pub trait Actor: Debug {
    /// The machine's next step; its events and its end stay with the actor.
    fn poll(&mut self, now: Instant) -> Step<(), ()>;
    /// Passes an outcome on.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
    /// Cancels the machine.
    fn cancel(&mut self, now: Instant, policy: OnCancel);
    /// Tells the machine a wish.
    fn control(&mut self, now: Instant, control: Control);
    /// Its bytes.
    fn local(&mut self) -> &mut Local;
    /// How many uploads, or ranges, it may have under way.
    fn parallel(&self) -> usize;
    /// The machine, its last event and its error, as a careless log would show them.
    fn shown(&self) -> String;
}

/// A machine that runs, or has ended.
#[derive(Debug)]
pub struct Running<M: Machine> {
    /// The machine.
    pub machine: M,
    /// Its bytes.
    pub local: Local,
    /// What it has said.
    pub events: Vec<M::Event>,
    /// How it ended.
    pub result: Option<Result<M::Output, Error>>,
    parallel: usize,
}

impl<M: Machine> Running<M> {
    /// A machine that may have `parallel` transfers under way.
    #[must_use]
    pub fn new(machine: M, local: Local, parallel: usize) -> Self {
        Self { machine, local, events: Vec::new(), result: None, parallel }
    }

    /// The same, with another number of transfers that it may have under way.
    #[must_use]
    pub fn at_most(self, parallel: usize) -> Self {
        Self { parallel, ..self }
    }
}

impl<M: Machine + Debug> Actor for Running<M>
where
    M::Output: Debug,
    M::Event: Debug,
{
    fn poll(&mut self, now: Instant) -> Step<(), ()> {
        match self.machine.poll(now) {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(event) => {
                self.events.push(event);
                Step::Emit(())
            }
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(result) => {
                assert!(self.result.is_none(), "a machine ended twice");
                self.result = Some(result);
                Step::Done(Ok(()))
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.machine.handle(now, task, input);
    }

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.machine.cancel(now, policy);
    }

    fn control(&mut self, now: Instant, control: Control) {
        self.machine.control(now, control);
    }

    fn local(&mut self) -> &mut Local {
        &mut self.local
    }

    fn parallel(&self) -> usize {
        self.parallel
    }

    fn shown(&self) -> String {
        let error = self.result.as_ref().and_then(|result| result.as_ref().err());
        let said = error.map(ToString::to_string).unwrap_or_default();
        format!("{:?} {:?} {:?} {said}", self.machine, self.events.last(), error)
    }
}
