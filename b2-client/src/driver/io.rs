//! The part of the driver that does not depend on the machine.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::ops::Range;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use async_lock::SemaphoreGuardArc;
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{
    Action, Body, BufferId, Input, Origin, ReplyPlan, Request, SinkId, Span, TaskId,
};
use b2_proto::suspend_clock::SuspendClock;
use b2_proto::time::Instant;
use futures::StreamExt;
use futures::future::{AbortHandle, FutureExt, abortable};
use futures::stream::FuturesUnordered;

use super::reader::AnyReader;
use super::receive::{Receive, Region};
use super::signal::Signal;
use super::tasks::{self, Outcome};
use super::{AccountAccess, Command, Commands};
use crate::error::Error;
use crate::host::{Host, HostError, HostRequest, Progress, RequestBody};
use crate::maybe_send::{BoxFuture, Cause};
use crate::session::Settings;

/// The sources, sinks and commands of one machine.
pub(crate) struct Resources<H: Host> {
    pub(crate) sources: Vec<H::Source>,
    pub(crate) reader: Option<AnyReader<H>>,
    /// The SHA-1 of what was read of `reader` so far, where the machine asks for it.
    pub(crate) hasher: Option<Sha1Hasher>,
    pub(crate) sinks: Vec<Arc<dyn Receive<H>>>,
    pub(crate) commands: Commands,
}

impl<H: Host> Default for Resources<H> {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            reader: None,
            hasher: None,
            sinks: Vec::new(),
            commands: Commands::default(),
        }
    }
}

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
    /// Buffers that were filled from the reader.
    buffers: BTreeMap<BufferId, H::Source>,
    /// Bodies whose heads have been reported, each with its permit.
    bodies: BTreeMap<TaskId, (H::ResponseBody, Option<Permit>)>,
    /// Work without an outcome.
    background: FuturesUnordered<BoxFuture<'static, ()>>,
    tasks: FuturesUnordered<BoxFuture<'static, Ended<H>>>,
    /// The tasks that have not ended and were not aborted.
    running: BTreeMap<TaskId, Running>,
    events: VecDeque<Event>,
    clock: SuspendClock,
    cause: Option<Cause>,
}

/// A task that has ended; `None` if it was aborted.
type Ended<H> = (TaskId, Option<Result<Outcome<H>, HostError>>);

/// The right to send one of the requests that move bytes of files.
pub(super) type Permit = SemaphoreGuardArc;

struct Running {
    kind: Kind,
    signal: Arc<Signal>,
    abort: AbortHandle,
}

