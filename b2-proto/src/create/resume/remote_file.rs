//! An unfinished large file at B2.

use alloc::vec::Vec;

use crate::create::plan::PlannedPart;
use crate::hash::Sha1Digest;
use crate::model::FileId;

/// An unfinished large file to continue.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RemoteFile {
    pub(crate) file_id: FileId,
    /// The SHA-1 of the whole file that it carries.
    pub(crate) sha1: Option<Sha1Digest>,
    /// All parts of the file. A part has a SHA-1 if B2 has it with the bytes that it is to have.
    pub(crate) parts: Vec<(PlannedPart, Option<Sha1Digest>)>,
}

impl RemoteFile {
    /// Returns whether B2 has every part.
    pub(crate) fn is_complete(&self) -> bool {
        self.parts.iter().all(|(_, sha1)| sha1.is_some())
    }

    /// Returns the number of bytes that need not be sent again.
    pub(super) fn bytes(&self) -> u64 {
        let stored = self.parts.iter().filter(|(_, sha1)| sha1.is_some());
        stored.map(|(part, _)| part.len).sum()
    }
}
