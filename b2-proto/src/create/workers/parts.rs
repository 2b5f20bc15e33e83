//! The parts of one file: which wait, which B2 has.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::create::plan::{PartContent, PlannedPart};
use crate::hash::Sha1Digest;
use crate::machine::{BufferId, Span};

/// One part and what is known of it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) planned: PlannedPart,
    /// What is sent. Empty for a part that B2 copies, and for one that is not assembled yet.
    spans: Vec<Span>,
    /// The buffers that hold its remote pieces.
    buffers: Vec<BufferId>,
    /// The SHA-1 of the local bytes, if it is known.
    pub(super) digest: Option<Sha1Digest>,
    /// The SHA-1 that B2 has stored.
    accepted: Option<Sha1Digest>,
    /// How often B2 refused the part itself.
    pub(super) refusals: u32,
}

impl Part {
    pub(super) fn len(&self) -> u64 {
        self.planned.len
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// The parts of one file, and the queues of those that wait.
#[derive(Debug, Default)]
pub(super) struct PartQueue {
    parts: Vec<Part>,
    /// The parts that wait to be sent, the next one first. There are at most 10,000, so moving them up costs little.
    waiting: Vec<usize>,
    /// The parts that wait to be copied.
    copies: VecDeque<usize>,
    /// The parts that wait to be assembled, and wait to be sent then.
    mixed: VecDeque<usize>,
    accepted_parts: usize,
    /// The number of parts at the start that are all accepted, and of their bytes.
    accepted_start: (usize, u64),
    accepted_bytes: u64,
    /// Bytes of parts whose SHA-1 is known.
    hashed_bytes: u64,
}

impl PartQueue {
    /// Adds the next part, which waits.
    pub(super) fn push(&mut self, planned: PlannedPart, digest: Option<Sha1Digest>) {
        if digest.is_some() {
            self.hashed_bytes += planned.len;
        }
        let index = self.parts.len();
        let mut spans = Vec::new();
        match &planned.content {
            PartContent::Local(local) => {
                spans.clone_from(local);
                self.waiting.push(index);
            }
            PartContent::Copy(_) => self.copies.push_back(index),
            PartContent::Mixed(_) => self.mixed.push_back(index),
        }
        let buffers = Vec::new();
        self.parts.push(Part { planned, spans, buffers, digest, accepted: None, refusals: 0 });
    }

    /// Adds the next part, which B2 has already.
    pub(super) fn push_accepted(&mut self, planned: PlannedPart, sha1: Sha1Digest) {
        self.hashed_bytes += planned.len;
        self.accepted_bytes += planned.len;
        self.accepted_parts += 1;
        let (digest, accepted) = (Some(sha1), Some(sha1));
        let (spans, buffers) = (Vec::new(), Vec::new());
        self.parts.push(Part { planned, spans, buffers, digest, accepted, refusals: 0 });
    }

    pub(super) fn get(&self, index: usize) -> &Part {
        &self.parts[index]
    }

    pub(super) fn get_mut(&mut self, index: usize) -> &mut Part {
        &mut self.parts[index]
    }

    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn waiting(&self) -> &[usize] {
        &self.waiting
    }

    /// Takes the first part that waits and for which `ready` holds.
    pub(super) fn take(&mut self, ready: impl Fn(&Part) -> bool) -> Option<usize> {
        let position = self.waiting.iter().position(|index| ready(&self.parts[*index]))?;
        Some(self.waiting.remove(position))
    }

    /// Takes the next part that B2 copies.
    pub(super) fn take_copy(&mut self) -> Option<usize> {
        self.copies.pop_front()
    }

    /// Returns the next part that is to be assembled.
    pub(super) fn next_mixed(&self) -> Option<usize> {
        self.mixed.front().copied()
    }

    /// Takes the next part that is to be assembled.
    pub(super) fn take_mixed(&mut self) -> Option<usize> {
        self.mixed.pop_front()
    }

    /// Takes what an assembled part consists of. It waits to be sent.
    pub(super) fn assembled(&mut self, index: usize, spans: Vec<Span>, buffers: Vec<BufferId>) {
        let part = &mut self.parts[index];
        part.spans = spans;
        part.buffers = buffers;
        self.waiting.push(index);
    }

    /// Makes a part the next one.
    pub(super) fn requeue(&mut self, index: usize) {
        self.waiting.insert(0, index);
    }

    pub(super) fn set_digest(&mut self, index: usize, digest: Sha1Digest) {
        self.parts[index].digest = Some(digest);
        self.hashed_bytes += self.parts[index].len();
    }

    /// Notes the SHA-1 that B2 has stored. Returns the buffers that are no longer needed.
    pub(super) fn accept(&mut self, index: usize, sha1: Sha1Digest) -> Vec<BufferId> {
        let part = &mut self.parts[index];
        if part.digest.is_none() {
            self.hashed_bytes += part.planned.len;
        }
        part.accepted = Some(sha1);
        self.accepted_parts += 1;
        self.accepted_bytes += part.planned.len;
        core::mem::take(&mut part.buffers)
    }

    pub(super) fn accepted_parts(&self) -> usize {
        self.accepted_parts
    }

    /// Returns the offset before which all bytes are accepted.
    pub(super) fn accepted_until(&mut self) -> u64 {
        let (parts, bytes) = &mut self.accepted_start;
        while let Some(part) = self.parts.get(*parts).filter(|part| part.accepted.is_some()) {
            *parts += 1;
            *bytes += part.planned.len;
        }
        *bytes
    }

    /// Returns the number of parts that wait to be sent, copied or assembled.
    pub(super) fn waiting_parts(&self) -> usize {
        self.waiting.len() + self.copies.len() + self.mixed.len()
    }

    pub(super) fn accepted_bytes(&self) -> u64 {
        self.accepted_bytes
    }

    pub(super) fn hashed_bytes(&self) -> u64 {
        self.hashed_bytes
    }

    /// Returns the SHA-1 of each accepted part, by its index.
    pub(super) fn accepted(&self) -> impl Iterator<Item = (usize, Sha1Digest)> + '_ {
        self.parts.iter().enumerate().filter_map(|(index, part)| Some((index, part.accepted?)))
    }
}