/// What a task waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// This device.
    Local,
    /// The network, for the head of a response.
    Send,
    /// The network, for a body that is written meanwhile.
    Receive,
    /// The device to be online.
    Online,
    /// A permit to send a request.
    Permit,
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
            resources,
            buffers: BTreeMap::new(),
            bodies: BTreeMap::new(),
            background: FuturesUnordered::new(),
            tasks: FuturesUnordered::new(),
            running: BTreeMap::new(),
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
                let Some(((body, permit), sink)) = self.bodies.remove(&from).zip(self.sink(sink))
                else {
                    return self.input(task, unknown());
                };
                let region = Region { offset, max, ends, digest };
                let host = self.host.clone();
                self.spawn(task, Kind::Receive, |signal| {
                    let received = sink.receive(host, body, region, signal);
                    // The permit is held until the body has arrived.
                    Box::pin(received.inspect(move |_| drop(permit)))
                });
            }
            Action::Peek { from, max } => match self.bodies.remove(&from) {
                Some((body, _)) => {
                    self.spawn(task, Kind::Send, |_| Box::pin(tasks::peek(body, max)));
                }
                None => self.input(task, unknown()),
            },
            Action::Digest(spans) => {
                let digest = tasks::digest(self.spans(spans));
                self.spawn(task, Kind::Local, |_| Box::pin(digest));
            }
            Action::DigestSink { sink, len } => match self.sink(sink) {
                Some(sink) => self.spawn(task, Kind::Local, |_| sink.digest(len)),
                None => self.input(task, unknown()),
            },
            Action::AwaitOnline => self.await_online(task),
            Action::Auth { stale } => {
                let authorization = self.account.clone().authorization(stale);
                let authorization = authorization.map(|result| Ok(Outcome::Auth(result)));
                self.spawn(task, Kind::Local, |_| Box::pin(authorization));
            }
            Action::Fill { buffer, max, digest } => match self.resources.reader.take() {
                Some(reader) => {
                    let hasher = digest.then(|| self.resources.hasher.take().unwrap_or_default());
                    let fill = tasks::fill(reader, buffer, max, hasher);
                    self.spawn(task, Kind::Local, |_| Box::pin(fill));
                }
                None => self.input(task, unknown()),
            },
            Action::TakeUrl(key) => {
                let mut url = self.account.clone().take_url(key);
                // Polled once here: a URL in memory is there at once.
                match url.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(url) => self.input(task, Input::Url(url)),
                    Poll::Pending => {
                        let url = url.map(|url| Ok(Outcome::Input(Input::Url(url))));
                        self.spawn(task, Kind::Local, |_| Box::pin(url));
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
            Action::Release(buffer) => {
                self.buffers.remove(&buffer);
            }
        }
    }

    /// Sends a request, when the client's limit of transfers permits it.
    fn send(&mut self, task: TaskId, request: Request) {
        let permits = self.settings.transfers.clone().filter(|_| moves_file(&request));
        // Requests of one machine are sent in order.
        let queued = self.running.values().any(|running| running.kind == Kind::Permit);
        match permits.as_ref().map(|permits| permits.try_acquire_arc().filter(|_| !queued)) {
            None => self.send_now(task, request, None),
            Some(Some(permit)) => self.send_now(task, request, Some(permit)),
            Some(None) => {
                // No time passes for the machine meanwhile: waiting for a permit is no reason to give up.
                self.clock.offline(self.host.now());
                let permit = permits.into_iter().map(|permits| permits.acquire_arc());
                self.spawn(task, Kind::Permit, |_| {
                    Box::pin(async move {
                        let mut granted = None;
                        for permit in permit {
                            granted = Some(permit.await);
                        }
                        Ok(Outcome::Permit(granted, Box::new(request)))
                    })
                });
            }
        }
    }

    fn send_now(&mut self, task: TaskId, request: Request, permit: Option<Permit>) {
        let Request { head, body, reply, idle_timeout } = request;
        if let Err(error) = self.account.check_url(&head.url) {
            let failure = TransportError::new(TransportErrorKind::UntrustedHost, error.message());
            return self.input(task, Input::Failed(failure));
        }
        let body = self.body(body);
        let host = self.host.clone();
        let idle_timeout = self.settings.idle_timeout.unwrap_or(idle_timeout);
        self.spawn(task, Kind::Send, |signal| {
            let progress = Progress::new(move |bytes| signal.moved(bytes));
            let request = HostRequest { head, body, idle_timeout, progress };
            Box::pin(tasks::send(host, request, reply, permit))
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
        self.spawn(task, Kind::Online, |_| Box::pin(online));
    }

    fn spawn(
        &mut self,
        task: TaskId,
        kind: Kind,
        future: impl FnOnce(Arc<Signal>) -> BoxFuture<'static, Result<Outcome<H>, HostError>>,
    ) {
        let signal = Signal::new(self.resources.commands.clone());
        let (future, abort) = abortable(future(signal.clone()));
        self.tasks.push(Box::pin(future.map(move |ended| (task, ended.ok()))));
        self.running.insert(task, Running { kind, signal, abort });
    }

    /// Stops a task. Its outcome is dropped.
    pub(super) fn abort(&mut self, task: TaskId) {
        self.bodies.remove(&task);
        if let Some(running) = self.forget(task) {
            running.abort.abort();
        }
    }

    /// Removes a task that has ended or was aborted.
    fn forget(&mut self, task: TaskId) -> Option<Running> {
        let removed = self.running.remove(&task)?;
        let waits = |running: &Running| matches!(running.kind, Kind::Online | Kind::Permit);
        if waits(&removed) && !self.running.values().any(waits) {
            self.clock.online(self.host.now());
        }
        Some(removed)
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
            self.running.values().filter(|task| task.kind == Kind::Receive).for_each(|task| {
                task.signal.interrupt();
            });
        }
        while let Poll::Ready(Some(())) = self.background.poll_next_unpin(context) {}
        let mut ended = Vec::new();
        while let Poll::Ready(Some((task, outcome))) = self.tasks.poll_next_unpin(context) {
            ended.extend(outcome.map(|outcome| (task, outcome)));
        }
        for (task, running) in &self.running {
            if let Some(bytes) = running.signal.take_moved() {
                self.events.push_back(Event::Input(*task, Input::Progress(bytes)));
            }
        }
        for (task, outcome) in ended {
            // An outcome that arrived before its task was aborted does not count.
            let Some(running) = self.forget(task) else {
                continue;
            };
            if let Ok(Outcome::Permit(permit, request)) = outcome {
                self.send_now(task, *request, permit);
                // What was just started has not been polled.
                context.waker().wake_by_ref();
                continue;
            }
            let input = match outcome {
                // The body of a response from before the sleep does not arrive any more.
                Err(_) | Ok(Outcome::Head { .. }) if slept && running.kind == Kind::Send => {
                    Input::Failed(tasks::asleep())
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
        let requests = self.running.iter().filter(|(_, running)| running.kind == Kind::Send);
        let requests: Vec<_> = requests.map(|(task, _)| *task).collect();
        for task in requests {
            self.abort(task);
            self.input(task, Input::Failed(tasks::asleep()));
        }
    }

    /// Queues what the machine is told of a task.
    fn input(&mut self, task: TaskId, input: Input) {
        self.events.push_back(Event::Input(task, input));
    }

    /// Turns the outcome of a task into what the machine is told, and keeps what only the driver needs.
    fn outcome(&mut self, task: TaskId, outcome: Result<Outcome<H>, HostError>) -> Input {
        match outcome {
            Ok(Outcome::Input(input)) => input,
            Ok(Outcome::Permit(..)) => unknown(),
            Ok(Outcome::Auth(authorized)) => Input::Auth(authorized.map_err(|error| {
                let (error, cause) = error.into_parts();
                self.cause = cause;
                error
            })),
            Ok(Outcome::Head { head, body, permit }) => {
                self.bodies.insert(task, (body, permit));
                Input::Head(head)
            }
            Ok(Outcome::Received { bytes, broken }) => {
                let broken = broken.map(|failed| self.failure(failed));
                Input::Received { bytes, broken }
            }
            Ok(Outcome::Filled { buffer, reader, filled, hasher }) => {
                self.resources.reader = Some(reader);
                match filled {
                    Ok((bytes, end)) => {
                        let len = bytes.len() as u64;
                        self.buffers.insert(buffer, bytes.into());
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

    /// Replaces the machine's names for sources by the sources.
    fn body(&self, body: Body) -> RequestBody<H::Source> {
        match body {
            Body::Empty => RequestBody::Empty,
            Body::Bytes(bytes) => RequestBody::Bytes(bytes),
            Body::Spans { spans, digest_at_end } => {
                RequestBody::Spans { spans: self.spans(spans), digest_at_end }
            }
        }
    }

    fn spans(&self, spans: Vec<Span>) -> Vec<(H::Source, Range<u64>)> {
        let mut found = Vec::new();
        for span in spans {
            let source = match span.origin {
                Origin::Source(id) => self.resources.sources.get(id.0 as usize),
                Origin::Buffer(id) => self.buffers.get(&id),
            };
            if let Some(source) = source {
                found.push((source.clone(), span.range));
            }
        }
        found
    }

    fn sink(&self, id: SinkId) -> Option<Arc<dyn Receive<H>>> {
        self.resources.sinks.get(id.0 as usize).cloned()
    }
}

/// The answer to an action about a source or a sink that the caller did not give.
fn unknown() -> Input {
    Input::Failed(TransportError::new(
        TransportErrorKind::Source,
        "there is no such source or sink",
    ))
}

/// Whether a request sends or receives bytes of a file.
fn moves_file(request: &Request) -> bool {
    matches!(request.body, Body::Spans { .. }) || matches!(request.reply, ReplyPlan::Stream { .. })
}
