//! The sources, sinks and buffers that the actions of a machine name.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{Body, BufferId, Origin, SinkId, Span};

use super::commands::Commands;
use super::destination::Destination;
use super::reader::AnyReader;
use crate::host::{Host, RequestBody};

/// The sources, sinks and commands of one machine.
pub(crate) struct Resources<H: Host> {
    pub(crate) sources: Vec<H::Source>,
    pub(crate) reader: Option<AnyReader<H>>,
    /// The SHA-1 of what was read of `reader` so far, where the machine asks for it.
    pub(crate) hasher: Option<Sha1Hasher>,
    /// What was read of `reader` and is not released yet.
    pub(crate) buffers: Vec<(BufferId, H::Source)>,
    pub(crate) sinks: Vec<Arc<dyn Destination>>,
    pub(crate) commands: Commands,
}

impl<H: Host> Default for Resources<H> {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            reader: None,
            hasher: None,
            buffers: Vec::new(),
            sinks: Vec::new(),
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
                Origin::Source(id) => self.sources.get(id.0 as usize),
                Origin::Buffer(id) => self.buffer(id),
            };
            if let Some(source) = source {
                found.push((source.clone(), span.range));
            }
        }
        found
    }

    fn buffer(&self, id: BufferId) -> Option<&H::Source> {
        self.buffers.iter().find(|(buffer, _)| *buffer == id).map(|(_, bytes)| bytes)
    }

    pub(super) fn sink(&self, id: SinkId) -> Option<Arc<dyn Destination>> {
        self.sinks.get(id.0 as usize).cloned()
    }
}
