//! A web application that hosts a gateway between visitors and the simulator.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::account::{Account, Credentials};
use b2_proto::api::{AuthorizeAccount, CreateKey};
use b2_proto::call::Call;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::gateway::{
    Gateway, GatewayConfig, GatewayEvent, Grant, IncomingRequest, Responder, Route,
};
use b2_proto::machine::{Action, Body, Input, Machine, OnCancel, Reply, Step, TaskId, UrlKey};
use b2_proto::retry::RetryPolicy;
use b2_proto::time::{Instant, Timestamp};
use b2_proto::{Error, ErrorKind};
use b2_sim::Service;
use b2_sim::faults::{Faults, Rates, RequestKind};
use b2_tests::Server;
use bytes::Bytes;
use http::{Request, Response};

pub(crate) const BASE: &str = "http://gateway.test";
pub(crate) const SECRET: &[u8; 32] = b"a secret of the web application.";
/// The credential of every visitor.
pub(crate) const PASSWORD: &str = "a session of the web application";

/// The gateway, the application's own account, and the grants of visitors.
pub(crate) struct Realm {
    pub(crate) gateway: Gateway,
    account: Account,
    credentials: Credentials,
    faults: Faults,
    /// The application's check: a grant for each visitor.
    pub(crate) grants: BTreeMap<String, Grant>,
    /// Errors of calls to B2.
    pub(crate) failed: Vec<Error>,
    requests: u64,
    /// Called after each call to B2; returns whether its response is lost.
    pub(crate) meanwhile: Option<Meanwhile>,
    /// Texts that no response may contain.
    secrets: Vec<String>,
    /// Tokens of visitors, which must not be logged.
    tokens: Vec<String>,
}

