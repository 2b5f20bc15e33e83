//! A machine with the bytes that it reads and writes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

use b2_proto::Error;
use b2_proto::create::WriteIntent;
use b2_proto::error::TransportError;
use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use b2_proto::machine::{
    BufferId, Control, Input, Machine, OnCancel, Origin, SinkId, SourceId, Span, Step, TaskId,
};
use b2_proto::time::Instant;
use bytes::{Bytes, BytesMut};

use crate::folder::Folder;

/// The source, stream and sink of a machine.
#[derive(Debug, Default)]
pub struct Local {
    /// The source, which can be read again.
    pub source: Bytes,
    /// The rest of the stream.
    pub stream: Bytes,
    /// The hash of the bytes read from the stream.
    read: Sha1Hasher,
    /// The sink.
    pub sink: Vec<u8>,
    /// The error of reading the source, once it has changed.
    pub(crate) changed: Option<fn() -> TransportError>,
    pub(crate) buffers: BTreeMap<BufferId, Bytes>,
    /// The intents of a stream that are left.
    pub intents: VecDeque<WriteIntent>,
    /// The sources that are no longer needed.
    pub(crate) released: BTreeSet<SourceId>,
    /// The local folder of a synchronization. All sources and sinks are there, if there is one.
    pub folder: Option<Folder>,
}

impl Local {
    /// Creates local data with a source.
    #[must_use]
    pub fn source(bytes: Bytes) -> Self {
        Self { source: bytes, ..Self::default() }
    }

    /// Creates local data with a stream.
    #[must_use]
    pub fn stream(bytes: Bytes) -> Self {
        Self { stream: bytes, ..Self::default() }
    }

    /// Creates local data with a folder.
    #[must_use]
    pub fn folder(folder: Folder) -> Self {
        Self { folder: Some(folder), ..Self::default() }
    }

    fn span(&self, span: &Span) -> Result<Bytes, TransportError> {
        let bytes = match (span.origin, &self.folder) {
            (Origin::Source(id), Some(folder)) => folder.read(id)?,
            (Origin::Source(id), None) => {
                assert!(!self.released.contains(&id), "a source is read after its release");
                if let Some(failure) = self.changed {
                    return Err(failure());
                }
                &self.source
            }
            (Origin::Buffer(id), _) => &self.buffers[&id],
        };
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(bytes.slice(at(span.range.start)..at(span.range.end)))
    }

    pub(crate) fn spans(&self, spans: &[Span]) -> Result<BytesMut, TransportError> {
        let mut bytes = BytesMut::new();
        for span in spans {
            bytes.extend_from_slice(&self.span(span)?);
        }
        Ok(bytes)
    }

    pub(crate) fn release_source(&mut self, source: SourceId) {
        match &mut self.folder {
            Some(folder) => folder.release_source(source),
            None => {
                let released = self.released.insert(source);
                assert!(released, "a source is released twice");
            }
        }
    }

    pub(crate) fn write(
        &mut self,
        sink: SinkId,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), TransportError> {
        if let Some(folder) = &mut self.folder {
            return folder.write(sink, offset, bytes);
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset + bytes.len();
        if self.sink.len() < end {
            self.sink.resize(end, 0);
        }
        self.sink[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn digest(&self, sink: SinkId, len: u64) -> Sha1Digest {
        match &self.folder {
            Some(folder) => folder.digest_sink(sink, len),
            None => Sha1Digest::of(&self.sink[..usize::try_from(len).unwrap_or_default()]),
        }
    }

    /// Closes what a machine that has ended, or was dropped, has left in the folder.
    pub(crate) fn close(&mut self) {
        if let Some(folder) = &mut self.folder {
            folder.close();
        }
    }

    pub(crate) fn fill(&mut self, max: u64) -> (Bytes, bool) {
        let len = self.stream.len().min(usize::try_from(max).unwrap_or(usize::MAX));
        let bytes = self.stream.split_to(len);
        self.read.update(&bytes);
        // The end of the stream is only noticed by reading past it.
        let end = (bytes.len() as u64) < max;
        (bytes, end)
    }
}

impl Local {
    /// Returns the SHA-1 of the bytes read from the stream.
    pub(crate) fn digest_of_stream(&self) -> Sha1Digest {
        self.read.finish()
    }
}

/// A machine as the driver sees it.
pub trait Actor: Debug {
    /// Polls the machine. Its events and its result stay with the actor.
    fn poll(&mut self, now: Instant) -> Step<(), ()>;
    /// Passes an input to the machine.
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
    /// Cancels the machine.
    fn cancel(&mut self, now: Instant, policy: OnCancel);
    /// Sends a command to the machine.
    fn control(&mut self, now: Instant, control: Control);
    /// Returns its local data.
    fn local(&mut self) -> &mut Local;
    /// Returns how many uploads or ranges may be under way.
    fn parallel(&self) -> usize;
    /// Returns the `Debug` output of the machine, its last event and its error.
    fn debug_output(&self) -> String;
}

/// A machine with its local data, events and result.
#[derive(Debug)]
pub struct Running<M: Machine> {
    /// The machine.
    pub machine: M,
    /// Its local data.
    pub local: Local,
    /// Its events so far.
    pub events: Vec<M::Event>,
    /// Its result, once it has ended.
    pub result: Option<Result<M::Output, Error>>,
    parallel: usize,
}

impl<M: Machine> Running<M> {
    /// Creates an actor whose machine may have `parallel` transfers under way.
    #[must_use]
    pub fn new(machine: M, local: Local, parallel: usize) -> Self {
        Self { machine, local, events: Vec::new(), result: None, parallel }
    }

    /// Sets the number of transfers that may be under way.
    #[must_use]
    pub fn with_parallel(self, parallel: usize) -> Self {
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

    fn debug_output(&self) -> String {
        let error = self.result.as_ref().and_then(|result| result.as_ref().err());
        let said = error.map(ToString::to_string).unwrap_or_default();
        format!("{:?} {:?} {:?} {said}", self.machine, self.events.last(), error)
    }
}
