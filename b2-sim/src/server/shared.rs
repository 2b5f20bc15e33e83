//! The state that all connections share.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_proto::time::Timestamp;

use super::disk::Disk;
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
    pub(super) changed: AtomicBool,
    pub(super) on_request: Option<RequestHook>,
}

pub(super) struct Model {
    pub(super) service: Service,
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

    /// Saves the state, and deletes the blobs that are not needed.
    pub(super) fn save(&self) -> io::Result<()> {
        let Some(disk) = &self.disk else {
            return Ok(());
        };
        if !self.changed.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let committed = disk.committed();
        let (state, needed) = {
            let model = self.model();
            (model.service.save(), model.service.stored_blobs())
        };
        disk.write_state(&state.map_err(io::Error::other)?)?;
        disk.sweep(&committed, &needed);
        Ok(())
    }
}

/// Returns the wall-clock time.
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
