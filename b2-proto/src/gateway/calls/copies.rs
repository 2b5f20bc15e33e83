//! Copies of stored files: `b2_copy_file` and `b2_copy_part`.

use alloc::string::String;
use core::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::CallResult;
use super::info::GivenInfo;
use super::settings::{Encryption, check_unbound, encryption};
use crate::api::byte_range;
use crate::gateway::copy::{Copy, GivenMetadata, NewFileCopy, NewPartCopy, Target};
use crate::gateway::refusal::Refusal;
use crate::gateway::responder::Work;
use crate::gateway::session::GatewaySession;
use crate::model::{BucketId, FileId, FileRetention, LegalHold, MetadataDirective};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileParams {
    source_file_id: FileId,
    file_name: String,
    destination_bucket_id: Option<BucketId>,
    #[serde(default, with = "byte_range")]
    range: Option<Range<u64>>,
    metadata_directive: Option<MetadataDirective>,
    content_type: Option<String>,
    file_info: Option<GivenInfo>,
    source_server_side_encryption: Option<Encryption>,
    destination_server_side_encryption: Option<Encryption>,
    file_retention: Option<FileRetention>,
    legal_hold: Option<LegalHold>,
    custom_upload_timestamp: Option<IgnoredAny>,
}

/// Copies a file under a name that the grant permits for uploads.
pub(super) fn file(session: GatewaySession, params: FileParams) -> CallResult {
    let grant = &session.claims.grant;
    let uploads = grant.may_upload()?;
    if let Some(bucket_id) = &params.destination_bucket_id {
        grant.check_bucket(bucket_id)?;
    }
    check_unbound(
        params.file_retention.as_ref(),
        params.legal_hold,
        params.custom_upload_timestamp.as_ref(),
    )?;
    encryption(params.source_server_side_encryption)?;
    let encryption = encryption(params.destination_server_side_encryption)?;
    let source = session.open_source(&params.source_file_id)?;
    let name = uploads.names.stored(&grant.prefix, &params.file_name, &session.random())?;
    let metadata = match (params.metadata_directive, params.content_type, params.file_info) {
        (None | Some(MetadataDirective::Copy), None, None) => None,
        (Some(MetadataDirective::Replace), Some(content_type), info) => {
            uploads.check_type(&content_type)?;
            let file_info = info.unwrap_or_default().0;
            Some(GivenMetadata { content_type, file_info })
        }
        _ => {
            return Err(Refusal::bad_request(
                "contentType and fileInfo are given with the metadata directive REPLACE only, \
                 which needs a contentType",
            ));
        }
    };
    let target = Target::File(NewFileCopy { name, metadata, encryption });
    Ok(Work::sequence(Copy::new(session, source.id, params.range, target)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartParams {
    source_file_id: FileId,
    large_file_id: FileId,
    part_number: u32,
    #[serde(default, with = "byte_range")]
    range: Option<Range<u64>>,
    source_server_side_encryption: Option<Encryption>,
    destination_server_side_encryption: Option<Encryption>,
}

/// Copies a part of an unfinished file of the owner.
pub(super) fn part(session: GatewaySession, params: PartParams) -> CallResult {
    session.claims.grant.may_upload()?;
    encryption(params.source_server_side_encryption)?;
    encryption(params.destination_server_side_encryption)?;
    let large_file = session.open_unfinished(&params.large_file_id)?;
    let source = session.open_source(&params.source_file_id)?;
    let target = Target::Part(NewPartCopy {
        large_file,
        signed_id: params.large_file_id,
        number: params.part_number,
    });
    Ok(Work::sequence(Copy::new(session, source.id, params.range, target)))
}
