//! Copies within B2, of any size.

use crate::api::NewFile;
use crate::create::plan::CopySource;
use crate::model::MetadataDirective;

/// The description of a copy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewCopy {
    /// What is copied.
    pub source: CopySource,
    /// The file to create. Its content type and file info are used with [`MetadataDirective::Replace`] only.
    pub file: NewFile,
    /// Where the content type and the file info of the copy come from. Default: the source.
    pub metadata_directive: MetadataDirective,
}

impl NewCopy {
    /// Creates the description of a copy with the content type and the file info of the source.
    #[must_use]
    pub fn new(source: CopySource, file: impl Into<NewFile>) -> Self {
        Self { source, file: file.into(), metadata_directive: MetadataDirective::Copy }
    }
}
