//! Copies within B2.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use super::byte_range;
use super::new_file::blame_sse_c;
use super::upload::{MAX_UPLOAD, check_part_number};
use super::{AUTO_CONTENT_TYPE, Idempotency, JsonEndpoint, NewFile, invalid, same, same_new_name};
use crate::account::Allowed;
use crate::error::{Error, ErrorKind};
use crate::model::{
    BucketId, Capability, EncryptionSetting, FileId, FileInfo, FileRetention, FileVersion,
    LegalHold, MetadataDirective, Part,
};

/// B2 responds when all bytes, at most 5 GB, are copied.
const COPY_TIMEOUT: Duration = Duration::from_secs(1_200);

/// The slowest copy to wait for, in bytes per second.
const SLOWEST_COPY: u64 = 5_000_000;

/// Returns how long B2 may take for a copy.
fn timeout(range: Option<&Range<u64>>) -> Duration {
    range.map_or(COPY_TIMEOUT, |range| {
        let seconds = 120 + range.end.saturating_sub(range.start) / SLOWEST_COPY;
        Duration::from_secs(seconds).min(COPY_TIMEOUT)
    })
}

/// `b2_copy_file`: creates a file from the bytes of another one, at most 5 GB.
///
/// A repeated call creates a second version with the same content.
///
/// ```
/// use b2_proto::api::CopyFile;
///
/// let mut copy = CopyFile::new("4_z1".into(), "backup/ship.jpg");
/// copy.range = Some(0..1_000);
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "CopyFileJson")]
#[non_exhaustive]
pub struct CopyFile {
    /// The file version to copy.
    pub source_file_id: FileId,
    /// The file to create. Its content type and file info are used with [`MetadataDirective::Replace`] only.
    pub file: NewFile,
    /// The bucket of the copy. `None` is the bucket of the source.
    pub destination_bucket_id: Option<BucketId>,
    /// The bytes to copy. `None` copies all.
    pub range: Option<Range<u64>>,
    /// Where the content type and the file info of the copy come from. Default: the source.
    pub metadata_directive: MetadataDirective,
    /// The encryption of the source. Only an SSE-C key is sent.
    pub source_server_side_encryption: Option<EncryptionSetting>,
}

impl CopyFile {
    /// Creates the call that copies all bytes within the bucket, with the content type and the file info of the source.
    #[must_use]
    pub fn new(source_file_id: FileId, file: impl Into<NewFile>) -> Self {
        Self {
            source_file_id,
            file: file.into(),
            destination_bucket_id: None,
            range: None,
            metadata_directive: MetadataDirective::Copy,
            source_server_side_encryption: None,
        }
    }

    fn replaces_metadata(&self) -> bool {
        self.metadata_directive == MetadataDirective::Replace
    }
}

/// The body of `b2_copy_file`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CopyFileJson {
    source_file_id: FileId,
    file_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_bucket_id: Option<BucketId>,
    #[serde(default, with = "byte_range", skip_serializing_if = "Option::is_none")]
    range: Option<Range<u64>>,
    metadata_directive: Option<MetadataDirective>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_info: Option<FileInfo>,
    #[serde(skip_serializing_if = "needs_no_key")]
    source_server_side_encryption: Option<EncryptionSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_server_side_encryption: Option<EncryptionSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_retention: Option<FileRetention>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_hold: Option<LegalHold>,
}

impl Serialize for CopyFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let file = &self.file;
        let (content_type, file_info) = if self.replaces_metadata() {
            let info = file.info_to_send().map_err(S::Error::custom)?;
            (Some(file.content_type.clone()), Some(info))
        } else {
            (None, None)
        };
        let json = CopyFileJson {
            source_file_id: self.source_file_id.clone(),
            file_name: file.file_name.clone(),
            destination_bucket_id: self.destination_bucket_id.clone(),
            range: self.range.clone(),
            metadata_directive: Some(self.metadata_directive.clone()),
            content_type,
            file_info,
            source_server_side_encryption: self.source_server_side_encryption.clone(),
            destination_server_side_encryption: file.encryption.clone(),
            file_retention: file.retention.clone(),
            legal_hold: file.legal_hold,
        };
        json.serialize(serializer)
    }
}

impl From<CopyFileJson> for CopyFile {
    fn from(json: CopyFileJson) -> Self {
        let mut file = NewFile::new(json.file_name);
        file.content_type = json.content_type.unwrap_or(file.content_type);
        file.file_info = json.file_info.unwrap_or_default();
        file.encryption = json.destination_server_side_encryption;
        file.retention = json.file_retention;
        file.legal_hold = json.legal_hold;
        Self {
            source_file_id: json.source_file_id,
            file,
            destination_bucket_id: json.destination_bucket_id,
            range: json.range,
            metadata_directive: json.metadata_directive.unwrap_or(MetadataDirective::Copy),
            source_server_side_encryption: json.source_server_side_encryption,
        }
    }
}

