//! Reads a stream into a fixed number of part buffers.

use alloc::vec::Vec;

use crate::api::MAX_PARTS;
use crate::create::plan::{PartLimits, PlannedPart};
use crate::create::whole_sha1::check_whole;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Action, BufferId, TaskId, TaskIds};

/// Reads a stream, whose length is not known, part by part.
#[derive(Debug)]
pub(crate) struct PartReader {
    free: Vec<BufferId>,
    /// The task that reads, its buffer, and the number of bytes to read.
    reading: Option<(TaskId, BufferId, u64)>,
    /// The parts that are not accepted yet, by their index, each with its buffer.
    in_use: Vec<(usize, BufferId)>,
    /// The number of parts that were read.
    parts: usize,
    bytes: u64,
    ended: bool,
    largest: u64,
    /// The SHA-1 that all bytes together must have; `None` if it is not known, or not to be verified.
    sha1: Option<Sha1Digest>,
}

impl PartReader {
    /// Creates a reader with one buffer for each worker, and one more to fill meanwhile.
    pub(crate) fn new(parallel: usize, largest: u64, sha1: Option<Sha1Digest>) -> Self {
        let buffers = u32::try_from(parallel.max(1) + 1).unwrap_or(u32::MAX);
        Self {
            free: (0..buffers).rev().map(BufferId).collect(),
            reading: None,
            in_use: Vec::new(),
            parts: 0,
            bytes: 0,
            ended: false,
            largest,
            sha1,
        }
    }

    /// Starts to fill the next buffer, if one is free and the stream has not ended.
    pub(crate) fn poll(&mut self, limits: &PartLimits, ids: &TaskIds) -> Option<(TaskId, Action)> {
        if self.ended || self.reading.is_some() {
            return None;
        }
        let buffer = self.free.pop()?;
        let number = self.parts as u64 + 1;
        // One byte more than the last possible part shows that the stream is too long.
        let max = if number > u64::from(MAX_PARTS) {
            1
        } else {
            limits.stream_part_size(number, self.largest)
        };
        let task = ids.next();
        self.reading = Some((task, buffer, max));
        Some((task, Action::Fill { buffer, max, digest: self.sha1.is_some() }))
    }

    pub(crate) fn is_reading(&self, task: TaskId) -> bool {
        self.reading.is_some_and(|(reading, ..)| reading == task)
    }

    /// Takes a filled buffer and returns the part that it holds. An empty stream has one empty part.
    pub(crate) fn filled(
        &mut self,
        len: u64,
        end: bool,
        sha1: Option<Sha1Digest>,
    ) -> Result<Option<PlannedPart>, Error> {
        let Some((_, buffer, max)) = self.reading.take() else {
            return Ok(None);
        };
        // A buffer cannot hold more than was requested, whatever the driver reports.
        let len = len.min(max);
        self.ended = end;
        self.bytes += len;
        if let Some(given) = self.sha1.filter(|_| end) {
            check_whole(given, sha1)?;
        }
        if len == 0 && self.parts > 0 {
            self.free.push(buffer);
            return Ok(None);
        }
        if self.parts >= MAX_PARTS as usize {
            let message = format!(
                "the stream has more than {} bytes, which is what 10,000 parts of this size hold; choose a larger part size",
                self.bytes - len
            );
            return Err(Error::new(ErrorKind::MaxFileSizeExceeded, message));
        }
        self.in_use.push((self.parts, buffer));
        self.parts += 1;
        Ok(Some(PlannedPart::of_buffer(buffer, len)))
    }

    /// Frees the buffer of an accepted part and returns it.
    pub(crate) fn accepted(&mut self, index: usize) -> Option<BufferId> {
        let at = self.in_use.iter().position(|(part, _)| *part == index)?;
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
        self.reading.map(|(task, ..)| task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_holds_no_more_than_was_asked_for() {
        let limits = PartLimits { min: 5, recommended: 10, max: 100 };
        let (mut reader, ids) = (PartReader::new(1, 10, None), TaskIds::default());
        for part in 1..=2 {
            assert!(reader.poll(&limits, &ids).is_some());
            let planned = reader.filled(u64::MAX, false, None).unwrap().unwrap();
            assert_eq!((planned.len, reader.bytes()), (10, part * 10));
        }
    }
}
