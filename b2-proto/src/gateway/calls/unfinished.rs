//! `b2_list_unfinished_large_files`: the unfinished files of the owner, which can be resumed.

use alloc::string::String;

use serde::Deserialize;

use super::CallResult;
use crate::api::ListUnfinishedLargeFiles;
use crate::gateway::forward::Forward;
use crate::gateway::names::Names;
use crate::gateway::responder::Work;
use crate::gateway::response::{self, File, UnfinishedFiles};
use crate::gateway::session::GatewaySession;
use crate::gateway::uploads::{DECLARED_MARK, DECLARED_SIZE, MARKS};
use crate::model::{BucketId, ContentSha1, FileAction, FileId, FileVersion, UnfinishedLargeFile};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
    bucket_id: BucketId,
    name_prefix: Option<String>,
    start_file_id: Option<FileId>,
    max_file_count: Option<u32>,
}

/// Lists the unfinished files of the owner. As at B2, a page may be empty without being the last.
pub(super) fn list(session: GatewaySession, params: Params) -> CallResult {
    let grant = &session.claims.grant;
    let names = grant.may_upload()?.names.clone();
    grant.check_bucket(&params.bucket_id)?;
    let prefix = params.name_prefix.unwrap_or_default();
    grant.check_prefix(&prefix)?;
    let mut call = ListUnfinishedLargeFiles::new(params.bucket_id);
    call.name_prefix = Some(match &names {
        Names::AsGiven => prefix.clone(),
        Names::Unique => grant.prefix.clone(),
        Names::Fixed(_) => names.stored(&grant.prefix, "", "")?,
    });
    call.start_file_id = match &params.start_file_id {
        Some(cursor) => Some(session.open_cursor(cursor)?.id),
        None => None,
    };
    call.max_file_count = params.max_file_count.filter(|count| *count > 0);
    let (policy, seed) = (session.config.retry, session.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |page| {
        let own = page.files.into_iter().filter(|file| session.owns(&file.file_info));
        let files = own.filter_map(|file| unfinished(&session, &names, &prefix, file)).collect();
        let next_file_id = page.next_file_id.map(|id| session.seal_cursor(&id));
        response::json(200, &UnfinishedFiles { files, next_file_id })
    })))
}

/// Returns an unfinished file as the visitor started it, with the name and info of the request, so that a client can
/// match it with the file that it uploads.
fn unfinished(
    session: &GatewaySession,
    names: &Names,
    prefix: &str,
    file: UnfinishedLargeFile,
) -> Option<File> {
    let grant = &session.claims.grant;
    let uploads = grant.uploads.as_ref()?;
    let given = names.given(&grant.prefix, &file.file_name);
    if *names == Names::Unique && !given.starts_with(prefix) {
        return None;
    }
    let declared = file.file_info.get(DECLARED_MARK).or_else(|| file.file_info.get(DECLARED_SIZE));
    let declared = declared.and_then(|size| size.parse().ok());
    let id = session.seal_unfinished(&file.file_id, &file.file_name, uploads.max_bytes, declared);
    let mut info = file.file_info;
    for mark in MARKS {
        info.remove(mark);
    }
    for (key, _) in uploads.info.iter() {
        info.remove(key);
    }
    let version = FileVersion {
        account_id: file.account_id,
        bucket_id: file.bucket_id,
        file_id: file.file_id,
        file_name: given,
        action: FileAction::Start,
        size: 0,
        content_type: file.content_type,
        content_sha1: ContentSha1::LargeFile,
        content_md5: None,
        file_info: info,
        upload_timestamp: file.upload_timestamp,
        server_side_encryption: file.server_side_encryption,
        file_retention: file.file_retention,
        legal_hold: file.legal_hold,
        replication_status: None,
    };
    Some(File::new(version, Some(id)))
}
