//! Copies that B2 makes without the bytes passing through the client.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;

use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use super::new_file::blame_sse_c;
use super::upload::{MAX_UPLOAD, check_part_number};
use super::{Idempotency, JsonEndpoint, NewFile, invalid, same};
use crate::account::Allowed;
use crate::encoding::HeaderLimit;
use crate::error::{Error, ErrorKind};
use crate::model::{
    BucketId, Capability, EncryptionSetting, FileId, FileInfo, FileRetention, FileVersion,
    LegalHold, MetadataDirective, Part,
};

/// B2 answers when all is copied, which may be 5 GB.
const COPY_TIMEOUT: Duration = Duration::from_secs(1_200);

/// `b2_copy_file`: a new file from the bytes of another one, up to 5 GB.
///
/// Not to be repeated blindly: twice means two versions.
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
    /// The version to copy.
    pub source_file_id: FileId,
    /// The name of the copy.
    pub file_name: String,
    /// Where it will be; `None` means in the bucket of the source.
    pub destination_bucket_id: Option<BucketId>,
    /// Which bytes: from the start, up to but not including the end. `None` means all.
    pub range: Option<Range<u64>>,
    /// The content type and the file info of the copy; `None` means those of the source.
    pub metadata: Option<CopyMetadata>,
    /// How the source is encrypted, which matters for SSE-C only: B2 needs the key.
    pub source_server_side_encryption: Option<EncryptionSetting>,
    /// How the copy is encrypted; `None` means as its bucket says.
    pub destination_server_side_encryption: Option<EncryptionSetting>,
    /// Until when the copy cannot be deleted; `None` means as its bucket says.
    pub file_retention: Option<FileRetention>,
    /// Whether a legal hold forbids to delete the copy.
    pub legal_hold: Option<LegalHold>,
}

/// What a copy has instead of the content type and the file info of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyMetadata {
    /// Its media type.
    pub content_type: String,
    /// What it carries besides its bytes. The id of an SSE-C key is added.
    pub file_info: FileInfo,
}

impl CopyFile {
    /// A copy of all bytes, in the same bucket, with the same content type and file info.
    #[must_use]
    pub fn new(source_file_id: FileId, file_name: impl Into<String>) -> Self {
        Self {
            source_file_id,
            file_name: file_name.into(),
            destination_bucket_id: None,
            range: None,
            metadata: None,
            source_server_side_encryption: None,
            destination_server_side_encryption: None,
            file_retention: None,
            legal_hold: None,
        }
    }

    /// What is checked of the copy. The file info of the source is B2's matter.
    fn with_new_file<T>(&self, act: impl FnOnce(NewFile<'_>) -> T) -> T {
        let none = FileInfo::new();
        act(NewFile {
            name: &self.file_name,
            info: self.metadata.as_ref().map_or(&none, |metadata| &metadata.file_info),
            encryption: self.destination_server_side_encryption.as_ref(),
            retention: self.file_retention.as_ref(),
            legal_hold: self.legal_hold,
        })
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
        let (directive, content_type, file_info) = match &self.metadata {
            None => (MetadataDirective::Copy, None, None),
            Some(metadata) => {
                let info = self.with_new_file(|file| file.info_to_send());
                let info = info.map_err(S::Error::custom)?;
                (MetadataDirective::Replace, Some(metadata.content_type.clone()), Some(info))
            }
        };
        let json = CopyFileJson {
            source_file_id: self.source_file_id.clone(),
            file_name: self.file_name.clone(),
            destination_bucket_id: self.destination_bucket_id.clone(),
            range: self.range.clone(),
            metadata_directive: Some(directive),
            content_type,
            file_info,
            source_server_side_encryption: self.source_server_side_encryption.clone(),
            destination_server_side_encryption: self.destination_server_side_encryption.clone(),
            file_retention: self.file_retention.clone(),
            legal_hold: self.legal_hold,
        };
        json.serialize(serializer)
    }
}

impl From<CopyFileJson> for CopyFile {
    fn from(json: CopyFileJson) -> Self {
        let replaced = json.metadata_directive == Some(MetadataDirective::Replace);
        let metadata = CopyMetadata {
            content_type: json.content_type.unwrap_or_default(),
            file_info: json.file_info.unwrap_or_default(),
        };
        Self {
            source_file_id: json.source_file_id,
            file_name: json.file_name,
            destination_bucket_id: json.destination_bucket_id,
            range: json.range,
            metadata: replaced.then_some(metadata),
            source_server_side_encryption: json.source_server_side_encryption,
            destination_server_side_encryption: json.destination_server_side_encryption,
            file_retention: json.file_retention,
            legal_hold: json.legal_hold,
        }
    }
}

impl JsonEndpoint for CopyFile {
    type Response = FileVersion;
    const NAME: &'static str = "b2_copy_file";
    const TIMEOUT: Duration = COPY_TIMEOUT;
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::NotIdempotent;

