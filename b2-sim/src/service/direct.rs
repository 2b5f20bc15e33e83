//! Direct access to the service without its API, for tests and for preparing data.

use std::collections::BTreeMap;

use b2_proto::time::Timestamp;
use bytes::Bytes;

use super::Service;
use super::locks::LockSettings;
use super::new_file::NewFileSettings;
use super::upload::hex_md5;
use crate::content::{Blob, Content, Digester};
use crate::state::{Bucket, Key, Kind, Version};
use crate::wire::Refusal;

/// A stored file version, for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredVersion {
    /// Its id.
    pub file_id: String,
    /// Its name.
    pub file_name: String,
    /// `upload`, `hide`, or `start`.
    pub action: &'static str,
    /// Its size in bytes; 0 while it is unfinished.
    pub len: u64,
    /// Its `contentSha1`: hex digits, `none`, or digits after `unverified:`.
    pub content_sha1: String,
    /// Its content type.
    pub content_type: String,
    /// Its file info.
    pub file_info: BTreeMap<String, String>,
    /// Its upload timestamp.
    pub upload_timestamp: Timestamp,
    /// The parts of an unfinished large file: numbers and sizes in bytes.
    pub parts: BTreeMap<u16, u64>,
}

impl From<&Version> for StoredVersion {
    fn from(version: &Version) -> Self {
        let part = |(number, part): (&u16, &crate::state::Part)| (*number, part.content.len());
        Self {
            file_id: version.id.clone(),
            file_name: version.name.clone(),
            action: version.kind.action(),
            len: version.content.len(),
            content_sha1: version.sha1.clone(),
            content_type: version.content_type.clone(),
            file_info: version.info.to_map(),
            upload_timestamp: version.timestamp,
            parts: version.parts.iter().map(part).collect(),
        }
    }
}

/// Direct access, which is not logged.
impl Service {
    /// Creates a bucket of type `allPrivate` or `allPublic` in the first account unless it exists, and returns its id.
    pub fn put_bucket(&mut self, name: &str, bucket_type: &str) -> String {
        if let Some(bucket) = self.state.bucket_named(name) {
            return bucket.id.clone();
        }
        let id = self.state.ids.bucket_id();
        let bucket = Bucket::new(id.clone(), &self.config.credentials.key_id, name, bucket_type);
        self.state.buckets.insert(id.clone(), bucket);
        id
    }

    /// Stores a file and returns its id; `None` if there is no such bucket. Accepts any name, since the S3 API and
    /// earlier rules allowed names that `b2_upload_file` refuses, such as `photos/`.
    pub fn put_file(
        &mut self,
        now: Timestamp,
        bucket_name: &str,
        file_name: &str,
        bytes: impl Into<Bytes>,
    ) -> Option<String> {
        let bytes = bytes.into();
        let len = bytes.len() as u64;
        let content = Content::whole(Blob::Bytes(bytes), len);
        self.put_content(now, bucket_name, file_name, content).ok()
    }

    /// Stores a file of `len` bytes of [`pattern`](crate::content::pattern), which takes no memory, and returns its id;
    /// `None` if there is no such bucket. A file larger than [`Config::max_single_size`](crate::Config::max_single_size)
    /// is like a finished large file: it has no digests, so that none have to be computed.
    pub fn put_pattern(
        &mut self,
        now: Timestamp,
        bucket_name: &str,
        file_name: &str,
        len: u64,
    ) -> Option<String> {
        let content = Content::whole(Blob::Discarded, len);
        self.put_content(now, bucket_name, file_name, content).ok()
    }

    fn put_content(
        &mut self,
        now: Timestamp,
        bucket_name: &str,
        file_name: &str,
        content: Content,
    ) -> Result<String, Refusal> {
        let bucket = self.state.bucket_named(bucket_name);
        let bucket_id = bucket.ok_or_else(|| Refusal::bad_bucket(bucket_name))?.id.clone();
        let (sha1, md5) = if content.len() > self.config.max_single_size {
            ("none".to_owned(), None)
        } else {
            let mut digester = Digester::new(self.config.md5);
            for chunk in content.chunks().flatten() {
                digester.update(&chunk);
            }
            let digests = digester.finish();
            (digests.sha1.to_hex(), hex_md5(digests))
        };
        let settings = NewFileSettings {
            name: file_name.to_owned(),
            content_type: "b2/x-auto",
            info: BTreeMap::new(),
            custom_timestamp: None,
            encryption: None,
            lock: LockSettings::default(),
        };
        let master = self.master_of(&bucket_id)?;
        let file = self.prepare_with_any_name(now, &bucket_id, &master, settings)?;
        let shown = self.insert(file, Kind::Upload, content, sha1, md5)?;
        let value = shown.to_json(&master);
        Ok(value["fileId"].as_str().unwrap_or_default().to_owned())
    }

