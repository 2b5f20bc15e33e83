//! The calls, one by one: what each must be allowed, and what becomes of its answer.

mod download;
mod info;
mod large;
mod listing;
mod unfinished;

use alloc::string::ToString;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Grant;
use super::config::SmallFiles;
use super::issue_key::IssueKey;
use super::refusal::Refusal;
use super::responder::Work;
use super::response;
use super::route::UPLOAD;
use super::session::GatewaySession;
use super::signer::Purpose;
use crate::model::{BucketId, FileId};

/// The longest body of a call but one.
const MAX_JSON: u64 = 64 << 10;
/// The longest body of `b2_finish_large_file`: ten thousand SHA-1s take 430 KB.
const MAX_FINISH: u64 = 512 << 10;

type Called = Result<Work, Refusal>;

pub(super) fn too_long(limit: u64) -> Refusal {
    Refusal::bad_request(format!("the request has more than {limit} bytes"))
}

/// How much of the body of a call is worth reading.
pub(super) fn body_limit(name: &str) -> u64 {
    if name == "b2_finish_large_file" { MAX_FINISH } else { MAX_JSON }
}

/// What a call needs of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// [`Grant::uploads`].
    Uploads,
    /// [`Grant::list`].
    Listing,
    /// [`Grant::download`].
    Downloads,
    /// [`Grant::list`] for a stored file; [`Grant::uploads`] for one that the visitor is uploading. The id tells which.
    File,
}

/// The calls that a grant can be for. No grant is for any other one.
const CALLS: [(&str, Needs); 10] = [
    ("b2_get_upload_url", Needs::Uploads),
    ("b2_start_large_file", Needs::Uploads),
    ("b2_get_upload_part_url", Needs::Uploads),
    ("b2_list_parts", Needs::Uploads),
    ("b2_list_unfinished_large_files", Needs::Uploads),
    ("b2_finish_large_file", Needs::Uploads),
    ("b2_cancel_large_file", Needs::Uploads),
    ("b2_list_file_names", Needs::Listing),
    ("b2_get_download_authorization", Needs::Downloads),
    ("b2_get_file_info", Needs::File),
];

/// Checks that the grant is for a call.
pub(super) fn check_granted(grant: &Grant, name: &str) -> Result<(), Refusal> {
    let (_, needs) = CALLS.iter().find(|(call, _)| *call == name).ok_or_else(no_grant)?;
    let (granted, what) = match needs {
        Needs::Uploads => (grant.uploads.is_some(), "uploads"),
        Needs::Listing => (grant.list, "listings"),
        Needs::Downloads => (grant.download, "downloads"),
        Needs::File => (grant.list || grant.uploads.is_some(), "questions about files"),
    };
    if granted {
        return Ok(());
    }
    Err(Refusal::unauthorized(format!("the grant is not for {what}")))
}

fn no_grant() -> Refusal {
    Refusal::unauthorized("no grant is for this call")
}

/// Does what a visitor asks for, if the grant allows it.
pub(super) fn call(session: GatewaySession, name: &str, body: &[u8]) -> Called {
    check_granted(&session.claims.grant, name)?;
    match name {
        "b2_get_upload_url" => get_upload_url(session, read(body)?),
        "b2_start_large_file" => large::start(session, read(body)?),
        "b2_get_upload_part_url" => large::get_part_url(&session, read(body)?),
        "b2_list_parts" => large::list_parts(&session, read(body)?),
        "b2_list_unfinished_large_files" => unfinished::list(session, read(body)?),
        "b2_finish_large_file" => large::finish(session, read(body)?),
        "b2_cancel_large_file" => large::cancel(&session, read(body)?),
        "b2_list_file_names" => listing::names(session, read(body)?),
        "b2_get_download_authorization" => download::authorize(&session, read(body)?),
        "b2_get_file_info" => listing::info(session, read(body)?),
        _ => Err(no_grant()),
    }
}

/// What a body says; B2 takes `null` for a field that is not there.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad_json(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfFile {
    file_id: FileId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfBucket {
    bucket_id: BucketId,
}

fn get_upload_url(session: GatewaySession, OfBucket { bucket_id }: OfBucket) -> Called {
    session.claims.grant.may_upload()?;
    session.claims.grant.check_bucket(&bucket_id)?;
    match &session.config.small_files {
        SmallFiles::Relay { .. } => {
            let (base, random) = (&session.base_url, session.random());
            let url = format!("{base}/b2api/v4/{UPLOAD}/{}/{random}", bucket_id);
            let answer = json!({
                "bucketId": bucket_id,
                "uploadUrl": url,
                "authorizationToken": session.token(Purpose::Relay),
            });
            Ok(Work::Answered(response::json(200, &answer)))
        }
        SmallFiles::IssueKey { realm, lifetime } => {
            let (realm, lifetime) = (realm.clone(), *lifetime);
            Ok(Work::machine(IssueKey::new(session, &realm, lifetime)?))
        }
        SmallFiles::Refuse => Err(Refusal::unauthorized(
            "only files that are sent in parts can be uploaded through this gateway",
        )),
    }
}
