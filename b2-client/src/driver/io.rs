//! The part of the driver that does not depend on the machine.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{Action, Body, Input, Reply, ReplyPlan, Request, TaskId};
use b2_proto::suspend_clock::SuspendClock;
use b2_proto::time::Instant;
use bytes::Bytes;
use futures::StreamExt;
use futures::future::FutureExt;
use futures::stream::FuturesUnordered;

use super::account::AccountAccess;
use super::commands::Command;
use super::local::no_folder;
use super::outcome::{Outcome, Permit, Queued, asleep, unknown};
use super::receive::{Region, receive};
use super::resources::Resources;
use super::task_set::{Kind, TaskResult, TaskSet};
use super::tasks;
use super::turn::Turn;
use super::{COPIES, SYNC};
use crate::error::{Error, HostError};
use crate::host::{Host, HostRequest, Progress};
use crate::maybe_send::{BoxFuture, Cause};
use crate::settings::Settings;

/// Something that the machine has to be told.
pub(super) enum Event {
    Input(TaskId, Input),
    Command(Command),
    /// The machine's deadline has passed, or the clock has to be looked at.
    Deadline,
}

/// Performs the actions of one machine and collects their outcomes.
pub(crate) struct Io<H: Host> {
    host: H,
    account: Arc<dyn AccountAccess>,
    settings: Settings,
    resources: Resources<H>,
    /// At most one for each request that the machine has under way.
    bodies: Vec<OpenBody<H>>,
    /// Work without an outcome.
    background: FuturesUnordered<BoxFuture<'static, ()>>,
    tasks: TaskSet<H>,
    events: VecDeque<Event>,
    clock: SuspendClock,
    cause: Option<Cause>,
}

/// A body whose head has been reported.
struct OpenBody<H: Host> {
    /// The task that sent the request.
    task: TaskId,
    body: H::ResponseBody,
    permit: Option<Permit>,
}

impl<H: Host> Io<H> {
    pub(crate) fn new(
        host: H,
        account: Arc<dyn AccountAccess>,
        settings: Settings,
        resources: Resources<H>,
    ) -> Self {
        Self {
            host,
            account,
            settings,
            tasks: TaskSet::new(resources.commands.clone()),
            resources,
            bodies: Vec::new(),
            background: FuturesUnordered::new(),
            events: VecDeque::new(),
            clock: SuspendClock::default(),
            cause: None,
        }
    }

    /// Returns the machine's time.
    pub(super) fn now(&self) -> Instant {
        self.clock.time(self.host.now())
    }

