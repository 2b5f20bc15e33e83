//! The course of a call: what comes after what. Written once, whatever the call is.

use alloc::boxed::Box;
use core::time::Duration;

use super::{Attempts, Retrying, TaskIds, Verdict, Wish, cancelled, explain};
use crate::account::Authorization;
use crate::api::Repeat;
use crate::error::{Error, TransportError};
use crate::machine::{Action, Authorized, Generation, Input, Reply, Request, TaskId};
use crate::model::Capability;
use crate::retry::RetryPolicy;
use crate::time::{Instant, Latest};

/// What the course of a call needs of it; the answer stays with whoever knows its type.
pub(super) trait Ask {
    fn needs_authorization(&self) -> bool;
    fn request(&self, authorization: Option<&Authorization>) -> Result<Request, Error>;
    /// Reads the answer and keeps what it says.
    fn answer(&mut self, reply: &Reply) -> Result<(), Error>;
    fn failed(&self, failure: &TransportError) -> Error;
    fn capability(&self) -> Option<Capability>;
    fn repeat(&self) -> Repeat;
    /// Whether an error says that an earlier attempt was done; if so, keeps what that means.
    fn already_done(&mut self, error: &Error) -> bool;
}

#[derive(Debug)]
pub(super) struct Course {
    attempts: Attempts,
    state: State,
    /// An answer was lost: B2 may have done it.
    doubtful: bool,
    latest: Latest,
    /// To be told first.
    retrying: Option<Retrying>,
}

#[derive(Debug)]
enum State {
    Begin,
    Authorize(Option<Generation>),
    Authorizing(TaskId),
    Send(Option<Authorized>),
    /// Until then there must be an answer.
    Sending(TaskId, Option<Authorized>, Instant),
    BackingOff(Instant),
    AwaitOnline,
    Offline(TaskId),
    Ended(Result<(), Error>),
    Over,
}

impl Course {
    pub(super) fn new(policy: RetryPolicy, seed: u64) -> Self {
        Self {
            attempts: Attempts::new(policy, seed),
            state: State::Begin,
            doubtful: false,
            latest: Latest::default(),
            retrying: None,
        }
    }

