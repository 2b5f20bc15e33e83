//! One version of one file.

use alloc::string::String;

use serde_json::Value;

use super::open::{exact, open_enum};
use super::{
    AccountId, BucketId, ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention,
    LegalHold, ReplicationStatus,
};
use crate::hash::Sha1Digest;
use crate::json::{FromJson, Json, Object, Place, serde_read};
use crate::time::Timestamp;

open_enum! {
    /// What made a version.
    FileAction, exact {
        /// A large file was started, and is not finished.
        Start = "start",
        /// It was uploaded, or a large file was finished.
        Upload = "upload",
        /// It was copied. Only the answer to the copy says so; listings say `upload`.
        Copy = "copy",
        /// It hides the versions before it.
        Hide = "hide",
        /// It is no version, but stands for all names with this prefix in a listing with a delimiter.
        Folder = "folder",
        /// It was deleted.
        Delete = "delete",
    }
}

/// One version of one file, as B2 answers it to uploads, copies, hides and lookups and in listings.
///
/// A listing with a delimiter also has entries for folders; they have no [`file_id`](Self::file_id).
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FileVersion {
    /// Whose it is; empty if the answer did not say.
    pub account_id: AccountId,
    /// Where it is; empty if the answer did not say.
    pub bucket_id: BucketId,
    /// Names this version; empty for a folder, and for nothing else.
    pub file_id: FileId,
    /// The name.
    pub file_name: String,
    /// What made it.
    pub action: FileAction,
    /// How many bytes it has: 0 for a hide marker, a folder and an unfinished large file.
    pub size: u64,
    /// The media type.
    pub content_type: Option<String>,
    /// The SHA-1, as far as B2 knows one. See [`sha1`](Self::sha1).
    pub content_sha1: ContentSha1,
    /// The MD5 in hex, where B2 knows one.
    pub content_md5: Option<String>,
    /// What it carries besides its bytes.
    pub file_info: FileInfo,
    /// When it was uploaded; `None` for a folder.
    pub upload_timestamp: Option<Timestamp>,
    /// How it is encrypted at rest.
    pub server_side_encryption: EncryptionSetting,
    /// Until when it cannot be deleted.
    pub file_retention: FileRetention,
    /// Whether a legal hold forbids to delete it.
    pub legal_hold: LegalHold,
    /// How far its replication has come, if it is replicated.
    pub replication_status: Option<ReplicationStatus>,
}

impl FileVersion {
    /// The SHA-1 of the bytes: B2's own, or what the uploader of a large file said.
    #[must_use]
    pub fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest().or_else(|| self.file_info.large_file_sha1())
    }

    /// When the file was last modified: what its uploader said, else when it was uploaded.
    #[must_use]
    pub fn mod_time(&self) -> Option<Timestamp> {
        self.file_info.src_last_modified().or(self.upload_timestamp)
    }

    /// Whether it has bytes that can be downloaded.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.action, FileAction::Upload | FileAction::Copy)
    }

    /// Whether it is a folder of a listing with a delimiter.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        matches!(self.action, FileAction::Folder)
    }

    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let id = Some(self.file_id.as_str()).filter(|id| !id.is_empty());
        let mut file = Object::new();
        file.put("fileId", id.map_or(Json::Null, Json::text));
        file.add("fileName", &self.file_name);
        file.add("fileInfo", &self.file_info);
        file.put("serverSideEncryption", self.server_side_encryption.to_tree());
        file.put("legalHold", self.legal_hold.to_tree());
        file.put("fileRetention", self.file_retention.to_tree());
        file.add("replicationStatus", &self.replication_status);
        file.add("accountId", &self.account_id);
        file.add("bucketId", &self.bucket_id);
        file.add("size", &self.size);
        file.add("action", &self.action);
        file.add_some("uploadTimestamp", &self.upload_timestamp);
        file.add_some("contentType", &self.content_type);
        file.add_some("contentSha1", &self.content_sha1);
        file.add_some("contentMd5", &self.content_md5);
        file.into()
    }
}

