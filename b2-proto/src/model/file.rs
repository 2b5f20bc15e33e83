//! File versions.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::open::open_enum;
use super::readable::Reported;
use super::{
    AccountId, BucketId, ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention,
    LegalHold, ReplicationStatus,
};
use crate::encoding::{HeaderLimit, check_header_size, null_as_default};
use crate::hash::Sha1Digest;
use crate::time::Timestamp;

/// The action that created a file version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, EnumString)]
#[strum(serialize_all = "camelCase")]
#[non_exhaustive]
pub enum FileAction {
    /// A large file was started and is not finished.
    Start,
    /// A file was uploaded or a large file was finished.
    Upload,
    /// A file was copied. Only the response to the copy contains it; listings contain `upload`.
    Copy,
    /// A hide marker, which hides the older versions.
    Hide,
    /// A folder: an entry of a listing with a delimiter that stands for all names with its prefix.
    Folder,
    /// A version was deleted.
    Delete,
    /// An action that this version does not know.
    #[strum(default)]
    Other(String),
}

open_enum!(FileAction);

/// A file version: the response to uploads, copies, hides and lookups, and the entry of listings.
///
/// Listings with a delimiter also contain folders, which have no [`file_id`](Self::file_id).
///
/// ```
/// use b2_proto::model::{FileAction, FileVersion};
///
/// let file: FileVersion = serde_json::from_str(
///     r#"{"fileId": "4_z1", "fileName": "a.txt", "action": "upload", "contentLength": 11,
///         "contentSha1": "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed", "uploadTimestamp": 1500000000000,
///         "fileInfo": {"color": "red"}, "somethingNew": [1, 2, 3]}"#,
/// )?;
/// assert_eq!(file.action, FileAction::Upload);
/// assert_eq!((file.size, file.file_info.get("color")), (11, Some("red")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "FileFields")]
#[non_exhaustive]
pub struct FileVersion {
    /// The account that owns the file. Empty if the response does not contain it.
    pub account_id: AccountId,
    /// The bucket. Empty if the response does not contain it.
    pub bucket_id: BucketId,
    /// The id of the version. Empty for a folder.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// The action that created the version.
    pub action: FileAction,
    /// The size in bytes. 0 for a hide marker, a folder and an unfinished large file.
    #[serde(rename = "contentLength")]
    pub size: u64,
    /// The media type.
    pub content_type: Option<String>,
    /// The SHA-1 that B2 knows. See also [`sha1`](Self::sha1).
    pub content_sha1: ContentSha1,
    /// The MD5 in hex, if B2 knows it.
    pub content_md5: Option<String>,
    /// The file info.
    pub file_info: FileInfo,
    /// The time of the upload, or `None` for a folder.
    pub upload_timestamp: Option<Timestamp>,
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

impl FileVersion {
    /// Returns the SHA-1 of the content: the one that B2 knows, or the one that the file info of a large file contains.
    #[must_use]
    pub fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest().or_else(|| self.file_info.large_file_sha1())
    }

    /// Returns the modification time in the file info, or else the time of the upload.
    #[must_use]
    pub fn mod_time(&self) -> Option<Timestamp> {
        self.file_info.src_last_modified().or(self.upload_timestamp)
    }

    /// Returns whether the name and the file info take more than the 2,048 bytes that B2 allows for a file with
    /// server-side encryption or in a bucket with file lock, so that it cannot be replicated or copied to one.
    #[must_use]
    pub fn has_large_header(&self) -> bool {
        check_header_size(&self.file_name, self.file_info.iter(), HeaderLimit::Advanced).is_err()
    }

    /// Returns whether the version has content that can be downloaded.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.action, FileAction::Upload | FileAction::Copy)
    }

    /// Returns whether the entry is a folder of a listing with a delimiter.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        matches!(self.action, FileAction::Folder)
    }
}

/// The JSON object of a file version, from which [`FileVersion`] and
/// [`UnfinishedLargeFile`](super::UnfinishedLargeFile) are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(super) struct FileFields {
    #[serde(default, deserialize_with = "null_as_default")]
    account_id: AccountId,
    #[serde(default, deserialize_with = "null_as_default")]
    bucket_id: BucketId,
    #[serde(default, deserialize_with = "null_as_default")]
    file_id: FileId,
    file_name: String,
    action: Option<FileAction>,
    size: Option<u64>,
    content_length: Option<u64>,
    content_type: Option<String>,
    #[serde(default)]
    content_sha1: ContentSha1,
    content_md5: Option<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    file_info: FileInfo,
    upload_timestamp: Option<Timestamp>,
    #[serde(default)]
    server_side_encryption: EncryptionSetting,
    file_retention: Option<FileRetention>,
    legal_hold: Option<LegalHold>,
    replication_status: Option<ReplicationStatus>,
}

