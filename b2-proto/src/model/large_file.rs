//! Large files while they are made.

use alloc::string::String;

use super::{
    AccountId, BucketId, ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention,
    FileVersion, LegalHold,
};
use crate::hash::Sha1Digest;
use crate::json::{FromJson, Place, object, serde_read};
use crate::time::Timestamp;

/// A part of an unfinished large file, as B2 has stored it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The large file.
    pub file_id: FileId,
    /// From 1 to 10,000.
    pub part_number: u32,
    /// How many bytes it has.
    pub content_length: u64,
    /// Its SHA-1, which finishing the file needs.
    pub content_sha1: ContentSha1,
    /// Its MD5 in hex, where B2 knows one.
    pub content_md5: Option<String>,
    /// When it was uploaded.
    pub upload_timestamp: Option<Timestamp>,
}

object! { Part {
    file_id: "fileId",
    part_number: "partNumber",
    content_length: "contentLength",
    content_sha1: "contentSha1" or default,
    content_md5: "contentMd5" if some,
    upload_timestamp: "uploadTimestamp" if some,
} }

impl Part {
    /// Its SHA-1, verified or not.
    #[must_use]
    pub const fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest()
    }
}

/// A large file that was started, and is neither finished nor cancelled. Its parts cost storage.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UnfinishedLargeFile {
    /// Names it, and the finished file later.
    pub file_id: FileId,
    /// The name it will have.
    pub file_name: String,
    /// Whose it is; empty if the answer did not say.
    pub account_id: AccountId,
    /// Where it is; empty if the answer did not say.
    pub bucket_id: BucketId,
    /// The media type it will have.
    pub content_type: Option<String>,
    /// What it will carry besides its bytes.
    pub file_info: FileInfo,
    /// When it was started, which the finished file keeps; or the custom timestamp it was started with.
    pub upload_timestamp: Option<Timestamp>,
    /// How it is encrypted at rest.
    pub server_side_encryption: EncryptionSetting,
    /// Until when it cannot be deleted once it is finished.
    pub file_retention: FileRetention,
    /// Whether a legal hold will forbid to delete it.
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

/// Reads the same file object as [`FileVersion`]; the size is 0, and may be missing.
impl FromJson for UnfinishedLargeFile {
    fn from_json(place: &Place<'_>) -> Self {
        Self::from(FileVersion::read(place, Some(0)))
    }
}

serde_read!(UnfinishedLargeFile);

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
