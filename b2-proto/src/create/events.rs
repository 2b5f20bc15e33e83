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
    /// The unfinished large file is no longer at B2: it was cancelled, by this upload or by another process.
    Discarded {
        /// The unfinished large file.
        file_id: FileId,
    },
    /// What it is about now, when that changes; at first it waits.
    State(UploadState),
}

impl From<Retrying> for UploadEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

/// What an upload is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadState {
    /// For B2's answer, for a URL, or until a failed request may be repeated.
    #[default]
    Waiting,
    /// Local bytes are hashed, and none are on their way.
    Hashing,
    /// Bytes are on their way.
    Sending,
    /// All bytes are there, and B2 makes a file of them.
    Finishing,
    /// The caller paused it.
    Paused,
    /// The device is offline. It goes on by itself.
    Offline,
}

impl UploadState {
    /// The state in one word: `waiting`, `hashing`, `sending`, `finishing`, `paused`, `offline`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Hashing => "hashing",
            Self::Sending => "sending",
            Self::Finishing => "finishing",
            Self::Paused => "paused",
            Self::Offline => "offline",
        }
    }
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
