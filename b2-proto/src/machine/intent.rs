//! Where the bytes of a new file come from.

use alloc::boxed::Box;
use core::ops::Range;

use super::SourceId;
use crate::model::{EncryptionSetting, FileId, FileVersion};

/// A range of bytes of a new file, and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteIntent {
    /// Where the bytes come from.
    pub source: IntentSource,
    /// The offset in the new file of the first byte. `None`: it follows the last byte of the intent before.
    pub destination_offset: Option<u64>,
}

impl WriteIntent {
    /// Creates an intent that writes a range of a local source after the intent before.
    #[must_use]
    pub const fn local(source: SourceId, range: Range<u64>) -> Self {
        Self { source: IntentSource::Local { source, range }, destination_offset: None }
    }

    /// Creates an intent that writes a file in B2, or a range of it, after the intent before.
    #[must_use]
    pub const fn remote(source: CopySource) -> Self {
        Self { source: IntentSource::Remote(source), destination_offset: None }
    }

    /// Sets the offset in the new file.
    #[must_use]
    pub const fn at(mut self, offset: u64) -> Self {
        self.destination_offset = Some(offset);
        self
    }

    /// Returns the number of bytes. `None`: B2 has to be asked for the size of the file.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match &self.source {
            IntentSource::Local { range, .. } => Some(range.end.saturating_sub(range.start)),
            IntentSource::Remote(source) => source.len(),
        }
    }

    /// Returns whether it is known to have no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

/// Where the bytes of a [`WriteIntent`] come from.
#[derive(Clone, Debug, PartialEq)]
pub enum IntentSource {
    /// A range of a source that can be read again.
    Local {
        /// The source.
        source: SourceId,
        /// The range of its bytes.
        range: Range<u64>,
    },
    /// A file in B2, or a range of it.
    Remote(CopySource),
}

/// A file in B2, or a range of it, as the source of bytes of a new file.
///
/// ```
/// use b2_proto::create::CopySource;
///
/// let whole = CopySource::new("4_z1");
/// let mut range = CopySource::new("4_z1");
/// range.offset = 1_000;
/// range.length = Some(500);
/// assert_eq!((whole.len(), range.len()), (None, Some(500)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CopySource {
    /// The file version.
    pub file_id: FileId,
    /// The first byte. Default: 0.
    pub offset: u64,
    /// The number of bytes. Default: all from the offset on.
    pub length: Option<u64>,
    /// The encryption of the file. It is needed for SSE-C only.
    pub encryption: Option<EncryptionSetting>,
    /// What B2 says of the file, if it is known. It saves a call that asks for the size or the metadata.
    pub version: Option<Box<FileVersion>>,
}

impl CopySource {
    /// Creates a source of all bytes of a file version.
    #[must_use]
    pub fn new(file_id: impl Into<FileId>) -> Self {
        Self { file_id: file_id.into(), offset: 0, length: None, encryption: None, version: None }
    }

    /// Returns whether it is known to be a whole file.
    pub(crate) fn is_whole(&self) -> bool {
        let size = self.version.as_ref().map(|version| version.size);
        self.offset == 0 && size.is_some() && self.len() == size
    }

    /// Returns the number of bytes. `None`: B2 has to be asked for the size of the file.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        let size = self.version.as_ref().map(|version| version.size.saturating_sub(self.offset));
        self.length.or(size)
    }

    /// Returns whether it is known to have no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl From<&str> for CopySource {
    fn from(file_id: &str) -> Self {
        Self::new(file_id)
    }
}

impl From<FileId> for CopySource {
    fn from(file_id: FileId) -> Self {
        Self::new(file_id)
    }
}

impl From<FileVersion> for CopySource {
    fn from(version: FileVersion) -> Self {
        let mut source = Self::new(version.file_id.clone());
        source.version = Some(Box::new(version));
        source
    }
}
