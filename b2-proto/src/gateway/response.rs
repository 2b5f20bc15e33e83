//! Answers in B2's shapes. A field that is not named here never leaves the gateway.

use alloc::borrow::ToOwned;
use alloc::string::ToString;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::http::{Headers, Response};
use crate::model::{FileInfo, FileVersion, Part};

/// The account that visitors see.
pub(super) const ACCOUNT_ID: &str = "gateway";

/// What every JSON answer says of itself.
const HEADERS: [(&str, &str); 2] = [
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "max-age=0, no-cache, no-store"),
];

/// A JSON answer.
pub(super) fn json(status: u16, body: &Value) -> Response<Bytes> {
    Response { status, headers: Headers::from_static(&HEADERS), body: body.to_string().into() }
}

/// A file object, under the id that the visitor knows and with this file info.
pub(super) fn file(version: &FileVersion, id: Option<&str>, info: &FileInfo) -> Value {
    let mut map = Map::new();
    map.insert("accountId".to_owned(), json!(ACCOUNT_ID));
    map.insert("bucketId".to_owned(), json!(version.bucket_id));
    map.insert("fileId".to_owned(), json!(id));
    map.insert("fileName".to_owned(), json!(version.file_name));
    map.insert("action".to_owned(), json!(version.action));
    map.insert("contentLength".to_owned(), json!(version.size));
    map.insert("contentType".to_owned(), json!(version.content_type));
    map.insert("contentSha1".to_owned(), json!(version.content_sha1.to_text()));
    map.insert("contentMd5".to_owned(), json!(version.content_md5));
    map.insert("fileInfo".to_owned(), json!(info));
    map.insert("uploadTimestamp".to_owned(), json!(version.upload_timestamp.unwrap_or_default()));
    map.insert("serverSideEncryption".to_owned(), encryption(version));
    Value::Object(map)
}

fn encryption(version: &FileVersion) -> Value {
    let shown = version.server_side_encryption.to_json();
    json!({ "mode": shown.get("mode"), "algorithm": shown.get("algorithm") })
}

/// A part, of the file that the visitor knows under this id.
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
