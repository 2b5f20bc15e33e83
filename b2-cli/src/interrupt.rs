//! Interruption of a command by Ctrl-C and SIGTERM.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use b2_native::Controls;
use b2_proto::machine::OnCancel;
use tokio::sync::Notify;

/// What an interrupt cancels.
#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    transfers: Mutex<Vec<Controls>>,
    /// Whether [`requested`](Self::requested) has been called.
    is_awaited: AtomicBool,
    stop: Notify,
}

impl Interrupt {
    /// Adds a transfer that an interrupt cancels.
    pub(crate) fn watch(&self, controls: Controls) {
        self.lock().push(controls);
    }

    /// Waits for an interrupt, after which the caller stops.
    pub(crate) async fn requested(&self) {
        self.is_awaited.store(true, Ordering::Relaxed);
        self.stop.notified().await;
    }

    /// Cancels all transfers, which keep what is stored at B2. Returns whether the command now stops by itself.
    pub(crate) fn cancel(&self) -> bool {
        let transfers = self.lock();
        for controls in transfers.iter() {
            controls.cancel(OnCancel::Keep);
        }
        self.stop.notify_one();
        !transfers.is_empty() || self.is_awaited.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Controls>> {
        self.transfers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signals that stop a command.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Installs the signal handlers.
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

    /// Waits for the next signal.
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
