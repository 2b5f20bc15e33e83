//! Tokens for downloads by name, which go to B2 itself.

use alloc::string::String;
use core::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Called;
use crate::api::GetDownloadAuthorization;
use crate::gateway::answer;
use crate::gateway::forward::Forward;
use crate::gateway::refusal::Refusal;
use crate::gateway::serve::Work;
use crate::gateway::visit::Visit;
use crate::model::BucketId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DownloadAuthorization {
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
pub(super) fn authorize(visit: &Visit, asked: DownloadAuthorization) -> Called {
    let grant = &visit.claims.grant;
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
