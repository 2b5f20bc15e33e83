//! Calls that start, finish, cancel and list large files.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::entries::Entries;
use super::{
    Idempotency, JsonEndpoint, NewFile, check_page, invalid, same, same_bucket, same_new_name,
};
use crate::account::Allowed;
use crate::encoding::null_as_default;
use crate::error::Error;
use crate::hash::Sha1Digest;
use crate::model::{
    AccountId, BucketId, Capability, FileId, FileVersion, Part, UnfinishedLargeFile,
};

/// The maximum number of parts of a large file.
pub const MAX_PARTS: u32 = 10_000;

/// `b2_start_large_file`: starts a file of 2 to 10,000 parts.
///
/// Idempotent: a repeated call leaves an unfinished file without parts, which costs nothing.
///
/// ```
/// use b2_proto::api::StartLargeFile;
///
/// let mut start = StartLargeFile::new("4a48fe8875c6214145260818".into(), "film.mkv");
/// start.file.content_type = "video/x-matroska".to_owned();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StartLargeFile {
    /// The bucket.
    pub bucket_id: BucketId,
    /// The file to create.
    #[serde(flatten)]
    pub file: NewFile,
    /// The size of the file in bytes. Only gateways read this field, to refuse files that are too large before their
    /// first byte; set it only if the authorization has [limits](crate::account::Allowed::uploads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_size: Option<u64>,
}

impl StartLargeFile {
    /// Creates the call for a file, or for a name with defaults for everything else.
    #[must_use]
    pub fn new(bucket_id: BucketId, file: impl Into<NewFile>) -> Self {
        Self { bucket_id, file: file.into(), declared_size: None }
    }
}

impl JsonEndpoint for StartLargeFile {
    type Response = FileVersion;
    const NAME: &'static str = "b2_start_large_file";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        self.file.check()
    }

    fn also_needs(&self) -> Vec<Capability> {
        self.file.also_needs()
    }

    fn subject(&self) -> Option<String> {
        Some(self.file.file_name.clone())
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same_bucket(&self.bucket_id, &answer.bucket_id)?;
        same_new_name(&self.file.file_name, &answer.file_name)
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file.file_name).map(|()| None)
    }
}

/// `b2_finish_large_file`: creates a file from its parts.
///
/// Not idempotent: if the response is lost, the file may exist, and a repeated call fails with
/// [`ErrorKind::BadRequest`](crate::ErrorKind::BadRequest). [`GetFileInfo`](super::GetFileInfo) with the same id then
/// finds the finished file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinishLargeFile {
    /// The unfinished large file.
    pub file_id: FileId,
    /// The SHA-1s of the parts in order: 2 to 10,000.
    pub part_sha1_array: Vec<Sha1Digest>,
}

impl JsonEndpoint for FinishLargeFile {
    type Response = FileVersion;
    const NAME: &'static str = "b2_finish_large_file";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;

    fn validate(&self) -> Result<(), Error> {
        match self.part_sha1_array.len() {
            0 | 1 => Err(invalid("a large file has at least 2 parts")),
            parts if parts > MAX_PARTS as usize => {
                Err(invalid(format!("a large file has at most {MAX_PARTS} parts, not {parts}")))
            }
            _ => Ok(()),
        }
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())
    }
}

/// `b2_cancel_large_file`: deletes an unfinished large file and its parts.
///
/// A repeated call fails with [`ErrorKind::BadRequest`](crate::ErrorKind::BadRequest), because the file is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelLargeFile {
    /// The unfinished large file.
    pub file_id: FileId,
}

/// The response to [`CancelLargeFile`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CancelledLargeFile {
    /// The cancelled file.
    pub file_id: FileId,
    /// Its name.
    pub file_name: String,
    /// Its bucket; empty if the response does not name it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub bucket_id: BucketId,
    /// Its account; empty if the response does not name it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub account_id: AccountId,
}

impl JsonEndpoint for CancelLargeFile {
    type Response = CancelledLargeFile;
    const NAME: &'static str = "b2_cancel_large_file";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }

