//! Calls for large files.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::info::GivenInfo;
use super::settings::{Encryption, check_unbound, encryption};
use super::{CallResult, FileParams};
use crate::api::{AUTO_CONTENT_TYPE, CancelLargeFile, GetUploadPartUrl, ListParts, StartLargeFile};
use crate::gateway::finish::Finish;
use crate::gateway::forward::Forward;
use crate::gateway::refusal::Refusal;
use crate::gateway::responder::Work;
use crate::gateway::response::{self, PartOfFile, Parts, UploadUrl};
use crate::gateway::session::GatewaySession;
use crate::gateway::uploads::DECLARED_MARK;
use crate::hash::Sha1Digest;
use crate::model::{BucketId, FileId, FileRetention, LegalHold};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartParams {
    bucket_id: BucketId,
    file_name: String,
    content_type: Option<String>,
    file_info: Option<GivenInfo>,
    server_side_encryption: Option<Encryption>,
    file_retention: Option<FileRetention>,
    legal_hold: Option<LegalHold>,
    custom_upload_timestamp: Option<IgnoredAny>,
    /// An extension of the gateway; B2 has no such field.
    declared_size: Option<u64>,
}

pub(super) fn start(session: GatewaySession, params: StartParams) -> CallResult {
    let grant = &session.claims.grant;
    let uploads = grant.may_upload()?;
    grant.check_bucket(&params.bucket_id)?;
    check_unbound(
        params.file_retention.as_ref(),
        params.legal_hold,
        params.custom_upload_timestamp.as_ref(),
    )?;
    let name = uploads.names.stored(&grant.prefix, &params.file_name, &session.random())?;
    let mut start = StartLargeFile::new(params.bucket_id, name);
    start.file.content_type = params.content_type.unwrap_or_else(|| AUTO_CONTENT_TYPE.to_owned());
    uploads.check_type(&start.file.content_type)?;
    let info = params.file_info.unwrap_or_default().0;
    let (in_info, max_bytes) = (uploads.declared_size(&info)?, uploads.max_bytes);
    if let Some(size) = params.declared_size {
        uploads.check_size(size)?;
    }
    let declared = params.declared_size.or(in_info);
    if in_info.is_some() && in_info != declared {
        return Err(Refusal::bad_request("two sizes of the file were declared"));
    }
    start.file.file_info = uploads.info_to_store(info, &session.mark())?;
    if let Some(size) = params.declared_size {
        start.file.file_info.insert(DECLARED_MARK, size.to_string());
    }
    start.file.encryption = encryption(params.server_side_encryption)?;
    let (policy, seed) = (session.config.retry, session.seed);
    Ok(Work::machine(Forward::new(start, policy, seed, move |started| {
        let id = session.seal_unfinished(&started.file_id, &started.file_name, max_bytes, declared);
        response::json(200, &session.file(started, Some(id)))
    })))
}

pub(super) fn get_part_url(session: &GatewaySession, params: FileParams) -> CallResult {
    session.claims.grant.may_upload()?;
    let sealed = session.open_unfinished(&params.file_id)?;
    let call = GetUploadPartUrl { file_id: sealed.id };
    Ok(Work::machine(Forward::new(call, session.config.retry, session.seed, move |url| {
        // This token of B2 is valid for parts of this file only.
        let body = UploadUrl {
            bucket_id: None,
            file_id: Some(params.file_id.as_str()),
            upload_url: &url.url,
            authorization_token: url.token.expose(),
        };
        response::json(200, &body)
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListPartsParams {
    file_id: FileId,
    start_part_number: Option<u32>,
    max_part_count: Option<u32>,
}

pub(super) fn list_parts(session: &GatewaySession, params: ListPartsParams) -> CallResult {
    session.claims.grant.may_upload()?;
    let sealed = session.open_unfinished(&params.file_id)?;
    let mut call = ListParts::new(sealed.id);
    call.start_part_number = params.start_part_number;
    call.max_part_count = params.max_part_count.filter(|count| *count > 0);
    Ok(Work::machine(Forward::new(call, session.config.retry, session.seed, move |page| {
        let id = params.file_id.as_str();
        let parts = page.parts.iter().map(|part| PartOfFile::new(part, id)).collect();
        response::json(200, &Parts { parts, next_part_number: page.next_part_number })
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FinishParams {
    file_id: FileId,
    part_sha1_array: Vec<Sha1Digest>,
}

pub(super) fn finish(session: GatewaySession, params: FinishParams) -> CallResult {
    session.claims.grant.may_upload()?;
    let sealed = session.open_unfinished(&params.file_id)?;
    Ok(Work::sequence(Finish::new(session, sealed, params.file_id, params.part_sha1_array)))
}

pub(super) fn cancel(session: &GatewaySession, params: FileParams) -> CallResult {
    session.claims.grant.may_upload()?;
    let sealed = session.open_unfinished(&params.file_id)?;
    let call = CancelLargeFile { file_id: sealed.id };
    Ok(Work::machine(Forward::new(call, session.config.retry, session.seed, move |cancelled| {
        let body = CancelledFile {
            file_id: params.file_id,
            account_id: response::ACCOUNT_ID,
            bucket_id: cancelled.bucket_id,
            file_name: cancelled.file_name,
        };
        response::json(200, &body)
    })))
}

/// The response of `b2_cancel_large_file`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CancelledFile {
    file_id: FileId,
    account_id: &'static str,
    bucket_id: BucketId,
    file_name: String,
}
