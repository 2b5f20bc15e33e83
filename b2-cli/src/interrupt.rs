//! Stopping in an orderly way: Ctrl-C and SIGTERM.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use b2_native::Controls;
use b2_proto::machine::OnCancel;
use tokio::sync::Notify;

/// What is to be told when a person wants the command to stop.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    transfers: Mutex<Vec<Controls>>,
    /// Whether somebody waits for [`requested`](Self::requested).
    is_awaited: AtomicBool,
    stop: Notify,
}

impl Interrupt {
    /// A transfer that ends by itself once it is told to.
    pub(crate) fn watch(&self, controls: Controls) {
        self.lock().push(controls);
    }

    /// Waits until a person wants the command to stop; then the caller ends by itself.
    pub(crate) async fn requested(&self) {
        self.is_awaited.store(true, Ordering::Relaxed);
        self.stop.notified().await;
    }

    /// Tells all transfers to stop and to keep what is at B2; whether anything ends by itself.
    pub(crate) fn cancel(&self) -> bool {
        let controlss = self.lock();
        for controls in controlss.iter() {
            controls.cancel(OnCancel::Keep);
        }
        self.stop.notify_one();
        !controlss.is_empty() || self.is_awaited.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Controls>> {
        self.transfers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signals that stop a command, from now on.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
