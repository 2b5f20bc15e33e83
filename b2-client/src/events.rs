//! What a transfer says on the way, as a stream.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures::Stream;
use futures::task::AtomicWaker;

use crate::lock::Lock;

/// The events of a transfer, in order. The stream ends with the transfer.
pub struct Events<E>(Arc<Shared<E>>);

/// Where they come from. Dropping it ends them.
pub(crate) struct Teller<E>(Arc<Shared<E>>);

struct Shared<E> {
    state: Lock<State<E>>,
    listener: AtomicWaker,
}

struct State<E> {
    waiting: VecDeque<E>,
    ended: bool,
}

/// A stream, and where its events come from.
pub(crate) fn channel<E>() -> (Teller<E>, Events<E>) {
    let state = Lock::new(State { waiting: VecDeque::new(), ended: false });
    let shared = Arc::new(Shared { state, listener: AtomicWaker::new() });
    (Teller(shared.clone()), Events(shared))
}

impl<E> Teller<E> {
    /// Tells an event, if anybody listens still.
    pub(crate) fn tell(&self, event: E) {
        if Arc::strong_count(&self.0) > 1 {
            self.0.state.lock().waiting.push_back(event);
            self.0.listener.wake();
        }
    }
}

impl<E> Drop for Teller<E> {
    fn drop(&mut self) {
        self.0.state.lock().ended = true;
        self.0.listener.wake();
    }
}

impl<E> Events<E> {
    /// The next event, if it is there already.
    pub fn try_next(&mut self) -> Option<E> {
        self.0.state.lock().waiting.pop_front()
    }
}

impl<E> Stream for Events<E> {
    type Item = E;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<E>> {
        self.0.listener.register(context.waker());
        let mut state = self.0.state.lock();
        match state.waiting.pop_front() {
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
    use futures::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn events_come_in_order_and_end() {
        let (teller, mut events) = channel();
        assert_eq!(events.next().now_or_never(), None);
        teller.tell(1);
        teller.tell(2);
        assert_eq!(events.try_next(), Some(1));
        drop(teller);
        assert_eq!(events.next().now_or_never(), Some(Some(2)));
        assert_eq!(events.next().now_or_never(), Some(None));
    }

    #[test]
    fn what_nobody_listens_to_is_not_kept() {
        let (teller, events) = channel();
        drop(events);
        teller.tell(1);
        assert!(teller.0.state.lock().waiting.is_empty());
    }
}
