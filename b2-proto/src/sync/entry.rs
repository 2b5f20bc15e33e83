//! The entries of the two sides of a synchronization.

use alloc::string::String;
use alloc::vec::Vec;

use crate::machine::LocalFile;
use crate::model::{FileAction, FileVersion};
use crate::time::Timestamp;

/// A file of one side.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncEntry {
    /// A local file.
    Local(LocalFile),
    /// A file in a bucket.
    Remote(RemoteVersions),
}

/// A file in a bucket with those of its versions that the scan policies let through.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteVersions {
    /// The name relative to the folder of the bucket.
    pub name: String,
    /// The versions, newest first; at least one. No unfinished large files.
    pub versions: Vec<FileVersion>,
}

impl RemoteVersions {
    /// Returns the newest version.
    #[must_use]
    pub fn newest(&self) -> Option<&FileVersion> {
        self.versions.first()
    }

    /// Returns the newest version, unless it is a hide marker.
    #[must_use]
    pub fn visible(&self) -> Option<&FileVersion> {
        self.newest().filter(|version| version.action != FileAction::Hide)
    }
}

impl SyncEntry {
    /// Returns the name relative to the root of its side.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Local(file) => &file.name,
            Self::Remote(file) => &file.name,
        }
    }

    /// Returns whether there is a file: a hidden file is absent.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        match self {
            Self::Local(_) => true,
            Self::Remote(file) => file.visible().is_some(),
        }
    }

    /// Returns the size in bytes; 0 for a hidden file.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Local(file) => file.size,
            Self::Remote(file) => file.newest().map_or(0, |version| version.size),
        }
    }

    /// Returns the time of the last modification. That of a file in a bucket is in its file info, or else the time of the
    /// upload.
    #[must_use]
    pub fn modified(&self) -> Timestamp {
        match self {
            Self::Local(file) => file.modified,
            Self::Remote(file) => {
                file.newest().and_then(FileVersion::mod_time).unwrap_or(Timestamp::from_millis(0))
            }
        }
    }
}
