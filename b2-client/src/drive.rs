//! The driver: one loop that polls a machine, starts its tasks, and hands back what became of them.

use std::convert::Infallible;
use std::sync::Arc;

use b2_proto::ErrorKind;
use b2_proto::error::{Failure, FailureKind};
use b2_proto::machine::{
    Action, BufferId, Input, Machine, Origin, Request, SinkId, Span, Step, TaskId,
};
use b2_proto::time::Instant;
use futures::channel::mpsc;
use futures::future::{AbortHandle, Abortable, FutureExt};
use futures::lock::Mutex as AsyncMutex;
use futures::stream::{FuturesUnordered, StreamExt};

use crate::error::Error;
use crate::few::Few;
use crate::host::{Failed, Host, Progress};
use crate::maybe_send::{BoxFuture, Cause, MaybeSend};
use crate::session::Session;
use crate::tasks::{self, Outcome, SinkState};
use crate::transfer::Command;

/// What a machine's sources, buffers and sinks are.
pub(crate) struct Resources<H: Host> {
    pub(crate) sources: Vec<H::Source>,
    pub(crate) reader: Option<H::Reader>,
    pub(crate) sinks: Vec<H::Sink>,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
}

impl<H: Host> Default for Resources<H> {
    fn default() -> Self {
        Self { sources: Vec::new(), reader: None, sinks: Vec::new(), commands: mpsc::unbounded().1 }
    }
}

/// Runs a machine to its end. Dropping the future stops everything it has under way.
pub(crate) async fn drive<M, H: Host>(
    machine: &mut M,
    session: &Session<H>,
    resources: Resources<H>,
    on_event: impl FnMut(M::Event) + MaybeSend,
) -> Result<M::Output, Error>
where
    M: Machine<Output: MaybeSend> + MaybeSend,
{
    let mut driven = Typed { machine, on_event, output: None };
    run(&mut driven, session, resources).await?;
    driven.output.ok_or_else(|| {
        b2_proto::Error::new(ErrorKind::Cancelled, "it ended without an outcome").into()
    })
}

/// A machine for a driver that does not know its types, and so exists once for all of them.
trait Driven: MaybeSend {
    /// The next step. Events have been told, and the output is kept.
    fn poll(&mut self, now: Instant) -> Step<(), Infallible>;
    fn handle(&mut self, now: Instant, task: TaskId, input: Input);
    fn command(&mut self, now: Instant, command: Command);
}

struct Typed<'a, M: Machine, F> {
    machine: &'a mut M,
    on_event: F,
    output: Option<M::Output>,
}

impl<M, F> Driven for Typed<'_, M, F>
where
    M: Machine<Output: MaybeSend> + MaybeSend,
    F: FnMut(M::Event) + MaybeSend,
{
    fn poll(&mut self, now: Instant) -> Step<(), Infallible> {
        loop {
            return match self.machine.poll(now) {
                Step::Start(task, action) => Step::Start(task, action),
                Step::Abort(task) => Step::Abort(task),
                Step::Emit(event) => {
                    (self.on_event)(event);
                    continue;
                }
                Step::Wait(deadline) => Step::Wait(deadline),
                Step::Done(result) => Step::Done(result.map(|output| self.output = Some(output))),
            };
        }
    }

    fn handle(&mut self, now: Instant, task: TaskId, input: Input) {
        self.machine.handle(now, task, input);
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Cancel(policy) => self.machine.cancel(now, policy),
            Command::Control(control) => self.machine.control(now, control),
        }
    }
}

/// Boxed: the driver answers [`Action::Auth`] by driving another machine.
fn run<'a, H: Host>(
    machine: &'a mut dyn Driven,
    session: &'a Session<H>,
    resources: Resources<H>,
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let (reports, mut progress) = mpsc::unbounded();
        let mut driver =
            Driver::new(session, &resources.sources, resources.sinks, resources.reader, reports);
        let mut commands = resources.commands.fuse();
        loop {
            let deadline = loop {
                match machine.poll(session.host.now()) {
                    Step::Start(task, action) => {
                        if let Some(input) = driver.start(task, action) {
                            machine.handle(session.host.now(), task, input);
                        }
                    }
                    Step::Abort(task) => driver.abort(task),
                    Step::Wait(deadline) => break deadline,
                    Step::Done(result) => return result.map_err(|error| driver.explain(error)),
                }
            };
            futures::select_biased! {
                command = commands.select_next_some() => {
                    machine.command(session.host.now(), command);
                }
                (task, bytes) = progress.select_next_some() => {
                    machine.handle(session.host.now(), task, Input::Progress(bytes));
                }
                (task, outcome) = driver.running.select_next_some() => {
                    if let Some(input) = driver.finished(task, outcome) {
                        machine.handle(session.host.now(), task, input);
                    }
                }
                () = sleep(&session.host, deadline).fuse() => {}
            }
        }
    })
}

