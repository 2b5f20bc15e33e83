//! Reads a stream into part buffers, of which there is a fixed number.

use alloc::vec::Vec;

use crate::call::TaskIds;
use crate::create::plan::{MAX_PARTS, PartLimits, PlannedPart};
use crate::create::whole::check_whole;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Action, BufferId, TaskId};

#[derive(Debug)]
pub(crate) struct Filler {
    free: Vec<BufferId>,
    /// The task, its buffer, and how many bytes it was asked for.
    filling: Option<(TaskId, BufferId, u64)>,
    /// The parts that are not accepted yet, by index, each with its buffer.
    in_use: Vec<(usize, BufferId)>,
    filled: usize,
    bytes: u64,
    ended: bool,
    largest: u64,
    /// The SHA-1 that all bytes together must have.
    sha1: Option<Sha1Digest>,
}

impl Filler {
    /// One buffer for each lane, and one to fill meanwhile.
    pub(crate) fn new(parallel: usize, largest: u64, sha1: Option<Sha1Digest>) -> Self {
        let buffers = u32::try_from(parallel.max(1) + 1).unwrap_or(u32::MAX);
        Self {
            free: (0..buffers).rev().map(BufferId).collect(),
            filling: None,
            in_use: Vec::new(),
            filled: 0,
            bytes: 0,
            ended: false,
            largest,
            sha1,
        }
    }

    /// Begins to fill the next buffer, if one is free and the stream goes on.
    pub(crate) fn poll(
        &mut self,
        limits: &PartLimits,
        ids: &mut TaskIds,
    ) -> Option<(TaskId, Action)> {
        if self.ended || self.filling.is_some() {
            return None;
        }
        let buffer = self.free.pop()?;
        let number = self.filled as u64 + 1;
        // One byte more than the last possible part shows that the stream is too long.
        let max =
            if number > MAX_PARTS { 1 } else { limits.stream_part_size(number, self.largest) };
        let task = ids.next();
        self.filling = Some((task, buffer, max));
        Some((task, Action::Fill { buffer, max, digest: self.sha1.is_some() }))
    }

    pub(crate) fn is_filling(&self, task: TaskId) -> bool {
        self.filling.is_some_and(|(filling, ..)| filling == task)
    }

    /// A buffer was filled: the part it makes, if it holds anything. An empty stream makes one empty part.
    pub(crate) fn filled(
        &mut self,
        len: u64,
        end: bool,
        sha1: Option<Sha1Digest>,
    ) -> Result<Option<PlannedPart>, Error> {
        let Some((_, buffer, max)) = self.filling.take() else {
            return Ok(None);
        };
        // A buffer cannot hold more than was asked for, whatever is said.
        let len = len.min(max);
        self.ended = end;
        self.bytes += len;
        if let Some(given) = self.sha1.filter(|_| end) {
            check_whole(given, sha1)?;
        }
        if len == 0 && self.filled > 0 {
            self.free.push(buffer);
            return Ok(None);
        }
        if self.filled as u64 >= MAX_PARTS {
            let message = format!(
                "the stream has more than {} bytes, which is what 10,000 parts of this size hold; choose a larger part size",
                self.bytes - len
            );
            return Err(Error::new(ErrorKind::MaxFileSizeExceeded, message));
        }
        self.in_use.push((self.filled, buffer));
        self.filled += 1;
        Ok(Some(PlannedPart::of_buffer(buffer, len)))
    }

    /// The buffer of an accepted part, which can be released.
    pub(crate) fn accepted(&mut self, index: usize) -> Option<BufferId> {
        let at = self.in_use.iter().position(|(filled, _)| *filled == index)?;
        let (_, buffer) = self.in_use.swap_remove(at);
        self.free.push(buffer);
        Some(buffer)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn running(&self) -> Option<TaskId> {
        self.filling.map(|(task, ..)| task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_holds_no_more_than_was_asked_for() {
        let limits = PartLimits { min: 5, recommended: 10, max: 100 };
        let (mut filler, mut ids) = (Filler::new(1, 10, None), TaskIds::default());
        for part in 1..=2 {
            assert!(filler.poll(&limits, &mut ids).is_some());
            let planned = filler.filled(u64::MAX, false, None).unwrap().unwrap();
            assert_eq!((planned.len, filler.bytes()), (10, part * 10));
        }
    }
}
