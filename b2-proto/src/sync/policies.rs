//! Which files of a folder are looked at (`ScanPoliciesManager`).

use crate::machine::{LocalFile, ScanFilter};
use crate::model::FileVersion;

/// Decides which files of the source are looked at: by regular expressions, filters and ranges of time.
#[derive(Clone, Debug, Default)]
pub struct ScanPolicies {}

impl ScanPolicies {
    /// Returns whether a local file is looked at, with its time.
    #[must_use]
    pub fn keeps_file(&self, file: &LocalFile) -> bool {
        let _ = file;
        todo!()
    }

    /// Returns whether a version of a file in a bucket is looked at. `name` is relative to the folder.
    #[must_use]
    pub fn keeps_version(&self, name: &str, version: &FileVersion) -> bool {
        let _ = (name, version);
        todo!()
    }

    /// Checks that the policies fit together.
    pub fn check(&self) -> Result<(), crate::Error> {
        todo!()
    }

    /// Returns whether versions are chosen by time, so that the newest one of a file may not be the one that counts.
    #[must_use]
    pub fn has_times(&self) -> bool {
        todo!()
    }

    /// Returns whether files of this name are looked at, as far as the name decides. This applies to the destination too,
    /// so that what is left out is not removed there.
    #[must_use]
    pub fn keeps_name(&self, name: &str) -> bool {
        let _ = name;
        todo!()
    }
}

impl ScanFilter for ScanPolicies {
    fn enters(&self, folder: &str) -> bool {
        let _ = folder;
        todo!()
    }

    fn takes(&self, name: &str) -> bool {
        let _ = name;
        todo!()
    }
}