    fn check(&self, answer: &CancelledLargeFile) -> Result<(), Error> {
        same("id", self.file_id.as_str(), answer.file_id.as_str())
    }
}

/// `b2_list_parts`: lists one page of the parts of an unfinished large file, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListParts {
    /// The unfinished large file.
    pub file_id: FileId,
    /// The first part of the page. `None` is the first part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_part_number: Option<u32>,
    /// The maximum number of parts: 1 to 1,000; `None` is 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_part_count: Option<u32>,
}

/// The response to [`ListParts`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "PartsPageJson")]
#[non_exhaustive]
pub struct PartsPage {
    /// The parts. A page that is short or empty need not be the last.
    pub parts: Vec<Part>,
    /// The start of the next page; `None` after the last.
    pub next_part_number: Option<u32>,
    /// An error for each part that cannot be read.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartsPageJson {
    parts: Entries<Part>,
    next_part_number: Option<u32>,
}

impl From<PartsPageJson> for PartsPage {
    fn from(json: PartsPageJson) -> Self {
        let Entries { entries, unreadable } = json.parts;
        Self { parts: entries, unreadable, next_part_number: json.next_part_number }
    }
}

impl ListParts {
    /// Creates the call for the first page.
    #[must_use]
    pub const fn new(file_id: FileId) -> Self {
        Self { file_id, start_part_number: None, max_part_count: None }
    }
}

impl JsonEndpoint for ListParts {
    type Response = PartsPage;
    const NAME: &'static str = "b2_list_parts";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        check_page("maxPartCount", self.max_part_count, 1_000)
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_id.to_string())
    }
}

/// `b2_list_unfinished_large_files`: lists one page of the unfinished large files of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListUnfinishedLargeFiles {
    /// The bucket.
    pub bucket_id: BucketId,
    /// Lists only names with this prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_prefix: Option<String>,
    /// The first file of the page. `None` is the first file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_file_id: Option<FileId>,
    /// The maximum number of files: 1 to 100; `None` is 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_file_count: Option<u32>,
}

/// The response to [`ListUnfinishedLargeFiles`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "UnfinishedLargeFilesPageJson")]
#[non_exhaustive]
pub struct UnfinishedLargeFilesPage {
    /// The files. A page that is short or empty need not be the last.
    pub files: Vec<UnfinishedLargeFile>,
    /// The start of the next page; `None` after the last.
    pub next_file_id: Option<FileId>,
    /// An error for each entry that cannot be read, with its name if that is known.
    #[serde(skip_serializing)]
    pub unreadable: Vec<Error>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnfinishedLargeFilesPageJson {
    files: Entries<UnfinishedLargeFile>,
    next_file_id: Option<FileId>,
}

impl From<UnfinishedLargeFilesPageJson> for UnfinishedLargeFilesPage {
    fn from(json: UnfinishedLargeFilesPageJson) -> Self {
        let Entries { entries, unreadable } = json.files;
        Self { files: entries, unreadable, next_file_id: json.next_file_id }
    }
}

impl ListUnfinishedLargeFiles {
    /// Creates the call for the first page.
    #[must_use]
    pub const fn new(bucket_id: BucketId) -> Self {
        Self { bucket_id, name_prefix: None, start_file_id: None, max_file_count: None }
    }
}

impl JsonEndpoint for ListUnfinishedLargeFiles {
    type Response = UnfinishedLargeFilesPage;
    const NAME: &'static str = "b2_list_unfinished_large_files";
    const CAPABILITY: Capability = Capability::LIST_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn validate(&self) -> Result<(), Error> {
        check_page("maxFileCount", self.max_file_count, 100)
    }

    fn subject(&self) -> Option<String> {
        Some(self.bucket_id.to_string())
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        let narrower = allowed.narrow_prefix(self.name_prefix.as_deref())?;
        Ok(narrower.map(|prefix| Self { name_prefix: Some(prefix), ..self.clone() }))
    }
}

#[cfg(test)]
mod tests;
