//! What JavaScript is given: the interfaces of the package's type declarations, as JSON text.

#[cfg(feature = "full")]
use alloc::collections::BTreeMap;
use alloc::string::String;
#[cfg(feature = "full")]
use alloc::vec::Vec;

#[cfg(feature = "full")]
use b2_client::proto::list::LsEntry;
use b2_client::proto::model::{self, EncryptionSetting, FileInfo, LegalHold, ReplicationStatus};
use b2_client::proto::time::Timestamp;
use serde::Serialize;

/// JSON text of a value.
pub(super) fn json(value: &impl Serialize) -> String {
    // The shapes below are structs, texts and numbers, which JSON can always express.
    serde_json::to_string(value).unwrap_or_default()
}

/// JSON text of a list.
#[cfg(feature = "full")]
pub(super) fn list<T: Serialize>(entries: impl Iterator<Item = T>) -> String {
    json(&entries.collect::<Vec<_>>())
}

/// `FileVersion`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileVersion<'a> {
    account_id: &'a str,
    bucket_id: &'a str,
    file_id: Option<&'a str>,
    file_name: &'a str,
    action: &'a model::FileAction,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_sha1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_md5: Option<&'a str>,
    file_info: &'a FileInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_timestamp: Option<u64>,
    server_side_encryption: Encryption<'a>,
    file_retention: Retention,
    legal_hold: Option<&'static str>,
    replication_status: Option<&'a ReplicationStatus>,
}

impl<'a> From<&'a model::FileVersion> for FileVersion<'a> {
    fn from(file: &'a model::FileVersion) -> Self {
        Self {
            account_id: file.account_id.as_str(),
            bucket_id: file.bucket_id.as_str(),
            file_id: Some(file.file_id.as_str()).filter(|id| !id.is_empty()),
            file_name: &file.file_name,
            action: &file.action,
            size: file.size,
            content_type: file.content_type.as_deref(),
            content_sha1: file.content_sha1.to_text(),
            content_md5: file.content_md5.as_deref(),
            file_info: &file.file_info,
            upload_timestamp: file.upload_timestamp.map(Timestamp::as_millis),
            server_side_encryption: (&file.server_side_encryption).into(),
            file_retention: (&file.file_retention).into(),
            legal_hold: match file.legal_hold {
                LegalHold::On => Some("on"),
                LegalHold::Off => Some("off"),
                LegalHold::Unset => None,
                LegalHold::Unknown => Some("unknown"),
            },
            replication_status: file.replication_status.as_ref(),
        }
    }
}

/// `FileVersion.serverSideEncryption`. It shows no key.
#[derive(Serialize)]
struct Encryption<'a> {
    mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
}

impl<'a> From<&'a EncryptionSetting> for Encryption<'a> {
    fn from(setting: &'a EncryptionSetting) -> Self {
        let is_encrypted = matches!(setting, EncryptionSetting::SseB2 | EncryptionSetting::SseC(_));
        Self { mode: setting.mode(), algorithm: is_encrypted.then_some("AES256") }
    }
}

/// `FileVersion.fileRetention`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Retention {
    mode: Option<model::RetentionMode>,
    retain_until_timestamp: Option<u64>,
}

impl From<&model::FileRetention> for Retention {
    fn from(retention: &model::FileRetention) -> Self {
        let (mode, until) = match retention {
            model::FileRetention::None => (None, None),
            model::FileRetention::Until { mode, until } => {
                (Some(mode.clone()), Some(until.as_millis()))
            }
            model::FileRetention::Unknown => (Some("unknown".into()), None),
        };
        Self { mode, retain_until_timestamp: until }
    }
}

/// `UploadLimits`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadLimits<'a> {
    max_bytes: u64,
    content_types: &'a [String],
}

impl<'a> From<&'a b2_client::proto::account::UploadLimits> for UploadLimits<'a> {
    fn from(limits: &'a b2_client::proto::account::UploadLimits) -> Self {
        Self { max_bytes: limits.max_bytes, content_types: &limits.content_types }
    }
}

/// `FileVersion | Folder`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Entry<'a> {
    File(FileVersion<'a>),
    Folder { folder: &'a str },
}

#[cfg(feature = "full")]
impl<'a> From<&'a LsEntry> for Entry<'a> {
    fn from(entry: &'a LsEntry) -> Self {
        match entry {
            LsEntry::File(version) => Self::File((&**version).into()),
            LsEntry::Folder(name) => Self::Folder { folder: name },
        }
    }
}

/// `DownloadVersion`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DownloadVersion<'a> {
    file_id: Option<&'a str>,
    file_name: Option<&'a str>,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_sha1: Option<String>,
    file_info: &'a FileInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_timestamp: Option<u64>,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::DownloadVersion> for DownloadVersion<'a> {
    fn from(file: &'a model::DownloadVersion) -> Self {
        Self {
            file_id: file.file_id.as_ref().map(model::FileId::as_str),
            file_name: file.file_name.as_deref(),
            size: file.size,
            content_type: file.content_type.as_deref(),
            content_sha1: file.content_sha1.to_text(),
            file_info: &file.file_info,
            upload_timestamp: file.upload_timestamp.map(Timestamp::as_millis),
        }
    }
}