    /// Returns the master key of the account of a bucket.
    fn master_of(&self, bucket_id: &str) -> Result<Key, Refusal> {
        let account_id = self.state.buckets.get(bucket_id).map(|bucket| &bucket.account_id);
        let master = account_id.and_then(|id| self.state.keys.get(id));
        master.cloned().ok_or_else(|| Refusal::bad_bucket(bucket_id))
    }

    /// Stores a hide marker and returns its id; `None` if there is no such bucket. Older versions are not needed.
    pub fn put_hide_marker(
        &mut self,
        now: Timestamp,
        bucket_name: &str,
        file_name: &str,
    ) -> Option<String> {
        let bucket_id = self.state.bucket_named(bucket_name)?.id.clone();
        let marker = super::files::hide_marker(&bucket_id, file_name, now);
        let sha1 = super::files::NOTHING_SHA1.to_owned();
        let master = self.master_of(&bucket_id).ok()?;
        let shown = self.insert(marker, Kind::Hide, Content::default(), sha1, None).ok()?;
        Some(shown.to_json(&master)["fileId"].as_str().unwrap_or_default().to_owned())
    }

    /// Sets an entry of the info of a file version.
    pub fn put_file_info(&mut self, file_id: &str, name: &str, value: &str) {
        if let Some(version) = self.state.version_mut(file_id) {
            let mut info = version.info.to_map();
            info.insert(name.to_owned(), value.to_owned());
            version.info = info.into();
        }
    }

    /// Sets the replication status of a file version: `PENDING`, `COMPLETED`, `FAILED`, `REPLICA`, or none. A new
    /// file that a replication rule of its bucket matches is `PENDING` until it is [replicated](Self::replicate).
    pub fn set_replication_status(&mut self, file_id: &str, status: Option<&str>) {
        if let Some(version) = self.state.version_mut(file_id) {
            version.replication_status = status.map(str::to_owned);
        }
    }

    /// Cancels every unfinished large file of a bucket.
    pub fn cancel_unfinished(&mut self, bucket_name: &str) {
        let unfinished =
            self.versions(bucket_name).into_iter().filter(|version| version.action == "start");
        for version in unfinished {
            self.forget(&version.file_id);
        }
    }

    /// Returns the content of the current version of a file; `None` if there is none, or it is not in memory.
    #[must_use]
    pub fn read_file(&self, bucket_name: &str, file_name: &str) -> Option<Bytes> {
        let bucket = self.state.bucket_named(bucket_name)?;
        let version = bucket.files.current(file_name)?;
        (version.kind == Kind::Upload).then(|| version.content.to_bytes())?
    }

    /// Returns all versions in a bucket, in the order of `b2_list_file_versions`.
    #[must_use]
    pub fn versions(&self, bucket_name: &str) -> Vec<StoredVersion> {
        let bucket = self.state.bucket_named(bucket_name);
        let versions = bucket.into_iter().flat_map(|bucket| bucket.files.iter());
        versions.map(StoredVersion::from).collect()
    }

    /// Suspends an event notification rule with a reason, as B2 does when its target fails, or resumes it without one.
    /// Returns whether there is such a rule.
    pub fn suspend_notification_rule(
        &mut self,
        bucket_name: &str,
        rule_name: &str,
        reason: Option<&str>,
    ) -> bool {
        let id = self.state.bucket_named(bucket_name).map(|bucket| bucket.id.clone());
        let Some(bucket) = id.and_then(|id| self.state.buckets.get_mut(&id)) else {
            return false;
        };
        let rule = bucket.notifications.iter_mut().find(|rule| rule["name"] == rule_name);
        let Some(rule) = rule else {
            return false;
        };
        rule["isSuspended"] = reason.is_some().into();
        rule["suspensionReason"] = reason.unwrap_or_default().into();
        true
    }

    /// Expires an account token.
    pub fn expire_account_token(&mut self, token: &str) {
        if let Some(token) = self.tokens.account.get_mut(token) {
            token.expires = Timestamp::default();
        }
    }

    /// Expires all account tokens.
    pub fn expire_account_tokens(&mut self) {
        for token in self.tokens.account.values_mut() {
            token.expires = Timestamp::default();
        }
    }

    /// Expires all download authorizations.
    pub fn expire_download_authorizations(&mut self) {
        for token in self.tokens.download.values_mut() {
            token.expires = Timestamp::default();
        }
    }

    /// Expires all upload URLs.
    pub fn expire_upload_urls(&mut self) {
        for token in self.tokens.upload.values_mut() {
            token.expires = Timestamp::default();
        }
    }
}
