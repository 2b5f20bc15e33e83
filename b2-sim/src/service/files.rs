//! Calls for single file versions.

use serde_json::json;

use super::Service;
use super::context::{CallContext, CallResult};
use super::locks::check_deletable;
use super::pending::NewFile;
use crate::content::Content;
use crate::state::{Encryption, Kind};
use crate::wire::Refusal;

pub(super) const NOTHING_SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

impl Service {
    pub(super) fn get_file_info(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("readFiles")?;
        let file_id = call.params.text("fileId")?;
        let (bucket, version) = self
            .state
            .version_of(&call.key, file_id)
            .ok_or_else(|| Refusal::not_found(format!("Invalid fileId: {file_id}")))?;
        call.key.require_bucket(&bucket.id)?;
        call.key.require_prefix(&version.name)?;
        Ok(version.to_json(&call.key.account_id, &bucket.id, &call.key))
    }

    pub(super) fn hide_file(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("writeFiles")?;
        let bucket_id = call.params.text("bucketId")?;
        let name = call.params.text("fileName")?;
        call.key.require_bucket(bucket_id)?;
        call.key.require_prefix(name)?;
        let files = &self.bucket_of(&call.key, bucket_id)?.files;
        match files.current(name).map(|version| version.kind) {
            None => {
                let message = format!("File not present: {name}");
                return Err(Refusal::new(400, "no_such_file", message));
            }
            Some(Kind::Hide) => {
                let message = format!("File already hidden: {name}");
                return Err(Refusal::new(400, "already_hidden", message));
            }
            Some(_) => {}
        }
        let timestamp = files.next_timestamp(name, call.now);
        let marker = hide_marker(bucket_id, name, timestamp);
        let sha1 = NOTHING_SHA1.to_owned();
        let marker = self.insert(marker, Kind::Hide, Content::default(), sha1, None)?;
        Ok(marker.to_json(&call.key))
    }

    pub(super) fn delete_file_version(&mut self, call: &CallContext<'_>) -> CallResult {
        call.key.require("deleteFiles")?;
        let bypass = call.params.flag("bypassGovernance")?;
        if bypass {
            call.key.require("bypassGovernance")?;
        }
        let name = call.params.text("fileName")?;
        let file_id = call.params.text("fileId")?;
        let found = self.state.version_of(&call.key, file_id);
        if let Some((bucket, _)) = found {
            call.key.require_bucket(&bucket.id)?;
        }
        call.key.require_prefix(name)?;
        let (_, version) = found
            .filter(|(_, version)| version.name == name)
            .ok_or_else(|| Refusal::file_not_present(file_id))?;
        // File lock does not protect unfinished large files.
        if version.kind != Kind::Start {
            check_deletable(version, call.now, bypass)?;
        }
        self.forget(file_id);
        Ok(json!({ "fileId": file_id, "fileName": name }))
    }
}

pub(super) fn hide_marker(
    bucket_id: &str,
    name: &str,
    timestamp: b2_proto::time::Timestamp,
) -> NewFile {
    NewFile {
        bucket_id: bucket_id.to_owned(),
        name: name.to_owned(),
        content_type: "application/x-bz-hide-marker".to_owned(),
        info: std::collections::BTreeMap::new(),
        timestamp,
        encryption: Encryption::None,
        retention: None,
        hold: None,
    }
}
