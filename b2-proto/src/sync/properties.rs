//! What uploaded files get besides their content.

use alloc::string::String;
use alloc::vec::Vec;

use crate::api::NewFile;
use crate::error::{Error, ErrorKind};
use crate::model::{Capability, FileInfo, FileRetention, LegalHold};
use crate::sync::options::{Direction, SyncOptions};
use crate::time::Timestamp;

/// What the files that a synchronization uploads get, besides their names, times and encryption.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UploadProperties {
    /// The MIME type. Default: B2 chooses one by the extension of each name.
    pub content_type: Option<String>,
    /// The file info. A time of modification in it replaces that of the local file.
    pub file_info: FileInfo,
    /// The file retention. Default: that of the bucket.
    pub retention: Option<FileRetention>,
    /// The legal hold. Default: none.
    pub legal_hold: Option<LegalHold>,
}

impl UploadProperties {
    /// Returns the description of a new file with this name in the bucket, and this time of its last modification.
    pub(super) fn new_file(&self, name: &str, modified: Timestamp) -> NewFile {
        let mut file = NewFile::new(name);
        if let Some(content_type) = &self.content_type {
            file.content_type.clone_from(content_type);
        }
        file.file_info = self.file_info.clone();
        if file.file_info.get(FileInfo::SRC_LAST_MODIFIED_MILLIS).is_none() {
            file.file_info = file.file_info.with_src_last_modified(modified);
        }
        file.retention.clone_from(&self.retention);
        file.legal_hold = self.legal_hold;
        file
    }

    /// Returns the capabilities that the properties need besides [`Capability::WRITE_FILES`].
    pub(super) fn also_needs(&self) -> Vec<Capability> {
        self.new_file("a", Timestamp::default()).also_needs()
    }

    /// Checks what B2 would refuse, whatever the name, and that the properties apply.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFileInfo`](crate::ErrorKind::InvalidFileInfo) or [`ErrorKind::InvalidInput`].
    pub(super) fn check(&self, options: &SyncOptions, direction: Direction) -> Result<(), Error> {
        if *self == Self::default() {
            return Ok(());
        }
        let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidInput, message));
        match direction {
            Direction::Up => {}
            Direction::Down => return invalid("local files have no properties of files in B2"),
            Direction::Copy => {
                return invalid(
                    "copies have the properties of their sources; others cannot be set",
                );
            }
        }
        if options.track_renames {
            return invalid(
                "a renamed file is copied with its properties; do not track renames to set others",
            );
        }
        self.new_file("a", Timestamp::default()).check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Removals;

    #[test]
    fn properties_that_b2_refuses_or_that_do_not_apply_are_refused() {
        let options = SyncOptions::default();
        let none = UploadProperties::default();
        let typed = UploadProperties {
            content_type: Some("text/plain".into()),
            ..UploadProperties::default()
        };
        for direction in [Direction::Up, Direction::Down, Direction::Copy] {
            assert_eq!(none.check(&options, direction), Ok(()));
        }
        assert_eq!(typed.check(&options, Direction::Up), Ok(()));
        let renames = SyncOptions {
            track_renames: true,
            removals: Removals::Delete,
            ..SyncOptions::default()
        };
        let empty = UploadProperties { content_type: Some(String::new()), ..none.clone() };
        let long = FileInfo::new().with("text", "x".repeat(8_000));
        let long = UploadProperties { file_info: long, ..none };
        for (properties, options, direction, word) in [
            (&typed, &options, Direction::Down, "local files"),
            (&typed, &options, Direction::Copy, "copies"),
            (&typed, &renames, Direction::Up, "renames"),
            (&empty, &options, Direction::Up, "content type"),
            (&long, &options, Direction::Up, "bytes"),
        ] {
            let error = properties.check(options, direction).unwrap_err();
            assert!(error.message().contains(word), "{error}");
        }
    }

    #[test]
    fn a_given_time_replaces_that_of_the_file() {
        let time = |info: FileInfo| {
            let properties = UploadProperties { file_info: info, ..UploadProperties::default() };
            let file = properties.new_file("a", Timestamp::from_millis(7));
            file.file_info.get(FileInfo::SRC_LAST_MODIFIED_MILLIS).map(String::from)
        };
        assert_eq!(time(FileInfo::new()).as_deref(), Some("7"));
        let given = FileInfo::new().with(FileInfo::SRC_LAST_MODIFIED_MILLIS, "5");
        assert_eq!(time(given).as_deref(), Some("5"));
    }
}
