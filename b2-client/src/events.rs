//! The events of a transfer, as a stream.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::fmt;
use core::mem::discriminant;
use core::pin::Pin;
use core::task::{Context, Poll};

use b2_proto::create::UploadEvent;
use b2_proto::download::DownloadEvent;
use futures::Stream;

use crate::sync::{AtomicWaker, Lock};

/// The events of a transfer, in order. The stream ends with the transfer.
///
/// The queue is bounded. An event of which only the latest counts (progress, a checkpoint, a state) replaces an
/// unread one of its kind; of the others the oldest is dropped when more than 64 are unread.
pub struct Events<E>(Arc<Shared<E>>);

/// Sends the events of a transfer. Dropping it ends the stream.
pub(crate) struct EventSender<E>(Arc<Shared<E>>);

/// How many unread events are kept.
const MAX_UNREAD: usize = 64;

/// An event of a transfer.
pub trait TransferEvent: Clone {
    /// Returns whether only the latest event of this kind counts.
    fn only_latest_counts(&self) -> bool;
}

impl TransferEvent for UploadEvent {
    fn only_latest_counts(&self) -> bool {
        matches!(self, Self::Progress(_) | Self::Checkpoint(_) | Self::State(_))
    }
}

impl TransferEvent for DownloadEvent {
    fn only_latest_counts(&self) -> bool {
        matches!(self, Self::Progress { .. })
    }
}

struct Shared<E> {
    state: Lock<State<E>>,
    reader: AtomicWaker,
}

struct State<E> {
    unread: VecDeque<E>,
    ended: bool,
}

/// Returns the two ends of a new stream of events.
pub(crate) fn channel<E>() -> (EventSender<E>, Events<E>) {
    let state = Lock::new(State { unread: VecDeque::new(), ended: false });
    let shared = Arc::new(Shared { state, reader: AtomicWaker::new() });
    (EventSender(shared.clone()), Events(shared))
}

impl<E: TransferEvent> EventSender<E> {
    /// Sends an event, if the stream still exists.
    pub(crate) fn send(&self, event: E) {
        if Arc::strong_count(&self.0) == 1 {
            return;
        }
        {
            let unread = &mut self.0.state.lock().unread;
            if event.only_latest_counts() {
                unread.retain(|earlier| discriminant(earlier) != discriminant(&event));
            } else if unread.len() >= MAX_UNREAD {
                // The latest progress and the latest checkpoint stay.
                let oldest = unread.iter().position(|earlier| !earlier.only_latest_counts());
                oldest.map(|oldest| unread.remove(oldest));
            }
            unread.push_back(event);
        }
        self.0.reader.wake();
    }
}

impl<E> Drop for EventSender<E> {
    fn drop(&mut self) {
        self.0.state.lock().ended = true;
        self.0.reader.wake();
    }
}

impl<E> Events<E> {
    /// Returns the next event if there is an unread one.
    pub fn try_next(&mut self) -> Option<E> {
        self.0.state.lock().unread.pop_front()
    }
}

impl<E> Stream for Events<E> {
    type Item = E;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<E>> {
        self.0.reader.register(context.waker());
        let mut state = self.0.state.lock();
        match state.unread.pop_front() {
            None if !state.ended => Poll::Pending,
            event => Poll::Ready(event),
        }
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

#[cfg(test)]
mod tests {
    use b2_proto::create::UploadProgress;
    use futures::{FutureExt, StreamExt};

    use super::*;

    fn started(resumed: u64) -> UploadEvent {
        UploadEvent::Started { file_id: "id".into(), resumed }
    }

    fn progress(sent: u64) -> UploadEvent {
        UploadEvent::Progress(UploadProgress { sent, ..UploadProgress::default() })
    }

    fn shown(events: &mut Events<UploadEvent>) -> Vec<u64> {
        let number = |event| match event {
            UploadEvent::Started { resumed, .. } => resumed,
            UploadEvent::Progress(progress) => progress.sent,
            _ => u64::MAX,
        };
        core::iter::from_fn(|| events.try_next()).map(number).collect()
    }

    #[test]
    fn events_come_in_order_and_end() {
        let (sender, mut events) = channel();
        assert!(events.next().now_or_never().is_none());
        sender.send(started(1));
        sender.send(started(2));
        assert_eq!(shown(&mut events), [1, 2]);
        sender.send(started(3));
        drop(sender);
        assert!(events.next().now_or_never().flatten().is_some());
        assert!(matches!(events.next().now_or_never(), Some(None)));
    }

    #[test]
    fn unread_progress_is_replaced_and_the_queue_is_bounded() {
        let (sender, mut events) = channel();
        for sent in 0..1_000 {
            sender.send(progress(sent));
        }
        sender.send(started(7));
        assert_eq!(shown(&mut events), [999, 7]);
        for number in 0..1_000 {
            sender.send(started(number));
        }
        assert_eq!(shown(&mut events), (1_000 - MAX_UNREAD as u64..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_latest_progress_is_not_dropped_for_other_events() {
        let (sender, mut events) = channel();
        sender.send(progress(5));
        for number in 0..1_000 {
            sender.send(started(number));
        }
        let seen = shown(&mut events);
        assert_eq!((seen.len(), seen[0], seen[1]), (MAX_UNREAD, 5, 937));
    }

    #[test]
    fn events_without_a_reader_are_not_kept() {
        let (sender, events) = channel();
        drop(events);
        sender.send(started(1));
        assert!(sender.0.state.lock().unread.is_empty());
    }
}
