//! The ranges of one download, and the progress of each.

use core::ops::Range;

use crate::call::RetryState;
use crate::http::Response;
use crate::machine::{Generation, TaskId};
use crate::time::Instant;

/// One range of a download.
#[derive(Debug)]
pub(super) struct Block {
    /// Offsets in the file.
    pub(super) range: Range<u64>,
    /// Bytes that have arrived and will not be requested again.
    pub(super) received: u64,
    /// Bytes of the current response that have arrived.
    pub(super) arriving: u64,
    pub(super) state: State,
    /// While it is requested: when the attempt is abandoned without the head of a response.
    pub(super) head_deadline: Instant,
    pub(super) retry: RetryState,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    Authorizing(TaskId),
    /// Waits for the download authorization, or the file id, that all blocks share.
    Waiting,
    Requesting {
        task: TaskId,
        credential: Credential,
    },
    Receiving(TaskId),
    /// The response is not of B2; the start of its body is read for the error message.
    Peeking {
        task: TaskId,
        credential: Credential,
        head: Response<()>,
        deadline: Instant,
    },
    BackingOff(Instant),
    Offline(TaskId),
    Done,
}

/// The token that a request was sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// The token of the account.
    Account(Generation),
    /// The download authorization with this number.
    DownloadToken(u32),
}

impl Block {
    pub(super) fn new(range: Range<u64>, retry: RetryState) -> Self {
        let head_deadline = Instant::default();
        Self { range, received: 0, arriving: 0, state: State::Queued, head_deadline, retry }
    }

    pub(super) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Returns the range that is still missing.
    pub(super) fn rest(&self) -> Range<u64> {
        self.range.start + self.received..self.range.end
    }

    pub(super) fn received_bytes(&self) -> u64 {
        self.received + self.arriving
    }

    pub(super) fn is_active(&self) -> bool {
        !matches!(self.state, State::Queued | State::Done)
    }

    /// Returns when the block is to be polled although no outcome arrives.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::BackingOff(deadline) | State::Peeking { deadline, .. } => Some(deadline),
            State::Requesting { .. } => Some(self.head_deadline),
            _ => None,
        }
    }

    pub(super) fn task(&self) -> Option<TaskId> {
        match self.state {
            State::Authorizing(task)
            | State::Requesting { task, .. }
            | State::Receiving(task)
            | State::Peeking { task, .. }
            | State::Offline(task) => Some(task),
            State::Queued | State::Waiting | State::BackingOff(_) | State::Done => None,
        }
    }
}

/// The maximum number of blocks after the first, so that they take little memory whatever size a server claims.
const MAX_BLOCKS: u64 = 10_000;

/// Splits a range into blocks. The first has this size, since it was requested before the range was known; the others
/// are larger if there would be too many.
pub(super) fn split(window: Range<u64>, block_size: u64) -> impl Iterator<Item = Range<u64>> {
    let block_size = block_size.max(1);
    let len = window.end.saturating_sub(window.start);
    let further = block_size.max(len.saturating_sub(block_size).div_ceil(MAX_BLOCKS));
    let mut start = window.start;
    let mut size = block_size;
    core::iter::from_fn(move || {
        (start < window.end).then(|| {
            let range = start..window.end.min(start.saturating_add(size));
            (start, size) = (range.end, further);
            range
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_has_too_many_blocks() {
        for (len, first) in [(u64::MAX, 1), (u64::MAX, 32 << 20), (10_000_000_000_000, 32 << 20)] {
            let mut blocks = split(0..len, first);
            assert_eq!(blocks.next(), Some(0..first));
            let (mut count, mut end) = (0, first);
            for block in blocks {
                assert_eq!(block.start, end);
                (count, end) = (count + 1, block.end);
            }
            assert!(count <= MAX_BLOCKS, "{count} blocks");
            assert_eq!(end, len);
        }
    }

    proptest::proptest! {
        #[test]
        fn blocks_cover_the_window_exactly(start in 0..1_000_u64, len in 0..10_000_u64, size in 0..2_000_u64) {
            let mut end = start;
            for range in split(start..start + len, size) {
                proptest::prop_assert_eq!(range.start, end);
                proptest::prop_assert!(range.end > range.start && range.end - range.start <= size.max(1));
                end = range.end;
            }
            proptest::prop_assert_eq!(end, start + len);
        }
    }
}
