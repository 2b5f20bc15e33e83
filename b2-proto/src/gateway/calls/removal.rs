//! Hiding and deleting stored files: `b2_hide_file` and `b2_delete_file_version`.

use alloc::string::String;

use serde::Deserialize;

use super::CallResult;
use crate::api::HideFile;
use crate::gateway::forward::Forward;
use crate::gateway::refusal::Refusal;
use crate::gateway::removal::Removal;
use crate::gateway::responder::Work;
use crate::gateway::response;
use crate::gateway::session::GatewaySession;
use crate::model::{BucketId, FileId};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HideParams {
    bucket_id: BucketId,
    file_name: String,
}

/// Hides a name. The id of the response is that of the hide marker, whose deletion unhides the name.
pub(super) fn hide(session: GatewaySession, params: HideParams) -> CallResult {
    let grant = &session.claims.grant;
    grant.check_bucket(&params.bucket_id)?;
    grant.check_prefix(&params.file_name)?;
    let call = HideFile { bucket_id: params.bucket_id, file_name: params.file_name };
    let (policy, seed) = (session.config.retry, session.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |marker| {
        let id = session.seal_stored(&marker.file_id, &marker.file_name);
        response::json(200, &session.file(marker, Some(id)))
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteParams {
    file_id: FileId,
    file_name: String,
    bypass_governance: Option<bool>,
}

/// Deletes one version.
pub(super) fn delete(session: GatewaySession, params: DeleteParams) -> CallResult {
    if params.bypass_governance == Some(true) {
        return Err(Refusal::unauthorized("no grant is for versions under governance retention"));
    }
    let sealed = session.open_source(&params.file_id)?;
    if sealed.name != params.file_name {
        return Err(Refusal::bad_request("the file has another name"));
    }
    Ok(Work::sequence(Removal::new(session, sealed.id, params.file_id)))
}
