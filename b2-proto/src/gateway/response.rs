//! JSON responses in B2's format. They are built field by field, so that no other field of B2's responses is passed on.

use alloc::string::ToString;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::http::{Headers, Response};
use crate::model::{FileInfo, FileVersion, Part};

/// The account id in responses.
pub(super) const ACCOUNT_ID: &str = "gateway";

/// The headers of every JSON response.
const HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "max-age=0, no-cache, no-store"),
];

/// Creates a JSON response.
pub(super) fn json(status: u16, body: &Value) -> Response<Bytes> {
    Response { status, headers: Headers::from_static(&HEADERS), body: body.to_string().into() }
}

/// Returns a file object with the visitor's id of the file and this file info.
pub(super) fn file(version: &FileVersion, id: Option<&str>, info: &FileInfo) -> Value {
    json!({
        "accountId": ACCOUNT_ID,
        "bucketId": version.bucket_id,
        "fileId": id,
        "fileName": version.file_name,
        "action": version.action,
        "contentLength": version.size,
        "contentType": version.content_type,
        "contentSha1": version.content_sha1.to_text(),
        "contentMd5": version.content_md5,
        "fileInfo": info,
        "uploadTimestamp": version.upload_timestamp.unwrap_or_default(),
        "serverSideEncryption": encryption(version),
    })
}

fn encryption(version: &FileVersion) -> Value {
    let setting = &version.server_side_encryption;
    json!({ "mode": setting.mode(), "algorithm": setting.algorithm() })
}

/// Returns a part object with the visitor's id of the large file.
pub(super) fn part(part: &Part, id: &str) -> Value {
    json!({
        "fileId": id,
        "partNumber": part.part_number,
        "contentLength": part.content_length,
        "contentSha1": part.content_sha1.to_text(),
        "contentMd5": part.content_md5,
        "uploadTimestamp": part.upload_timestamp,
    })
}