impl FromJson for FileVersion {
    fn from_json(place: &Place<'_>) -> Self {
        Self::read(place, None)
    }
}

serde_read!(FileVersion);

impl FileVersion {
    /// Reads a file object. If it has no size, `size` is it; there must be one if that is `None`.
    pub(super) fn read(place: &Place<'_>, size: Option<u64>) -> Self {
        let action = place.read::<Option<_>>("action").unwrap_or(FileAction::Upload);
        // Hide markers and folders have neither bytes nor locks; of others, an absence tells nothing.
        let bare = matches!(action, FileAction::Hide | FileAction::Folder);
        let is_folder = matches!(action, FileAction::Folder);
        let file_id: FileId = place.read_or_default("fileId");
        if file_id.as_str().is_empty() && !is_folder {
            place.field("fileId").is_missing();
        }
        let said = place.read::<Option<_>>("size").or_else(|| place.read("contentLength"));
        let size = said.or(size).or(bare.then_some(0)).unwrap_or_else(|| {
            place.field("contentLength").is_missing();
            0
        });
        let file_info: FileInfo = place.read_or_default("fileInfo");
        let mut encryption: EncryptionSetting = place.read_or_default("serverSideEncryption");
        encryption.take_id_from(&file_info);
        let (no_retention, no_hold) = if bare {
            (FileRetention::None, LegalHold::Unset)
        } else {
            (FileRetention::Unknown, LegalHold::Unknown)
        };
        Self {
            account_id: place.read_or_default("accountId"),
            bucket_id: place.read_or_default("bucketId"),
            file_id,
            file_name: place.read("fileName"),
            action,
            size,
            content_type: place.read("contentType"),
            content_sha1: place.read_or_default("contentSha1"),
            content_md5: place.read("contentMd5"),
            upload_timestamp: place.read::<Option<_>>("uploadTimestamp").filter(|_| !is_folder),
            server_side_encryption: encryption,
            file_info,
            file_retention: place.read::<Option<_>>("fileRetention").unwrap_or(no_retention),
            legal_hold: place.read::<Option<_>>("legalHold").unwrap_or(no_hold),
            replication_status: place.read("replicationStatus"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

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
    fn prints_as_b2sdk_does() {
        let file = read(|_| ()).unwrap();
        assert_eq!(
            file.to_json(),
            json!({
                "fileId": "4_z1", "fileName": "a/b.txt", "fileInfo": {"color": "red"},
                "serverSideEncryption": {"mode": "none"}, "legalHold": null,
                "fileRetention": {"mode": null, "retainUntilTimestamp": null}, "replicationStatus": null,
                "accountId": "acc", "bucketId": "b", "size": 11, "uploadTimestamp": 1_500_000_000_000_u64,
                "contentType": "text/plain", "action": "upload",
                "contentSha1": "unverified:2aae6c35c94fcfb415dbe95f408b9ce91ee846ed",
            })
        );
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
        assert_eq!(file.action.as_str(), "teleport");
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
            (marker.file_retention, marker.legal_hold),
            (FileRetention::None, LegalHold::Unset)
        );
        let folder: FileVersion = serde_json::from_value(bare("folder", Value::Null)).unwrap();
        assert!(folder.is_folder() && !folder.is_file());
        assert_eq!(
            (folder.upload_timestamp, folder.to_json()["fileId"].clone()),
            (None, Value::Null)
        );
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
        fn reading_is_total(text: String, number: u64, field in 0_usize..16) {
            let keys = [
                "accountId", "bucketId", "fileId", "fileName", "action", "contentLength", "size", "contentType",
                "contentSha1", "contentMd5", "fileInfo", "uploadTimestamp", "serverSideEncryption",
                "fileRetention", "legalHold", "replicationStatus",
            ];
            for value in [json!(text), json!(number), json!(null), json!([]), json!({}), json!({ "value": text })] {
                let read = read(|file| drop(file.insert(keys[field].to_owned(), value)));
                if let Ok(file) = read {
                    let _ = file.to_json();
                }
            }
        }
    }
}
