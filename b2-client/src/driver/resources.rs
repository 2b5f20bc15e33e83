//! The sources, sinks and buffers that the actions of a machine name.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use b2_proto::create::WriteIntent;
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{Body, BufferId, Origin, SinkId, SourceId, Span};

use super::commands::Commands;
use super::destination::Destination;
use super::local::LocalSide;
use super::pieces::{OpenPiece, PieceContent, PieceStream};
use super::reader::AnyReader;
use crate::host::{Host, RequestBody};

/// The sources, sinks and commands of one machine.
pub(crate) struct Resources<H: Host> {
    /// The local sources, in the order of their ids.
    pub(crate) sources: Vec<(SourceId, H::Source)>,
    pub(crate) next_source: u32,
    /// Gives the pieces of a new file one by one.
    pub(crate) intents: Option<PieceStream<H>>,
    pub(crate) reader: Option<AnyReader<H>>,
    /// The SHA-1 of what was read of `reader` so far, where the machine asks for it.
    pub(crate) hasher: Option<Sha1Hasher>,
    /// What was read of `reader` or received into a buffer, and is not released yet.
    pub(crate) buffers: Vec<(BufferId, H::Source)>,
    pub(crate) sinks: Vec<Arc<dyn Destination>>,
    /// The local folder of a synchronization.
    pub(crate) local: LocalSide<H>,
    pub(crate) commands: Commands,
}

impl<H: Host> Default for Resources<H> {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            next_source: 0,
            intents: None,
            reader: None,
            hasher: None,
            buffers: Vec::new(),
            sinks: Vec::new(),
            local: LocalSide::default(),
            commands: Commands::default(),
        }
    }
}

impl<H: Host> Resources<H> {
    /// Replaces the machine's names for sources by the sources.
    pub(super) fn body(&self, body: Body) -> RequestBody<H::Source> {
        match body {
            Body::Empty => RequestBody::Empty,
            Body::Bytes(bytes) => RequestBody::Bytes(bytes),
            Body::Spans { spans, digest_at_end } => {
                RequestBody::Spans { spans: self.spans(spans), digest_at_end }
            }
        }
    }

    pub(super) fn spans(&self, spans: Vec<Span>) -> Vec<(H::Source, Range<u64>)> {
        let mut found = Vec::new();
        for span in spans {
            let source = match span.origin {
                Origin::Source(id) => self.source(id),
                Origin::Buffer(id) => self.buffer(id),
            };
            if let Some(source) = source {
                found.push((source.clone(), span.range));
            }
        }
        found
    }

    /// Adds a source and returns its id.
    pub(crate) fn add_source(&mut self, source: H::Source) -> SourceId {
        let id = SourceId(self.next_source);
        self.next_source += 1;
        self.sources.push((id, source));
        id
    }

    /// Adds a source that was opened under this id.
    pub(super) fn opened(&mut self, id: SourceId, source: H::Source) {
        let at = self.sources.partition_point(|(other, _)| *other < id);
        self.sources.insert(at, (id, source));
    }

    /// Adds the source of a piece, and returns what the machine knows of the piece.
    pub(crate) fn intent(&mut self, piece: OpenPiece<H>) -> WriteIntent {
        let mut intent = match piece.content {
            PieceContent::Local(source, range) => {
                WriteIntent::local(self.add_source(source), range)
            }
            PieceContent::Remote(source) => WriteIntent::remote(source),
        };
        intent.destination_offset = piece.offset;
        intent
    }

    fn source(&self, id: SourceId) -> Option<&H::Source> {
        let at = self.sources.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.sources.get(at).map(|(_, source)| source)
    }

    /// Drops a source.
    pub(super) fn release_source(&mut self, id: SourceId) {
        if let Ok(at) = self.sources.binary_search_by_key(&id, |(id, _)| *id) {
            self.sources.remove(at);
        }
    }

    /// Drops a buffer.
    pub(super) fn release(&mut self, buffer: BufferId) {
        self.buffers.retain(|(id, _)| *id != buffer);
    }

    fn buffer(&self, id: BufferId) -> Option<&H::Source> {
        self.buffers.iter().find(|(buffer, _)| *buffer == id).map(|(_, bytes)| bytes)
    }

    pub(super) fn sink(&self, id: SinkId) -> Option<Arc<dyn Destination>> {
        let given = || self.sinks.get(id.0 as usize).cloned();
        self.local.destination(id).or_else(given)
    }
}