    /// The next thing it wants; `None` when it has ended.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        ids: &mut TaskIds,
        ask: &mut dyn Ask,
    ) -> Option<Wish> {
        let now = self.latest.of(now);
        if let Some(task) = self.give_up(now, ask) {
            return Some(Wish::Abort(task));
        }
        if let Some(retrying) = self.retrying.take() {
            return Some(Wish::Retrying(retrying));
        }
        if self.is_to_begin(now) {
            self.state = match ask.needs_authorization() {
                true => State::Authorize(None),
                false => State::Send(None),
            };
        }
        match &mut self.state {
            State::Authorize(stale) => {
                let action = Action::Auth { stale: *stale };
                let task = ids.next();
                self.state = State::Authorizing(task);
                Some(Wish::Start(task, action))
            }
            State::Send(authorized) => {
                let authorized = authorized.take();
                match ask.request(authorization(authorized.as_ref())) {
                    Ok(mut request) => {
                        let task = ids.next();
                        self.attempts.sent(now);
                        let left = self.attempts.left(now);
                        request.idle_timeout = request.idle_timeout.min(left);
                        self.state = State::Sending(task, authorized, now + left);
                        Some(Wish::Start(task, Action::Send(Box::new(request))))
                    }
                    Err(error) => {
                        self.state = State::Ended(Err(error));
                        None
                    }
                }
            }
            State::AwaitOnline => {
                let task = ids.next();
                self.state = State::Offline(task);
                Some(Wish::Start(task, Action::AwaitOnline))
            }
            State::Ended(_) => None,
            State::BackingOff(until) | State::Sending(_, _, until) => {
                Some(Wish::Wait(Some(*until)))
            }
            _ => Some(Wish::Wait(None)),
        }
    }

    /// Ends an attempt whose time is over; which task it was.
    fn give_up(&mut self, now: Instant, ask: &mut dyn Ask) -> Option<TaskId> {
        let State::Sending(task, authorized, until) = &mut self.state else {
            return None;
        };
        if now < *until {
            return None;
        }
        let (task, authorized) = (*task, authorized.take());
        let error = ask.failed(&TransportError::no_answer(self.attempts.waited(now)));
        self.state = self.failed(now, authorized, error, ask);
        Some(task)
    }

    fn is_to_begin(&self, now: Instant) -> bool {
        match self.state {
            State::Begin => true,
            State::BackingOff(until) => now >= until,
            _ => false,
        }
    }

    /// The task under way.
    pub(super) fn running(&self) -> Option<TaskId> {
        match self.state {
            State::Authorizing(task) | State::Sending(task, ..) | State::Offline(task) => {
                Some(task)
            }
            _ => None,
        }
    }

    pub(super) fn handle(&mut self, now: Instant, task: TaskId, input: Input, ask: &mut dyn Ask) {
        if self.running() != Some(task) {
            return;
        }
        let now = self.latest.of(now);
        match (&mut self.state, input) {
            (State::Authorizing(_), Input::Auth(Ok(authorized))) => {
                self.state = State::Send(Some(authorized));
            }
            (State::Authorizing(_), Input::Auth(Err(error))) => {
                self.state = State::Ended(Err(error));
            }
            (State::Offline(_), Input::Online) => self.state = State::Begin,
            (State::Sending(_, authorized, _), input) => {
                let answered = match input {
                    Input::Reply(reply) => ask.answer(&reply),
                    Input::Failed(failure) => Err(ask.failed(&failure)),
                    _ => return,
                };
                let authorized = authorized.take();
                self.state = match answered {
                    Ok(()) => State::Ended(Ok(())),
                    Err(error) => self.failed(now, authorized, error, ask),
                };
            }
            _ => {}
        }
    }

    pub(super) fn cancel(&mut self) {
        if !matches!(self.state, State::Ended(_) | State::Over) {
            self.retrying = None;
            self.state = State::Ended(Err(cancelled()));
        }
    }

    /// How it ended, once.
    pub(super) fn result(&mut self) -> Result<(), Error> {
        match core::mem::replace(&mut self.state, State::Over) {
            State::Ended(result) => result,
            _ => Err(cancelled()),
        }
    }

    /// What comes after a failure.
    fn failed(
        &mut self,
        now: Instant,
        authorized: Option<Authorized>,
        error: Error,
        ask: &mut dyn Ask,
    ) -> State {
        // A page that repeats the request may show the token.
        let error = match authorization(authorized.as_ref()) {
            Some(authorization) => error.without_secret(&authorization.token),
            None => error,
        };
        if self.doubtful && ask.already_done(&error) {
            return State::Ended(Ok(()));
        }
        self.doubtful |= error.is_ambiguous();
        let repeatable = ask.repeat() == Repeat::Safe || !error.is_ambiguous();
        match self.attempts.failed(now, error, repeatable) {
            Verdict::Again { error, at } => {
                self.retrying = Some(Retrying { error, delay: at.saturating_since(now) });
                State::BackingOff(at)
            }
            Verdict::WhenOnline(error) => {
                self.retrying = Some(Retrying { error, delay: Duration::ZERO });
                State::AwaitOnline
            }
            Verdict::Reauthorize => {
                State::Authorize(authorized.map(|authorized| authorized.generation))
            }
            Verdict::Fail(error) => {
                let authorization = authorization(authorized.as_ref());
                State::Ended(Err(explain(error, authorization, ask.capability().as_ref())))
            }
        }
    }
}

fn authorization(authorized: Option<&Authorized>) -> Option<&Authorization> {
    authorized.map(|authorized| &*authorized.authorization)
}