    fn validate(&self) -> Result<(), Error> {
        check_range(self.range.as_ref())?;
        if let Some(source) = source_encryption(self.source_server_side_encryption.as_ref()) {
            source.check()?;
        }
        if self.metadata.as_ref().is_some_and(|metadata| metadata.content_type.is_empty()) {
            return Err(invalid("new metadata need a content type; 'b2/x-auto' lets B2 choose"));
        }
        self.with_new_file(|file| file.check(HeaderLimit::Ordinary))
    }

    fn also_needs(&self) -> Vec<Capability> {
        self.with_new_file(|file| file.also_needs())
    }

    fn subject(&self) -> Option<String> {
        Some(self.file_name.clone())
    }

    fn refine(&self, error: Error) -> Error {
        let source = self.source_server_side_encryption.as_ref();
        refine(error, source, self.destination_server_side_encryption.as_ref())
    }

    fn check(&self, answer: &FileVersion) -> Result<(), Error> {
        same("name", &self.file_name, &answer.file_name)
    }

    fn within(&self, allowed: &Allowed) -> Result<Option<Self>, Error> {
        allowed.check_file_name(&self.file_name).map(|()| None)
    }
}

/// `b2_copy_part`: a part of a large file from the bytes of another file.
///
/// May be repeated: a second copy of the same number replaces the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CopyPart {
    /// The version to copy.
    pub source_file_id: FileId,
    /// The unfinished large file.
    pub large_file_id: FileId,
    /// From 1 to 10,000.
    pub part_number: u32,
    /// Which bytes: from the start, up to but not including the end. `None` means all.
    #[serde(default, with = "byte_range", skip_serializing_if = "Option::is_none")]
    pub range: Option<Range<u64>>,
    /// How the source is encrypted, which matters for SSE-C only: B2 needs the key.
    #[serde(skip_serializing_if = "needs_no_key")]
    pub source_server_side_encryption: Option<EncryptionSetting>,
    /// How the large file was started, which matters for SSE-C only: every part carries the key.
    #[serde(skip_serializing_if = "needs_no_key")]
    pub destination_server_side_encryption: Option<EncryptionSetting>,
}

impl CopyPart {
    /// A part from all bytes of a version.
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
    const TIMEOUT: Duration = COPY_TIMEOUT;
    const CAPABILITY: Capability = Capability::WRITE_FILES;
    const IDEMPOTENCY: Idempotency = Idempotency::Idempotent;

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
        refine(error, source, self.destination_server_side_encryption.as_ref())
    }

    fn check(&self, answer: &Part) -> Result<(), Error> {
        same("part", &self.part_number.to_string(), &answer.part_number.to_string())
    }
}

/// The size of a source that was too large for one copy, if B2 said it in an error of kind
/// [`ErrorKind::CopySourceTooBig`].
#[must_use]
pub fn copy_source_size(error: &Error) -> Option<u64> {
    if error.kind() != ErrorKind::CopySourceTooBig {
        return None;
    }
    let (_, size) = error.message().rsplit_once(':')?;
    size.trim().trim_end_matches('.').parse().ok()
}

/// Only a client's own key says something about a source, or about a part, that B2 does not know.
fn source_encryption(setting: Option<&EncryptionSetting>) -> Option<&EncryptionSetting> {
    setting.filter(|setting| matches!(setting, EncryptionSetting::SseC(_)))
}

fn needs_no_key(setting: &Option<EncryptionSetting>) -> bool {
    source_encryption(setting.as_ref()).is_none()
}

