//! Checks the settings of a new version before its content is received.

use std::collections::BTreeMap;

use b2_proto::encoding::decode;
use b2_proto::time::Timestamp;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::locks::LockSettings;
use super::pending::NewFile;
use super::{Service, header_text};
use crate::log::LogEntry;
use crate::state::{Encryption, Key, Retention, check_file_info, check_file_name, parse_hold};
use crate::wire::{Refusal, resolve_content_type};

/// The requested settings of a new version.
pub(super) struct NewFileSettings<'a> {
    pub(super) name: String,
    pub(super) content_type: &'a str,
    pub(super) info: BTreeMap<String, String>,
    pub(super) custom_timestamp: Option<i64>,
    /// `None` for the bucket's default.
    pub(super) encryption: Option<Encryption>,
    pub(super) lock: LockSettings,
}

impl Service {
    /// Reads the settings from the headers of an upload.
    pub(super) fn new_file(
        &self,
        now: Timestamp,
        head: &Parts,
        bucket_id: &str,
        key: &Key,
        entry: &mut LogEntry,
    ) -> Result<NewFile, Refusal> {
        let name = header_text(head, "x-bz-file-name").map(decode);
        let name = name.ok_or_else(|| Refusal::bad_request("X-Bz-File-Name is missing"))?;
        entry.file_name = Some(name.clone());
        check_file_name(&name)?;
        let content_type = header_text(head, CONTENT_TYPE.as_str())
            .ok_or_else(|| Refusal::bad_request("Content-Type is missing"))?;
        let mut info = BTreeMap::new();
        for (header, value) in &head.headers {
            if let Some(entry) = header.as_str().strip_prefix("x-bz-info-") {
                let value = String::from_utf8_lossy(value.as_bytes());
                info.insert(entry.to_owned(), decode(&value));
            }
        }
        let hold = header_text(head, "x-bz-file-legal-hold").map(parse_hold);
        let lock = LockSettings {
            retention: Retention::from_headers(&head.headers, now)?,
            hold: hold.transpose()?,
        };
        let custom = match header_text(head, "x-bz-custom-upload-timestamp") {
            None | Some("null") => None,
            Some(text) => Some(text.parse().map_err(|_| bad_custom_timestamp())?),
        };
        let encryption = Encryption::from_headers(&head.headers)?;
        let settings = NewFileSettings {
            name,
            content_type,
            info,
            custom_timestamp: custom,
            encryption,
            lock,
        };
        self.prepare(now, bucket_id, key, settings)
    }

    /// Checks everything about a new version that does not depend on its bytes.
    pub(super) fn prepare(
        &self,
        now: Timestamp,
        bucket_id: &str,
        key: &Key,
        settings: NewFileSettings<'_>,
    ) -> Result<NewFile, Refusal> {
        check_file_name(&settings.name)?;
        self.prepare_with_any_name(now, bucket_id, key, settings)
    }

    /// Does the same without checking the name.
    pub(super) fn prepare_with_any_name(
        &self,
        now: Timestamp,
        bucket_id: &str,
        key: &Key,
        settings: NewFileSettings<'_>,
    ) -> Result<NewFile, Refusal> {
        let NewFileSettings { name, content_type, info, custom_timestamp, encryption, lock } =
            settings;
        key.require_bucket(bucket_id)?;
        key.require_prefix(&name)?;
        let bucket = self.bucket_of(key, bucket_id)?;
        let encryption = encryption.unwrap_or_else(|| bucket.encryption.clone());
        let advanced = encryption != Encryption::None || bucket.lock_enabled;
        let info = check_file_info(&name, info, advanced)?;
        let timestamp = match custom_timestamp {
            None => bucket.files.next_timestamp(&name, now),
            Some(_) if !self.config.custom_timestamps => {
                let message = "the account may not choose upload timestamps";
                return Err(Refusal::new(400, "custom_timestamp_not_allowed", message));
            }
            Some(millis) => u64::try_from(millis)
                .ok()
                .map(Timestamp::from_millis)
                .filter(|custom| *custom <= now)
                .ok_or_else(bad_custom_timestamp)?,
        };
        let (retention, hold) = lock.resolve(bucket, key, timestamp)?;
        Ok(NewFile {
            bucket_id: bucket_id.to_owned(),
            content_type: resolve_content_type(content_type, &name),
            name,
            info,
            timestamp,
            encryption,
            retention,
            hold,
        })
    }
}

fn bad_custom_timestamp() -> Refusal {
    let message = "the upload timestamp must be a number of milliseconds in the past";
    Refusal::new(400, "custom_timestamp_invalid", message)
}
