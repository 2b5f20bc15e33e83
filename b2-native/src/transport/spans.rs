//! Reads the spans of a body in order, and hashes them.

use std::collections::VecDeque;
use std::ops::Range;

use b2_client::HostError;
use b2_proto::hash::{HEX_LEN, Sha1Digest, Sha1Hasher};
use bytes::Bytes;

use super::buffers::Buffers;
use crate::source::{CHUNK, NativeSource, SpanReader};

/// The spans of a body that are not yet read. Its methods block.
pub(super) struct SpanQueue {
    spans: VecDeque<(NativeSource, Range<u64>)>,
    current: Option<SpanReader>,
    hasher: Option<Sha1Hasher>,
    buffers: Buffers,
}

impl SpanQueue {
    pub(super) fn new(
        spans: Vec<(NativeSource, Range<u64>)>,
        digest: bool,
        buffers: Buffers,
    ) -> Self {
        let hasher = digest.then(Sha1Hasher::new);
        Self { spans: spans.into(), current: None, hasher, buffers }
    }

    /// Returns the next bytes, at most [`CHUNK`], which are empty at the end.
    pub(super) fn next(&mut self) -> Result<Bytes, HostError> {
        let bytes = self.read(|span, buffer| Some(span.read_into(buffer)))?;
        Ok(bytes.unwrap_or_default())
    }

    /// Returns the next bytes if reading them does not block. Otherwise returns `None` and consumes no bytes.
    pub(super) fn next_cached(&mut self) -> Result<Option<Bytes>, HostError> {
        self.read(SpanReader::read_cached)
    }

    fn read(
        &mut self,
        read: impl FnOnce(&mut SpanReader, &mut [u8]) -> Option<Result<(), HostError>>,
    ) -> Result<Option<Bytes>, HostError> {
        let Some(mut span) = self.span()? else {
            return Ok(Some(Bytes::new()));
        };
        let bytes = match span.take_memory(CHUNK) {
            Some(bytes) => Some(bytes),
            None => {
                let mut buffer = self.buffers.take();
                let size = usize::try_from(span.left()).unwrap_or(CHUNK).min(CHUNK);
                match read(&mut span, buffer.first(size)) {
                    Some(read) => read.map(|()| Some(buffer.freeze()))?,
                    None => None,
                }
            }
        };
        if let (Some(hasher), Some(bytes)) = (&mut self.hasher, &bytes) {
            hasher.update(bytes);
        }
        self.current = Some(span);
        Ok(bytes)
    }

    /// Reads all bytes, about `len` of them, and appends the digits of their SHA-1 if it is computed.
    pub(super) fn collect(mut self, len: usize) -> Result<(Bytes, Option<Sha1Digest>), HostError> {
        let mut all = Vec::with_capacity(len + HEX_LEN);
        while let Some(mut span) = self.span()? {
            let start = all.len();
            all.resize(start + usize::try_from(span.left()).unwrap_or(usize::MAX), 0);
            span.read_into(&mut all[start..])?;
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&all);
        }
        let digest = self.digest();
        if let Some(digest) = digest {
            all.extend_from_slice(&digest.to_hex_bytes());
        }
        Ok((all.into(), digest))
    }

    /// Returns whether a span is of a stream, from which reading may take long.
    pub(super) fn has_stream(&self) -> bool {
        self.spans.iter().any(|(source, _)| source.is_stream())
    }

    /// Returns whether all bytes were read.
    pub(super) fn is_at_end(&self) -> bool {
        let left = self.current.as_ref().map_or(0, SpanReader::left);
        left == 0 && self.spans.iter().all(|(_, range)| range.is_empty())
    }

    /// Returns the SHA-1 of the bytes read so far, if it is computed.
    pub(super) fn digest(&self) -> Option<Sha1Digest> {
        self.hasher.as_ref().map(Sha1Hasher::finish)
    }

    /// Takes the current span, or opens the next one.
    fn span(&mut self) -> Result<Option<SpanReader>, HostError> {
        loop {
            if let Some(span) = self.current.take().filter(|span| span.left() > 0) {
                return Ok(Some(span));
            }
            let Some((source, range)) = self.spans.pop_front() else {
                return Ok(None);
            };
            self.current = Some(source.start(range)?);
        }
    }
}
