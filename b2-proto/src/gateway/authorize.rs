//! `b2_authorize_account`: the response to a visitor whom the application has granted something.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use serde::Serialize;

use super::config::SmallFiles;
use super::response;
use super::session::GatewaySession;
use super::signer::Purpose;
use super::uploads::Uploads;
use crate::account::{AllowedBucket, Authorization, UploadLimits};
use crate::call::Retrying;
use crate::error::Error;
use crate::http::Response;
use crate::machine::{Action, Input, Machine, OnCancel, Step, StepQueue, TaskId, cancelled};
use crate::model::Capability;
use crate::time::{Instant, Timestamp};

const TASK: TaskId = TaskId(1);

/// Asks for the application's own authorization, and responds with one for the visitor: a token that carries the grant,
/// and the download URL of the application's account.
#[derive(Debug)]
pub(super) struct AuthorizeVisitor {
    session: GatewaySession,
    waiting: bool,
    steps: StepQueue<Response<Bytes>, Retrying>,
}

impl AuthorizeVisitor {
    pub(super) fn new(session: GatewaySession) -> Self {
        let mut steps = StepQueue::default();
        steps.start(TASK, Action::Auth { stale: None });
        Self { session, waiting: true, steps }
    }

    fn respond(&mut self, account: &Authorization) -> Result<Response<Bytes>, Error> {
        self.session.claims.grant.resolve(&account.allowed)?;
        let grant = &self.session.claims.grant;
        let minimum = account.absolute_minimum_part_size;
        let response = response::json(
            200,
            &Body {
                account_id: response::ACCOUNT_ID,
                authorization_token: self.session.token(Purpose::Session),
                application_key_expiration_timestamp: self.session.claims.expires,
                api_info: ApiInfo {
                    gateway: Gateway { uploads: grant.uploads.as_ref().map(Uploads::limits) },
                    storage_api: StorageApi {
                        api_url: &self.session.base_url,
                        download_url: &account.download_url,
                        s3_api_url: "",
                        recommended_part_size: self.part_size(minimum),
                        absolute_minimum_part_size: minimum,
                        allowed: Allowed {
                            buckets: [&grant.bucket],
                            capabilities: grant.capabilities(),
                            name_prefix: Some(&grant.prefix).filter(|prefix| !prefix.is_empty()),
                        },
                    },
                },
            },
        );
        Ok(response)
    }

    /// Returns the part size to announce, in bytes. Clients send a file in one request if it is smaller than the part
    /// size plus the minimum part size, so with a relay the sum stays within its limit.
    fn part_size(&self, minimum: u64) -> u64 {
        let wanted = match self.session.config.small_files {
            SmallFiles::Relay { limit } => {
                self.session.config.part_size.min(limit.saturating_add(1).saturating_sub(minimum))
            }
            SmallFiles::IssueKey { .. } | SmallFiles::Refuse => self.session.config.part_size,
        };
        wanted.max(minimum)
    }
}

/// The response of `b2_authorize_account`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    account_id: &'static str,
    authorization_token: String,
    application_key_expiration_timestamp: Timestamp,
    api_info: ApiInfo<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiInfo<'a> {
    gateway: Gateway,
    storage_api: StorageApi<'a>,
}

/// What only this gateway's clients read. B2 itself sends no such object; other clients ignore it.
#[derive(Serialize)]
struct Gateway {
    uploads: Option<UploadLimits>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StorageApi<'a> {
    api_url: &'a str,
    download_url: &'a str,
    s3_api_url: &'static str,
    recommended_part_size: u64,
    absolute_minimum_part_size: u64,
    allowed: Allowed<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Allowed<'a> {
    buckets: [&'a AllowedBucket; 1],
    capabilities: Vec<Capability>,
    name_prefix: Option<&'a String>,
}

impl Machine for AuthorizeVisitor {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, _now: Instant) -> Step<Response<Bytes>, Retrying> {
        self.steps.pop().unwrap_or(Step::Wait(None))
    }

    fn handle(&mut self, _now: Instant, task: TaskId, input: Input) {
        let (true, TASK, Input::Auth(result)) = (self.waiting, task, input) else {
            return;
        };
        self.waiting = false;
        let result = result.and_then(|authorized| self.respond(&authorized.authorization));
        self.steps.done(result);
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        self.waiting = false;
        self.steps.clear();
        self.steps.done(Err(cancelled()));
    }
}