async fn sleep<H: Host>(host: &H, deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The machine names something that its caller did not give.
fn unknown() -> Input {
    Input::Failed(Failure::new(FailureKind::Source, "there is no such source or sink"))
}

/// What a task says at its end, if it was not aborted.
type Ended<H> = (TaskId, Option<Outcome<<H as Host>::Incoming>>);

/// The tasks of one machine.
struct Driver<'a, H: Host> {
    session: &'a Session<H>,
    sources: &'a [H::Source],
    sinks: Vec<Arc<SinkState<H::Sink>>>,
    reader: Option<Arc<AsyncMutex<H::Reader>>>,
    buffers: Few<BufferId, H::Source>,
    /// Bodies whose heads have been reported.
    bodies: Few<TaskId, H::Incoming>,
    running: FuturesUnordered<BoxFuture<'a, Ended<H>>>,
    aborts: Few<TaskId, AbortHandle>,
    reports: mpsc::UnboundedSender<(TaskId, u64)>,
    cause: Option<Cause>,
}

impl<'a, H: Host> Driver<'a, H> {
    fn new(
        session: &'a Session<H>,
        sources: &'a [H::Source],
        sinks: Vec<H::Sink>,
        reader: Option<H::Reader>,
        reports: mpsc::UnboundedSender<(TaskId, u64)>,
    ) -> Self {
        Self {
            session,
            sources,
            sinks: sinks.into_iter().map(|sink| Arc::new(SinkState::new(sink))).collect(),
            reader: reader.map(|reader| Arc::new(AsyncMutex::new(reader))),
            buffers: Few::default(),
            bodies: Few::default(),
            running: FuturesUnordered::new(),
            aborts: Few::default(),
            reports,
            cause: None,
        }
    }

    /// Begins a task, or does it at once and says what became of it.
    fn start(&mut self, task: TaskId, action: Action) -> Option<Input> {
        let session = self.session;
        let progress = Progress::new(self.reports.clone(), task);
        let task_future: BoxFuture<'a, Outcome<H::Incoming>> = match action {
            Action::Send(request) => {
                let Request { http, reply, idle_timeout } = *request;
                let (parts, body) = http.into_parts();
                let head = http::Request::from_parts(parts, ());
                let body = tasks::outgoing(body, |span| self.source(span));
                Box::pin(tasks::send(&session.host, head, body, reply, idle_timeout, progress))
            }
            Action::Receive { from, sink, offset, max, digest } => {
                let (Some(body), Some(sink)) = (self.bodies.take(from), self.sink(sink)) else {
                    return Some(unknown());
                };
                Box::pin(tasks::receive(body, sink, offset, max, digest, progress))
            }
            Action::Digest(spans) => {
                let spans = tasks::resolve(spans, |span| self.source(span));
                Box::pin(tasks::digest(spans))
            }
            Action::DigestSink { sink, len } => match self.sink(sink) {
                Some(sink) => Box::pin(tasks::digest_sink(sink, len)),
                None => return Some(unknown()),
            },
            Action::Auth { stale } => Box::pin(async move {
                let authorized = session.authorization(stale).await.map_err(Error::into_data);
                Outcome::Input(Input::Auth(authorized))
            }),
            Action::Fill { buffer, max } => match &self.reader {
                Some(reader) => Box::pin(tasks::fill(reader.clone(), buffer, max)),
                None => return Some(unknown()),
            },
            Action::TakeUrl(key) => {
                return Some(Input::Url(session.account().take_url(session.host.now(), &key)));
            }
            Action::KeepUrl(key, url) => {
                session.account().keep_url(session.host.now(), key, url);
                return None;
            }
            Action::Release(buffer) => {
                self.buffers.take(buffer);
                return None;
            }
        };
        let (handle, registration) = AbortHandle::new_pair();
        self.aborts.put(task, handle);
        let abortable = Abortable::new(task_future, registration);
        self.running.push(Box::pin(abortable.map(move |outcome| (task, outcome.ok()))));
        None
    }

    fn source(&self, span: &Span) -> Option<H::Source> {
        match span.origin {
            Origin::Source(id) => self.sources.get(id.0 as usize).cloned(),
            Origin::Buffer(id) => self.buffers.get(id).cloned(),
        }
    }

    fn sink(&self, id: SinkId) -> Option<Arc<SinkState<H::Sink>>> {
        self.sinks.get(id.0 as usize).cloned()
    }

    fn abort(&mut self, task: TaskId) {
        self.bodies.take(task);
        if let Some(handle) = self.aborts.take(task) {
            handle.abort();
        }
    }

    /// What the machine is told of a task that has ended.
    fn finished(&mut self, task: TaskId, outcome: Option<Outcome<H::Incoming>>) -> Option<Input> {
        self.aborts.take(task)?;
        match outcome? {
            Outcome::Input(input) => Some(input),
            Outcome::Head(head, body) => {
                self.bodies.put(task, body);
                Some(Input::Head(head))
            }
            Outcome::Received { bytes, broken } => {
                let broken = broken.map(|failed| self.noted(failed));
                Some(Input::Received { bytes, broken })
            }
            Outcome::Filled { buffer, bytes, end } => {
                let len = bytes.len() as u64;
                self.buffers.put(buffer, bytes.into());
                Some(Input::Filled { len, end })
            }
            Outcome::Failed(failed) => Some(Input::Failed(self.noted(failed))),
        }
    }

    fn noted(&mut self, failed: Failed) -> Failure {
        self.cause = failed.cause;
        failed.failure
    }

    /// Adds what the host saw last, where B2 itself said nothing.
    fn explain(&mut self, error: b2_proto::Error) -> Error {
        let cause = self.cause.take().filter(|_| error.status().is_none());
        Error::attach(error, cause)
    }
}
