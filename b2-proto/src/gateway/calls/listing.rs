//! Listing stored files, and getting the info of one.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use super::{CallResult, FileParams};
use crate::api::{GetFileInfo, ListFileNames};
use crate::error::Error;
use crate::gateway::forward::Forward;
use crate::gateway::responder::Work;
use crate::gateway::response::{self, FileNames, ListedFile};
use crate::gateway::session::GatewaySession;
use crate::gateway::signer::Purpose;
use crate::model::{BucketId, FileVersion};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListParams {
    bucket_id: BucketId,
    start_file_name: Option<String>,
    max_file_count: Option<u32>,
    prefix: Option<String>,
    delimiter: Option<String>,
}

pub(super) fn names(session: GatewaySession, params: ListParams) -> CallResult {
    let grant = &session.claims.grant;
    grant.check_bucket(&params.bucket_id)?;
    let prefix = params.prefix.unwrap_or_default();
    grant.check_prefix(&prefix)?;
    let mut call = ListFileNames::new(params.bucket_id);
    call.prefix = Some(prefix);
    call.start_file_name = params.start_file_name;
    call.max_file_count = params.max_file_count.filter(|count| *count > 0);
    call.delimiter = params.delimiter;
    let (policy, seed) = (session.config.retry, session.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |mut page| {
        // B2 lists names under the prefix only; this makes sure that no other name is passed on.
        let within = |name: &str| session.claims.grant.check_prefix(name).is_ok();
        page.files.retain(|file| within(&file.file_name));
        page.next_file_name = page.next_file_name.filter(|name| within(name));
        let file = |file: FileVersion| {
            let id =
                (!file.is_folder()).then(|| session.seal_stored(&file.file_id, &file.file_name));
            ListedFile::File(Box::new(session.file(file, id)))
        };
        let files = page.files.into_iter().map(file);
        // An entry that the gateway could not parse is passed on by its name, so that the client reports it, too.
        let unreadable = page.unreadable.iter().filter_map(Error::subject);
        let unreadable = unreadable
            .filter(|name| within(name))
            .map(|name| ListedFile::Unreadable { file_name: name.to_owned() });
        let files = files.chain(unreadable).collect();
        response::json(200, &FileNames { files, next_file_name: page.next_file_name })
    })))
}

pub(super) fn info(session: GatewaySession, params: FileParams) -> CallResult {
    let grant = &session.claims.grant;
    // The id is signed for one of the two.
    let mut purposes = Vec::new();
    purposes.extend(grant.uploads.is_some().then_some(Purpose::Unfinished));
    purposes.extend((grant.list || grant.may_copy()).then_some(Purpose::Stored));
    let sealed = session.open(&purposes, &params.file_id)?;
    let call = GetFileInfo { file_id: sealed.id };
    let (policy, seed) = (session.config.retry, session.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |version| {
        response::json(200, &session.file(version, Some(params.file_id.as_str().to_owned())))
    })))
}
