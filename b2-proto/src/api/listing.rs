//! Listings of files and versions, page by page.

use serde::{Deserialize, Serialize};

use super::{Endpoint, Repeat, check_page, invalid};
use crate::error::Error;
use crate::model::{BucketId, Capability, FileId, FileVersion};

/// The most entries that a page of names or versions can have.
pub const MAX_FILE_COUNT: u32 = 10_000;

/// `b2_list_file_names`: one page of the files of a bucket, by name; hidden ones are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileNames {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The page starts with this name, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
    /// At most so many: 1 to 10,000; B2 takes 100 for `None`. Each 1,000 are billed as one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
    /// Only files whose name starts so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// All names that share a start up to the first delimiter after the prefix become one folder. Usually `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

/// The answer to [`ListFileNames`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileNamesPage {
    /// The files and folders. A page can be short, or empty, and not be the last.
    pub files: Vec<FileVersion>,
    /// Where the next page starts; `None` after the last. No file needs to have this name.
    pub next_file_name: Option<String>,
}

impl ListFileNames {
    /// The first page.
    #[must_use]
    pub const fn new(bucket_id: BucketId) -> Self {
        Self {
            bucket_id,
            start_file_name: None,
            max_file_count: None,
            prefix: None,
            delimiter: None,
        }
    }
}

impl Endpoint for ListFileNames {
    type Response = FileNamesPage;
    const NAME: &'static str = "b2_list_file_names";
    const CAPABILITY: Capability = Capability::LIST_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn validate(&self) -> Result<(), Error> {
        check_delimiter(self.delimiter.as_deref())?;
        check_page("maxFileCount", self.max_file_count, MAX_FILE_COUNT)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

/// `b2_list_file_versions`: one page of all versions in a bucket, hide markers and unfinished large files
/// included; by name, and for each name the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileVersions {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The page starts with this name, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
    /// The page starts with this version of that name, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_id: Option<FileId>,
    /// At most so many: 1 to 10,000; B2 takes 100 for `None`. Each 1,000 are billed as one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
    /// Only files whose name starts so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// All names that share a start up to the first delimiter after the prefix become one folder. Usually `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

/// The answer to [`ListFileVersions`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileVersionsPage {
    /// The versions and folders. A page can be short, or empty, and not be the last.
    pub files: Vec<FileVersion>,
    /// Where the next page starts; `None` after the last.
    pub next_file_name: Option<String>,
    /// With which version of that name it starts; `None` if it starts with a folder.
    pub next_file_id: Option<FileId>,
}

impl ListFileVersions {
    /// The first page.
    #[must_use]
    pub const fn new(bucket_id: BucketId) -> Self {
        Self {
            bucket_id,
            start_file_name: None,
            start_file_id: None,
            max_file_count: None,
            prefix: None,
            delimiter: None,
        }
    }
}

impl Endpoint for ListFileVersions {
    type Response = FileVersionsPage;
    const NAME: &'static str = "b2_list_file_versions";
    const CAPABILITY: Capability = Capability::LIST_FILES;
    const REPEAT: Repeat = Repeat::Safe;

    fn validate(&self) -> Result<(), Error> {
        if self.start_file_id.is_some() && self.start_file_name.is_none() {
            return Err(invalid(
                "startFileId needs startFileName, the name of that version",
            ));
        }
        check_delimiter(self.delimiter.as_deref())?;
        check_page("maxFileCount", self.max_file_count, MAX_FILE_COUNT)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }
}

fn check_delimiter(delimiter: Option<&str>) -> Result<(), Error> {
    match delimiter {
        Some("") => Err(invalid(
            "the delimiter is empty; leave it out to list without folders",
        )),
        _ => Ok(()),
    }
}
