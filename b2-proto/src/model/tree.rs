//! The types as trees of [`json`](crate::json), for callers that do not use serde yet.

use alloc::borrow::ToOwned;

use super::*;
use crate::json::{AsJson, FromJson, Json, Object, Place, read_tree, tree};

read_tree! { BucketInfo {
    account_id: "accountId" or default,
    bucket_id: "bucketId",
    bucket_name: "bucketName",
    bucket_type: "bucketType",
    bucket_info: "bucketInfo" or default,
    cors_rules: "corsRules" or default,
    lifecycle_rules: "lifecycleRules" or default,
    revision: "revision" or default,
    options: "options" or default,
    default_server_side_encryption: "defaultServerSideEncryption" or default,
    file_lock: "fileLockConfiguration" or default,
    replication: "replicationConfiguration" or (Readable::Value(ReplicationConfiguration::default())),
} }
tree! { RetentionPeriod {
    duration: "duration",
    unit: "unit",
} }
read_tree! { FileLock {
    enabled: "isFileLockEnabled" or default,
    default_retention: "defaultRetention" or default,
} }
tree! { FileIdAndName {
    file_id: "fileId",
    file_name: "fileName",
} }
read_tree! { ApplicationKey {
    key_name: "keyName",
    application_key_id: "applicationKeyId",
    capabilities: "capabilities",
    account_id: "accountId",
    expiration_timestamp: "expirationTimestamp",
    bucket_ids: "bucketIds",
    name_prefix: "namePrefix",
    options: "options" or default,
} }
tree! { Part {
    file_id: "fileId",
    part_number: "partNumber",
    content_length: "contentLength",
    content_sha1: "contentSha1" or default,
    content_md5: "contentMd5" if some,
    upload_timestamp: "uploadTimestamp" if some,
} }
read_tree! { NotificationRule {
    name: "name",
    event_types: "eventTypes" or default,
    is_enabled: "isEnabled" or default,
    object_name_prefix: "objectNamePrefix" or default,
    max_events_per_batch: "maxEventsPerBatch",
    target_configuration: "targetConfiguration",
    is_suspended: "isSuspended" or default,
    suspension_reason: "suspensionReason" or default,
} }
crate::json::write_tree! { NotificationRule {
    name: "name",
    event_types: "eventTypes",
    is_enabled: "isEnabled",
    object_name_prefix: "objectNamePrefix",
    max_events_per_batch: "maxEventsPerBatch" if some,
    target_configuration: "targetConfiguration",
} }
tree! { NotificationTarget {
    target_type: "targetType",
    url: "url" or default,
    custom_headers: "customHeaders" if some,
    hmac_sha256_signing_secret: "hmacSha256SigningSecret" if some,
} }
tree! { CustomHeader {
    name: "name",
    value: "value",
} }
tree! { ReplicationRule {
    destination_bucket_id: "destinationBucketId",
    file_name_prefix: "fileNamePrefix" or default,
    include_existing_files: "includeExistingFiles" or default,
    is_enabled: "isEnabled" or true,
    priority: "priority" or 128,
    replication_rule_name: "replicationRuleName",
} }
tree! { ReplicationConfiguration {
    as_replication_source: "asReplicationSource",
    as_replication_destination: "asReplicationDestination",
} }
tree! { ReplicationSource {
    replication_rules: "replicationRules" or default,
    source_application_key_id: "sourceApplicationKeyId",
} }
tree! { ReplicationDestination {
    source_to_destination_key_mapping: "sourceToDestinationKeyMapping" or default,
} }
tree! { LifecycleRule {
    file_name_prefix: "fileNamePrefix" or default,
    days_from_hiding_to_deleting: "daysFromHidingToDeleting",
    days_from_uploading_to_hiding: "daysFromUploadingToHiding",
    days_from_starting_to_canceling_unfinished_large_files: "daysFromStartingToCancelingUnfinishedLargeFiles",
} }
tree! { CorsRule {
    cors_rule_name: "corsRuleName",
    allowed_origins: "allowedOrigins" or default,
    allowed_operations: "allowedOperations" or default,
    allowed_headers: "allowedHeaders" if some,
    expose_headers: "exposeHeaders" if some,
    max_age_seconds: "maxAgeSeconds" or default,
} }

