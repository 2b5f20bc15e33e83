//! `b2_copy_file` and `b2_copy_part`.

use std::ops::Range;
use std::sync::Arc;

use b2_proto::hash::Sha1Digest;
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

pub(super) enum CopyOutcome {
    Done(Value),
    Hash(Copy),
}

impl CopyOutcome {
    /// Returns the response, or the copy with what its response needs.
    pub(super) fn into_pending(
        self,
        md5: bool,
        key: Arc<Key>,
        entry: &LogEntry,
    ) -> Result<PendingCopy, Value> {
        match self {
            Self::Done(value) => Err(value),
            Self::Hash(Copy { source, to }) => {
                Ok(PendingCopy { source, md5, to, key, entry: entry.clone() })
            }
        }
    }
}

impl Service {
    /// Returns the source of a copy, if the key and the customer key permit it.
    fn copy_source(&self, call: &CallContext<'_>) -> Result<(&str, &Version), Refusal> {
        let source_id = call.params.text("sourceFileId")?;
        let (bucket, source) = self
            .state
            .version_of(&call.key, source_id)
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
        let directive = params.optional_text("metadataDirective")?;
        // Without a directive, some clients send an empty file info with every copy.
        let given_info =
            params.optional_map("fileInfo")?.filter(|info| directive.is_some() || !info.is_empty());
        let replace = match directive {
            None | Some("COPY") => false,
            Some("REPLACE") => true,
            Some(_) => {
                return Err(Refusal::bad_request("metadataDirective must be COPY or REPLACE"));
            }
        };
        if replace && given_type.is_none() {
            return Err(Refusal::bad_request("contentType is required with REPLACE"));
        }
        if !replace && (given_type.is_some() || given_info.is_some()) {
            return Err(Refusal::bad_request("contentType and fileInfo need REPLACE"));
        }
        let (source_bucket, source) = self.copy_source(call)?;
        let range = range(params, source.content.len())?;
        self.check_copy_size(source, range.as_ref())?;
        let len = range.as_ref().map_or(source.content.len(), |range| range.end - range.start);
        let encryption = params.value("destinationServerSideEncryption");
        let settings = NewFileSettings {
            name,
            content_type: given_type.unwrap_or(&source.content_type),
            info: if replace { given_info.unwrap_or_default() } else { source.info.to_map() },
            custom_timestamp: None,
            encryption: encryption.map(Encryption::for_write).transpose()?,
            lock: LockSettings::from_params(params, call.now)?,
        };
        let destination = params.optional_text("destinationBucketId")?.unwrap_or(source_bucket);
        let file = self.prepare(call.now, destination, &call.key, settings)?;
        self.require_storage(&call.key, len)?;
        let verified = source.sha1.parse::<Sha1Digest>().is_ok();
        let all = 0..source.content.len();
        match range {
            Some(range) if !verified || range != all => Ok(CopyOutcome::Hash(Copy {
                source: source.content.slice(range),
                to: CopyTo::File(Box::new(file)),
            })),
            // The digests of the whole file are known.
            _ => {
                let (content, sha1) = (source.content.clone(), source.sha1.clone());
                let md5 = source.md5.clone();
                self.insert_copy(file, content, sha1, md5, &call.key).map(CopyOutcome::Done)
            }
        }
    }

    pub(super) fn copy_part(&mut self, call: &CallContext<'_>) -> Result<CopyOutcome, Refusal> {
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
        let content = source.content.slice(range.unwrap_or(0..u64::MAX));
        self.require_storage(&call.key, content.len())?;
        if let Some(sha1) = content.stand_in_sha1() {
            let sha1 = sha1.to_hex();
            let part = Part { sha1, md5: None, timestamp: call.now, content, copied: true };
            let stored = self.insert_part(&call.key, file_id, number, part)?;
            return Ok(CopyOutcome::Done(stored.to_json(&call.key)));
        }
        let to = CopyTo::Part { file_id: file_id.to_owned(), number };
        Ok(CopyOutcome::Hash(Copy { source: content, to }))
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
    let ends = ends.and_then(|(first, last)| Some((offset(first)?, offset(last)?)));
    let Some((first, last)) = ends.filter(|(first, last)| first <= last) else {
        return Err(Refusal::bad_request(format!("bad range: {text}")));
    };
    if last >= len {
        let message = format!("the source has {len} bytes");
        return Err(Refusal::new(416, "range_not_satisfiable", message));
    }
    Ok(Some(first..last + 1))
}

/// Parses an offset. A sign, which `parse` accepts, is not a digit.
fn offset(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}
