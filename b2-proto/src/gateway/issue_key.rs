//! Upload URLs of an application key that may only upload.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::names::Names;
use super::refusal::Refusal;
use super::response;
use super::session::GatewaySession;
use crate::account::Authorization;
use crate::api::{AuthorizeAccount, CreateKey, GetUploadUrl};
use crate::call::{Call, Nested, Outbox, Retrying, TaskIds, Wish, cancelled};
use crate::error::{Error, ErrorKind};
use crate::http::Response;
use crate::machine::{Action, Authorized, Generation, Input, Machine, OnCancel, Step, TaskId};
use crate::model::{BucketId, Capability};
use crate::retry::Rng;
use crate::time::Instant;

/// Creates an application key, authorizes with it, and gets an upload URL.
#[derive(Debug)]
pub(super) struct IssueKey {
    session: GatewaySession,
    realm: String,
    rng: Rng,
    ids: TaskIds,
    state: State,
    outbox: Outbox<Response<Bytes>, Retrying>,
}

#[derive(Debug)]
enum State {
    Creating(Call<CreateKey>),
    Authorizing(Call<AuthorizeAccount>),
    GettingUrl(Call<GetUploadUrl>, Arc<Authorization>),
    Done,
}

impl State {
    /// Returns the call under way.
    fn call(&mut self) -> Option<&mut dyn Nested> {
        match self {
            Self::Creating(call) => Some(call),
            Self::Authorizing(call) => Some(call),
            Self::GettingUrl(call, _) => Some(call),
            Self::Done => None,
        }
    }
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
            names @ Names::Fixed(_) => names.stored(grant, "", "")?,
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
        let mut rng = Rng::new(session.seed);
        let call = Call::new(key, session.config.retry, rng.next_u64());
        Ok(Self {
            session,
            realm: realm.to_owned(),
            rng,
            ids: TaskIds::default(),
            state: State::Creating(call),
            outbox: Outbox::default(),
        })
    }

    fn bucket_id(&self) -> BucketId {
        self.session.claims.grant.bucket.id.clone()
    }

    fn end(&mut self, result: Result<Response<Bytes>, Error>) {
        self.state = State::Done;
        self.outbox.done(result);
    }

    /// Hands the new key's authorization to the call, since the host has only the application's own.
    fn authorize(&mut self, now: Instant, task: TaskId, stale: Option<Generation>) {
        if let State::GettingUrl(call, authorization) = &mut self.state {
            let generation = Generation::default();
            let authorized = Authorized { generation, authorization: authorization.clone() };
            let refused = Error::new(ErrorKind::Unauthorized, "the new key is refused");
            Nested::handle(
                call,
                now,
                task,
                Input::Auth(if stale.is_none() { Ok(authorized) } else { Err(refused) }),
            );
        }
    }

    /// Returns the next step, or `None` if the state has changed.
    fn step(&mut self, now: Instant) -> Option<Step<Response<Bytes>, Retrying>> {
        let policy = self.session.config.retry;
        if let Some(call) = self.state.call()
            && let Some(wish) = call.poll(now, &mut self.ids)
        {
            return match wish {
                Wish::Start(task, Action::Auth { stale })
                    if matches!(self.state, State::GettingUrl(..)) =>
                {
                    self.authorize(now, task, stale);
                    None
                }
                wish => Some(wish.into()),
            };
        }
        match &mut self.state {
            State::Creating(call) => match call.result() {
                Ok(key) => {
                    let authorize = AuthorizeAccount {
                        realm: self.realm.clone(),
                        application_key_id: key.key.application_key_id,
                        application_key: key.application_key,
                    };
                    let call = Call::new(authorize, policy, self.rng.next_u64());
                    self.state = State::Authorizing(call);
                }
                Err(error) => self.end(Err(error)),
            },
            State::Authorizing(call) => match call.result() {
                Ok(authorization) => {
                    let get_url = GetUploadUrl { bucket_id: self.bucket_id() };
                    let call = Call::new(get_url, policy, self.rng.next_u64());
                    self.state = State::GettingUrl(call, Arc::new(authorization));
                }
                Err(error) => self.end(Err(error)),
            },
            State::GettingUrl(call, _) => match call.result() {
                Ok(url) => {
                    let body = json!({
                        "bucketId": self.bucket_id(),
                        "uploadUrl": url.url,
                        "authorizationToken": url.token.expose(),
                    });
                    self.end(Ok(response::json(200, &body)));
                }
                Err(error) => self.end(Err(error)),
            },
            State::Done => return Some(Step::Wait(None)),
        }
        None
    }
}

impl Machine for IssueKey {
    type Output = Response<Bytes>;
    type Event = Retrying;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, Retrying> {
        loop {
            if let Some(step) = self.outbox.pop() {
                return step;
            }
            if let Some(step) = self.step(now) {
                return step;
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(call) = self.state.call() {
            call.handle(now, task, input);
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        self.outbox.clear();
        self.end(Err(cancelled()));
    }
}
