//! A local folder as one side of a synchronization.

mod directory;
mod lookup;
mod pages;
mod sorted;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use b2_client::{HostError, ScanStream};
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::machine::LocalScan;

use directory::SystemFolder;
use lookup::Lookup;
use pages::ScanPages;
use walk::Walk;

/// The number of entries of one folder that are sorted in memory. It bounds the memory of a scan at each depth to a few
/// megabytes.
const SORT_LIMIT: usize = 50_000;

/// A local folder that is synchronized.
#[derive(Clone, Debug)]
pub struct NativeFolder {
    root: PathBuf,
    sort_limit: usize,
}

impl NativeFolder {
    /// Returns the folder at `path`. Nothing is opened yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into(), sort_limit: SORT_LIMIT }
    }

    pub(crate) fn scan_pages(&self, scan: LocalScan) -> ScanStream {
        let stop = Arc::new(AtomicBool::new(false));
        let root = self.root.clone();
        match scan.names.clone() {
            Some(names) => {
                let mut lookup = Lookup::<SystemFolder>::new(root, scan, names);
                Box::pin(ScanPages::new(stop, move || lookup.page()))
            }
            None => {
                let mut walk = Walk::<SystemFolder>::new(root, scan, self.sort_limit, stop.clone());
                Box::pin(ScanPages::new(stop, move || walk.page()))
            }
        }
    }
}

fn failed(text: String, cause: std::io::Error) -> HostError {
    let failure = TransportError::new(TransportErrorKind::Source, text);
    HostError { failure, cause: Some(cause.into()) }
}

#[cfg(test)]
mod tests;
