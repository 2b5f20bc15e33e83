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
use super::answer;
use super::config::SmallFiles;
use super::mint::Mint;
use super::refusal::Refusal;
use super::route::UPLOAD;
use super::serve::Work;
use super::sign::Purpose;
use super::visit::Visit;
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
pub(super) fn call(visit: Visit, name: &str, body: &[u8]) -> Called {
    check_granted(&visit.claims.grant, name)?;
    match name {
        "b2_get_upload_url" => get_upload_url(visit, read(body)?),
        "b2_start_large_file" => large::start(visit, read(body)?),
        "b2_get_upload_part_url" => large::get_part_url(&visit, read(body)?),
        "b2_list_parts" => large::list_parts(&visit, read(body)?),
        "b2_list_unfinished_large_files" => unfinished::list(visit, read(body)?),
        "b2_finish_large_file" => large::finish(visit, read(body)?),
        "b2_cancel_large_file" => large::cancel(&visit, read(body)?),
        "b2_list_file_names" => listing::names(visit, read(body)?),
        "b2_get_download_authorization" => download::authorize(&visit, read(body)?),
        "b2_get_file_info" => listing::info(visit, read(body)?),
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

fn get_upload_url(visit: Visit, OfBucket { bucket_id }: OfBucket) -> Called {
    visit.claims.grant.may_upload()?;
    visit.claims.grant.check_bucket(&bucket_id)?;
    match &visit.config.small_files {
        SmallFiles::Relay { .. } => {
            let (base, random) = (&visit.base_url, visit.random());
            let url = format!("{base}/b2api/v4/{UPLOAD}/{}/{random}", bucket_id);
            let answer = json!({
                "bucketId": bucket_id,
                "uploadUrl": url,
                "authorizationToken": visit.token(Purpose::Relay),
            });
            Ok(Work::Answered(answer::json(200, &answer)))
        }
        SmallFiles::Mint { realm, lifetime } => {
            let (realm, lifetime) = (realm.clone(), *lifetime);
            Ok(Work::machine(Mint::new(visit, &realm, lifetime)?))
        }
        SmallFiles::Refuse => Err(Refusal::unauthorized(
            "only files that are sent in parts can be uploaded through this gateway",
        )),
    }
}
