//! Tokens for downloads by name, which go to B2 itself.

use alloc::string::String;
use core::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::Called;
use crate::api::GetDownloadAuthorization;
use crate::gateway::forward::Forward;
use crate::gateway::refusal::Refusal;
use crate::gateway::responder::Work;
use crate::gateway::response;
use crate::gateway::session::GatewaySession;
use crate::model::BucketId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DownloadAuthorization {
    bucket_id: BucketId,
    file_name_prefix: String,
    valid_duration_in_seconds: u64,
    b2_content_disposition: Option<String>,
    b2_content_language: Option<String>,
    b2_expires: Option<String>,
    b2_cache_control: Option<String>,
    b2_content_encoding: Option<String>,
    b2_content_type: Option<String>,
}

/// For names under the prefix, and not for longer than the grant.
///
/// B2 lets the holder of a token choose every header that the token does not fix. So those that the grant fixes are
/// fixed in the token; the answer names them, since each download must ask for them.
pub(super) fn authorize(session: &GatewaySession, asked: DownloadAuthorization) -> Called {
    let grant = &session.claims.grant;
    grant.check_bucket(&asked.bucket_id)?;
    grant.check_prefix(&asked.file_name_prefix)?;
    let bound = grant.bound_headers();
    let chosen = [
        (asked.b2_content_disposition, &bound.content_disposition),
        (asked.b2_content_language, &bound.content_language),
        (asked.b2_expires, &bound.expires),
        (asked.b2_cache_control, &bound.cache_control),
        (asked.b2_content_encoding, &bound.content_encoding),
        (asked.b2_content_type, &bound.content_type),
    ];
    if chosen.iter().any(|(asked, bound)| asked.is_some() && asked != *bound) {
        return Err(Refusal::unauthorized(
            "the headers of downloads are the application's to choose",
        ));
    }
    let asked_for = Duration::from_secs(asked.valid_duration_in_seconds);
    let duration = asked_for.min(session.time_left());
    let mut call = GetDownloadAuthorization::new(asked.bucket_id, asked.file_name_prefix, duration);
    call.overrides = bound.clone();
    Ok(Work::machine(Forward::new(
        call,
        session.config.retry,
        session.seed,
        move |authorization| {
            let mut answer = json!({
                "bucketId": authorization.bucket_id,
                "fileNamePrefix": authorization.file_name_prefix,
                "authorizationToken": authorization.authorization_token.expose(),
            });
            for (name, value) in bound.iter() {
                answer[name] = value.into();
            }
            response::json(200, &answer)
        },
    )))
}
