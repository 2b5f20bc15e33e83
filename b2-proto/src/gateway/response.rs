//! JSON responses in B2's format. Each has a type of its own, so that no other field of B2's responses is passed on.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use serde::Serialize;

use crate::http::{Headers, Response};
use crate::model::{BucketId, FileAction, FileInfo, FileVersion, Part};
use crate::time::Timestamp;

/// The account id in responses.
pub(super) const ACCOUNT_ID: &str = "gateway";

/// The headers of every JSON response.
const HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "max-age=0, no-cache, no-store"),
];

/// Creates a JSON response.
pub(super) fn json(status: u16, body: &impl Serialize) -> Response<Bytes> {
    // The bodies are structs of texts, numbers and lists, which JSON can always express.
    let body = serde_json::to_vec(body).unwrap_or_default();
    Response { status, headers: Headers::from_static(&HEADERS), body: body.into() }
}

/// A file, with the visitor's id of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    account_id: &'static str,
    bucket_id: BucketId,
    file_id: Option<String>,
    file_name: String,
    action: FileAction,
    content_length: u64,
    content_type: Option<String>,
    content_sha1: Option<String>,
    content_md5: Option<String>,
    file_info: FileInfo,
    upload_timestamp: Timestamp,
    server_side_encryption: Encryption,
}

#[derive(Serialize)]
struct Encryption {
    mode: Option<String>,
    algorithm: Option<&'static str>,
}

impl File {
    /// Creates the object of a file with the visitor's id of it.
    pub(super) fn new(version: FileVersion, id: Option<String>) -> Self {
        let encryption = &version.server_side_encryption;
        Self {
            account_id: ACCOUNT_ID,
            server_side_encryption: Encryption {
                mode: encryption.mode().map(Into::into),
                algorithm: encryption.algorithm(),
            },
            bucket_id: version.bucket_id,
            file_id: id,
            file_name: version.file_name,
            action: version.action,
            content_length: version.size,
            content_type: version.content_type,
            content_sha1: version.content_sha1.to_text(),
            content_md5: version.content_md5,
            file_info: version.file_info,
            upload_timestamp: version.upload_timestamp.unwrap_or_default(),
        }
    }
}

/// The response of `b2_delete_file_version`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted<'a> {
    pub(super) file_id: &'a str,
    pub(super) file_name: &'a str,
}

/// A page of `b2_list_file_names`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileNames {
    pub(super) files: Vec<ListedFile>,
    pub(super) next_file_name: Option<String>,
}

/// An entry of [`FileNames`].
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum ListedFile {
    File(Box<File>),
    /// An entry that the gateway could not parse. Clients report it by its name.
    Unreadable {
        file_name: String,
    },
}

/// A page of `b2_list_unfinished_large_files`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnfinishedFiles {
    pub(super) files: Vec<File>,
    pub(super) next_file_id: Option<String>,
}

/// A page of `b2_list_parts`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parts<'a> {
    pub(super) parts: Vec<PartOfFile<'a>>,
    pub(super) next_part_number: Option<u32>,
}

/// A part, with the visitor's id of the large file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartOfFile<'a> {
    file_id: &'a str,
    part_number: u32,
    content_length: u64,
    content_sha1: Option<String>,
    content_md5: Option<&'a str>,
    upload_timestamp: Option<Timestamp>,
}

impl<'a> PartOfFile<'a> {
    /// Creates the object of a part with the visitor's id of its file.
    pub(super) fn new(part: &'a Part, id: &'a str) -> Self {
        Self {
            file_id: id,
            part_number: part.part_number,
            content_length: part.content_length,
            content_sha1: part.content_sha1.to_text(),
            content_md5: part.content_md5.as_deref(),
            upload_timestamp: part.upload_timestamp,
        }
    }
}

/// The response of `b2_get_upload_url`, with `bucket_id`, and of `b2_get_upload_part_url`, with `file_id`.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadUrl<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bucket_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_id: Option<&'a str>,
    pub(super) upload_url: &'a str,
    pub(super) authorization_token: &'a str,
}
