//! A file version as its download describes it.

use alloc::string::String;
use core::ops::Range;

use serde_json::Value;

use super::{
    ContentSha1, EncryptionSetting, FileId, FileInfo, FileRetention, LegalHold, ReplicationStatus,
};
use crate::hash::Sha1Digest;
use crate::json::{Json, Object};
use crate::time::Timestamp;

/// What the headers of a download, or of a lookup by name, say about the file version.
///
/// A cache between B2 and the client may have dropped headers, and a page sees only those that the bucket's
/// CORS rules expose; so everything but the size is optional.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DownloadVersion {
    /// Names this version. Later requests for the same bytes ask for it, not for the name, which can get
    /// a newer version any time.
    pub file_id: Option<FileId>,
    /// The name.
    pub file_name: Option<String>,
    /// How many bytes the whole file has.
    pub size: u64,
    /// Which of them the answer holds.
    pub range: Range<u64>,
    /// The media type.
    pub content_type: Option<String>,
    /// The SHA-1 of the whole file, as far as B2 knows one. See [`sha1`](Self::sha1).
    pub content_sha1: ContentSha1,
    /// What it carries besides its bytes. The `b2-…` entries come as headers of their own.
    pub file_info: FileInfo,
    /// When it was uploaded.
    pub upload_timestamp: Option<Timestamp>,
    /// The header `Cache-Control`.
    pub cache_control: Option<String>,
    /// The header `Expires`.
    pub expires: Option<String>,
    /// The header `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// The header `Content-Encoding`. The size and the SHA-1 are of the bytes as they are stored.
    pub content_encoding: Option<String>,
    /// The header `Content-Language`.
    pub content_language: Option<String>,
    /// How it is encrypted at rest.
    pub server_side_encryption: EncryptionSetting,
    /// Until when it cannot be deleted.
    pub file_retention: FileRetention,
    /// Whether a legal hold forbids to delete it.
    pub legal_hold: LegalHold,
    /// How far its replication has come, if it is replicated.
    pub replication_status: Option<ReplicationStatus>,
}

impl DownloadVersion {
    /// How many bytes the answer holds.
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Whether the answer holds the whole file.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.range == (0..self.size)
    }

    /// The SHA-1 of the whole file: B2's own, or what the uploader of a large file said.
    #[must_use]
    pub fn sha1(&self) -> Option<Sha1Digest> {
        self.content_sha1.digest().or_else(|| self.file_info.large_file_sha1())
    }

    /// When the file was last modified: what its uploader said, else when it was uploaded.
    #[must_use]
    pub fn mod_time(&self) -> Option<Timestamp> {
        self.file_info.src_last_modified().or(self.upload_timestamp)
    }

    /// The header `Expires`, if it is a date.
    #[must_use]
    pub fn expires_parsed(&self) -> Option<Timestamp> {
        Timestamp::parse_http_date(self.expires.as_deref()?)
    }

    /// As b2sdk prints it (`as_dict`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.to_tree().into()
    }

    /// The same, as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let mut file = Object::new();
        file.add("fileId", &self.file_id);
        file.add("fileName", &self.file_name);
        file.add("fileInfo", &self.file_info);
        file.put("serverSideEncryption", self.server_side_encryption.to_tree());
        file.put("legalHold", self.legal_hold.to_tree());
        file.put("fileRetention", self.file_retention.to_tree());
        file.add("replicationStatus", &self.replication_status);
        file.add("size", &self.size);
        file.add_some("uploadTimestamp", &self.upload_timestamp);
        file.add_some("contentType", &self.content_type);
        file.add_some("contentSha1", &self.content_sha1);
        file.add_some("cacheControl", &self.cache_control);
        file.add_some("expires", &self.expires);
        file.add_some("contentDisposition", &self.content_disposition);
        file.add_some("contentEncoding", &self.content_encoding);
        file.add_some("contentLanguage", &self.content_language);
        file.into()
    }
}