/// A half-open range of bytes as B2 writes it: `bytes=0-99`, with the last byte counted in.
mod byte_range {
    use alloc::string::String;
    use core::ops::Range;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        range: &Option<Range<u64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text =
            |range: &Range<u64>| format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        range.as_ref().map(text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Range<u64>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let range = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
        let range = range.and_then(|(start, last)| {
            let last: u64 = last.parse().ok()?;
            Some(start.parse().ok()?..last.checked_add(1)?)
        });
        range.map(Some).ok_or_else(|| D::Error::custom("it is not a range of bytes"))
    }
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

fn refine(
    error: Error,
    source: Option<&EncryptionSetting>,
    destination: Option<&EncryptionSetting>,
) -> Error {
    blame_sse_c(error, &[source, destination])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::test::{refused, sent};
    use crate::model::EncryptionKey;

    fn key(id: &str) -> EncryptionSetting {
        EncryptionSetting::SseC(EncryptionKey::new([1; 32]).with_id(id))
    }

    #[test]
    fn metadata_are_copied_or_replaced() {
        let mut copy = CopyFile::new("s".into(), "d");
        copy.range = Some(5..10);
        let expected = json!({
            "sourceFileId": "s", "fileName": "d", "range": "bytes=5-9", "metadataDirective": "COPY",
        });
        assert_eq!(sent(&copy).unwrap(), expected);
        copy.metadata = Some(CopyMetadata {
            content_type: "text/plain".to_owned(),
            file_info: FileInfo::new(),
        });
        copy.destination_server_side_encryption = Some(key("k1"));
        let sent_copy = sent(&copy).unwrap();
        assert_eq!(sent_copy["metadataDirective"], "REPLACE");
        assert_eq!(sent_copy["fileInfo"], json!({"sse_c_key_id": "k1"}));
        copy.metadata =
            Some(CopyMetadata { content_type: String::new(), file_info: FileInfo::new() });
        assert_eq!(sent(&copy).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    /// D34: b2sdk fails for a source encryption that B2 needs no key for.
    #[test]
    fn d34_only_a_client_key_is_sent_for_the_source() {
        let mut copy = CopyFile::new("s".into(), "d");
        copy.source_server_side_encryption = Some(EncryptionSetting::SseB2);
        assert_eq!(sent(&copy).unwrap().get("sourceServerSideEncryption"), None);
        copy.source_server_side_encryption = Some(key("k1"));
        assert_eq!(sent(&copy).unwrap()["sourceServerSideEncryption"]["mode"], "SSE-C");
        let mut part = CopyPart::new("s".into(), "l".into(), 1);
        part.source_server_side_encryption = Some(EncryptionSetting::Unknown);
        part.destination_server_side_encryption = Some(EncryptionSetting::SseB2);
        let least = json!({"sourceFileId": "s", "largeFileId": "l", "partNumber": 1});
        assert_eq!(sent(&part).unwrap(), least);
    }

    #[test]
    fn refuses_what_b2_would() {
        let mut part = CopyPart::new("s".into(), "l".into(), 10_001);
        assert_eq!(sent(&part).unwrap_err().kind(), ErrorKind::InvalidInput);
        part.part_number = 1;
        for range in [5..5, 0..5_000_000_001] {
            part.range = Some(range);
            assert_eq!(sent(&part).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert_eq!(
            sent(&CopyFile::new("s".into(), "a/")).unwrap_err().kind(),
            ErrorKind::InvalidFileName
        );
    }

    #[test]
    fn errors_mean_what_they_say() {
        let mut copy = CopyFile::new("s".into(), "d");
        let large = refused(&copy, 400, "source_too_large", "Copy source too big: 6000000000");
        assert_eq!(copy_source_size(&large), Some(6_000_000_000));
        assert_eq!(copy_source_size(&refused(&copy, 400, "source_too_large", "too big")), None);
        assert_eq!(copy_source_size(&refused(&copy, 400, "bad_request", "x: 1")), None);
        assert_eq!(refused(&copy, 403, "access_denied", "").kind(), ErrorKind::AccessDenied);
        copy.source_server_side_encryption = Some(key("k1"));
        assert_eq!(refused(&copy, 403, "access_denied", "").kind(), ErrorKind::SseCKey);
    }
}