impl FileFields {
    /// Converts into the version of an unfinished large file, whose size may be missing.
    pub(super) fn into_started(self) -> Result<FileVersion, MissingField> {
        let size = self.size.or(self.content_length).or(Some(0));
        Self { action: Some(FileAction::Start), size, ..self }.into_version()
    }

    fn into_version(self) -> Result<FileVersion, MissingField> {
        let action = self.action.unwrap_or(FileAction::Upload);
        let is_folder = matches!(action, FileAction::Folder);
        if self.file_id.as_str().is_empty() && !is_folder {
            return Err(MissingField("fileId"));
        }
        // Hide markers and folders have no content and no lock. In other objects, an absent lock is not readable.
        let is_bare = matches!(action, FileAction::Hide | FileAction::Folder);
        let size = self.size.or(self.content_length).or(is_bare.then_some(0));
        let (no_retention, no_hold) = if is_bare {
            (FileRetention::None, LegalHold::Unset)
        } else {
            (FileRetention::Unknown, LegalHold::Unknown)
        };
        Ok(FileVersion {
            account_id: self.account_id,
            bucket_id: self.bucket_id,
            file_id: self.file_id,
            file_name: self.file_name,
            action,
            size: size.ok_or(MissingField("contentLength"))?,
            content_type: self.content_type,
            content_sha1: self.content_sha1,
            content_md5: self.content_md5,
            upload_timestamp: self.upload_timestamp.filter(|_| !is_folder),
            server_side_encryption: self.server_side_encryption.with_id_from(&self.file_info),
            file_info: self.file_info,
            file_retention: self.file_retention.unwrap_or(no_retention),
            legal_hold: self.legal_hold.unwrap_or(no_hold),
            replication_status: self.replication_status,
        })
    }
}

impl TryFrom<FileFields> for FileVersion {
    type Error = MissingField;

    fn try_from(fields: FileFields) -> Result<Self, MissingField> {
        fields.into_version()
    }
}

