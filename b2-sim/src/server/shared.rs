//! The state that all connections share.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::{Clock, system_time};
use super::disk::Disk;
use super::journal::{Journal, write_state};
use super::{ServerOptions, Storage};
use crate::config::Credentials;
use crate::faults::{Fault, Faults};
use crate::log::LogEntry;
use crate::service::Service;

/// Called for each request after its response.
pub type RequestHook = Arc<dyn Fn(&LogEntry) + Send + Sync>;

/// The state that all connections share.
pub(super) struct Shared {
    pub(super) model: Mutex<Model>,
    pub(super) clock: Clock,
    pub(super) credentials: Credentials,
    pub(super) disk: Option<Disk>,
    /// Whether contents on disk may have become unused.
    pub(super) unused: AtomicBool,
    pub(super) options: ServerOptions,
}

pub(super) struct Model {
    pub(super) service: Service,
    /// With a directory only.
    pub(super) journal: Option<Journal>,
    pub(super) faults: Option<Faults>,
    pub(super) next_faults: Vec<NextFault>,
}

/// A fault of the next requests of an operation.
pub(super) struct NextFault {
    pub(super) operation: String,
    pub(super) fault: Fault,
    pub(super) times: u32,
}

impl Model {
    /// Returns the fault that was planned for the next request of this operation, if any.
    pub(super) fn next_fault(&mut self, operation: &str) -> Option<Fault> {
        let is_next = |next: &&mut NextFault| {
            next.times > 0 && (next.operation == "*" || next.operation == operation)
        };
        let next = self.next_faults.iter_mut().find(is_next)?;
        next.times -= 1;
        Some(next.fault.clone())
    }
}

impl Shared {
    pub(super) fn model(&self) -> MutexGuard<'_, Model> {
        // After a panic in another thread, which has been reported, the model remains usable.
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets faults and time to those of the options.
    pub(super) fn start(&self) {
        let faults = self.options.faults.map(|(seed, rates)| Faults::new(seed, rates));
        self.clock.set(self.options.now.unwrap_or_else(system_time));
        {
            let mut model = self.model();
            (model.faults, model.next_faults) = (faults, Vec::new());
        }
        self.with(|service| service.tick(self.clock.now()));
    }

    pub(super) fn discards(&self) -> bool {
        self.options.storage == Storage::Discard
    }

    pub(super) fn notify(&self, entry: Option<&LogEntry>) {
        if let (Some(hook), Some(entry)) = (&self.options.on_request, entry) {
            hook(entry);
        }
    }

    /// Calls a function with the service, between two requests.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Service) -> T) -> T {
        let mut model = self.model();
        let result = look(&mut model.service);
        // What cannot be written now is in the next state that is saved, or an error at shutdown.
        let _ = self.record(&mut model);
        result
    }

    /// Changes the service, and writes what has changed to the journal before returning, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The request must not be answered then.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Service) -> T) -> io::Result<T> {
        let mut model = self.model();
        let result = change(&mut model.service);
        self.record(&mut model)?;
        Ok(result)
    }

    /// Writes what has changed to the journal, if there is one.
    fn record(&self, model: &mut Model) -> io::Result<()> {
        if let Some(journal) = &mut model.journal {
            let removes = journal.record(&mut model.service)?;
            self.unused.fetch_or(removes, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Saves the state, if its journal is long or `now`.
    pub(super) fn save(&self, now: bool) -> io::Result<()> {
        let (directory, snapshot) = {
            let mut model = self.model();
            let Model { service, journal: Some(journal), .. } = &mut *model else {
                return Ok(());
            };
            if !journal.is_long() && (!now || journal.is_empty()) {
                return Ok(());
            }
            (journal.directory().to_owned(), journal.rotate(service)?)
        };
        write_state(&directory, &snapshot)
    }

    /// Deletes contents that are not used any more.
    pub(super) fn sweep(&self) {
        if let Some(disk) = &self.disk
            && self.unused.swap(false, Ordering::SeqCst)
        {
            let committed = disk.committed();
            let used = self.model().service.stored_blobs();
            disk.sweep(&committed, &used);
        }
    }
}