    /// Starts a task.
    pub(super) fn start(&mut self, task: TaskId, action: Action) {
        match action {
            Action::Send(request) => self.send(task, *request),
            Action::Receive { from, sink, offset, max, ends, digest } => {
                let body = self.take_body(from);
                let Some((OpenBody { body, permit, .. }, sink)) =
                    body.zip(self.resources.sink(sink))
                else {
                    return self.fail(task, unknown());
                };
                let region = Region { offset, max, ends, digest };
                let host = self.host.clone();
                self.tasks.spawn(task, Kind::Receive, |signal| {
                    let received = receive(sink, host, body, region, signal);
                    // The permit is held until the body has arrived.
                    Box::pin(received.inspect(move |_| drop(permit)))
                });
            }
            Action::Peek { from, max } => match self.take_body(from) {
                Some(OpenBody { body, .. }) => {
                    self.tasks.spawn(task, Kind::Send, |_| Box::pin(tasks::peek(body, max)));
                }
                None => self.fail(task, unknown()),
            },
            Action::Digest(spans) => {
                let digest = tasks::digest(self.resources.spans(spans));
                self.tasks.spawn(task, Kind::Local, |_| Box::pin(digest));
            }
            Action::DigestSink { sink, len } => match self.resources.sink(sink) {
                Some(sink) => {
                    let digest = async move { sink.digest(len).await };
                    let digest = digest.map(|sha1| Ok(Outcome::Input(Input::Digest(sha1?))));
                    self.tasks.spawn(task, Kind::Local, |_| Box::pin(digest));
                }
                None => self.fail(task, unknown()),
            },
            Action::AwaitOnline => self.await_online(task),
            Action::Auth { stale } => {
                let authorization = self.account.clone().authorization(stale);
                let authorization = authorization.map(|result| Ok(Outcome::Auth(result)));
                self.tasks.spawn(task, Kind::Local, |_| Box::pin(authorization));
            }
            Action::Fill { buffer, max, digest } => match self.resources.reader.take() {
                Some(reader) => {
                    let hasher = digest.then(|| self.resources.hasher.take().unwrap_or_default());
                    let fill = tasks::fill(reader, buffer, max, hasher);
                    self.tasks.spawn(task, Kind::Local, |_| Box::pin(fill));
                }
                None => self.fail(task, unknown()),
            },
            Action::TakeUrl(key) => {
                let mut url = self.account.clone().take_url(key);
                // Polled once here: a URL in memory is there at once.
                match url.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(url) => self.input(task, Input::Url(url)),
                    Poll::Pending => {
                        let url = url.map(|url| Ok(Outcome::Input(Input::Url(url))));
                        self.tasks.spawn(task, Kind::Local, |_| Box::pin(url));
                    }
                }
            }
            Action::KeepUrl(key, url) => {
                if let Some(mut put) = self.account.clone().put_url(key, url)
                    // Polled once here, so that it is ahead of the next request for a URL.
                    && put.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
                {
                    self.background.push(put);
                }
            }
            Action::NextIntent => match self.resources.intents.take().filter(|_| COPIES) {
                Some(intents) => {
                    let next = tasks::next_intent(intents);
                    self.tasks.spawn(task, Kind::Local, |_| Box::pin(next));
                }
                None => self.fail(task, unknown()),
            },
            Action::ReleaseSource(source) => self.resources.release_source(source),
            Action::Release(buffer) => {
                self.resources.release(buffer);
            }
            Action::ReleaseSink(sink) if SYNC => drop(self.resources.local.take_created(sink)),
            action if SYNC => match self.resources.local.start(action) {
                Some(future) => self.tasks.spawn(task, Kind::Local, |_| future),
                None => self.fail(task, no_folder()),
            },
            _ => self.fail(task, no_folder()),
        }
    }

    /// Sends a request, when the client's limit of transfers and the account's limit of requests permit it.
    fn send(&mut self, task: TaskId, request: Request) {
        if let Err(error) = self.account.check_url(&request.head.url) {
            let failure = TransportError::new(TransportErrorKind::UntrustedHost, error.message());
            return self.fail(task, failure);
        }
        let permits = self.settings.transfers.clone().filter(|_| moves_file(&request));
        let Some(permits) = permits else {
            return self.queue(task, request, None);
        };
        // Requests of one machine are sent in order.
        let queued = self.tasks.any(|kind| kind == Kind::Permit);
        if !queued && let Some(permit) = permits.try_acquire_arc() {
            return self.queue(task, request, Some(permit));
        }
        // No time passes for the machine meanwhile: waiting for a permit is no reason to give up.
        self.clock.offline(self.host.now());
        self.tasks.spawn(task, Kind::Permit, |_| {
            Box::pin(
                async move { Ok(Outcome::Permit(permits.acquire_arc().await, Box::new(request))) },
            )
        });
    }

    fn queue(&mut self, task: TaskId, request: Request, permit: Option<Permit>) {
        let turn = Turn::take(self.account.clone());
        self.send_in_turn(task, Queued { request, permit, turn });
    }

    /// Sends a request if its turn has come, or waits for it.
    fn send_in_turn(&mut self, task: TaskId, mut queued: Queued) {
        let Some(delay) = queued.turn.delay() else {
            return self.send_now(task, queued);
        };
        self.input(task, Input::Delayed(delay));
        let host = self.host.clone();
        self.tasks.spawn(task, Kind::Local, |_| {
            Box::pin(async move {
                host.sleep_until(host.now() + delay).await;
                Ok(Outcome::Due(Box::new(queued)))
            })
        });
    }

    fn send_now(&mut self, task: TaskId, queued: Queued) {
        let Queued { request, permit, turn } = queued;
        let Request { head, body, reply, idle_timeout } = request;
        let body = self.resources.body(body);
        let host = self.host.clone();
        let idle_timeout = self.settings.idle_timeout.unwrap_or(idle_timeout);
        self.tasks.spawn(task, Kind::Send, |signal| {
            let progress = Progress::new(move |bytes| signal.moved(bytes));
            let request = HostRequest { head, body, idle_timeout, progress };
            Box::pin(tasks::send(host, request, reply, permit, turn))
        });
    }

    fn await_online(&mut self, task: TaskId) {
        let host = self.host.clone();
        let mut online = Box::pin(async move { host.online().await });
        // Polled once here: a device that is online already must not stop the machine's clock.
        if online.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return self.input(task, Input::Online);
        }
        self.clock.offline(self.host.now());
        let online = online.map(|()| Ok(Outcome::Input(Input::Online)));
        self.tasks.spawn(task, Kind::Online, |_| Box::pin(online));
    }

    /// Stops a task. Its outcome is dropped.
    pub(super) fn abort(&mut self, task: TaskId) {
        drop(self.take_body(task));
        self.remove(task);
    }

    /// Removes the body whose head this task has reported.
    fn take_body(&mut self, task: TaskId) -> Option<OpenBody<H>> {
        let at = self.bodies.iter().position(|open| open.task == task)?;
        Some(self.bodies.swap_remove(at))
    }

    /// Removes a task that has ended, or stops it.
    fn remove(&mut self, task: TaskId) -> Option<Kind> {
        let kind = self.tasks.remove(task)?;
        if kind.stops_clock() && !self.tasks.any(Kind::stops_clock) {
            self.clock.online(self.host.now());
        }
        Some(kind)
    }

    /// Waits for something to tell the machine, until `deadline` at the latest.
    pub(super) async fn next(&mut self, deadline: Option<Instant>) -> Event {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        let until = self.clock.wait(self.host.now(), deadline);
        let host = self.host.clone();
        let mut timer = pin!(host.sleep_until(until));
        poll_fn(|context| {
            self.collect(context);
            match self.events.pop_front() {
                Some(event) => Poll::Ready(event),
                None => timer.as_mut().poll(context).map(|()| Event::Deadline),
            }
        })
        .await
    }

    /// Queues everything that has happened since the last call.
    fn collect(&mut self, context: &mut Context<'_>) {
        self.resources.commands.driver().register(context.waker());
        let slept = self.clock.suspended_for(self.host.now()).is_some();
        while let Some(command) = self.resources.commands.take() {
            self.events.push_back(Event::Command(command));
        }
        if slept {
            self.tasks.interrupt(Kind::Receive);
        }
        while let Poll::Ready(Some(())) = self.background.poll_next_unpin(context) {}
        let ended = self.tasks.poll_ended(context);
        // Before the outcomes, as the last report of a task counts too.
        let progress = self.tasks.take_progress();
        self.events
            .extend(progress.map(|(task, bytes)| Event::Input(task, Input::Progress(bytes))));
        for (task, outcome) in ended {
            // An outcome that arrived before its task was aborted does not count.
            let Some(kind) = self.remove(task) else {
                continue;
            };
            let input = match outcome {
                Ok(Outcome::Permit(permit, request)) => {
                    self.queue(task, *request, Some(permit));
                    // What was just started has not been polled.
                    context.waker().wake_by_ref();
                    continue;
                }
                Ok(Outcome::Due(queued)) => {
                    self.send_in_turn(task, *queued);
                    context.waker().wake_by_ref();
                    continue;
                }
                // The body of a response from before the sleep does not arrive any more.
                Err(_) | Ok(Outcome::Head { .. }) if slept && kind == Kind::Send => {
                    Input::Failed(asleep())
                }
                outcome => self.outcome(task, outcome),
            };
            self.input(task, input);
        }
        if slept {
            self.fail_requests();
            self.events.push_back(Event::Deadline);
        }
    }

    /// Ends the requests that were under way while the device slept: their connections are gone.
    fn fail_requests(&mut self) {
        for task in self.tasks.of_kind(Kind::Send) {
            self.abort(task);
            self.fail(task, asleep());
        }
    }

    /// Queues what the machine is told of a task.
    fn input(&mut self, task: TaskId, input: Input) {
        self.events.push_back(Event::Input(task, input));
    }

    fn fail(&mut self, task: TaskId, failure: TransportError) {
        self.input(task, Input::Failed(failure));
    }

    /// Turns the outcome of a task into what the machine is told, and keeps what only the driver needs.
    fn outcome(&mut self, task: TaskId, outcome: TaskResult<H>) -> Input {
        match outcome {
            Ok(Outcome::Input(input)) => input,
            Ok(Outcome::Auth(authorized)) => Input::Auth(authorized.map_err(|error| {
                let (error, cause) = error.into_parts();
                self.cause = cause;
                error
            })),
            Ok(Outcome::Head { head, body, permit }) => {
                self.bodies.push(OpenBody { task, body, permit });
                Input::Head(head)
            }
            Ok(Outcome::Buffered { head, buffer, bytes }) if COPIES => {
                let buffered = bytes.len() as u64;
                // The response to an earlier attempt may have been too short.
                self.resources.release(buffer);
                self.resources.buffers.push((buffer, bytes.into()));
                Input::Reply(Reply { response: head.map(|()| Bytes::new()), sent: None, buffered })
            }
            Ok(Outcome::Intent { intents, next }) if COPIES => {
                self.resources.intents = Some(intents);
                match next {
                    Ok(next) => Input::Intent(next.map(|piece| self.resources.intent(piece))),
                    Err(failed) => Input::Failed(self.failure(failed)),
                }
            }
            Ok(Outcome::Opened(id, source, file)) if SYNC => {
                self.resources.opened(id, source);
                Input::Opened(file)
            }
            Ok(Outcome::Local(outcome)) if SYNC => match self.resources.local.keep(outcome) {
                Ok(input) => input,
                Err(failed) => Input::Failed(self.failure(failed)),
            },
            Ok(
                Outcome::Permit(..)
                | Outcome::Due(_)
                | Outcome::Buffered { .. }
                | Outcome::Intent { .. }
                | Outcome::Opened(..)
                | Outcome::Local(_),
            ) => Input::Failed(unknown()),
            Ok(Outcome::Received { bytes, broken }) => {
                let broken = broken.map(|failed| self.failure(failed));
                Input::Received { bytes, broken }
            }
            Ok(Outcome::Filled { buffer, reader, filled, hasher }) => {
                self.resources.reader = Some(reader);
                match filled {
                    Ok((bytes, end)) => {
                        let len = bytes.len() as u64;
                        self.resources.buffers.push((buffer, bytes.into()));
                        let sha1 = hasher.as_ref().filter(|_| end).map(Sha1Hasher::finish);
                        self.resources.hasher = hasher;
                        Input::Filled { len, end, sha1 }
                    }
                    Err(failed) => Input::Failed(self.failure(failed)),
                }
            }
            Err(failed) => Input::Failed(self.failure(failed)),
        }
    }

    fn failure(&mut self, failed: HostError) -> TransportError {
        self.cause = failed.cause;
        failed.failure
    }

    /// Completes work without an outcome, at the end of the machine.
    pub(super) async fn finish(&mut self) {
        while self.background.next().await.is_some() {}
    }

    /// Adds the cause that the host saw last, unless B2 itself answered.
    pub(super) fn with_cause(&mut self, error: b2_proto::Error) -> Error {
        let cause = self.cause.take().filter(|_| error.status().is_none());
        Error::attach(error, cause)
    }
}

/// Whether a request sends or receives bytes of a file.
fn moves_file(request: &Request) -> bool {
    matches!(request.body, Body::Spans { .. })
        || matches!(request.reply, ReplyPlan::Stream { .. } | ReplyPlan::Buffer { .. })
}
