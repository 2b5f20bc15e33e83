//! `b2_get_download_authorization`: tokens for downloads by name, straight from B2.

use alloc::string::String;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::CallResult;
use crate::api::{GetDownloadAuthorization, Overrides};
use crate::gateway::forward::Forward;
use crate::gateway::refusal::Refusal;
use crate::gateway::responder::Work;
use crate::gateway::response;
use crate::gateway::session::GatewaySession;
use crate::model::BucketId;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Params {
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

/// Gets a token for names under the prefix, which expires with the grant at the latest.
///
/// B2 lets the holder of a token choose every header that the token does not fix, so the token fixes those of the grant.
/// The response names them, because each download must request them.
pub(super) fn authorize(session: &GatewaySession, params: Params) -> CallResult {
    let grant = &session.claims.grant;
    grant.check_bucket(&params.bucket_id)?;
    grant.check_prefix(&params.file_name_prefix)?;
    let fixed = grant.fixed_headers();
    let chosen = [
        (params.b2_content_disposition, &fixed.content_disposition),
        (params.b2_content_language, &fixed.content_language),
        (params.b2_expires, &fixed.expires),
        (params.b2_cache_control, &fixed.cache_control),
        (params.b2_content_encoding, &fixed.content_encoding),
        (params.b2_content_type, &fixed.content_type),
    ];
    if chosen.iter().any(|(chosen, fixed)| chosen.is_some() && chosen != *fixed) {
        return Err(Refusal::unauthorized(
            "the headers of downloads are the application's to choose",
        ));
    }
    let requested = Duration::from_secs(params.valid_duration_in_seconds);
    let duration = requested.min(session.time_left());
    let mut call =
        GetDownloadAuthorization::new(params.bucket_id, params.file_name_prefix, duration);
    call.overrides = fixed.clone();
    Ok(Work::machine(Forward::new(
        call,
        session.config.retry,
        session.seed,
        move |authorization| {
            let body = Authorization {
                bucket_id: authorization.bucket_id,
                file_name_prefix: authorization.file_name_prefix,
                authorization_token: authorization.authorization_token.expose(),
                overrides: &fixed,
            };
            response::json(200, &body)
        },
    )))
}

/// The response of `b2_get_download_authorization`, with the headers that the token is bound to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authorization<'a> {
    bucket_id: BucketId,
    file_name_prefix: String,
    authorization_token: &'a str,
    #[serde(flatten)]
    overrides: &'a Overrides,
}