/// Called with the name of a call to B2 after its end.
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
            tokens: Vec::new(),
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

    /// Creates an application key, and uses it from now on.
    pub(crate) fn switch_to_key(&mut self, now: Timestamp, service: &mut Service, key: CreateKey) {
        let call = Quiet(Call::new(key, RetryPolicy::default(), 1));
        let made = self.drive(now, service, call).expect("the key was made");
        self.credentials.application_key_id = made.key.application_key_id;
        self.credentials.application_key = made.application_key;
        self.account = Account::new(self.credentials.clone());
    }

    /// Does what a host does: receives a request, asks the application, and runs the machine.
    pub(crate) fn answer(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: Request<Bytes>,
    ) -> Response<Bytes> {
        let serve = self.begin(now, request);
        let response = self.drive(now, service, serve).expect("there is always an answer");
        let response = Response::from(response);
        self.look(&response);
        response
    }

    fn begin(&mut self, now: Timestamp, request: Request<Bytes>) -> Responder {
        let (head, body) = request.into_parts();
        let token = head.headers.get("authorization").and_then(|value| value.to_str().ok());
        self.tokens.extend(token.filter(|token| token.len() > 20).map(str::to_owned));
        let incoming = self.gateway.receive(head, now);
        self.look_at(&incoming);
        self.requests += 1;
        match incoming.route() {
            Route::Authorize => match self.grant(&incoming) {
                Some(grant) => incoming.authorize(now, grant),
                None => incoming.refuse(),
            },
            _ if incoming.is_refused() => incoming.respond(now, self.requests, &Bytes::new()),
            _ if body.len() > incoming.body_limit() => incoming.too_long(),
            _ => incoming.respond(now, self.requests, &body),
        }
    }

    /// Cancels the machine while its call to B2 with this number is under way, as when a visitor disconnects.
    pub(crate) fn hang_up(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        request: Request<Bytes>,
        call: usize,
    ) {
        let mut serve = self.begin(now, request);
        let clock = Instant::from_origin(Duration::from_millis(now.as_millis()));
        let mut calls = 0;
        let late = loop {
            match serve.poll(clock) {
                Step::Start(task, action) => {
                    calls += usize::from(matches!(action, Action::Send(_)));
                    let input = self.start(now, clock, service, task, action);
                    if calls == call {
                        break (task, input.expect("a call is answered"));
                    }
                    if let Some(input) = input {
                        serve.handle(clock, task, input);
                    }
                }
                Step::Done(_) => panic!("it takes {calls} calls only"),
                _ => {}
            }
        };
        serve.cancel(clock, OnCancel::Discard);
        let Step::Done(Err(error)) = serve.poll(clock) else {
            panic!("it goes on");
        };
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        serve.handle(clock, late.0, late.1);
        assert!(matches!(serve.poll(clock), Step::Wait(None)), "it wakes up again");
    }

    /// Returns whether the application's account has a free upload URL.
    pub(crate) fn free_url(&mut self, now: Timestamp, bucket_id: &str) -> bool {
        let clock = Instant::from_origin(Duration::from_millis(now.as_millis()));
        let key = UrlKey::Bucket(bucket_id.into());
        let url = self.account.take_url(clock, &key);
        url.map(|url| self.account.keep_url(clock, key, url)).is_some()
    }

    /// Asserts that the `Debug` output has no secret.
    fn look_at(&self, shown: &impl std::fmt::Debug) {
        let shown = format!("{shown:?}");
        for secret in self.secrets.iter().chain(&self.tokens) {
            assert!(!shown.contains(secret.as_str()), "a secret shows: {shown}");
        }
    }

    fn grant(&self, incoming: &IncomingRequest) -> Option<Grant> {
        let (visitor, credential) = incoming.credentials()?;
        self.grants.get(&visitor).filter(|_| credential.expose() == PASSWORD).cloned()
    }

    /// Asserts that a response contains no application key and no account token.
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

    /// Runs a machine to its end on a separate virtual clock.
    fn drive<M>(
        &mut self,
        now: Timestamp,
        service: &mut Service,
        mut machine: M,
    ) -> Result<M::Output, Error>
    where
        M: Machine + std::fmt::Debug,
        M::Event: Into<Option<GatewayEvent>> + std::fmt::Debug,
    {
        let mut clock = Instant::from_origin(Duration::from_millis(now.as_millis()));
        loop {
            let step = machine.poll(clock);
            self.look_at(&machine);
            match step {
                Step::Start(task, action) => {
                    self.look_at(&action);
                    if let Some(input) = self.start(now, clock, service, task, action) {
                        machine.handle(clock, task, input);
                    }
                }
                Step::Emit(event) => {
                    self.look_at(&event);
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
                let call = request.head.path().rsplit('/').next().unwrap_or_default().to_owned();
                let body = match request.body {
                    Body::Empty => Bytes::new(),
                    Body::Bytes(bytes) => bytes,
                    Body::Spans { .. } => panic!("the host of a gateway has no sources"),
                };
                let head = Request::try_from(&request.head).expect("it can be sent");
                let (head, ()) = head.into_parts();
                let kind = RequestKind::of(&head).expect("a call of B2's");
                let fault = self.faults.next(kind);
                let request = Request::from_parts(head, body);
                let delivery = service.handle_with_fault(now, request, fault);
                let lost = self.meanwhile.as_mut().is_some_and(|happens| happens(&call, service));
                Some(match delivery.response {
                    Some(response) if !delivery.broken && !lost => {
                        self.note_secrets(&response, kind);
                        Input::Reply(Reply::new(response.into()))
                    }
                    _ => {
                        Input::Failed(TransportError::new(TransportErrorKind::Broken, "no answer"))
                    }
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
        let call = AuthorizeAccount {
            realm: credentials.realm.clone(),
            application_key_id: credentials.application_key_id.clone(),
            application_key: credentials.application_key.clone(),
        };
        let call = Quiet(Call::new(call, RetryPolicy::default(), 1));
        let authorization = self.drive(now, service, call)?;
        self.account.authorize(clock, credentials, authorization)
    }

    /// Records account tokens and the secrets of keys.
    fn note_secrets(&mut self, response: &Response<Bytes>, kind: RequestKind) {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(response.body()) else {
            return;
        };
        let token = Some(&body["authorizationToken"]).filter(|_| kind == RequestKind::Authorize);
        for secret in token.into_iter().chain([&body["applicationKey"]]) {
            self.secrets.extend(secret.as_str().map(str::to_owned));
        }
    }
}

impl Server for Realm {
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

/// A machine whose events are dropped.
#[derive(Debug)]
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

    fn cancel(&mut self, now: Instant, policy: OnCancel) {
        self.0.cancel(now, policy);
    }
}
