//! Stopping in an orderly way: Ctrl-C and SIGTERM.

use std::io;
use std::sync::{Mutex, PoisonError};

use b2_native::Controls;
use b2_proto::machine::OnCancel;

/// What is to be told when a person wants the command to stop.
#[derive(Debug, Default)]
pub(crate) struct Interrupt(Mutex<Vec<Controls>>);

impl Interrupt {
    /// A transfer that ends by itself once it is told to.
    pub(crate) fn watch(&self, controls: Controls) {
        self.lock().push(controls);
    }

    /// Tells all transfers to stop and to keep what is at B2; whether there are any.
    pub(crate) fn cancel(&self) -> bool {
        let controlss = self.lock();
        for controls in controlss.iter() {
            controls.cancel(OnCancel::Keep);
        }
        !controlss.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Controls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
