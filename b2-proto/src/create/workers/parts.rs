//! The parts of one file: which wait, which B2 has.

use alloc::vec::Vec;

use crate::create::plan::{PartContent, PlannedPart};
use crate::hash::Sha1Digest;
use crate::machine::Span;

/// One part and what is known of it.
#[derive(Debug)]
pub(super) struct Part {
    planned: PlannedPart,
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
        match &self.planned.content {
            PartContent::Local(spans) => spans,
            PartContent::Copy(_) | PartContent::Mixed(_) => &[],
        }
    }
}

/// The parts of one file, and the queue of those that wait.
#[derive(Debug, Default)]
pub(super) struct PartQueue {
    parts: Vec<Part>,
    /// The parts that wait, the next one first. There are at most 10,000, so moving them up costs little.
    waiting: Vec<usize>,
    accepted_parts: usize,
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
        self.waiting.push(self.parts.len());
        self.parts.push(Part { planned, digest, accepted: None, refusals: 0 });
    }

    /// Adds the next part, which B2 has already.
    pub(super) fn push_accepted(&mut self, planned: PlannedPart, sha1: Sha1Digest) {
        self.hashed_bytes += planned.len;
        self.accepted_bytes += planned.len;
        self.accepted_parts += 1;
        self.parts.push(Part { planned, digest: Some(sha1), accepted: Some(sha1), refusals: 0 });
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

    /// Makes a part the next one.
    pub(super) fn requeue(&mut self, index: usize) {
        self.waiting.insert(0, index);
    }

    pub(super) fn set_digest(&mut self, index: usize, digest: Sha1Digest) {
        self.parts[index].digest = Some(digest);
        self.hashed_bytes += self.parts[index].len();
    }

    pub(super) fn accept(&mut self, index: usize, sha1: Sha1Digest) {
        let part = &mut self.parts[index];
        if part.digest.is_none() {
            self.hashed_bytes += part.planned.len;
        }
        part.accepted = Some(sha1);
        self.accepted_parts += 1;
        self.accepted_bytes += part.planned.len;
    }

    pub(super) fn accepted_parts(&self) -> usize {
        self.accepted_parts
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
