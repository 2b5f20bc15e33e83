//! One version at a time: info, hide, delete.

use serde_json::json;

use super::Service;
use super::dispatch::{Answer, Ask};
use super::locks::check_deletable;
use super::tickets::NewFile;
use crate::content::Content;
use crate::state::{Encryption, Kind};
use crate::wire::Refusal;

const NOTHING_SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

pub(super) fn not_present(file_id: &str) -> Refusal {
    Refusal::new(400, "file_not_present", format!("File not present: {file_id}"))
}

impl Service {
    pub(super) fn get_file_info(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("readFiles")?;
        let file_id = ask.params.text("fileId")?;
        let (bucket, version) = self
            .state
            .version(file_id)
            .ok_or_else(|| Refusal::not_found(format!("Invalid fileId: {file_id}")))?;
        ask.key.need_bucket(&bucket.id)?;
        ask.key.need_prefix(&version.name)?;
        Ok(version.to_json(self.account_id(), &bucket.id, &ask.key))
    }

    pub(super) fn hide_file(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("writeFiles")?;
        let bucket_id = ask.params.text("bucketId")?;
        let name = ask.params.text("fileName")?;
        ask.key.need_bucket(bucket_id)?;
        ask.key.need_prefix(name)?;
        let files = &self.bucket(bucket_id)?.files;
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
        let timestamp = files.next_timestamp(name, ask.now);
        let marker = hide_marker(bucket_id, name, timestamp);
        let sha1 = NOTHING_SHA1.to_owned();
        let marker = self.insert(marker, Kind::Hide, Content::default(), sha1, None)?;
        Ok(marker.to_json(&ask.key))
    }

    pub(super) fn delete_file_version(&mut self, ask: &Ask<'_>) -> Answer {
        ask.key.need("deleteFiles")?;
        let bypass = ask.params.flag("bypassGovernance")?;
        if bypass {
            ask.key.need("bypassGovernance")?;
        }
        let name = ask.params.text("fileName")?;
        let file_id = ask.params.text("fileId")?;
        let found = self.state.version(file_id);
        if let Some((bucket, _)) = found {
            ask.key.need_bucket(&bucket.id)?;
        }
        ask.key.need_prefix(name)?;
        let (_, version) = found
            .filter(|(_, version)| version.name == name)
            .ok_or_else(|| not_present(file_id))?;
        // An unfinished large file is cancelled, whatever it will be once finished.
        if version.kind != Kind::Start {
            check_deletable(version, ask.now, bypass)?;
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
