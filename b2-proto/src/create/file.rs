//! The content of a new file.

use crate::hash::Sha1Digest;
use crate::machine::SourceId;

/// The source of the bytes of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A source that can be read again.
    Source {
        /// The source.
        source: SourceId,
        /// The number of bytes.
        len: u64,
        /// The SHA-1 of the bytes, if it is known.
        sha1: Option<Sha1Digest>,
    },
    /// A stream that can be read once and whose length is not known. It is buffered, part by part.
    Stream {
        /// The SHA-1 of all bytes, if it is known.
        sha1: Option<Sha1Digest>,
    },
}

impl Content {
    /// A stream whose SHA-1 is not known.
    pub const STREAM: Self = Self::Stream { sha1: None };

    /// Returns the SHA-1 that the caller gave.
    pub(crate) fn sha1(&self) -> Option<Sha1Digest> {
        match self {
            Self::Source { sha1, .. } | Self::Stream { sha1 } => *sha1,
        }
    }
}