impl JsonEndpoint for CopyFile {
    type Response = FileVersion;
    const NAME: &'static str = "b2_copy_file";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn timeout(&self) -> Duration {
        timeout(self.range.as_ref())
    }

    fn validate(&self) -> Result<(), Error> {
        check_range(self.range.as_ref())?;
        if let Some(source) = source_encryption(self.source_server_side_encryption.as_ref()) {
            source.check()?;
        }
        let file = &self.file;
        if self.replaces_metadata() {
            file.check()?;
        } else if file.content_type != AUTO_CONTENT_TYPE || !file.file_info.is_empty() {
            return Err(invalid(
                "a copy has the content type and the file info of its source; set the metadata directive to REPLACE",
            ));
        }
        if file.custom_upload_timestamp.is_some() {
            return Err(invalid("a copy cannot have a custom upload timestamp"));
        }
        file.check_settings()
    }

    fn also_needs(&self) -> Vec<Capability> {
        self.file.also_needs()
    }

    fn subject(&self) -> Option<String> {
        Some(self.file.file_name.clone())
    }

    fn refine(&self, error: Error) -> Error {
        let source = self.source_server_side_encryption.as_ref();
        blame_sse_c(error, &[source, self.file.encryption.as_ref()])
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same_new_name(&self.file.file_name, &answer.file_name)
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file.file_name).map(|()| None)
    }
}

/// `b2_copy_part`: creates a part of a large file from the bytes of another file.
///
/// Idempotent: a second copy of the same number replaces the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CopyPart {
    /// The file version to copy.
    pub source_file_id: FileId,
    /// The unfinished large file.
    pub large_file_id: FileId,
    /// From 1 to 10,000.
    pub part_number: u32,
    /// The bytes to copy. `None` copies all.
    #[serde(default, with = "byte_range", skip_serializing_if = "Option::is_none")]
    pub range: Option<Range<u64>>,
    /// The encryption of the source. Only an SSE-C key is sent.
    #[serde(skip_serializing_if = "needs_no_key")]
    pub source_server_side_encryption: Option<EncryptionSetting>,
    /// The encryption of the large file. Only an SSE-C key is sent.
    #[serde(skip_serializing_if = "needs_no_key")]
    pub destination_server_side_encryption: Option<EncryptionSetting>,
}

impl CopyPart {
    /// Creates the call that copies all bytes of a version.
    #[must_use]
    pub const fn new(source_file_id: FileId, large_file_id: FileId, part_number: u32) -> Self {
        Self {
            source_file_id,
            large_file_id,
            part_number,
            range: None,
            source_server_side_encryption: None,
            destination_server_side_encryption: None,
        }
    }
}

impl JsonEndpoint for CopyPart {
    type Response = Part;
    const NAME: &'static str = "b2_copy_part";
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

    fn timeout(&self) -> Duration {
        timeout(self.range.as_ref())
    }

    fn validate(&self) -> Result<(), Error> {
        check_part_number(self.part_number)?;
        check_range(self.range.as_ref())?;
        let settings =
            [&self.source_server_side_encryption, &self.destination_server_side_encryption];
        settings
            .into_iter()
            .filter_map(|setting| source_encryption(setting.as_ref()))
            .try_for_each(EncryptionSetting::check)
    }

    fn subject(&self) -> Option<String> {
        Some(self.large_file_id.to_string())
    }

    fn refine(&self, error: Error) -> Error {
        let source = self.source_server_side_encryption.as_ref();
        blame_sse_c(error, &[source, self.destination_server_side_encryption.as_ref()])
    }

    fn check(&self, answer: &Part) -> Result<(), Error> {
        same("part", &self.part_number.to_string(), &answer.part_number.to_string())
    }
}

/// Returns the size in bytes of a source that is too large for one copy, which B2 names in an error of kind
/// [`ErrorKind::CopySourceTooBig`].
#[must_use]
pub fn copy_source_size(error: &Error) -> Option<u64> {
    if error.kind() != ErrorKind::CopySourceTooBig {
        return None;
    }
    let (_, size) = error.message().rsplit_once(':')?;
    size.trim().trim_end_matches('.').parse().ok()
}

/// Returns the setting if it has an SSE-C key. B2 knows any other setting of a source or a part.
fn source_encryption(setting: Option<&EncryptionSetting>) -> Option<&EncryptionSetting> {
    setting.filter(|setting| matches!(setting, EncryptionSetting::SseC(_)))
}

fn needs_no_key(setting: &Option<EncryptionSetting>) -> bool {
    source_encryption(setting.as_ref()).is_none()
}

fn check_range(range: Option<&Range<u64>>) -> Result<(), Error> {
    match range {
        Some(range) if range.is_empty() => {
            Err(invalid(format!("the range {}..{} has no bytes", range.start, range.end)))
        }
        Some(range) if range.end - range.start > MAX_UPLOAD => {
            Err(invalid(format!("one copy holds at most {MAX_UPLOAD} bytes; copy in parts")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
