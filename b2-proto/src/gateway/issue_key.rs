//! Upload URLs of an application key that may only upload.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use core::ops::ControlFlow;
use core::time::Duration;

use super::names::Names;
use super::refusal::Refusal;
use super::response::{self, UploadUrl};
use super::sequence::{CallSequence, SequenceStep, end};
use super::session::GatewaySession;
use crate::account::Authorization;
use crate::api::{AuthorizeAccount, CreateKey, GetUploadUrl};
use crate::call::{Call, CallFactory};
use crate::error::{Error, ErrorKind};
use crate::machine::{Action, Authorized, Generation, Input, Machine, Step, TaskId};
use crate::model::{BucketId, Capability};
use crate::time::Instant;

/// Creates an application key, authorizes with it, and gets an upload URL.
#[derive(Debug)]
pub(super) struct IssueKey {
    session: GatewaySession,
    realm: String,
    calls: CallFactory,
    state: State,
}

#[derive(Debug)]
enum State {
    Creating(Call<CreateKey>),
    Authorizing(Call<AuthorizeAccount>),
    GettingUrl(Call<GetUploadUrl>, Arc<Authorization>),
}

impl IssueKey {
    pub(super) fn new(
        session: GatewaySession,
        realm: &str,
        lifetime: Duration,
    ) -> Result<Self, Refusal> {
        let grant = &session.claims.grant;
        let prefix = match &grant.may_upload()?.names {
            Names::AsGiven => grant.prefix.clone(),
            // A key can be restricted to a prefix only, so longer names remain possible.
            names @ Names::Fixed(_) => names.stored(&grant.prefix, "", "")?,
            Names::Unique => {
                return Err(Refusal::unauthorized(
                    "the grant is for names that the application chooses, which small files cannot have",
                ));
            }
        };
        let mut key = CreateKey::new("gateway-upload", [Capability::WRITE_FILES]);
        key.valid_duration = Some(lifetime.min(session.time_left()).max(Duration::from_secs(1)));
        key.bucket_ids = Some(vec![grant.bucket.id.clone()]);
        key.name_prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        let mut calls = session.calls();
        let state = State::Creating(calls.call(key));
        Ok(Self { session, realm: realm.to_owned(), calls, state })
    }

    fn bucket_id(&self) -> BucketId {
        self.session.claims.grant.bucket.id.clone()
    }
}

impl CallSequence for IssueKey {
    fn advance(&mut self, now: Instant) -> ControlFlow<SequenceStep> {
        match &mut self.state {
            State::Creating(call) => match call.poll(now).result()? {
                Ok(key) => {
                    let authorize = AuthorizeAccount {
                        realm: self.realm.clone(),
                        application_key_id: key.key.application_key_id,
                        application_key: key.application_key,
                    };
                    self.state = State::Authorizing(self.calls.call(authorize));
                }
                Err(error) => return end(Err(error)),
            },
            State::Authorizing(call) => match call.poll(now).result()? {
                Ok(authorization) => {
                    let get = GetUploadUrl { bucket_id: self.bucket_id() };
                    let call = self.calls.call(get);
                    self.state = State::GettingUrl(call, Arc::new(authorization));
                }
                Err(error) => return end(Err(error)),
            },
            State::GettingUrl(call, authorization) => {
                let result = match call.poll(now) {
                    // The host would return the authorization of the application; this call needs that of the new key.
                    Step::Start(task, Action::Auth { stale }) => {
                        let authorized = issued(authorization, stale);
                        call.handle(now, task, Input::Auth(authorized));
                        return ControlFlow::Continue(());
                    }
                    step => step.result()?,
                };
                let bucket_id = self.bucket_id();
                return end(result.map(|url| {
                    let body = UploadUrl {
                        bucket_id: Some(bucket_id.as_str()),
                        file_id: None,
                        upload_url: &url.url,
                        authorization_token: url.token.expose(),
                    };
                    response::json(200, &body)
                }));
            }
        }
        ControlFlow::Continue(())
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        match &mut self.state {
            State::Creating(call) => call.handle(now, task, input),
            State::Authorizing(call) => call.handle(now, task, input),
            State::GettingUrl(call, _) => call.handle(now, task, input),
        }
    }
}

/// Returns the authorization of the new key, which is never renewed.
fn issued(
    authorization: &Arc<Authorization>,
    stale: Option<Generation>,
) -> Result<Authorized, Error> {
    if stale.is_some() {
        return Err(Error::new(ErrorKind::Unauthorized, "the new key is refused"));
    }
    let generation = Generation::default();
    Ok(Authorized { generation, authorization: authorization.clone() })
}
