//! One request, from its arrival to its answer.

use std::fmt;

use bytes::Bytes;
use http::{Method, Request, Response};

use super::admit::Admit;
use super::calls;
use super::refusal::Refusal;
use super::relay::{self, Relay};
use super::route::{Route, call_of};
use super::sign::Purpose;
use super::visit::Visit;
use super::{Gateway, Grant};
use crate::call::{Outbox, Retrying, cancelled};
use crate::error::Error;
use crate::machine::{Input, Machine, OnCancel, Step, TaskId};
use crate::time::{Instant, Timestamp};

type Job = Box<dyn Machine<Output = Response<Bytes>, Event = Retrying> + Send>;

/// What a request takes.
pub(super) enum Work {
    /// Nothing: the answer is known.
    Answered(Response<Bytes>),
    /// Calls to B2.
    Calls(Job),
}

impl Work {
    pub(super) fn machine(
        machine: impl Machine<Output = Response<Bytes>, Event = Retrying> + Send + 'static,
    ) -> Self {
        Self::Calls(Box::new(machine))
    }
}

/// What a gateway has to tell its host, apart from the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GatewayEvent {
    /// A call to B2 failed and will be repeated.
    Retrying(Retrying),
    /// A call to B2 failed for good. The visitor is told that it failed, and nothing about the
    /// application's key and account.
    Failed(Error),
}

/// Answers one request. It always ends with a response, unless it is cancelled.
///
/// It asks its driver for [`Auth`](crate::machine::Action::Auth) and upload URLs of the application's own
/// account, and for [`Send`](crate::machine::Action::Send) of requests without spans: it needs no sources
/// and no sinks.
pub struct Serve {
    job: Option<Job>,
    outbox: Outbox<Response<Bytes>, GatewayEvent>,
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("over", &self.job.is_none()).finish_non_exhaustive()
    }
}

impl Serve {
    fn new(work: Result<Work, Refusal>) -> Self {
        let mut outbox = Outbox::default();
        let job = match work {
            Ok(Work::Calls(job)) => Some(job),
            Ok(Work::Answered(response)) => {
                outbox.done(Ok(response));
                None
            }
            Err(refusal) => {
                outbox.done(Ok(refusal.into_response()));
                None
            }
        };
        Self { job, outbox }
    }
}

impl Gateway {
    /// Answers `b2_authorize_account` for a visitor to whom the application has said yes: with a token that
    /// carries the grant, and ends with it.
    #[must_use]
    pub fn authorize(&self, now: Timestamp, grant: Grant) -> Serve {
        Serve::new(Ok(Work::machine(Admit::new(self.visit(now, grant)))))
    }

    /// Answers `b2_authorize_account` for a visitor to whom the application has said no.
    #[must_use]
    pub fn refuse(&self) -> Response<Bytes> {
        Refusal::unauthorized("").into_response()
    }

    /// Answers any other request. `b2_authorize_account` is refused: only [`authorize`](Self::authorize)
    /// makes grants.
    ///
    /// `seed` is a random number of the host's: names and waits are made from it.
    #[must_use]
    pub fn serve(&self, now: Timestamp, seed: u64, request: Request<Bytes>) -> Serve {
        let (head, body) = request.into_parts();
        let visit = |purpose| Visit::of(&self.config, purpose, &head, now, seed);
        let post = if head.method == Method::POST { Ok(()) } else { Err(Refusal::method()) };
        let work = match Route::of(&head) {
            Route::Authorize => Err(Refusal::unauthorized("")),
            Route::Call => post.and_then(|()| visit(Purpose::Visit)).and_then(|visit| {
                calls::call(visit, call_of(head.uri.path()).unwrap_or_default(), &body)
            }),
            Route::Relay => post.and_then(|()| visit(Purpose::Relay)).and_then(|visit| {
                relay::check_length(&self.config.small_files, &body)?;
                Ok(Work::machine(Relay::new(visit, &head.headers, &body)?))
            }),
            Route::Preflight | Route::Unknown => Err(Refusal::not_found()),
        };
        Serve::new(work)
    }

    /// How many bytes of a request's body are worth reading; a longer one is refused anyway.
    #[must_use]
    pub fn body_limit(&self, route: Route) -> u64 {
        match route {
            Route::Call => calls::MAX_FINISH,
            Route::Relay => relay::body_limit(&self.config.small_files),
            Route::Authorize | Route::Preflight | Route::Unknown => calls::MAX_JSON,
        }
    }
}

impl Machine for Serve {
    type Output = Response<Bytes>;
    type Event = GatewayEvent;

    fn poll(&mut self, now: Instant) -> Step<Response<Bytes>, GatewayEvent> {
        if let Some(step) = self.outbox.pop() {
            return step;
        }
        let Some(job) = &mut self.job else {
            return Step::Wait(None);
        };
        match job.poll(now) {
            Step::Start(task, action) => Step::Start(task, action),
            Step::Abort(task) => Step::Abort(task),
            Step::Emit(retrying) => Step::Emit(GatewayEvent::Retrying(retrying)),
            Step::Wait(deadline) => Step::Wait(deadline),
            Step::Done(Ok(response)) => {
                self.job = None;
                Step::Done(Ok(response))
            }
            Step::Done(Err(error)) => {
                self.job = None;
                let response = Refusal::from_error(&error).into_response();
                self.outbox.done(Ok(response));
                Step::Emit(GatewayEvent::Failed(error))
            }
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        if let Some(job) = &mut self.job {
            job.handle(now, task, input);
        }
    }

    fn cancel(&mut self, _now: Instant, _policy: OnCancel) {
        if self.job.take().is_some() {
            self.outbox.clear();
            self.outbox.done(Err(cancelled()));
        }
    }
}
