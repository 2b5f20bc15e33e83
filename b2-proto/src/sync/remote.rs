//! The scan of a bucket: pages of a listing, grouped by name.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::entry::RemoteVersions;
use super::policies::ScanPolicies;
use crate::api::{FileNamesPage, FileVersionsPage, ListFileNames, ListFileVersions};
use crate::error::Error;
use crate::machine::NameRange;
use crate::model::BucketId;
use crate::time::Timestamp;

/// What a scan of a folder of a bucket reports.
#[derive(Clone, Debug)]
pub(super) struct RemoteScanOptions {
    pub(super) bucket_id: BucketId,
    /// The prefix of all names: empty, or a folder with a slash at its end.
    pub(super) prefix: alloc::string::String,
    /// Whether all versions are needed, or only current ones.
    pub(super) versions: bool,
    pub(super) policies: Arc<ScanPolicies>,
    /// Whether this is the source, to which ranges of time apply too.
    pub(super) is_source: bool,
    pub(super) as_of: Option<Timestamp>,
    /// The range of relative names.
    pub(super) range: NameRange,
}

/// The call for the next page of a scan.
#[derive(Clone, Debug)]
pub(super) enum RemotePage {
    /// Pass the response to [`RemoteScan::took_names`].
    Names(ListFileNames),
    /// Pass the response to [`RemoteScan::took_versions`].
    Versions(ListFileVersions),
}

/// Scans a folder of a bucket.
#[derive(Debug)]
pub(super) struct RemoteScan {
    options: RemoteScanOptions,
}

impl RemoteScan {
    pub(super) fn new(options: RemoteScanOptions) -> Self {
        Self { options }
    }

    /// Returns the call for the next page; `None` at the end.
    pub(super) fn next_page(&self) -> Option<RemotePage> {
        todo!()
    }

    pub(super) fn took_names(&mut self, page: FileNamesPage) {
        let _ = (page, &self.options);
        todo!()
    }

    pub(super) fn took_versions(&mut self, page: FileVersionsPage) {
        let _ = page;
        todo!()
    }

    /// Returns the next file of which all versions are known.
    pub(super) fn pop(&mut self) -> Option<RemoteVersions> {
        todo!()
    }

    /// Returns what was wrong with the pages since the last call. After it, nothing is removed.
    pub(super) fn problems(&mut self) -> Vec<Error> {
        todo!()
    }
}
