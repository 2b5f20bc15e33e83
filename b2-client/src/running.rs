//! A task under way, and what it says besides its outcome.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::{Context, Poll, Waker};

use b2_proto::machine::TaskId;
use futures::task::AtomicWaker;

use crate::host::Failed;
use crate::maybe_send::BoxFuture;
use crate::tasks::asleep;

/// A task that runs. It is polled only when it was woken, so what one does costs the others nothing. Dropping it
/// ends it without a word.
pub(crate) struct Running<T> {
    pub(crate) id: TaskId,
    pub(crate) kind: Kind,
    pub(crate) signal: Arc<Signal>,
    waker: Waker,
    future: BoxFuture<'static, T>,
}

/// What a task needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Local,
    /// The network, for a request and its answer.
    Send,
    /// The network, for a body that is written meanwhile.
    Receive,
    /// That the device is online.
    Online,
}

impl<T> Running<T> {
    pub(crate) fn new(
        id: TaskId,
        kind: Kind,
        signal: Arc<Signal>,
        future: BoxFuture<'static, T>,
    ) -> Self {
        Self { id, kind, waker: signal.clone().into(), signal, future }
    }

    /// Polls it, if it was woken.
    pub(crate) fn poll(&mut self) -> Poll<T> {
        if self.signal.woken.swap(false, Ordering::AcqRel) {
            self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
        } else {
            Poll::Pending
        }
    }
}

/// Wakes the driver for one task, and says why.
pub(crate) struct Signal {
    driver: Arc<AtomicWaker>,
    woken: AtomicBool,
    slept: AtomicBool,
    moved: AtomicU64,
}

impl Signal {
    /// For a task that has not been polled yet.
    pub(crate) fn new(driver: Arc<AtomicWaker>) -> Arc<Self> {
        Arc::new(Self {
            driver,
            woken: AtomicBool::new(true),
            slept: AtomicBool::new(false),
            moved: AtomicU64::new(0),
        })
    }

    /// So many bytes have moved so far.
    pub(crate) fn moved(&self, bytes: u64) {
        self.moved.store(bytes, Ordering::Release);
        self.driver.wake();
    }

    /// How many bytes have moved, if that is news. Only the last word counts.
    pub(crate) fn news(&self) -> Option<u64> {
        Some(self.moved.swap(0, Ordering::AcqRel)).filter(|bytes| *bytes > 0)
    }

    /// The device slept.
    pub(crate) fn interrupt(&self) {
        self.slept.store(true, Ordering::Release);
        self.woken.store(true, Ordering::Release);
    }

    /// What becomes of `future`, unless the device slept.
    pub(crate) async fn awake<T>(
        &self,
        future: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let mut future = pin!(future);
        poll_fn(|context| {
            if self.slept.load(Ordering::Acquire) {
                return Poll::Ready(Err(asleep().into()));
            }
            future.as_mut().poll(context)
        })
        .await
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.driver.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::maybe_send::MaybeSend;

    fn running(
        signal: &Arc<Signal>,
        future: impl Future<Output = ()> + MaybeSend + 'static,
    ) -> Running<()> {
        Running::new(TaskId(1), Kind::Local, signal.clone(), Box::pin(future))
    }

    #[test]
    fn a_task_is_polled_at_first_and_when_it_was_woken() {
        let polls = Arc::new(AtomicU64::new(0));
        let counted = polls.clone();
        let signal = Signal::new(Arc::default());
        let mut task = running(
            &signal,
            poll_fn(move |_| match counted.fetch_add(1, Ordering::Relaxed) {
                0 => Poll::Pending,
                _ => Poll::Ready(()),
            }),
        );
        assert!(task.poll().is_pending());
        assert!(task.poll().is_pending());
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        Waker::from(signal).wake();
        assert!(task.poll().is_ready());
    }

    #[test]
    fn of_many_reports_the_last_is_told_once() {
        let signal = Signal::new(Arc::default());
        assert_eq!(signal.news(), None);
        signal.moved(3);
        signal.moved(5);
        assert_eq!(signal.news(), Some(5));
        assert_eq!(signal.news(), None);
    }

    #[test]
    fn whoever_waits_for_the_network_hears_of_a_sleep() {
        let signal = Signal::new(Arc::default());
        let told = signal.clone();
        let mut task = running(&signal, async move {
            let waited = told.awake(pending::<Result<(), Failed>>()).await;
            assert!(waited.is_err_and(|failed| failed.failure == asleep()));
        });
        assert!(task.poll().is_pending());
        signal.interrupt();
        assert!(task.poll().is_ready());
    }
}
