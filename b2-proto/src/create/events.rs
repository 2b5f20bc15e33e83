//! What an upload says on the way.

use crate::call::Retrying;
use crate::create::Checkpoint;
use crate::model::FileId;

/// What an upload says on the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UploadEvent {
    /// How far it is.
    Progress(UploadProgress),
    /// A large file is under way. If the upload ends without success, it can be resumed under this id, or
    /// stays until it is cancelled.
    Started {
        /// The unfinished large file.
        file_id: FileId,
        /// Bytes that B2 has from an earlier run.
        resumed: u64,
    },
    /// What it takes to go on later. Each replaces the one before.
    Checkpoint(Checkpoint),
    /// A request failed and will be repeated.
    Retrying(Retrying),
}

/// How far an upload is, in bytes of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes whose SHA-1 is known.
    pub hashed: u64,
    /// Bytes that were sent, those in flight included. It goes back when an attempt is lost.
    pub sent: u64,
    /// Bytes that B2 has confirmed. Never goes back.
    pub accepted: u64,
    /// All bytes, where that is known.
    pub total: Option<u64>,
}
