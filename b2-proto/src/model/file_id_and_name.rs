//! Deleted file versions, and the metadata directive of copies.

use alloc::string::String;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::FileId;
use super::open::open_enum;

/// A file version that was deleted (`b2_delete_file_version`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileIdAndName {
    /// The id of the version.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
}

/// The source of the content type and the file info of a copy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "UPPERCASE")]
#[non_exhaustive]
pub enum MetadataDirective {
    /// They are copied from the source.
    Copy,
    /// They are taken from the request.
    Replace,
    /// A value that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(MetadataDirective);
