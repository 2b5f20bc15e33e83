//! A web application that hosts the gateway, between visitors and the simulator.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::Error;
use b2_proto::account::{Account, Credentials};
use b2_proto::api::{AuthorizeAccount, CreateKey};
use b2_proto::call::{Authorize, Call};
use b2_proto::error::{Failure, FailureKind};
use b2_proto::gateway::{Gateway, GatewayConfig, GatewayEvent, Grant, Route};
use b2_proto::machine::{Action, Body, Input, Machine, Reply, Step, TaskId};
use b2_proto::retry::RetryPolicy;
use b2_proto::time::{Instant, Timestamp};
use b2_sim::Service;
use b2_sim::faults::{ExchangeKind, Faults, Rates};
use b2_tests::Front;
use bytes::Bytes;
use http::{Request, Response};

pub(crate) const BASE: &str = "http://gateway.test";
pub(crate) const SECRET: &[u8; 32] = b"a secret of the web application.";
/// What every visitor's credential is.
pub(crate) const PASSWORD: &str = "a session of the web application";

/// The gateway, the application's own account, and who may do what.
pub(crate) struct Realm {
    pub(crate) gateway: Gateway,
    account: Account,
    credentials: Credentials,
    faults: Faults,
    /// The application's check: a grant for each visitor.
    pub(crate) grants: BTreeMap<String, Grant>,
    /// Calls to B2 that failed for good.
    pub(crate) failed: Vec<Error>,
    requests: u64,
    /// Says whether the answer is lost.
    pub(crate) meanwhile: Option<Meanwhile>,
    /// What no visitor may ever see.
    secrets: Vec<String>,
}

/// What happens between the gateway's calls to B2: given the name of one that has come to its end.
pub(crate) type Meanwhile = Box<dyn FnMut(&str, &mut Service) -> bool>;

impl std::fmt::Debug for Realm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Realm").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// The sizes of the simulator that the tests use.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig::new(BASE, SECRET)
        .part_size(1_000)
        .small_files(b2_proto::gateway::SmallFiles::Relay { limit: 1_099 })
}

impl Realm {
    pub(crate) fn new(config: GatewayConfig, service: &Service, seed: u64, rates: Rates) -> Self {
        let credentials = Credentials {
            realm: service.config().base_url.clone(),
            application_key_id: service.credentials().key_id.clone().into(),
            application_key: service.credentials().key.clone(),
        };
        Self {
            gateway: Gateway::new(config).expect("a gateway"),
            account: Account::new(credentials.clone()),
            secrets: vec![credentials.application_key.expose().to_owned()],
            credentials,
            faults: Faults::new(seed, rates),
            grants: BTreeMap::new(),
            failed: Vec::new(),
            requests: seed,
            meanwhile: None,
        }
    }

    pub(crate) fn visitor(name: &str) -> Credentials {
        Credentials {
            realm: BASE.to_owned(),
            application_key_id: name.into(),
            application_key: PASSWORD.into(),
        }
    }

    /// Makes a key with the one that there is, and goes on with that.
    pub(crate) fn become_key(&mut self, now: Timestamp, service: &mut Service, key: CreateKey) {
        let call = Quiet(Call::new(key, RetryPolicy::default(), 1));
        let made = self.drive(now, service, call).expect("the key was made");
        self.credentials.application_key_id = made.key.application_key_id;
        self.credentials.application_key = made.application_key;
        self.account = Account::new(self.credentials.clone());
    }

