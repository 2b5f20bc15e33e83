//! What is removed from the destination.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::model::FileId;

/// The removal of a file, or of a version, from the destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
#[non_exhaustive]
pub enum Removal {
    /// The file in the bucket is hidden (`b2_hide_file`).
    Hide {
        /// The name relative to the root of the destination.
        name: String,
    },
    /// A version in the bucket is deleted (`b2_delete_file_version`).
    DeleteVersion {
        /// The name relative to the root of the destination.
        name: String,
        /// The version.
        file_id: FileId,
        /// What the version is.
        note: RemovalNote,
    },
    /// A local file is removed.
    DeleteLocal {
        /// The name relative to the root of the destination.
        name: String,
    },
}

/// What a version is that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RemovalNote {
    /// The current version.
    Current,
    /// A version that another one has replaced.
    OldVersion,
    /// A hide marker.
    HideMarker,
}

impl Removal {
    /// Returns the name relative to the root of the destination.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Hide { name } | Self::DeleteVersion { name, .. } | Self::DeleteLocal { name } => {
                name
            }
        }
    }
}

/// The words of Backblaze's tool.
impl fmt::Display for RemovalNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "",
            Self::OldVersion => "(old version)",
            Self::HideMarker => "(hide marker)",
        })
    }
}
