//! An upload URL of an application key that can do nothing else.

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

/// Makes a key with the application's own, authorizes with it, and asks for an upload URL.
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
    Asking(Call<GetUploadUrl>, Arc<Authorization>),
    Over,
}

impl State {
    /// The call that it is about.
    fn call(&mut self) -> Option<&mut dyn Nested> {
        match self {
            Self::Creating(call) => Some(call),
            Self::Authorizing(call) => Some(call),
            Self::Asking(call, _) => Some(call),
            Self::Over => None,
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
            // As near as a key comes to a name: others that start with it remain possible.
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
        self.state = State::Over;
        self.outbox.done(result);
    }

    /// Answers with what the new key was given: the host would take the application's own authorization.
    fn authorize(&mut self, now: Instant, task: TaskId, stale: Option<Generation>) {
        if let State::Asking(call, authorization) = &mut self.state {
            let generation = Generation::default();
            let minted = Authorized { generation, authorization: authorization.clone() };
            let refused = Error::new(ErrorKind::Unauthorized, "the new key is refused");
            Nested::handle(
                call,
                now,
                task,
                Input::Auth(if stale.is_none() { Ok(minted) } else { Err(refused) }),
            );
        }
    }

    /// One step of the state; `None` if it changed.
    fn step(&mut self, now: Instant) -> Option<Step<Response<Bytes>, Retrying>> {
        let policy = self.session.config.retry;
        if let Some(call) = self.state.call()
            && let Some(wish) = call.poll(now, &mut self.ids)
        {
            return match wish {
                Wish::Start(task, Action::Auth { stale })
                    if matches!(self.state, State::Asking(..)) =>
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
                    let ask = GetUploadUrl { bucket_id: self.bucket_id() };
                    let call = Call::new(ask, policy, self.rng.next_u64());
                    self.state = State::Asking(call, Arc::new(authorization));
                }
                Err(error) => self.end(Err(error)),
            },
            State::Asking(call, _) => match call.result() {
                Ok(url) => {
                    let answer = json!({
                        "bucketId": self.bucket_id(),
                        "uploadUrl": url.url,
                        "authorizationToken": url.token.expose(),
                    });
                    self.end(Ok(response::json(200, &answer)));
                }
                Err(error) => self.end(Err(error)),
            },
            State::Over => return Some(Step::Wait(None)),
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
