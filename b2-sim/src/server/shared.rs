//! The state that all connections share.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::time::Timestamp;

use super::disk::Disk;
use super::journal::{Journal, write_state};
use crate::faults::Faults;
use crate::log::LogEntry;
use crate::service::Service;

/// Called for each request after its response.
pub type RequestHook = Arc<dyn Fn(&LogEntry) + Send + Sync>;

/// The state that all connections share.
pub(super) struct Shared {
    pub(super) model: Mutex<Model>,
    pub(super) disk: Option<Disk>,
    pub(super) discard: bool,
    /// Whether contents on disk may have become unused.
    pub(super) unused: AtomicBool,
    pub(super) on_request: Option<RequestHook>,
}

pub(super) struct Model {
    pub(super) service: Service,
    /// With a directory only.
    pub(super) journal: Option<Journal>,
    pub(super) faults: Option<Faults>,
}

impl Shared {
    pub(super) fn model(&self) -> MutexGuard<'_, Model> {
        // After a panic in another thread, which has been reported, the model remains usable.
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn notify(&self, entry: Option<&LogEntry>) {
        if let (Some(hook), Some(entry)) = (&self.on_request, entry) {
            hook(entry);
        }
    }

    /// Changes the service, and writes what has changed to the journal before returning, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The request must not be answered then.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Service) -> T) -> io::Result<T> {
        let mut model = self.model();
        let Model { service, journal, .. } = &mut *model;
        let result = change(service);
        if let Some(journal) = journal
            && let Some(changes) = service.take_changes().map_err(io::Error::other)?
        {
            journal.append(&changes.line)?;
            self.unused.fetch_or(changes.removes, Ordering::SeqCst);
        }
        Ok(result)
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

/// Returns the wall-clock time.
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
