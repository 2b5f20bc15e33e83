//! `b2_copy_file` and `b2_copy_part`.

use std::ops::Range;
use std::sync::Arc;

use b2_proto::time::Timestamp;
use serde_json::{Value, json};

use super::Service;
use super::context::{CallContext, CallResult};
use super::locks::LockSettings;
use super::new_file::NewFileSettings;
use super::pending::{CopyTo, NewFile, PendingCopy};
use super::upload::{hex_md5, part_number};
use crate::content::{Content, Digests};
use crate::log::LogEntry;
use crate::state::{CustomerKey, Encryption, Key, Kind, Part, Version};
use crate::wire::{Params, Refusal, Reply, json};

/// A copy whose source must be hashed first.
pub(super) struct Copy {
    source: Content,
    to: CopyTo,
}

impl Copy {
    pub(super) fn into_pending(self, md5: bool, key: Arc<Key>, entry: LogEntry) -> PendingCopy {
        PendingCopy { source: self.source, md5, to: self.to, key, entry }
    }
}

pub(super) enum CopyOutcome {
    Done(Value),
    Hash(Copy),
}

impl Service {
    /// Returns the source of a copy, if the key and the customer key permit it.
    fn copy_source(&self, call: &CallContext<'_>) -> Result<(&str, &Version), Refusal> {
        let source_id = call.params.text("sourceFileId")?;
        let (bucket, source) = self
            .state
            .version(source_id)
            .ok_or_else(|| Refusal::not_found(format!("Invalid fileId: {source_id}")))?;
        call.key.require_bucket(&bucket.id)?;
        call.key.require_prefix(&source.name)?;
        if !bucket.is_public() {
            call.key.require("readFiles")?;
        }
        if source.kind != Kind::Upload {
            return Err(Refusal::bad_request("the source is not a finished file"));
        }
        let key = customer_key(call.params, "sourceServerSideEncryption")?;
        source.encryption.require_key(key.as_ref())?;
        Ok((&bucket.id, source))
    }

    pub(super) fn copy_file(&mut self, call: &CallContext<'_>) -> Result<CopyOutcome, Refusal> {
        let params = call.params;
        call.key.require("writeFiles")?;
        let name = params.text("fileName")?.to_owned();
        let given_type = params.optional_text("contentType")?;
        let given_info = params.optional_map("fileInfo")?;
        let replace = match params.optional_text("metadataDirective")? {
            None | Some("COPY") => false,
            Some("REPLACE") => true,
            Some(_) => return Err(Refusal::bad_request("bad metadataDirective")),
        };
        if replace && given_type.is_none() {
            return Err(Refusal::bad_request("REPLACE needs a contentType"));
        }
        if !replace && (given_type.is_some() || given_info.is_some()) {
            return Err(Refusal::bad_request(
                "COPY takes contentType and fileInfo from the source",
            ));
        }
        let (source_bucket, source) = self.copy_source(call)?;
        let range = range(params, source.content.len())?;
        self.check_copy_size(source, range.as_ref())?;
        let encryption = params.value("destinationServerSideEncryption");
        let settings = NewFileSettings {
            name,
            content_type: given_type.unwrap_or(&source.content_type),
            info: if replace { given_info.unwrap_or_default() } else { source.info.clone() },
            custom_timestamp: None,
            encryption: encryption.map(Encryption::for_write).transpose()?,
            lock: LockSettings::from_params(params, call.now)?,
        };
        let destination = params.optional_text("destinationBucketId")?.unwrap_or(source_bucket);
        let file = self.prepare(call.now, destination, &call.key, settings)?;
        self.require_storage()?;
        match range {
            Some(range) => Ok(CopyOutcome::Hash(Copy {
                source: source.content.slice(range),
                to: CopyTo::File(Box::new(file)),
            })),
            // The SHA-1 of the whole file is known.
            None => {
                let (content, sha1) = (source.content.clone(), source.sha1.clone());
                let md5 = source.md5.clone();
                self.insert_copy(file, content, sha1, md5, &call.key).map(CopyOutcome::Done)
            }
        }
    }

    pub(super) fn copy_part(&mut self, call: &CallContext<'_>) -> Result<Copy, Refusal> {
        let params = call.params;
        call.key.require("writeFiles")?;
        let number = part_number(params.optional_int("partNumber")?)?;
        let file_id = params.text("largeFileId")?;
        let (_, source) = self.copy_source(call)?;
        let range = range(params, source.content.len())?;
        self.check_copy_size(source, range.as_ref())?;
        let (_, version) = self.unfinished(&call.key, file_id)?;
        let key = customer_key(params, "destinationServerSideEncryption")?;
        version.encryption.require_key(key.as_ref())?;
        self.require_storage()?;
        Ok(Copy {
            source: source.content.slice(range.unwrap_or(0..u64::MAX)),
            to: CopyTo::Part { file_id: file_id.to_owned(), number },
        })
    }

    fn check_copy_size(&self, source: &Version, range: Option<&Range<u64>>) -> Result<(), Refusal> {
        let len = range.map_or(source.content.len(), |range| range.end - range.start);
        if len > self.config.max_single_size {
            let message = format!("Copy source too big: {len}");
            return Err(Refusal::new(400, "source_too_large", message));
        }
        Ok(())
    }

    fn insert_copy(
        &mut self,
        file: NewFile,
        content: Content,
        sha1: String,
        md5: Option<String>,
        key: &Key,
    ) -> CallResult {
        let mut value = self.insert(file, Kind::Upload, content, sha1, md5)?.to_json(key);
        // Only in this response; listings show the action `upload`.
        value["action"] = json!("copy");
        Ok(value)
    }

    /// Ends a copy with the digests of [`PendingCopy::source`].
    pub fn copied(&mut self, now: Timestamp, pending: PendingCopy, digests: Digests) -> Reply {
        let PendingCopy { source, to, key, entry, .. } = pending;
        let sha1 = digests.sha1.to_hex();
        let md5 = hex_md5(digests);
        let answer = match to {
            CopyTo::File(file) => self.insert_copy(*file, source, sha1, md5, &key),
            CopyTo::Part { file_id, number } => {
                let part = Part { sha1, md5, timestamp: now, content: source, copied: true };
                self.insert_part(&key, &file_id, number, part).map(|shown| shown.to_json(&key))
            }
        };
        let reply = match answer {
            Ok(value) => json(200, &value),
            Err(refusal) => refusal.into(),
        };
        self.log_reply(now, entry, reply)
    }
}

/// Returns the customer key of an encryption setting.
fn customer_key(params: &Params, name: &str) -> Result<Option<CustomerKey>, Refusal> {
    match params.value(name).map(Encryption::from_json).transpose()? {
        Some(Encryption::SseC(key)) => Ok(Some(key)),
        Some(Encryption::None | Encryption::SseB2) | None => Ok(None),
    }
}

/// Parses `bytes=a-b`, which is inclusive and must be within the source.
fn range(params: &Params, len: u64) -> Result<Option<Range<u64>>, Refusal> {
    let Some(text) = params.optional_text("range")? else {
        return Ok(None);
    };
    let ends = text.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let ends = ends.and_then(|(a, b)| Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?)));
    let Some((first, last)) = ends.filter(|(first, last)| first <= last) else {
        return Err(Refusal::bad_request(format!("bad range: {text}")));
    };
    if last >= len {
        let message = format!("the source has {len} bytes");
        return Err(Refusal::new(416, "range_not_satisfiable", message));
    }
    Ok(Some(first..last + 1))
}
