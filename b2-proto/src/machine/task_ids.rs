//! The ids of tasks.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};

use super::TaskId;

/// Allocates the task ids of one machine.
///
/// Clones share one counter: a machine gives one to each machine inside it, so that no id is used twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskIds(Arc<AtomicU64>);

impl TaskIds {
    pub(crate) fn next(&self) -> TaskId {
        TaskId(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
