//! The ranges of one download, and how far each has come.

use core::ops::Range;

use crate::call::RetryState;
use crate::http::Response;
use crate::machine::{Generation, TaskId};
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Block {
    /// Offsets in the file.
    pub(super) range: Range<u64>,
    /// Bytes that have arrived and will not be asked for again.
    pub(super) got: u64,
    /// Bytes of the current answer that have arrived.
    pub(super) arriving: u64,
    pub(super) state: State,
    /// While it is requested: until when the head of the answer must have come.
    pub(super) head_until: Instant,
    pub(super) attempts: RetryState,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    Queued,
    Authorizing(TaskId),
    /// For the download authorization, or the file id, that all blocks share.
    Asking,
    Requesting {
        task: TaskId,
        sent: Sent,
    },
    Receiving(TaskId),
    /// What answered is not B2; the start of its page is read, for the message.
    Peeking {
        task: TaskId,
        sent: Sent,
        head: Response<()>,
        until: Instant,
    },
    BackingOff(Instant),
    Offline(TaskId),
    Done,
}

/// The token that a request was sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Account(Generation),
    Granted(u32),
}

impl Block {
    pub(super) fn new(range: Range<u64>, attempts: RetryState) -> Self {
        let head_until = Instant::default();
        Self { range, got: 0, arriving: 0, state: State::Queued, head_until, attempts }
    }

    pub(super) fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// What is still missing.
    pub(super) fn rest(&self) -> Range<u64> {
        self.range.start + self.got..self.range.end
    }

    pub(super) fn received(&self) -> u64 {
        self.got + self.arriving
    }

    pub(super) fn is_active(&self) -> bool {
        !matches!(self.state, State::Queued | State::Done)
    }

    /// When something happens although nothing comes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::BackingOff(until) | State::Peeking { until, .. } => Some(until),
            State::Requesting { .. } => Some(self.head_until),
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
            State::Queued | State::Asking | State::BackingOff(_) | State::Done => None,
        }
    }
}

/// The most blocks behind the first: whatever size a server claims, they take little memory.
const MAX_BLOCKS: u64 = 10_000;

/// Cuts a window into blocks. The first has this size, for it was asked for before the window was known; the
/// others have more if they would be too many.
pub(super) fn cut(window: Range<u64>, block_size: u64) -> impl Iterator<Item = Range<u64>> {
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
            let mut blocks = cut(0..len, first);
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
            for range in cut(start..start + len, size) {
                proptest::prop_assert_eq!(range.start, end);
                proptest::prop_assert!(range.end > range.start && range.end - range.start <= size.max(1));
                end = range.end;
            }
            proptest::prop_assert_eq!(end, start + len);
        }
    }
}
