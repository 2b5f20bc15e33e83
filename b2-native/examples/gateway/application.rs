//! The application's own account, and a driver for the machines that answer its visitors.

use std::sync::{Mutex, PoisonError};

use b2_client::{Failed, Host, Incoming, Outgoing, OutgoingBody, Progress};
use b2_native::NativeHost;
use b2_native::proto::account::{Account, Credentials};
use b2_native::proto::api::AuthorizeAccount;
use b2_native::proto::call::{Authorize, Call};
use b2_native::proto::machine::{
    Action, Authorized, Body, Generation, Input, Machine, Reply, Request, Step, TaskId,
};
use b2_native::proto::retry::RetryPolicy;
use b2_native::proto::time::Timestamp;
use b2_native::proto::{Error, ErrorKind};
use bytes::{Bytes, BytesMut};

pub(crate) struct Application {
    host: NativeHost,
    credentials: Credentials,
    account: Mutex<Account>,
    /// Held while an authorization is under way, so that many visitors cause one.
    authorizing: tokio::sync::Mutex<()>,
}

impl Application {
    pub(crate) fn new(host: NativeHost, credentials: Credentials) -> Self {
        let account = Mutex::new(Account::new(credentials.clone()));
        Self { host, credentials, account, authorizing: tokio::sync::Mutex::default() }
    }

    pub(crate) fn now_and_seed(&self) -> (Timestamp, u64) {
        (self.host.timestamp(), self.host.seed())
    }

    /// Runs a machine that does one thing at a time, as those of a gateway do.
    pub(crate) async fn drive<M>(&self, mut machine: M) -> Result<M::Output, Error>
    where
        M: Machine,
        M::Event: std::fmt::Debug,
    {
        loop {
            match machine.poll(self.host.now()) {
                Step::Start(task, action) => {
                    if let Some(input) = self.start(task, action).await {
                        machine.handle(self.host.now(), task, input);
                    }
                }
                Step::Emit(event) => eprintln!("{event:?}"),
                Step::Wait(Some(deadline)) => self.host.sleep_until(deadline).await,
                Step::Abort(_) | Step::Wait(None) => {}
                Step::Done(result) => return result,
            }
        }
    }

    async fn start(&self, task: TaskId, action: Action) -> Option<Input> {
        match action {
            Action::Auth { stale } => Some(Input::Auth(self.authorization(stale).await)),
            Action::TakeUrl(key) => {
                Some(Input::Url(self.account().take_url(self.host.now(), &key)))
            }
            Action::KeepUrl(key, url) => {
                self.account().keep_url(self.host.now(), key, url);
                None
            }
            Action::Send(request) => Some(match self.send(task, *request).await {
                Ok(response) => Input::Reply(Reply { response, sent: None }),
                Err(failed) => Input::Failed(failed.failure),
            }),
            // A gateway has no files and no streams.
            _ => None,
        }
    }

    async fn send(&self, task: TaskId, request: Request) -> Result<http::Response<Bytes>, Failed> {
        let (head, body) = request.http.into_parts();
        let body = match body {
            Body::Bytes(bytes) => OutgoingBody::Bytes(bytes),
            Body::Empty | Body::Spans { .. } => OutgoingBody::Empty,
        };
        let outgoing = Outgoing {
            head: http::Request::from_parts(head, ()),
            body,
            idle_timeout: request.idle_timeout,
            progress: Progress::new(futures::channel::mpsc::unbounded().0, task),
        };
        let (head, mut incoming) = self.host.send(outgoing).await?.response.into_parts();
        let mut body = BytesMut::new();
        while let Some(chunk) = incoming.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(http::Response::from_parts(head, body.freeze()))
    }

    async fn authorization(&self, stale: Option<Generation>) -> Result<Authorized, Error> {
        let known = || self.account().authorization(self.host.now(), stale);
        if let Some(authorized) = known() {
            return Ok(authorized);
        }
        let _gate = self.authorizing.lock().await;
        if let Some(authorized) = known() {
            return Ok(authorized);
        }
        let credentials = self.credentials.clone();
        let call = Authorize(AuthorizeAccount {
            realm: credentials.realm.clone(),
            application_key_id: credentials.application_key_id.clone(),
            application_key: credentials.application_key.clone(),
        });
        let call = Call::new(call, RetryPolicy::default(), self.host.seed());
        let authorization = Box::pin(self.drive(call)).await?;
        self.account()
            .authorize(self.host.now(), credentials, authorization)
            .map_err(|error| error.with_kind(ErrorKind::WrongKey))
    }

    fn account(&self) -> std::sync::MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
