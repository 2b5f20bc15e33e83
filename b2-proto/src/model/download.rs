//! The file version of a download.

use alloc::string::String;
use core::ops::Range;

use serde::{Deserialize, Serialize};

use super::readable::Reported;
use super::{
    ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention, LegalHold, ReplicationStatus,
};
use crate::hash::Sha1Digest;
use crate::time::Timestamp;

/// The file version that the headers of a download, or of a lookup by name, describe.
///
/// All fields except the size and the range are optional, because a cache may drop headers and a web page sees only
/// the headers that the CORS rules of the bucket expose. B2 has no JSON form of these headers; the JSON of this type
/// uses the names of the fields in camel case.
///
/// ```
/// use b2_proto::model::DownloadVersion;
///
/// let version: DownloadVersion = serde_json::from_str(
///     r#"{"fileId": "4_z1", "fileName": "a.txt", "size": 11, "range": {"start": 0, "end": 5}}"#,
/// )?;
/// assert_eq!((version.content_length(), version.is_whole()), (5, false));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "DownloadFields")]
#[non_exhaustive]
pub struct DownloadVersion {
    /// The id of the version. Later requests for the same content use it, because the name may get a newer version.
    pub file_id: Option<FileId>,
    /// The name.
    pub file_name: Option<String>,
    /// The size of the whole file in bytes.
    pub size: u64,
    /// The range of bytes that the response contains.
    pub range: Range<u64>,
    /// The media type.
    pub content_type: Option<String>,
    /// The SHA-1 of the whole file that B2 knows. See also [`sha1`](Self::sha1).
    pub content_sha1: ContentSha1,
    /// The file info, without the `b2-…` entries, which are separate headers.
    pub file_info: FileInfo,
    /// The time of the upload.
    pub upload_timestamp: Option<Timestamp>,
    /// The header `Cache-Control`.
    pub cache_control: Option<String>,
    /// The header `Expires`.
    pub expires: Option<String>,
    /// The header `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// The header `Content-Encoding`. The size and the SHA-1 are those of the stored bytes.
    pub content_encoding: Option<String>,
    /// The header `Content-Language`.
    pub content_language: Option<String>,
    /// The server-side encryption.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub server_side_encryption: EncryptionSetting,
    /// The retention.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub file_retention: FileRetention,
    /// The legal hold.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub legal_hold: LegalHold,
    /// The state of the replication, if the file is replicated.
    pub replication_status: Option<ReplicationStatus>,
}

impl DownloadVersion {
    /// Returns the number of bytes that the response contains.
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Returns whether the response contains the whole file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.range == (0..self.size)
    }

    /// Returns the SHA-1 of the whole file: the one that B2 knows, or the one that the file info of a large file contains.
    #[must_use]
    pub fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest().or_else(|| self.file_info.large_file_sha1())
    }

    /// Returns the modification time in the file info, or else the time of the upload.
    #[must_use]
    pub fn mod_time(&self) -> Option<Timestamp> {
        self.file_info.src_last_modified().or(self.upload_timestamp)
    }

    /// Returns the time in the header `Expires`, or `None` if it is not a date.
    #[must_use]
    pub fn expires_parsed(&self) -> Option<Timestamp> {
        Timestamp::parse_http_date(self.expires.as_deref()?)
    }
}

/// The JSON object of a [`DownloadVersion`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
struct DownloadFields {
    file_id: Option<FileId>,
    file_name: Option<String>,
    size: u64,
    range: Range<u64>,
    content_type: Option<String>,
    #[serde(default)]
    content_sha1: ContentSha1,
    #[serde(default)]
    file_info: FileInfo,
    upload_timestamp: Option<Timestamp>,
    cache_control: Option<String>,
    expires: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
    #[serde(default)]
    server_side_encryption: EncryptionSetting,
    #[serde(default)]
    file_retention: FileRetention,
    #[serde(default)]
    legal_hold: LegalHold,
    replication_status: Option<ReplicationStatus>,
}

impl From<DownloadFields> for DownloadVersion {
    fn from(fields: DownloadFields) -> Self {
        Self {
            file_id: fields.file_id,
            file_name: fields.file_name,
            size: fields.size,
            range: fields.range,
            content_type: fields.content_type,
            content_sha1: fields.content_sha1,
            upload_timestamp: fields.upload_timestamp,
            cache_control: fields.cache_control,
            expires: fields.expires,
            content_disposition: fields.content_disposition,
            content_encoding: fields.content_encoding,
            content_language: fields.content_language,
            server_side_encryption: fields.server_side_encryption.with_id_from(&fields.file_info),
            file_info: fields.file_info,
            file_retention: fields.file_retention,
            legal_hold: fields.legal_hold,
            replication_status: fields.replication_status,
        }
    }
}
