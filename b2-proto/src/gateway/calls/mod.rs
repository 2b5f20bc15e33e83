//! The calls that visitors may make: what the grant must permit for each, and its response.

mod copies;
mod download;
mod info;
mod large;
mod listing;
mod removal;
mod settings;
mod unfinished;

use alloc::string::ToString;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Grant;
use super::config::SmallFiles;
use super::issue_key::IssueKey;
use super::refusal::Refusal;
use super::responder::Work;
use super::response::{self, UploadUrl};
use super::route::UPLOAD;
use super::session::GatewaySession;
use super::signer::Purpose;
use crate::encoding::from_json;
use crate::model::{BucketId, FileId};

/// The longest body of a call other than `b2_finish_large_file`, in bytes.
const MAX_JSON: u64 = 64 << 10;
/// The longest body of `b2_finish_large_file`, in bytes. Ten thousand SHA-1s take 430 KB.
const MAX_FINISH: u64 = 512 << 10;

type CallResult = Result<Work, Refusal>;

/// Returns the refusal of a body that is longer than [`body_limit`].
pub(super) fn too_long(limit: u64) -> Refusal {
    Refusal::bad_request(format!("the request has more than {limit} bytes"))
}

/// Returns the longest body of a call, in bytes.
pub(super) fn body_limit(name: &str) -> u64 {
    if name == "b2_finish_large_file" { MAX_FINISH } else { MAX_JSON }
}

/// What a grant must permit for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requirement {
    /// [`Grant::uploads`].
    Uploads,
    /// [`Grant::list`].
    Listing,
    /// [`Grant::download`].
    Downloads,
    /// [`Grant::copy`], with the limits of [`Grant::uploads`].
    Copies,
    /// [`Grant::delete`].
    Removals,
    /// [`Grant::list`] or [`Grant::copy`] for a stored file, [`Grant::uploads`] for an unfinished one. The form of the id
    /// shows which it is.
    File,
}

/// The calls that a grant can permit.
const CALLS: [(&str, Requirement); 14] = [
    ("b2_get_upload_url", Requirement::Uploads),
    ("b2_start_large_file", Requirement::Uploads),
    ("b2_get_upload_part_url", Requirement::Uploads),
    ("b2_list_parts", Requirement::Uploads),
    ("b2_list_unfinished_large_files", Requirement::Uploads),
    ("b2_finish_large_file", Requirement::Uploads),
    ("b2_cancel_large_file", Requirement::Uploads),
    ("b2_copy_file", Requirement::Copies),
    ("b2_copy_part", Requirement::Copies),
    ("b2_hide_file", Requirement::Removals),
    ("b2_delete_file_version", Requirement::Removals),
    ("b2_list_file_names", Requirement::Listing),
    ("b2_get_download_authorization", Requirement::Downloads),
    ("b2_get_file_info", Requirement::File),
];

/// Checks that the grant permits a call.
pub(super) fn check_granted(grant: &Grant, name: &str) -> Result<(), Refusal> {
    let (_, requirement) = CALLS.iter().find(|(call, _)| *call == name).ok_or_else(no_grant)?;
    let (granted, what) = match requirement {
        Requirement::Uploads => (grant.uploads.is_some(), "uploads"),
        Requirement::Listing => (grant.list, "listings"),
        Requirement::Downloads => (grant.download, "downloads"),
        Requirement::Copies => (grant.may_copy(), "copies"),
        Requirement::Removals => (grant.delete, "hiding and deleting files"),
        Requirement::File => (grant.list || grant.uploads.is_some(), "questions about files"),
    };
    if granted {
        return Ok(());
    }
    Err(Refusal::unauthorized(format!("the grant is not for {what}")))
}

fn no_grant() -> Refusal {
    Refusal::unauthorized("no grant is for this call")
}

/// Executes a call if the grant permits it.
pub(super) fn call(session: GatewaySession, name: &str, body: &[u8]) -> CallResult {
    check_granted(&session.claims.grant, name)?;
    match name {
        "b2_get_upload_url" => get_upload_url(session, read(body)?),
        "b2_start_large_file" => large::start(session, read(body)?),
        "b2_get_upload_part_url" => large::get_part_url(&session, read(body)?),
        "b2_list_parts" => large::list_parts(&session, read(body)?),
        "b2_list_unfinished_large_files" => unfinished::list(session, read(body)?),
        "b2_finish_large_file" => large::finish(session, read(body)?),
        "b2_cancel_large_file" => large::cancel(&session, read(body)?),
        "b2_copy_file" => copies::file(session, read(body)?),
        "b2_copy_part" => copies::part(session, read(body)?),
        "b2_hide_file" => removal::hide(session, read(body)?),
        "b2_delete_file_version" => removal::delete(session, read(body)?),
        "b2_list_file_names" => listing::names(session, read(body)?),
        "b2_get_download_authorization" => download::authorize(&session, read(body)?),
        "b2_get_file_info" => listing::info(session, read(body)?),
        _ => Err(no_grant()),
    }
}

/// Parses a body. As at B2, an optional field may be null.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    from_json(body).map_err(|error| Refusal::bad_json(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileParams {
    file_id: FileId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BucketParams {
    bucket_id: BucketId,
}

fn get_upload_url(session: GatewaySession, BucketParams { bucket_id }: BucketParams) -> CallResult {
    session.claims.grant.may_upload()?;
    session.claims.grant.check_bucket(&bucket_id)?;
    match &session.config.small_files {
        SmallFiles::Relay { .. } => {
            let (base, random) = (&session.base_url, session.random());
            let url = format!("{base}/b2api/v4/{UPLOAD}/{}/{random}", bucket_id);
            let body = UploadUrl {
                bucket_id: Some(bucket_id.as_str()),
                file_id: None,
                upload_url: &url,
                authorization_token: &session.token(Purpose::Relay),
            };
            Ok(Work::Response(response::json(200, &body)))
        }
        SmallFiles::IssueKey { realm, lifetime } => {
            let (realm, lifetime) = (realm.clone(), *lifetime);
            Ok(Work::sequence(IssueKey::new(session, &realm, lifetime)?))
        }
        SmallFiles::Refuse => Err(Refusal::unauthorized(
            "only files that are sent in parts can be uploaded through this gateway",
        )),
    }
}
