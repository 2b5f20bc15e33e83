//! The events of an upload.

use crate::call::Retrying;
use crate::create::Checkpoint;
use crate::model::FileId;

/// An event of an upload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UploadEvent {
    /// Bytes were hashed, sent or accepted.
    Progress(UploadProgress),
    /// A large file was started, or is resumed. If the upload fails, the file can be resumed, or exists until it is
    /// cancelled.
    Started {
        /// The unfinished large file.
        file_id: FileId,
        /// The number of bytes that B2 has from an earlier run.
        resumed: u64,
    },
    /// The data to resume the upload later. Each checkpoint replaces the one before.
    Checkpoint(Checkpoint),
    /// A request failed and will be repeated.
    Retrying(Retrying),
    /// The unfinished large file was cancelled, by this upload or by another process.
    Discarded {
        /// The unfinished large file.
        file_id: FileId,
    },
    /// The state has changed. The first state is [`Waiting`](UploadState::Waiting).
    State(UploadState),
}

impl From<Retrying> for UploadEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

/// The state of an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadState {
    /// It waits for a response, for an upload URL, or for the time to repeat a failed request.
    #[default]
    Waiting,
    /// Local bytes are hashed, and none are being sent.
    Hashing,
    /// Bytes are being sent.
    Sending,
    /// B2 copies bytes, and none are being sent.
    Copying,
    /// B2 has all parts and makes a file of them.
    Finishing,
    /// It is paused.
    Paused,
    /// The device is offline. The upload continues when it is online.
    Offline,
}

impl UploadState {
    /// Returns the state in one word: `waiting`, `hashing`, `sending`, `copying`, `finishing`, `paused`, `offline`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Hashing => "hashing",
            Self::Sending => "sending",
            Self::Copying => "copying",
            Self::Finishing => "finishing",
            Self::Paused => "paused",
            Self::Offline => "offline",
        }
    }
}

/// The progress of an upload, in bytes of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes whose SHA-1 is known.
    pub hashed: u64,
    /// Bytes that were sent, including those in flight. It decreases when an attempt fails.
    pub sent: u64,
    /// Bytes that B2 has confirmed. It never decreases.
    pub accepted: u64,
    /// The size of the file, where it is known.
    pub total: Option<u64>,
}

impl UploadProgress {
    /// Returns the progress of a file of `len` bytes that is complete.
    pub(super) const fn complete(len: u64) -> Self {
        Self { hashed: len, sent: len, accepted: len, total: Some(len) }
    }
}
