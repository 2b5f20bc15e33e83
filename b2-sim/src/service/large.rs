//! Calls for large files.

use serde_json::{Value, json};

use super::context::{CallContext, CallResult};
use super::locks::LockSettings;
use super::new_file::NewFileSettings;
use super::pending::NewFile;
use super::{Service, listing};
use crate::content::Content;
use crate::state::{Encryption, Key, Kind, Part, Version};
use crate::wire::{ApiVersion, Refusal};

/// A stored version or part, for the response.
#[derive(Debug)]
pub(super) enum Stored<'a> {
    Version { account_id: &'a str, bucket_id: &'a str, version: &'a Version },
    Part(Value),
}

impl Stored<'_> {
    pub(super) fn to_json(&self, key: &Key) -> Value {
        match self {
            Self::Version { account_id, bucket_id, version } => {
                version.to_json(account_id, bucket_id, key)
            }
            Self::Part(value) => value.clone(),
        }
    }

    /// Returns the id, unless it is a part.
    pub(super) fn version_id(&self) -> Option<&str> {
        match self {
            Self::Version { version, .. } => Some(&version.id),
            Self::Part(_) => None,
        }
    }
}

impl Service {
    /// Stores a new version.
    pub(super) fn insert(
        &mut self,
        file: NewFile,
        kind: Kind,
        content: Content,
        sha1: String,
        md5: Option<String>,
    ) -> Result<Stored<'_>, Refusal> {
        let large = kind == Kind::Start;
        let (id, serial) = self.state.ids.file_id(&file.bucket_id, large, file.timestamp);
        let replicated = kind != Kind::Hide
            && !matches!(file.encryption, Encryption::SseC(_))
            && self.state.buckets.get(&file.bucket_id).is_some_and(|it| it.replicates(&file.name));
        let files = self.state.files_mut(&file.bucket_id);
        let files = files.ok_or_else(|| Refusal::bad_bucket(&file.bucket_id))?;
        files.insert(Version {
            id: id.clone(),
            name: file.name,
            kind,
            timestamp: file.timestamp,
            serial,
            content_type: file.content_type,
            sha1,
            md5,
            info: file.info.into(),
            encryption: file.encryption,
            retention: file.retention,
            hold: file.hold,
            replication_status: replicated.then(|| "PENDING".to_owned()),
            content,
            parts: std::collections::BTreeMap::new(),
        });
        if replicated && kind == Kind::Upload {
            self.replication_due(&id);
        }
        let (bucket, version) = self.state.version(&id).ok_or_else(|| Refusal::bad_file_id(&id))?;
        Ok(Stored::Version { account_id: &bucket.account_id, bucket_id: &bucket.id, version })
    }

    /// Stores a part, replacing one with the same number.
    pub(super) fn insert_part(
        &mut self,
        key: &Key,
        file_id: &str,
        number: u16,
        part: Part,
    ) -> Result<Stored<'_>, Refusal> {
        let (bucket, version) = self.unfinished(key, file_id)?;
        let shown = part_json(version, number, &part);
        let bucket_id = bucket.id.clone();
        if let Some(files) = self.state.files_mut(&bucket_id) {
            files.insert_part(file_id, number, part);
        }
        Ok(Stored::Part(shown))
    }

    pub(super) fn start_large_file(&mut self, call: &CallContext<'_>) -> CallResult {
        let params = call.params;
        call.key.require("writeFiles")?;
        let encryption = params.value("serverSideEncryption").map(Encryption::for_write);
        let settings = NewFileSettings {
            name: params.text("fileName")?.to_owned(),
            content_type: params.text("contentType")?,
            info: params.optional_map("fileInfo")?.unwrap_or_default(),
            custom_timestamp: params.optional_int("customUploadTimestamp")?,
            encryption: encryption.transpose()?,
            lock: LockSettings::from_params(params, call.now)?,
        };
        let file = self.prepare(call.now, params.text("bucketId")?, &call.key, settings)?;
        self.require_storage(&call.key, 0)?;
        let none = "none".to_owned();
        let started = self.insert(file, Kind::Start, Content::default(), none, None)?;
        Ok(started.to_json(&call.key))
    }

    pub(super) fn list_parts(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let (_, version) = self.unfinished(&call.key, call.params.text("fileId")?)?;
        let start = call.params.optional_int("startPartNumber")?.unwrap_or(1);
        let start = u16::try_from(start)
            .map_err(|_| Refusal::bad_request("startPartNumber out of range"))?;
        let count = listing::limit(call.params, "maxPartCount", 100, 1_000)?;
        let mut parts = version.parts.range(start..);
        let page: Vec<Value> = parts
            .by_ref()
            .take(count)
            .map(|(number, part)| part_json(version, *number, part))
            .collect();
        Ok(json!({ "parts": page, "nextPartNumber": parts.next().map(|(number, _)| number) }))
    }

    pub(super) fn finish_large_file(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let file_id = call.params.text("fileId")?;
        let digests: Vec<String> = call
            .params
            .optional("partSha1Array")?
            .ok_or_else(|| Refusal::bad_request("required field partSha1Array is missing"))?;
        let (_, version) = self.unfinished(&call.key, file_id)?;
        let content = self.assemble(version, &digests)?;
        let Some(version) = self.state.version_mut(file_id) else {
            return Err(Refusal::bad_file_id(file_id));
        };
        version.kind = Kind::Upload;
        version.content = content;
        version.parts.clear();
        let bucket_id = crate::state::bucket_id_of(file_id).unwrap_or_default();
        let shown = version.to_json(&call.key.account_id, bucket_id, &call.key);
        if version.replication_status.is_some() {
            self.replication_due(file_id);
        }
        Ok(shown)
    }

    fn assemble(&self, version: &Version, digests: &[String]) -> Result<Content, Refusal> {
        if digests.len() < 2 {
            return Err(Refusal::bad_request("large files must have at least 2 parts"));
        }
        let mut content = Content::default();
        for (number, digest) in (1..).zip(digests) {
            let part = version.parts.get(&number).ok_or_else(|| {
                Refusal::new(
                    400,
                    "missing_part",
                    format!("Part number {number} has not been uploaded"),
                )
            })?;
            // Unverified parts are compared, too.
            let sha1 = part.sha1.trim_start_matches("unverified:");
            if !sha1.eq_ignore_ascii_case(digest) {
                let message = format!("Sha1 did not match for part {number}");
                return Err(Refusal::new(400, "part_sha1_mismatch", message));
            }
            let last = usize::from(number) == digests.len();
            let least = if last { 1 } else { self.config.absolute_minimum_part_size };
            if part.content.len() < least {
                return Err(Refusal::bad_request(format!(
                    "part number {number} is smaller than {least} bytes"
                )));
            }
            if part.copied {
                content.append(&part.content);
            } else {
                content.append_upload(&part.content);
            }
        }
        if version.parts.len() != digests.len() {
            return Err(Refusal::bad_request(
                "partSha1Array does not hold as many digests as there are parts",
            ));
        }
        if content.len() > 10_000_000_000_000 {
            return Err(Refusal::bad_request("the file is larger than 10 TB"));
        }
        Ok(content)
    }

    pub(super) fn cancel_large_file(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let file_id = call.params.text("fileId")?;
        let (bucket, version) = self.unfinished(&call.key, file_id)?;
        let answer = json!({
            "accountId": call.key.account_id,
            "bucketId": bucket.id,
            "fileId": file_id,
            "fileName": version.name,
        });
        self.forget(file_id);
        Ok(answer)
    }

    /// Removes a version.
    pub(super) fn forget(&mut self, file_id: &str) {
        let bucket_id = crate::state::bucket_id_of(file_id);
        if let Some(files) = bucket_id.and_then(|id| self.state.files_mut(id)) {
            files.remove(file_id);
        }
    }

    pub(super) fn list_unfinished_large_files(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("listFiles")?;
        let bucket_id = call.params.text("bucketId")?;
        let prefix = call.params.optional_text("namePrefix")?.unwrap_or_default();
        let count = listing::limit(call.params, "maxFileCount", 100, 100)?;
        call.key.require_bucket(bucket_id)?;
        call.key.require_prefix(prefix)?;
        let bucket = self.bucket_of(&call.key, bucket_id)?;
        let mut files: Vec<&Version> = bucket
            .files
            .starting_at(prefix)
            .take_while(|version| version.name.starts_with(prefix))
            .filter(|version| version.kind == Kind::Start)
            .collect();
        files.sort_by_key(|version| (&version.name, version.timestamp, version.serial));
        let start = match call.params.optional_text("startFileId")? {
            None => 0,
            Some(id) => files
                .iter()
                .position(|version| version.id == id)
                .ok_or_else(|| Refusal::bad_file_id(id))?,
        };
        let mut files = files.into_iter().skip(start);
        let account_id = &call.key.account_id;
        let to_json = |version: &Version| version.to_json(account_id, bucket_id, &call.key);
        let page: Vec<Value> = files.by_ref().take(count).map(to_json).collect();
        let mut answer = json!({ "files": page, "nextFileId": files.next().map(|file| &file.id) });
        if call.version == ApiVersion::V1 {
            answer["nextFileName"] = Value::Null;
        }
        Ok(answer)
    }
}

fn part_json(version: &Version, number: u16, part: &Part) -> Value {
    json!({
        "fileId": version.id,
        "partNumber": number,
        "contentLength": part.content.len(),
        "contentSha1": part.sha1,
        "contentMd5": part.md5,
        "serverSideEncryption": version.encryption.to_json(),
        "uploadTimestamp": part.timestamp,
    })
}