/// Reads B2's wrapper `{isClientAuthorizedToRead, value}`; a value that is null is the default one.
impl<T: FromJson + Default> FromJson for Readable<T> {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() || is_withheld(place) {
            return Self::Unreadable;
        }
        let value = place.field("value");
        if !value.is_absent() {
            return Self::Value(T::from_json(&value));
        }
        let is_said = !place.field(IS_READABLE).is_absent();
        if is_said { Self::Value(T::default()) } else { Self::Unreadable }
    }
}

const IS_READABLE: &str = "isClientAuthorizedToRead";

fn is_withheld(wrapper: &Place<'_>) -> bool {
    wrapper.read::<Option<_>>(IS_READABLE) == Some(false)
}

impl BucketInfo {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let encryption = self.default_server_side_encryption.value();
        let encryption = encryption.unwrap_or(&EncryptionSetting::Unknown);
        let lock = self.file_lock.value();
        let retention = lock.map_or(&BucketRetention::Unknown, |lock| &lock.default_retention);
        let mut bucket = Object::new();
        bucket.add("accountId", &self.account_id);
        bucket.add("bucketId", &self.bucket_id);
        bucket.add("bucketName", &self.bucket_name);
        bucket.add("bucketType", &self.bucket_type);
        bucket.add("bucketInfo", &self.bucket_info);
        bucket.add("corsRules", &self.cors_rules);
        bucket.add("lifecycleRules", &self.lifecycle_rules);
        bucket.add("revision", &self.revision);
        bucket.add("options", &self.options);
        bucket.put("defaultServerSideEncryption", encryption.to_tree());
        bucket.put("isFileLockEnabled", lock.map_or(Json::Null, |lock| lock.enabled.as_json()));
        bucket.put("defaultRetention", retention.to_tree());
        let replication = self.replication.value();
        bucket.put("replication", replication.map_or(Json::Null, AsJson::as_json));
        bucket.into()
    }
}

impl BucketRetention {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let retention = match self {
            Self::None => Object::new().with("mode", Json::Null),
            Self::For { mode, period } => {
                Object::new().with("mode", mode.as_json()).with("period", period.as_json())
            }
            Self::Unknown => Object::new().with("mode", Json::text("unknown")),
        };
        retention.into()
    }
}

impl AsJson for BucketRetention {
    fn as_json(&self) -> Json<'_> {
        self.check().map_or_else(Json::from, |()| self.to_tree())
    }
}

impl FromJson for BucketRetention {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        match (place.read("mode"), place.read("period")) {
            (None, _) => Self::None,
            (Some(mode), Some(period)) => Self::For { mode, period },
            (Some(_), None) => Self::Unknown,
        }
    }
}

impl AsJson for ContentSha1 {
    fn as_json(&self) -> Json<'_> {
        self.to_text().map_or(Json::Null, Json::owned)
    }
}

impl FromJson for ContentSha1 {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() { Self::Absent } else { Self::from(place.text()) }
    }
}

impl DownloadVersion {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
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

impl EncryptionSetting {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        const MASK: Json<'_> = Json::text("******");
        let mut setting = Object::new();
        setting.put("mode", self.mode().map_or(Json::Null, Json::text));
        if matches!(self, Self::SseB2 | Self::SseC(_)) {
            setting.put("algorithm", Json::text(ALGORITHM));
        }
        if matches!(self, Self::SseC(_)) {
            setting.put("customerKey", MASK);
            setting.put("customerKeyMd5", MASK);
        }
        setting.into()
    }
}

impl AsJson for EncryptionSetting {
    fn as_json(&self) -> Json<'_> {
        if let Err(error) = self.check() {
            return error.into();
        }
        let mut setting = Object::new();
        setting.put("mode", self.mode().map_or(Json::Null, Json::text));
        if !matches!(self, Self::None) {
            setting.put("algorithm", Json::text(ALGORITHM));
        }
        if let Self::SseC(key) = self {
            setting.put("customerKey", key.to_base64().map_or(Json::Null, Json::owned));
            setting.put("customerKeyMd5", key.md5().map_or(Json::Null, Json::text));
        }
        setting.into()
    }
}

impl FromJson for EncryptionSetting {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        match place.field("mode").text_if_any() {
            None | Some("none") => Self::None,
            Some("SSE-B2") => Self::SseB2,
            Some("SSE-C") => Self::SseC(EncryptionKey::reported(place.read("customerKeyMd5"))),
            Some(other) => Self::Other(other.to_owned()),
        }
    }
}

