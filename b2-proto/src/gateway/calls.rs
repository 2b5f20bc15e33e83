//! The calls, one by one: what each must be allowed, and what becomes of its answer.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer;
use super::config::SmallFiles;
use super::finish::Finish;
use super::forward::Forward;
use super::grant::{DECLARED_SIZE, Names, OWNER_MARK};
use super::mint::Mint;
use super::refusal::Refusal;
use super::route::UPLOAD;
use super::serve::Work;
use super::sign::Purpose;
use super::visit::Visit;
use crate::api::{
    AUTO_CONTENT_TYPE, CancelLargeFile, GetDownloadAuthorization, GetFileInfo, GetUploadPartUrl,
    ListFileNames, ListParts, ListUnfinishedLargeFiles, StartLargeFile,
};
use crate::hash::Sha1Digest;
use crate::model::{BucketId, EncryptionSetting, FileAction, FileId, FileInfo, FileVersion};
use crate::model::{ContentSha1, UnfinishedLargeFile};

/// No body of a call but one is longer.
pub(super) const MAX_JSON: u64 = 64 << 10;
/// Ten thousand SHA-1s take 430 KB.
pub(super) const MAX_FINISH: u64 = 1 << 20;

type Called = Result<Work, Refusal>;

/// Does what a visitor asks for, if the grant allows it.
pub(super) fn call(visit: Visit, name: &str, body: &[u8]) -> Called {
    let limit = if name == "b2_finish_large_file" { MAX_FINISH } else { MAX_JSON };
    if body.len() as u64 > limit {
        return Err(Refusal::bad_request(format!("the request has more than {limit} bytes")));
    }
    match name {
        "b2_get_upload_url" => get_upload_url(visit, read(body)?),
        "b2_start_large_file" => start_large_file(visit, read(body)?),
        "b2_get_upload_part_url" => get_upload_part_url(&visit, read(body)?),
        "b2_list_parts" => list_parts(&visit, read(body)?),
        "b2_list_unfinished_large_files" => list_unfinished(visit, read(body)?),
        "b2_finish_large_file" => finish_large_file(visit, read(body)?),
        "b2_cancel_large_file" => cancel_large_file(&visit, read(body)?),
        "b2_list_file_names" => list_file_names(visit, read(body)?),
        "b2_get_download_authorization" => get_download_authorization(&visit, read(body)?),
        "b2_get_file_info" => get_file_info(visit, read(body)?),
        _ => Err(Refusal::unauthorized("no grant is for this call")),
    }
}

/// What a body says; B2 takes `null` for a field that is not there.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::bad_json(error.to_string()))
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
            let (base, random) = (&visit.config.base_url, visit.random());
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    bucket_id: BucketId,
    file_name: String,
    content_type: Option<String>,
    file_info: Option<BTreeMap<String, String>>,
    server_side_encryption: Option<Encryption>,
    file_retention: Option<Value>,
    legal_hold: Option<Value>,
    custom_upload_timestamp: Option<Value>,
}

#[derive(Deserialize)]
struct Encryption {
    mode: Option<String>,
}