    /// The host's part: a route, the application's check, a machine.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: Request<Bytes>,
    ) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let route = Route::of(&head);
        assert!(
            matches!(route, Route::Relay) || body.len() as u64 <= self.gateway.body_limit(route)
        );
        self.requests += 1;
        let serve = match route {
            Route::Authorize => match self.grant(&head.headers) {
                Some(grant) => self.gateway.authorize(now, grant),
                None => return self.gateway.refuse(),
            },
            _ => self.gateway.serve(now, self.requests, Request::from_parts(head, body)),
        };
        let response = self.drive(now, service, serve).expect("there is always an answer");
        self.look(&response);
        response
    }

    fn grant(&self, headers: &http::HeaderMap) -> Option<Grant> {
        let given = headers.get("authorization")?.to_str().ok()?;
        let visitor = |id: &String| {
            let credentials = b2_sim::Credentials::new(id.clone(), PASSWORD);
            credentials.basic() == given
        };
        self.grants.iter().find(|(id, _)| visitor(id)).map(|(_, grant)| grant.clone())
    }

    /// No response ever contains the application key or an account token.
    fn look(&self, response: &Response<Bytes>) {
        let shown = format!("{response:?} {}", String::from_utf8_lossy(response.body()));
        for secret in &self.secrets {
            assert!(!shown.contains(secret.as_str()), "a secret shows: {shown}");
        }
        assert!(
            response.status() == 200
                || String::from_utf8_lossy(response.body()).contains("\"code\""),
            "{shown}"
        );
    }

    /// Runs a machine to its end, on a clock of its own: what the gateway waits takes no time outside.
    fn drive<M>(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        mut machine: M,
    ) -> Result<M::Output, Error>
    where
        M: Machine,
        M::Event: Into<Option<GatewayEvent>>,
    {
        let mut clock = Instant::from_origin(Duration::from_millis(now.as_millis()));
        loop {
            match machine.poll(clock) {
                Step::Start(task, action) => {
                    if let Some(input) = self.start(now, clock, service, task, action) {
                        machine.handle(clock, task, input);
                    }
                }
                Step::Emit(event) => {
                    if let Some(GatewayEvent::Failed(error)) = event.into() {
                        self.failed.push(error);
                    }
                }
                Step::Abort(_) => {}
                Step::Wait(deadline) => clock = deadline.expect("it waits for nothing"),
                Step::Done(result) => return result,
            }
        }
    }

    fn start(
        &mut self,
        now: Timestamp,
        clock: Instant,
        service: &mut Service,
        _task: TaskId,
        action: Action,
    ) -> Option<Input> {
        match action {
            Action::Send(request) => {
                let request = request.http.map(|body| match body {
                    Body::Empty => Bytes::new(),
                    Body::Bytes(bytes) => bytes,
                    Body::Spans { .. } => panic!("the host of a gateway has no sources"),
                });
                let (head, body) = request.into_parts();
                let kind = ExchangeKind::of(&head).expect("a call of B2's");
                let call = head.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
                let fault = self.faults.next(kind);
                let request = Request::from_parts(head, body);
                let delivery = service.handle_with(now, request, fault);
                let lost = self.meanwhile.as_mut().is_some_and(|happens| happens(&call, service));
                Some(match delivery.response {
                    Some(response) if !delivery.broken && !lost => {
                        self.note_secrets(&response, kind);
                        Input::Reply(Reply { response, sent: None })
                    }
                    _ => Input::Failed(Failure::new(FailureKind::Broken, "no answer")),
                })
            }
            Action::Auth { stale } => {
                let authorized = self
                    .account
                    .authorization(clock, stale)
                    .map_or_else(|| self.authorize(now, clock, service), Ok);
                Some(Input::Auth(authorized))
            }
            Action::TakeUrl(key) => Some(Input::Url(self.account.take_url(clock, &key))),
            Action::KeepUrl(key, url) => {
                self.account.keep_url(clock, key, url);
                None
            }
            other => panic!("a gateway never asks for this: {other:?}"),
        }
    }

    fn authorize(
        &mut self,
        now: Timestamp,
        clock: Instant,
        service: &mut Service,
    ) -> Result<b2_proto::machine::Authorized, Error> {
        let credentials = self.credentials.clone();
        let call = Authorize(AuthorizeAccount {
            realm: credentials.realm.clone(),
            application_key_id: credentials.application_key_id.clone(),
            application_key: credentials.application_key.clone(),
        });
        let call = Quiet(Call::new(call, RetryPolicy::default(), 1));
        let authorization = self.drive(now, service, call)?;
        self.account.authorize(clock, credentials, authorization)
    }

    /// Account tokens, and the secrets of keys.
    fn note_secrets(&mut self, response: &Response<Bytes>, kind: ExchangeKind) {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(response.body()) else {
            return;
        };
        let token = Some(&body["authorizationToken"]).filter(|_| kind == ExchangeKind::Authorize);
        for secret in token.into_iter().chain([&body["applicationKey"]]) {
            self.secrets.extend(secret.as_str().map(str::to_owned));
        }
    }
}

impl Front for Realm {
    fn base_url(&self) -> &str {
        BASE
    }

    fn handle(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: Request<Bytes>,
    ) -> Response<Bytes> {
        self.answer(now, service, request)
    }
}

/// A machine whose events nobody wants.
struct Quiet<M>(M);

impl<M: Machine> Machine for Quiet<M> {
    type Output = M::Output;
    type Event = Option<GatewayEvent>;

    fn poll(&mut self, now: Instant) -> Step<M::Output, Option<GatewayEvent>> {
        match self.0.poll(now) {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(_) => Step::Emit(None),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(result) => Step::Done(result),
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.0.handle(now, task, input);
    }

    fn cancel(&mut self, now: Instant, policy: b2_proto::machine::OnCancel) {
        self.0.cancel(now, policy);
    }
}