impl FileRetention {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let (mode, until) = match self {
            Self::None => (Json::Null, Json::Null),
            Self::Until { mode, until } => (mode.as_json(), until.as_json()),
            Self::Unknown => (Json::text("unknown"), Json::Null),
        };
        Object::new().with("mode", mode).with("retainUntilTimestamp", until).into()
    }
}

impl AsJson for FileRetention {
    fn as_json(&self) -> Json<'_> {
        self.check().map_or_else(Json::from, |()| self.to_tree())
    }
}

impl FromJson for FileRetention {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_null() {
            return Self::None;
        }
        if is_withheld(place) {
            return Self::Unknown;
        }
        let value = place.field("value");
        let retention = if value.is_absent() { place } else { &value };
        Self::from_parts(retention.read("mode"), retention.read("retainUntilTimestamp"))
    }
}

impl LegalHold {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub const fn to_tree(self) -> Json<'static> {
        match self {
            Self::On => Json::text("on"),
            Self::Off => Json::text("off"),
            Self::Unset => Json::Null,
            Self::Unknown => Json::text("unknown"),
        }
    }
}

impl AsJson for LegalHold {
    fn as_json(&self) -> Json<'_> {
        self.to_request().map_or_else(Json::from, Json::text)
    }
}

impl FromJson for LegalHold {
    fn from_json(place: &Place<'_>) -> Self {
        if place.is_text() {
            return Self::from_text(Some(place.text()));
        }
        if place.is_null() {
            return Self::Unset;
        }
        if is_withheld(place) {
            return Self::Unknown;
        }
        Self::from_text(place.field("value").text_if_any())
    }
}

impl FileVersion {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
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

    /// Reads a file object. If it has no size, `size` is it; there must be one if that is `None`.
    fn read(place: &Place<'_>, size: Option<u64>) -> Self {
        let action = place.read::<Option<_>>("action").unwrap_or(FileAction::Upload);
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
        let encryption: EncryptionSetting = place.read_or_default("serverSideEncryption");
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
            server_side_encryption: encryption.with_id_from(&file_info),
            file_info,
            file_retention: place.read::<Option<_>>("fileRetention").unwrap_or(no_retention),
            legal_hold: place.read::<Option<_>>("legalHold").unwrap_or(no_hold),
            replication_status: place.read("replicationStatus"),
        }
    }
}

impl FromJson for FileVersion {
    fn from_json(place: &Place<'_>) -> Self {
        Self::read(place, None)
    }
}

impl FromJson for UnfinishedLargeFile {
    fn from_json(place: &Place<'_>) -> Self {
        Self::from(FileVersion::read(place, Some(0)))
    }
}

impl FromJson for FileInfo {
    fn from_json(place: &Place<'_>) -> Self {
        let mut info = Self::new();
        for (name, value) in place.fields() {
            info.add(name, value.text().into());
        }
        info
    }
}

impl AsJson for FileInfo {
    fn as_json(&self) -> Json<'_> {
        Json::Object(self.iter().map(|(name, value)| (name.into(), Json::text(value))).collect())
    }
}

impl FileInfo {
    pub(crate) fn into_json(self) -> Json<'static> {
        let fields = self.into_iter().map(|(name, value)| (name.into(), Json::owned(value)));
        Json::Object(fields.collect())
    }
}

impl ApplicationKey {
    /// The shape that b2sdk prints (`as_dict`), as a tree.
    #[must_use]
    pub fn to_tree(&self) -> Json<'_> {
        let mut key = Object::new();
        key.add("keyName", &self.key_name);
        key.add("applicationKeyId", &self.application_key_id);
        key.add("capabilities", &self.capabilities);
        key.add("accountId", &self.account_id);
        key.add_some("expirationTimestamp", &self.expiration_timestamp);
        key.add_some("bucketIds", &self.bucket_ids);
        key.add_some("namePrefix", &self.name_prefix);
        if !self.options.is_empty() {
            key.add("options", &self.options);
        }
        key.into()
    }
}

impl FromJson for FullApplicationKey {
    fn from_json(place: &Place<'_>) -> Self {
        Self {
            key: ApplicationKey::from_json(place),
            application_key: place.read("applicationKey"),
        }
    }
}
