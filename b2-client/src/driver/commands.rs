//! Commands from a caller to a running machine.

use alloc::sync::Arc;

use b2_proto::machine::{Control, OnCancel};

use crate::sync::{AtomicWaker, Lock};

/// A command to a running machine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Cancel(OnCancel),
    Control(Control),
}

/// The commands that a driver has not taken yet. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Commands(Arc<Shared>);

#[derive(Default)]
struct Shared {
    driver: AtomicWaker,
    pending: Lock<Pending>,
}

/// The latest command of each kind, in the order in which they are carried out.
#[derive(Default)]
struct Pending {
    parallel: Option<Command>,
    pause_or_resume: Option<Command>,
    cancel: Option<Command>,
}

impl Commands {
    /// Queues a command in place of an earlier one of its kind, and wakes the driver.
    pub(crate) fn send(&self, command: Command) {
        {
            let mut pending = self.0.pending.lock();
            let slot = match command {
                Command::Control(Control::Parallel(_)) => &mut pending.parallel,
                Command::Control(_) => &mut pending.pause_or_resume,
                Command::Cancel(_) => &mut pending.cancel,
            };
            *slot = Some(command);
        }
        self.0.driver.wake();
    }

    /// Takes the next command.
    pub(super) fn take(&self) -> Option<Command> {
        let mut pending = self.0.pending.lock();
        let Pending { parallel, pause_or_resume, cancel } = &mut *pending;
        parallel.take().or_else(|| pause_or_resume.take()).or_else(|| cancel.take())
    }

    /// The waker of the driver that takes them.
    pub(super) fn driver(&self) -> &AtomicWaker {
        &self.0.driver
    }
}