fn start_large_file(visit: Visit, asked: Start) -> Called {
    let grant = &visit.claims.grant;
    let uploads = grant.may_upload()?;
    grant.check_bucket(&asked.bucket_id)?;
    let binding = [
        ("fileRetention", &asked.file_retention),
        ("legalHold", &asked.legal_hold),
        ("customUploadTimestamp", &asked.custom_upload_timestamp),
    ];
    if let Some((field, _)) = binding.iter().find(|(_, value)| value.is_some()) {
        return Err(Refusal::unauthorized(format!("the grant is not for '{field}'")));
    }
    let name = uploads.names.stored(grant, &asked.file_name, &visit.random())?;
    let mut start = StartLargeFile::new(asked.bucket_id, name);
    start.content_type = asked.content_type.unwrap_or_else(|| AUTO_CONTENT_TYPE.to_owned());
    uploads.check_type(&start.content_type)?;
    let info: FileInfo = asked.file_info.unwrap_or_default().into_iter().collect();
    let (declared, max_bytes) = (uploads.declared_size(&info)?, uploads.max_bytes);
    start.file_info = uploads.info_to_store(info, &visit.mark())?;
    start.server_side_encryption =
        match asked.server_side_encryption.and_then(|encryption| encryption.mode).as_deref() {
            None => None,
            Some("SSE-B2") => Some(EncryptionSetting::SseB2),
            // The application could not read what it stores.
            Some(_) => return Err(Refusal::unauthorized("the grant is not for this encryption")),
        };
    let (policy, seed) = (visit.config.retry, visit.seed);
    Ok(Work::machine(Forward::new(start, policy, seed, move |started| {
        let id = visit.seal_unfinished(&started.file_id, &started.file_name, max_bytes, declared);
        answer::json(200, &visit.file(&started, Some(&id)))
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfFile {
    file_id: FileId,
}

fn get_upload_part_url(visit: &Visit, asked: OfFile) -> Called {
    visit.claims.grant.may_upload()?;
    let sealed = visit.open_unfinished(&asked.file_id)?;
    let call = GetUploadPartUrl { file_id: sealed.id };
    Ok(Work::machine(Forward::new(call, visit.config.retry, visit.seed, move |url| {
        // B2's own token for this file's parts: it can do nothing else.
        let answer = json!({
            "fileId": asked.file_id,
            "uploadUrl": url.url,
            "authorizationToken": url.token.expose(),
        });
        answer::json(200, &answer)
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    file_id: FileId,
    start_part_number: Option<u32>,
    max_part_count: Option<u32>,
}

fn list_parts(visit: &Visit, asked: Parts) -> Called {
    visit.claims.grant.may_upload()?;
    let sealed = visit.open_unfinished(&asked.file_id)?;
    let mut call = ListParts::new(sealed.id);
    call.start_part_number = asked.start_part_number;
    call.max_part_count = asked.max_part_count.filter(|count| *count > 0);
    Ok(Work::machine(Forward::new(call, visit.config.retry, visit.seed, move |page| {
        let shown = asked.file_id.as_str();
        let parts: Vec<_> = page.parts.iter().map(|part| answer::part(part, shown)).collect();
        answer::json(200, &json!({ "parts": parts, "nextPartNumber": page.next_part_number }))
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unfinished {
    bucket_id: BucketId,
    name_prefix: Option<String>,
    start_file_id: Option<FileId>,
    max_file_count: Option<u32>,
}

/// Only what the visitor has started. A page may be empty and not be the last, as B2's own may.
fn list_unfinished(visit: Visit, asked: Unfinished) -> Called {
    let grant = &visit.claims.grant;
    let names = grant.may_upload()?.names.clone();
    grant.check_bucket(&asked.bucket_id)?;
    let prefix = asked.name_prefix.unwrap_or_default();
    grant.check_prefix(&prefix)?;
    let mut call = ListUnfinishedLargeFiles::new(asked.bucket_id);
    call.name_prefix = Some(match &names {
        Names::AsGiven => prefix.clone(),
        Names::Unique => grant.prefix.clone(),
        Names::Fixed(_) => names.stored(grant, "", "")?,
    });
    call.start_file_id = match &asked.start_file_id {
        Some(cursor) => Some(visit.open_cursor(cursor)?.id),
        None => None,
    };
    call.max_file_count = asked.max_file_count.filter(|count| *count > 0);
    let (policy, seed) = (visit.config.retry, visit.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |page| {
        let own = page.files.into_iter().filter(|file| visit.owns(&file.file_info));
        let files: Vec<_> =
            own.filter_map(|file| unfinished(&visit, &names, &prefix, file)).collect();
        let next = page.next_file_id.map(|id| visit.seal_cursor(&id));
        answer::json(200, &json!({ "files": files, "nextFileId": next }))
    })))
}

/// An unfinished file as the visitor began it: under the given name, and without what every file gets.
/// So a client finds what it can go on with.
fn unfinished(
    visit: &Visit,
    names: &Names,
    prefix: &str,
    file: UnfinishedLargeFile,
) -> Option<Value> {
    let grant = &visit.claims.grant;
    let uploads = grant.uploads.as_ref()?;
    let given = names.given(grant, &file.file_name);
    if *names == Names::Unique && !given.starts_with(prefix) {
        return None;
    }
    let declared = file.file_info.get(DECLARED_SIZE).and_then(|size| size.parse().ok());
    let id = visit.seal_unfinished(&file.file_id, &file.file_name, uploads.max_bytes, declared);
    let mut info = file.file_info;
    info.remove(OWNER_MARK);
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
        file_info: FileInfo::new(),
        upload_timestamp: file.upload_timestamp,
        server_side_encryption: file.server_side_encryption,
        file_retention: file.file_retention,
        legal_hold: file.legal_hold,
        replication_status: None,
    };
    Some(answer::file(&version, Some(&id), &info))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FinishAsked {
    file_id: FileId,
    part_sha1_array: Vec<Sha1Digest>,
}

fn finish_large_file(visit: Visit, asked: FinishAsked) -> Called {
    visit.claims.grant.may_upload()?;
    let sealed = visit.open_unfinished(&asked.file_id)?;
    Ok(Work::machine(Finish::new(visit, sealed, asked.file_id, asked.part_sha1_array)))
}

fn cancel_large_file(visit: &Visit, asked: OfFile) -> Called {
    visit.claims.grant.may_upload()?;
    let sealed = visit.open_unfinished(&asked.file_id)?;
    let call = CancelLargeFile { file_id: sealed.id };
    Ok(Work::machine(Forward::new(call, visit.config.retry, visit.seed, move |cancelled| {
        let answer = json!({
            "fileId": asked.file_id,
            "accountId": answer::ACCOUNT_ID,
            "bucketId": cancelled.bucket_id,
            "fileName": cancelled.file_name,
        });
        answer::json(200, &answer)
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileNames {
    bucket_id: BucketId,
    start_file_name: Option<String>,
    max_file_count: Option<u32>,
    prefix: Option<String>,
    delimiter: Option<String>,
}

fn list_file_names(visit: Visit, asked: FileNames) -> Called {
    let grant = &visit.claims.grant;
    if !grant.list {
        return Err(Refusal::unauthorized("the grant is not for listings"));
    }
    grant.check_bucket(&asked.bucket_id)?;
    let prefix = asked.prefix.unwrap_or_default();
    grant.check_prefix(&prefix)?;
    let mut call = ListFileNames::new(asked.bucket_id);
    call.prefix = Some(prefix);
    call.start_file_name = asked.start_file_name;
    call.max_file_count = asked.max_file_count.filter(|count| *count > 0);
    call.delimiter = asked.delimiter;
    let (policy, seed) = (visit.config.retry, visit.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |page| {
        let file = |file: &FileVersion| {
            let id = (!file.is_folder()).then(|| visit.seal_stored(&file.file_id, &file.file_name));
            visit.file(file, id.as_deref())
        };
        let files: Vec<_> = page.files.iter().map(file).collect();
        answer::json(200, &json!({ "files": files, "nextFileName": page.next_file_name }))
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DownloadAuthorization {
    bucket_id: BucketId,
    file_name_prefix: String,
    valid_duration_in_seconds: u64,
    b2_content_disposition: Option<Value>,
    b2_content_language: Option<Value>,
    b2_expires: Option<Value>,
    b2_cache_control: Option<Value>,
    b2_content_encoding: Option<Value>,
    b2_content_type: Option<Value>,
}

/// For names under the prefix, and not for longer than the grant.
fn get_download_authorization(visit: &Visit, asked: DownloadAuthorization) -> Called {
    let grant = &visit.claims.grant;
    if !grant.download {
        return Err(Refusal::unauthorized("the grant is not for downloads"));
    }
    grant.check_bucket(&asked.bucket_id)?;
    grant.check_prefix(&asked.file_name_prefix)?;
    let overrides = [
        asked.b2_content_disposition,
        asked.b2_content_language,
        asked.b2_expires,
        asked.b2_cache_control,
        asked.b2_content_encoding,
        asked.b2_content_type,
    ];
    if overrides.iter().any(Option::is_some) {
        return Err(Refusal::unauthorized(
            "the headers of downloads are the application's to choose",
        ));
    }
    let asked_for = Duration::from_secs(asked.valid_duration_in_seconds);
    let duration = asked_for.min(visit.time_left());
    let call = GetDownloadAuthorization::new(asked.bucket_id, asked.file_name_prefix, duration);
    Ok(Work::machine(Forward::new(call, visit.config.retry, visit.seed, |authorization| {
        let answer = json!({
            "bucketId": authorization.bucket_id,
            "fileNamePrefix": authorization.file_name_prefix,
            "authorizationToken": authorization.authorization_token.expose(),
        });
        answer::json(200, &answer)
    })))
}

fn get_file_info(visit: Visit, asked: OfFile) -> Called {
    let sealed = visit.open_any(&asked.file_id)?;
    let call = GetFileInfo { file_id: sealed.id };
    let (policy, seed) = (visit.config.retry, visit.seed);
    Ok(Work::machine(Forward::new(call, policy, seed, move |version| {
        answer::json(200, &visit.file(&version, Some(asked.file_id.as_str())))
    })))
}

/// The body of a small file, as long as it may be with the digest behind it.
pub(super) fn relay_limit(small_files: &SmallFiles) -> u64 {
    match small_files {
        SmallFiles::Relay { limit } => limit.saturating_add(crate::hash::HEX_LEN as u64),
        SmallFiles::Mint { .. } | SmallFiles::Refuse => 0,
    }
}

/// Bytes that are too many to be a small file.
pub(super) fn check_relayed(small_files: &SmallFiles, body: &Bytes) -> Result<(), Refusal> {
    let limit = relay_limit(small_files);
    if body.len() as u64 > limit {
        return Err(Refusal::bad_request("files of this size are sent in parts"));
    }
    Ok(())
}