/// `FileIdAndName`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileIdAndName<'a> {
    file_id: &'a str,
    file_name: &'a str,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::FileIdAndName> for FileIdAndName<'a> {
    fn from(file: &'a model::FileIdAndName) -> Self {
        Self { file_id: file.file_id.as_str(), file_name: &file.file_name }
    }
}

/// `UnfinishedLargeFile`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnfinishedLargeFile<'a> {
    file_id: &'a str,
    file_name: &'a str,
    content_type: Option<&'a str>,
    file_info: &'a FileInfo,
    upload_timestamp: Option<u64>,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::UnfinishedLargeFile> for UnfinishedLargeFile<'a> {
    fn from(file: &'a model::UnfinishedLargeFile) -> Self {
        Self {
            file_id: file.file_id.as_str(),
            file_name: &file.file_name,
            content_type: file.content_type.as_deref(),
            file_info: &file.file_info,
            upload_timestamp: file.upload_timestamp.map(Timestamp::as_millis),
        }
    }
}

/// `Part`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    part_number: u32,
    content_length: u64,
    content_sha1: Option<String>,
}

#[cfg(feature = "full")]
impl From<&model::Part> for Part {
    fn from(part: &model::Part) -> Self {
        Self {
            part_number: part.part_number,
            content_length: part.content_length,
            content_sha1: part.content_sha1.to_text(),
        }
    }
}

/// `BucketState`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BucketState<'a> {
    account_id: &'a str,
    bucket_id: &'a str,
    bucket_name: &'a str,
    bucket_type: &'a model::BucketType,
    bucket_info: &'a BTreeMap<String, String>,
    cors_rules: &'a [model::CorsRule],
    lifecycle_rules: &'a [model::LifecycleRule],
    /// `null` if the key may not read it.
    default_server_side_encryption: Option<Encryption<'a>>,
    /// `null` if the key may not read it.
    file_lock: Option<BucketLock<'a>>,
    revision: u64,
}

/// `BucketState.fileLock`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BucketLock<'a> {
    enabled: bool,
    default_retention: BucketRetention<'a>,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::FileLock> for BucketLock<'a> {
    fn from(lock: &'a model::FileLock) -> Self {
        let default_retention = match &lock.default_retention {
            model::BucketRetention::For { mode, period } => {
                BucketRetention { mode: Some(mode.clone()), period: Some(period) }
            }
            model::BucketRetention::None => BucketRetention { mode: None, period: None },
            model::BucketRetention::Unknown => {
                BucketRetention { mode: Some("unknown".into()), period: None }
            }
        };
        Self { enabled: lock.enabled, default_retention }
    }
}

/// `BucketRetention`.
#[cfg(feature = "full")]
#[derive(Serialize)]
struct BucketRetention<'a> {
    mode: Option<model::RetentionMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<&'a model::RetentionPeriod>,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::BucketInfo> for BucketState<'a> {
    fn from(bucket: &'a model::BucketInfo) -> Self {
        Self {
            account_id: bucket.account_id.as_str(),
            bucket_id: bucket.bucket_id.as_str(),
            bucket_name: &bucket.bucket_name,
            bucket_type: &bucket.bucket_type,
            bucket_info: &bucket.bucket_info,
            cors_rules: &bucket.cors_rules,
            lifecycle_rules: &bucket.lifecycle_rules,
            default_server_side_encryption: bucket
                .default_server_side_encryption
                .value()
                .map(Encryption::from),
            file_lock: bucket.file_lock.value().map(BucketLock::from),
            revision: bucket.revision,
        }
    }
}

/// `NotificationRule`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationRule<'a> {
    #[serde(flatten)]
    rule: &'a model::NotificationRule,
    is_suspended: bool,
    suspension_reason: &'a str,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::NotificationRule> for NotificationRule<'a> {
    fn from(rule: &'a model::NotificationRule) -> Self {
        Self { rule, is_suspended: rule.is_suspended, suspension_reason: &rule.suspension_reason }
    }
}

/// `ApplicationKey`.
#[cfg(feature = "full")]
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApplicationKey<'a> {
    application_key_id: &'a str,
    key_name: &'a str,
    capabilities: &'a [model::Capability],
    /// The key itself, which B2 shows once: when it is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    application_key: Option<&'a str>,
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::ApplicationKey> for ApplicationKey<'a> {
    fn from(key: &'a model::ApplicationKey) -> Self {
        Self {
            application_key_id: key.application_key_id.as_str(),
            key_name: &key.key_name,
            capabilities: &key.capabilities,
            application_key: None,
        }
    }
}

#[cfg(feature = "full")]
impl<'a> From<&'a model::FullApplicationKey> for ApplicationKey<'a> {
    fn from(created: &'a model::FullApplicationKey) -> Self {
        let application_key = Some(created.application_key.expose());
        Self { application_key, ..Self::from(&created.key) }
    }
}
