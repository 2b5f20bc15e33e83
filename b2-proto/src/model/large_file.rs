//! Unfinished large files and their parts.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::file::{FileFields, MissingField};
use super::readable::Reported;
use super::{
    AccountId, BucketId, ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention,
    FileVersion, LegalHold,
};
use crate::hash::Sha1Digest;
use crate::time::Timestamp;

/// An uploaded part of an unfinished large file (`b2_upload_part`, `b2_copy_part`, `b2_list_parts`).
///
/// ```
/// use b2_proto::model::Part;
///
/// let part: Part = serde_json::from_str(r#"{"fileId": "4_z", "partNumber": 1, "contentLength": 3}"#)?;
/// assert_eq!((part.part_number, part.sha1()), (1, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Part {
    /// The id of the large file.
    pub file_id: FileId,
    /// The number of the part, from 1 to 10,000.
    pub part_number: u32,
    /// The size in bytes.
    pub content_length: u64,
    /// The SHA-1, which the call that finishes the file requires.
    #[serde(default)]
    pub content_sha1: ContentSha1,
    /// The MD5 in hex, if B2 knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_md5: Option<String>,
    /// The time of the upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_timestamp: Option<Timestamp>,
}

impl Part {
    /// Returns the SHA-1, verified or not.
    #[must_use]
    pub const fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest()
    }
}

/// A large file that was started and is neither finished nor cancelled (`b2_list_unfinished_large_files`).
///
/// Its parts are billed as storage. It is read from the same object as [`FileVersion`], whose size may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "FileFields")]
#[non_exhaustive]
pub struct UnfinishedLargeFile {
    /// The id, which the finished file keeps.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The account that owns the file. Empty if the response does not contain it.
    pub account_id: AccountId,
    /// The bucket. Empty if the response does not contain it.
    pub bucket_id: BucketId,
    /// The media type.
    pub content_type: Option<String>,
    /// The file info.
    pub file_info: FileInfo,
    /// The time of the start, or the custom timestamp of the start, which the finished file keeps.
    pub upload_timestamp: Option<Timestamp>,
    /// The server-side encryption.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub server_side_encryption: EncryptionSetting,
    /// The retention of the finished file.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub file_retention: FileRetention,
    /// The legal hold of the finished file.
    #[serde(serialize_with = "Reported::serialize_reported")]
    pub legal_hold: LegalHold,
}

impl From<FileVersion> for UnfinishedLargeFile {
    fn from(file: FileVersion) -> Self {
        Self {
            file_id: file.file_id,
            file_name: file.file_name,
            account_id: file.account_id,
            bucket_id: file.bucket_id,
            content_type: file.content_type,
            file_info: file.file_info,
            upload_timestamp: file.upload_timestamp,
            server_side_encryption: file.server_side_encryption,
            file_retention: file.file_retention,
            legal_hold: file.legal_hold,
        }
    }
}

impl TryFrom<FileFields> for UnfinishedLargeFile {
    type Error = MissingField;

    fn try_from(fields: FileFields) -> Result<Self, MissingField> {
        fields.into_started().map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// D7: b2sdk forgets the upload timestamp of an unfinished large file, and fails when it compares one.
    #[test]
    fn d7_the_upload_timestamp_is_kept() {
        let answer = json!({
            "fileId": "4_z", "fileName": "a", "action": "start", "contentLength": 0, "contentSha1": "none",
            "contentType": "text/plain", "fileInfo": {}, "uploadTimestamp": 5,
        });
        let file: UnfinishedLargeFile = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(file.upload_timestamp, Some(Timestamp::from_millis(5)));
        let written = serde_json::to_value(&file).unwrap();
        assert_eq!(serde_json::from_value::<UnfinishedLargeFile>(written).unwrap(), file);
        let started: FileVersion = serde_json::from_value(answer).unwrap();
        assert_eq!(UnfinishedLargeFile::from(started), file);
    }

    #[test]
    fn a_part_survives_being_stored() {
        let answer = json!({
            "fileId": "4_z", "partNumber": 1, "contentLength": 3, "contentMd5": null,
            "contentSha1": "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed", "uploadTimestamp": 5, "future": 1,
        });
        let part: Part = serde_json::from_value(answer).unwrap();
        assert_eq!(part.sha1(), Some(Sha1Digest::of(b"hello world")));
        let text = serde_json::to_string(&part).unwrap();
        assert_eq!(serde_json::from_str::<Part>(&text).unwrap(), part);
    }
}
