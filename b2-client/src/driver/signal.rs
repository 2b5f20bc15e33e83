//! What a task and its driver tell each other besides the task's outcome.

use alloc::sync::Arc;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::sync::atomic::Ordering;
use core::task::Poll;

use super::commands::Commands;
use super::outcome::asleep;
use crate::error::HostError;
use crate::sync::{AtomicBool, AtomicU64, AtomicWaker};

/// Reports the progress of a task to its driver, and tells the task that the device slept.
pub(super) struct Signal {
    driver: Commands,
    moved: AtomicU64,
    slept: AtomicBool,
    task: AtomicWaker,
}

impl Signal {
    /// Returns the signal of a task of the driver that takes these commands.
    pub(super) fn new(driver: Commands) -> Arc<Self> {
        Arc::new(Self {
            driver,
            moved: AtomicU64::new(0),
            slept: AtomicBool::new(false),
            task: AtomicWaker::new(),
        })
    }

    /// Reports how many bytes have moved so far. The driver sees the largest number since it last looked.
    pub(super) fn moved(&self, bytes: u64) {
        self.moved.fetch_max(bytes, Ordering::Release);
        self.driver.driver().wake();
    }

    /// Takes the largest number that was reported.
    pub(super) fn take_moved(&self) -> Option<u64> {
        Some(self.moved.swap(0, Ordering::AcqRel)).filter(|bytes| *bytes > 0)
    }

    /// Tells the task that the device slept.
    pub(super) fn interrupt(&self) {
        self.slept.store(true, Ordering::Release);
        self.task.wake();
    }

    /// Awaits `future`, or fails with [`TransportErrorKind::Asleep`](b2_proto::error::TransportErrorKind::Asleep) once the device
    /// has slept.
    pub(super) async fn awake<T>(
        &self,
        future: impl Future<Output = Result<T, HostError>>,
    ) -> Result<T, HostError> {
        let mut future = pin!(future);
        poll_fn(|context| {
            self.task.register(context.waker());
            if self.slept.load(Ordering::Acquire) {
                return Poll::Ready(Err(asleep().into()));
            }
            future.as_mut().poll(context)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use core::future::pending;
    use core::task::{Context, Waker};

    use super::*;

    #[test]
    fn the_driver_sees_the_largest_report_once() {
        let signal = Signal::new(Commands::default());
        assert_eq!(signal.take_moved(), None);
        signal.moved(3);
        signal.moved(5);
        signal.moved(4);
        assert_eq!(signal.take_moved(), Some(5));
        assert_eq!(signal.take_moved(), None);
    }

    #[test]
    fn a_task_that_waits_for_the_network_fails_after_a_sleep() {
        let signal = Signal::new(Commands::default());
        let mut waiting = pin!(signal.awake(pending::<Result<(), HostError>>()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        signal.interrupt();
        let Poll::Ready(Err(failed)) = waiting.as_mut().poll(&mut context) else {
            panic!("it still waits");
        };
        assert_eq!(failed.failure, asleep());
    }
}
