//! The course of a call: what comes after what. Written once, whatever the call is.

use alloc::boxed::Box;
use core::time::Duration;

use super::{Attempts, Outbox, Polled, Retrying, TaskIds, Verdict, cancelled, explain};
use crate::account::Authorization;
use crate::api::Repeat;
use crate::error::{Error, Failure};
use crate::machine::{Action, Authorized, Generation, Input, Reply, Request, Step, TaskId};
use crate::model::Capability;
use crate::retry::RetryPolicy;
use crate::time::{Instant, Latest};

/// What the course of a call needs of it; the answer stays with whoever knows its type.
pub(super) trait Ask {
    fn needs_authorization(&self) -> bool;
    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error>;
    /// Reads the answer and keeps what it says.
    fn answer(&mut self, reply: &Reply) -> Result<(), Error>;
    fn failed(&self, failure: &Failure) -> Error;
    fn capability(&self) -> Option<Capability>;
    fn repeat(&self) -> Repeat;
    /// Whether an error says that an earlier attempt was done; if so, keeps what that means.
    fn already_done(&mut self, error: &Error) -> bool;
}

#[derive(Debug)]
pub(super) struct Course {
    attempts: Attempts,
    ids: TaskIds,
    state: State,
    /// An answer was lost: B2 may have done it.
    doubtful: bool,
    latest: Latest,
    outbox: Outbox<(), Retrying>,
}

#[derive(Debug)]
enum State {
    Begin,
    Authorizing(TaskId),
    Sending { task: TaskId, authorized: Option<Authorized> },
    BackingOff(Instant),
    Offline(TaskId),
    Over,
}

impl Course {
    pub(super) fn new(policy: RetryPolicy, seed: u64) -> Self {
        Self {
            attempts: Attempts::new(policy, seed),
            ids: TaskIds::default(),
            state: State::Begin,
            doubtful: false,
            latest: Latest::default(),
            outbox: Outbox::default(),
        }
    }

    pub(super) fn poll(&mut self, now: Instant, ask: &dyn Ask) -> Polled<()> {
        let now = self.latest.of(now);
        if let Some(step) = self.outbox.pop() {
            return step.into();
        }
        match self.state {
            State::Begin => self.begin(ask),
            State::BackingOff(until) if now >= until => self.begin(ask),
            State::BackingOff(until) => return Polled::Wants(Step::Wait(Some(until))),
            State::Authorizing(_) | State::Sending { .. } | State::Offline(_) | State::Over => {
                return Polled::Wants(Step::Wait(None));
            }
        }
        self.outbox.pop().unwrap_or(Step::Wait(None)).into()
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input, ask: &mut dyn Ask) {
        let now = self.latest.of(now);
        match (&self.state, input) {
            (State::Authorizing(waiting), Input::Auth(result)) if *waiting == task => {
                match result {
                    Ok(authorized) => self.send(Some(authorized), ask),
                    Err(error) => self.end(Err(error)),
                }
            }
            (State::Offline(waiting), Input::Online) if *waiting == task => self.begin(ask),
            (State::Sending { task: waiting, authorized }, input) if *waiting == task => {
                let answered = match input {
                    Input::Reply(reply) => ask.answer(&reply),
                    Input::Failed(failure) => Err(ask.failed(&failure)),
                    _ => return,
                };
                let authorized = authorized.clone();
                match answered {
                    Ok(()) => self.end(Ok(())),
                    Err(error) => self.failed(now, authorized, error, ask),
                }
            }
            _ => {}
        }
    }

    pub(super) fn cancel(&mut self) {
        if !matches!(self.state, State::Over) {
            self.outbox.clear();
            self.end(Err(cancelled()));
        }
    }

    fn begin(&mut self, ask: &dyn Ask) {
        if ask.needs_authorization() {
            self.authorize(None);
        } else {
            self.send(None, ask);
        }
    }

    fn authorize(&mut self, stale: Option<Generation>) {
        let task = self.ids.next();
        self.state = State::Authorizing(task);
        self.outbox.start(task, Action::Auth { stale });
    }

    fn send(&mut self, authorized: Option<Authorized>, ask: &dyn Ask) {
        match ask.request(authorization(authorized.as_ref())) {
            Ok(request) => {
                let task = self.ids.next();
                self.attempts.sent();
                self.state = State::Sending { task, authorized };
                self.outbox.start(task, Action::Send(Box::new(request)));
            }
            Err(error) => self.end(Err(error)),
        }
    }

    fn failed(
        &mut self,
        now: Instant,
        authorized: Option<Authorized>,
        error: Error,
        ask: &mut dyn Ask,
    ) {
        if self.doubtful && ask.already_done(&error) {
            return self.end(Ok(()));
        }
        self.doubtful |= error.is_ambiguous();
        let repeatable = ask.repeat() == Repeat::Safe || !error.is_ambiguous();
        match self.attempts.failed(now, error, repeatable) {
            Verdict::Again { error, at } => {
                self.state = State::BackingOff(at);
                self.outbox.emit(Retrying { error, delay: at.saturating_since(now) });
            }
            Verdict::WhenOnline(error) => {
                let task = self.ids.next();
                self.state = State::Offline(task);
                self.outbox.emit(Retrying { error, delay: Duration::ZERO });
                self.outbox.start(task, Action::AwaitOnline);
            }
            Verdict::Reauthorize => {
                self.authorize(authorized.map(|authorized| authorized.generation));
            }
            Verdict::Fail(error) => {
                let authorization = authorization(authorized.as_ref());
                self.end(Err(explain(error, authorization, ask.capability().as_ref())));
            }
        }
    }

    fn end(&mut self, result: Result<(), Error>) {
        self.state = State::Over;
        self.outbox.done(result);
    }
}

fn authorization(authorized: Option<&Authorized>) -> Option<&Authorization> {
    authorized.map(|authorized| &*authorized.authorization)
}
