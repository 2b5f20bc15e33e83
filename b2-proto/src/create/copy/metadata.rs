//! Where the content type and the file info of a copy come from.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::NewCopy;
use crate::api::AUTO_CONTENT_TYPE;
use crate::model::{EncryptionKeyId, EncryptionSetting, FileInfo, FileVersion, MetadataDirective};

/// Where the content type and the file info of a copy come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Metadata {
    /// B2 takes them from the source.
    FromSource,
    /// They are sent.
    Given { content_type: String, file_info: FileInfo },
    /// They are sent, and are those of the source, which is to be looked up.
    LookUp,
}

/// Returns where the metadata of a copy by one call comes from.
///
/// B2 copies the file info as it is, with the id of the SSE-C key in it. If the destination has another key id, the
/// file info is sent without that of the source; [`NewFile`](crate::api::NewFile) adds its own. A range is sent without
/// the SHA-1 of its source, since a download would be compared with it.
pub(super) fn of_one_copy(copy: &NewCopy) -> Metadata {
    if copy.metadata_directive == MetadataDirective::Replace {
        given(copy)
    } else if keeps_key(copy) && !copy.is_range() {
        Metadata::FromSource
    } else {
        of_source(copy)
    }
}

/// Returns whether the id of the SSE-C key in the file info of the source, if any, is right for the copy.
fn keeps_key(copy: &NewCopy) -> bool {
    let key =
        |setting: Option<&EncryptionSetting>| setting.and_then(EncryptionSetting::key).is_some();
    let (source, destination) = (copy.source.encryption.as_ref(), copy.file.encryption.as_ref());
    key_id(source) == key_id(destination) && key(source) == key(destination)
}

/// Returns the metadata of the source without what does not apply to the copy.
fn of_source(copy: &NewCopy) -> Metadata {
    let Some(version) = copy.source.version.as_deref() else {
        return Metadata::LookUp;
    };
    let mut metadata = of_version(version);
    if let Metadata::Given { file_info, .. } = &mut metadata
        && copy.is_range()
    {
        file_info.remove(FileInfo::LARGE_FILE_SHA1);
    }
    metadata
}

/// Returns where the metadata of a large file comes from: B2 copies only the bytes of parts.
pub(super) fn of_parts(copy: &NewCopy) -> Metadata {
    if copy.metadata_directive == MetadataDirective::Replace {
        given(copy)
    } else {
        of_source(copy)
    }
}

fn given(copy: &NewCopy) -> Metadata {
    Metadata::Given {
        content_type: copy.file.content_type.clone(),
        file_info: copy.file.file_info.clone(),
    }
}

fn of_version(version: &FileVersion) -> Metadata {
    let content_type = version.content_type.as_deref().unwrap_or(AUTO_CONTENT_TYPE);
    Metadata::Given {
        content_type: content_type.to_owned(),
        file_info: version.file_info.for_copy(),
    }
}

/// Returns the id of the SSE-C key, if it is known.
fn key_id(encryption: Option<&EncryptionSetting>) -> Option<&str> {
    match encryption.and_then(EncryptionSetting::key)?.id() {
        EncryptionKeyId::Id(id) => Some(id),
        EncryptionKeyId::None | EncryptionKeyId::Unknown => None,
    }
}
