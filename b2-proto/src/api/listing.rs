//! Calls that list files and file versions.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::{Idempotency, JsonEndpoint, check_page, invalid};
use crate::account::Allowed;
use crate::error::Error;
use crate::model::{BucketId, Capability, FileId, FileVersion};

/// The maximum number of entries of a page of names or versions.
pub const MAX_FILE_COUNT: u32 = 10_000;

/// `b2_list_file_names`: lists one page of the files of a bucket, by name, without hidden files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileNames {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The first name of the page, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
    /// The maximum number of entries: 1 to 10,000; `None` is 100. B2 bills one call for each 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
    /// Lists only names with this prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Names that are equal up to the first delimiter after the prefix are listed as one folder. Usually `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

/// The response to [`ListFileNames`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "FileNamesPageJson")]
#[non_exhaustive]
pub struct FileNamesPage {
    /// The files and folders. A page that is short or empty need not be the last.
    pub files: Vec<FileVersion>,
    /// The start of the next page; `None` after the last. No file needs to have this name.
    pub next_file_name: Option<String>,
    /// An error for each entry that cannot be read, with its name if that is known.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileNamesPageJson {
    files: Entries<FileVersion>,
    next_file_name: Option<String>,
}

impl From<FileNamesPageJson> for FileNamesPage {
    fn from(json: FileNamesPageJson) -> Self {
        let Entries { entries, unreadable } = json.files;
        Self { files: entries, unreadable, next_file_name: json.next_file_name }
    }
}

impl ListFileNames {
    /// Creates the call for the first page.
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

impl JsonEndpoint for ListFileNames {
    type Response = FileNamesPage;
    const NAME: &'static str = "b2_list_file_names";
    const CAPABILITY: Capability = Capability::LIST_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        check_delimiter(self.delimiter.as_deref())?;
        check_page("maxFileCount", self.max_file_count, MAX_FILE_COUNT)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        let narrower = allowed.narrow_prefix(self.prefix.as_deref())?;
        Ok(narrower.map(|prefix| Self { prefix: Some(prefix), ..self.clone() }))
    }
}

/// `b2_list_file_versions`: lists one page of all versions in a bucket, with hide markers and unfinished large files, by
/// name, and the newest version of a name first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListFileVersions {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The first name of the page, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_name: Option<String>,
    /// The first version of that name, or the next one that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_id: Option<FileId>,
    /// The maximum number of entries: 1 to 10,000; `None` is 100. B2 bills one call for each 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
    /// Lists only names with this prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Names that are equal up to the first delimiter after the prefix are listed as one folder. Usually `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
}

/// The response to [`ListFileVersions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "FileVersionsPageJson")]
#[non_exhaustive]
pub struct FileVersionsPage {
    /// The versions and folders. A page that is short or empty need not be the last.
    pub files: Vec<FileVersion>,
    /// The start of the next page; `None` after the last.
    pub next_file_name: Option<String>,
    /// The version of that name at the start of the next page; `None` for a folder.
    pub next_file_id: Option<FileId>,
    /// An error for each entry that cannot be read, with its name if that is known.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileVersionsPageJson {
    files: Entries<FileVersion>,
    next_file_name: Option<String>,
    next_file_id: Option<FileId>,
}

impl From<FileVersionsPageJson> for FileVersionsPage {
    fn from(json: FileVersionsPageJson) -> Self {
        let Entries { entries, unreadable } = json.files;
        Self {
            files: entries,
            unreadable,
            next_file_name: json.next_file_name,
            next_file_id: json.next_file_id,
        }
    }
}

impl ListFileVersions {
    /// Creates the call for the first page.
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

impl JsonEndpoint for ListFileVersions {
    type Response = FileVersionsPage;
    const NAME: &'static str = "b2_list_file_versions";
    const CAPABILITY: Capability = Capability::LIST_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        if self.start_file_id.is_some() && self.start_file_name.is_none() {
            return Err(invalid("startFileId needs startFileName, the name of that version"));
        }
        check_delimiter(self.delimiter.as_deref())?;
        check_page("maxFileCount", self.max_file_count, MAX_FILE_COUNT)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        let narrower = allowed.narrow_prefix(self.prefix.as_deref())?;
        Ok(narrower.map(|prefix| Self { prefix: Some(prefix), ..self.clone() }))
    }
}

fn check_delimiter(delimiter: Option<&str>) -> Result<(), Error> {
    match delimiter {
        Some("") => Err(invalid("the delimiter is empty; leave it out to list without folders")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::Endpoint;
    use crate::api::test::{refused, reply, sent};
    use crate::{ErrorKind, error::Retry};

    #[test]
    fn sends_only_what_is_given() {
        let mut names = ListFileNames::new("b".into());
        assert_eq!(sent(&names).unwrap(), json!({"bucketId": "b"}));
        names.prefix = Some("a/".to_owned());
        names.delimiter = Some("/".to_owned());
        names.max_file_count = Some(10_000);
        let expected =
            json!({"bucketId": "b", "prefix": "a/", "delimiter": "/", "maxFileCount": 10_000});
        assert_eq!(sent(&names).unwrap(), expected);
    }

    #[test]
    fn refuses_what_b2_would() {
        for count in [0, 10_001] {
            let mut names = ListFileNames::new("b".into());
            names.max_file_count = Some(count);
            assert_eq!(sent(&names).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        let mut versions = ListFileVersions::new("b".into());
        versions.start_file_id = Some("f".into());
        assert_eq!(sent(&versions).unwrap_err().kind(), ErrorKind::InvalidInput);
        versions.start_file_name = Some("a".to_owned());
        sent(&versions).unwrap();
        versions.delimiter = Some(String::new());
        assert_eq!(sent(&versions).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn reads_pages() {
        let names = ListFileNames::new("b".into());
        let folder =
            json!({"fileId": null, "fileName": "a/", "action": "folder", "contentLength": 0});
        let page =
            names.response(&reply(200, &json!({"files": [folder], "nextFileName": "b"}))).unwrap();
        assert!(page.files[0].is_folder());
        assert_eq!(page.next_file_name.as_deref(), Some("b"));
        let versions = ListFileVersions::new("b".into());
        let page =
            versions.response(&reply(200, &json!({"files": [], "nextFileId": null}))).unwrap();
        assert_eq!((page.next_file_name, page.next_file_id), (None, None));
        let error = versions.response(&reply(200, &json!({"nextFileId": null}))).unwrap_err();
        assert!(error.to_string().contains("files"), "{error}");
        let busy =
            refused(&versions, 503, "bad_request", "Timed out while iterating and skipping files");
        assert_eq!((busy.kind(), busy.retry()), (ErrorKind::ServiceError, Retry::Backoff));
    }
}
