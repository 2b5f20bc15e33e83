//! The content of a new file.

use alloc::vec::Vec;

use crate::create::plan::WriteIntent;
use crate::hash::Sha1Digest;
use crate::machine::SourceId;

/// The source of the bytes of a new file.
#[derive(Clone, Debug, PartialEq)]
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
    /// Ranges of local sources, and of files in B2, which are copied there.
    Intents {
        /// The ranges.
        intents: Vec<WriteIntent>,
        /// The SHA-1 of all bytes, if it is known. It is verified if all of them are local, or if the file is one part.
        sha1: Option<Sha1Digest>,
    },
    /// Ranges as those of [`Intents`](Self::Intents), which the driver gives one by one, in the order of their offsets.
    /// Each local one has a source of its own, which is released when its bytes are at B2.
    IntentStream {
        /// The SHA-1 of all bytes, if it is known. It is verified only if the file is one part.
        sha1: Option<Sha1Digest>,
    },
}

impl Content {
    /// A stream whose SHA-1 is not known.
    pub const STREAM: Self = Self::Stream { sha1: None };

    /// Returns the SHA-1 that the caller gave.
    pub(crate) const fn sha1(&self) -> Option<Sha1Digest> {
        match self {
            Self::Source { sha1, .. }
            | Self::Stream { sha1 }
            | Self::Intents { sha1, .. }
            | Self::IntentStream { sha1 } => *sha1,
        }
    }

    /// Returns the number of bytes, where it is known from the start.
    pub(crate) const fn len(&self) -> Option<u64> {
        match self {
            Self::Source { len, .. } => Some(*len),
            Self::Stream { .. } | Self::Intents { .. } | Self::IntentStream { .. } => None,
        }
    }
}
