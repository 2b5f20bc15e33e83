//! What a synchronization reports.

use alloc::boxed::Box;
use alloc::string::String;

use serde::Serialize;

use super::reason::Reason;
use super::removal::Removal;
use crate::call::Retrying;
use crate::error::Error;
use crate::machine::SkippedEntry;

/// What is done with a file of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TransferKind {
    /// It is uploaded.
    Upload,
    /// It is downloaded.
    Download,
    /// It is copied within B2.
    Copy,
    /// A file of the destination bucket with the same content, which is removed later, is copied within B2.
    Rename,
}

/// The result of a synchronization, or its state so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncReport {
    /// The number of files found in the source.
    pub source_files: u64,
    /// The number of files found in the destination.
    pub destination_files: u64,
    /// The number of names that were compared.
    pub compared: u64,
    /// Whether both sides were scanned to their end.
    pub scanned: bool,
    /// The number of files to transfer that were found so far.
    pub to_transfer: u64,
    /// Their bytes.
    pub bytes_to_transfer: u64,
    /// The number of files that were transferred: uploaded, downloaded or copied.
    pub transferred: u64,
    /// The number of bytes that were transferred, including those of unfinished files.
    pub bytes_transferred: u64,
    /// The number of files that were uploaded.
    pub uploaded: u64,
    /// The number of files that were downloaded.
    pub downloaded: u64,
    /// The number of files that were copied within B2, with renamed ones.
    pub copied: u64,
    /// The number of files that were found under an earlier name and copied.
    pub renamed: u64,
    /// The number of files that were hidden.
    pub hidden: u64,
    /// The number of versions and of local files that were deleted.
    pub deleted: u64,
    /// The number of removals that were found so far.
    pub to_remove: u64,
    /// The number of removals that were not done, since a scan or a transfer failed, or there were too many.
    pub removals_dropped: u64,
    /// The number of local entries that were left out.
    pub skipped: u64,
    /// The number of files and entries that failed.
    pub failed: u64,
}

impl SyncReport {
    /// Returns whether everything was done that was to be done.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.failed == 0 && self.removals_dropped == 0
    }
}

/// An event of a synchronization. Names are relative to the root of the side.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SyncEvent {
    /// Something has changed: the counts so far.
    Progress(SyncReport),
    /// A file was transferred, or would be in a dry run.
    Transferred {
        /// The name.
        name: String,
        /// What was done.
        kind: TransferKind,
        /// The size in bytes.
        bytes: u64,
    },
    /// A file or a version was removed, or would be in a dry run.
    Removed(Removal),
    /// What was decided for a name, where the options ask for it.
    Explained {
        /// The name.
        name: String,
        /// Whether it is transferred.
        transfer: bool,
        /// The reason.
        reason: Reason,
    },
    /// A local entry was left out.
    Skipped(SkippedEntry),
    /// A file failed; the others go on.
    Failed {
        /// The name; empty for a failure of the scan of a bucket.
        name: String,
        /// The error.
        error: Box<Error>,
    },
    /// The removals were dropped: nothing is removed from the destination.
    RemovalsDropped(Box<Error>),
    /// All names up to this one are done. A later run can start behind it.
    Checkpoint(String),
    /// A request failed and will be repeated.
    Retrying(Retrying),
}