/// A field that only some file objects may omit.
pub(super) struct MissingField(&'static str);

impl fmt::Display for MissingField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing field `{}`", self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::model::{EncryptionKeyId, RetentionMode};

    fn read(
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<FileVersion, serde_json::Error> {
        let mut file = json!({
            "accountId": "acc", "bucketId": "b", "fileId": "4_z1", "fileName": "a/b.txt", "action": "upload",
            "contentLength": 11, "contentType": "text/plain", "contentMd5": null,
            "contentSha1": "unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
            "fileInfo": {"Color": "red"}, "uploadTimestamp": 1_500_000_000_000_u64,
            "serverSideEncryption": {"mode": null, "algorithm": null},
            "fileRetention": {"isClientAuthorizedToRead": true, "value": {"mode": null, "retainUntilTimestamp": null}},
            "legalHold": {"isClientAuthorizedToRead": true, "value": null}, "futureField": {"x": []},
        });
        change(file.as_object_mut().unwrap());
        serde_json::from_value(file)
    }

    #[test]
    fn an_older_answer_says_size() {
        let file = read(|file| {
            file.remove("contentLength");
            file.insert("size".to_owned(), json!(7));
        });
        assert_eq!(file.unwrap().size, 7);
        let both = read(|file| drop(file.insert("size".to_owned(), json!(7)))).unwrap();
        assert_eq!(both.size, 7);
    }

    #[test]
    fn unknown_values_do_not_fail_a_page() {
        let file = read(|file| {
            file.insert("action".to_owned(), json!("teleport"));
            file.insert("replicationStatus".to_owned(), json!("beamed"));
            file.insert("serverSideEncryption".to_owned(), json!({"mode": "SSE-Q"}));
            file.insert("contentSha1".to_owned(), json!("sha3:1"));
        })
        .unwrap();
        assert_eq!(file.action.to_string(), "teleport");
        assert_eq!(file.server_side_encryption, EncryptionSetting::Other("SSE-Q".to_owned()));
        assert_eq!(file.sha1(), None);
    }

    #[test]
    fn what_is_withheld_is_unknown() {
        let withheld = json!({"isClientAuthorizedToRead": false, "value": null});
        let hidden = read(|file| {
            file.insert("fileRetention".to_owned(), withheld.clone());
            file.insert("legalHold".to_owned(), withheld);
        })
        .unwrap();
        let missing = read(|file| {
            file.remove("fileRetention");
            file.remove("legalHold");
        })
        .unwrap();
        for file in [hidden, missing] {
            assert_eq!(
                (file.file_retention, file.legal_hold),
                (FileRetention::Unknown, LegalHold::Unknown)
            );
        }
    }

    #[test]
    fn hide_markers_and_folders() {
        let bare = |action: &str, id: Value| json!({"fileId": id, "fileName": "a/", "action": action, "contentLength": 0, "fileInfo": null, "uploadTimestamp": 0});
        let marker: FileVersion = serde_json::from_value(bare("hide", json!("4_z"))).unwrap();
        assert_eq!(
            (marker.file_retention.clone(), marker.legal_hold),
            (FileRetention::None, LegalHold::Unset)
        );
        let folder: FileVersion = serde_json::from_value(bare("folder", Value::Null)).unwrap();
        assert!(folder.is_folder() && !folder.is_file());
        assert_eq!((folder.upload_timestamp, folder.file_id.as_str()), (None, ""));
        for file in [marker, folder] {
            let json = serde_json::to_value(&file).unwrap();
            assert_eq!(serde_json::from_value::<FileVersion>(json).unwrap(), file);
        }
        let error = serde_json::from_value::<FileVersion>(bare("upload", Value::Null)).unwrap_err();
        assert!(error.to_string().contains("fileId"), "{error}");
    }

    #[test]
    fn locks_and_large_files() {
        let file = read(|file| {
            let value = json!({"mode": "governance", "retainUntilTimestamp": 9});
            file.insert(
                "fileRetention".to_owned(),
                json!({"isClientAuthorizedToRead": true, "value": value}),
            );
            file.insert(
                "legalHold".to_owned(),
                json!({"isClientAuthorizedToRead": true, "value": "on"}),
            );
            file.insert("contentSha1".to_owned(), json!("none"));
            let sha1 = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
            file.insert(
                "fileInfo".to_owned(),
                json!({"large_file_sha1": sha1, "src_last_modified_millis": "5"}),
            );
        })
        .unwrap();
        let until = Timestamp::from_millis(9);
        assert_eq!(
            file.file_retention,
            FileRetention::Until { mode: RetentionMode::Governance, until }
        );
        assert!(file.legal_hold.is_on());
        assert_eq!(file.sha1(), Some(Sha1Digest::of(b"hello world")));
        assert_eq!(file.mod_time(), Some(Timestamp::from_millis(5)));
    }

    #[test]
    fn the_key_id_is_not_decoded_in_json() {
        let file = read(|file| {
            file.insert(
                "serverSideEncryption".to_owned(),
                json!({"mode": "SSE-C", "algorithm": "AES256"}),
            );
            file.insert("fileInfo".to_owned(), json!({"sse_c_key_id": "a%20b"}));
        })
        .unwrap();
        let id = file.server_side_encryption.key().unwrap().id();
        assert_eq!(*id, EncryptionKeyId::Id("a%20b".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn reading_is_total_and_what_is_serialized_reads_back_equal(text: String, number: u64, field in 0_usize..16) {
            let keys = [
                "accountId", "bucketId", "fileId", "fileName", "action", "contentLength", "size", "contentType",
                "contentSha1", "contentMd5", "fileInfo", "uploadTimestamp", "serverSideEncryption",
                "fileRetention", "legalHold", "replicationStatus",
            ];
            for value in [json!(text), json!(number), json!(null), json!([]), json!({}), json!({ "value": text })] {
                let read = read(|file| drop(file.insert(keys[field].to_owned(), value)));
                if let Ok(file) = read {
                    let json = serde_json::to_string(&file).unwrap();
                    proptest::prop_assert_eq!(serde_json::from_str::<FileVersion>(&json).unwrap(), file);
                }
            }
        }
    }

    #[test]
    fn a_large_header_is_more_than_2048_bytes() {
        let with_value = |len| {
            let info = json!({"story": "v".repeat(len)});
            read(|file| drop(file.insert("fileInfo".to_owned(), info))).unwrap()
        };
        // "a/b.txt" and "story" take 12 bytes.
        assert!(!with_value(2_036).has_large_header());
        assert!(with_value(2_037).has_large_header());
    }
}
