//! The driver: one loop that polls a machine, starts its tasks, and hands back what became of them.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use b2_proto::error::{Failure, FailureKind};
use b2_proto::machine::{
    Action, BufferId, Input, Machine, Origin, Request, SinkId, Span, Step, TaskId,
};
use b2_proto::time::Instant;
use b2_proto::vigil::Vigil;
use futures::channel::{mpsc, oneshot};
use futures::future::{AbortHandle, Abortable, FutureExt};
use futures::lock::Mutex as AsyncMutex;
use futures::stream::{FuturesUnordered, StreamExt};

use crate::driven::{Driven, Typed};
use crate::error::Error;
use crate::few::Few;
use crate::host::{Failed, Host, Outgoing, Progress};
use crate::maybe_send::{BoxFuture, Cause, MaybeSend};
use crate::receive::{Place, Receive};
use crate::session::Session;
use crate::tasks::{self, Outcome};
use crate::transfer::Command;

/// What a machine's sources, buffers and sinks are.
pub(crate) struct Resources<H: Host> {
    pub(crate) sources: Vec<H::Source>,
    pub(crate) reader: Option<H::Reader>,
    pub(crate) sinks: Vec<Arc<dyn Receive<H::Incoming>>>,
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
    let mut typed = Typed::new(machine, on_event);
    run(&mut typed, session, resources).await?;
    typed.into_output()
}

/// Boxed: the driver answers [`Action::Auth`] by driving another machine.
fn run<'a, H: Host>(
    machine: &'a mut dyn Driven,
    session: &'a Session<H>,
    mut resources: Resources<H>,
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(async move {
        let (reports, mut progress) = mpsc::unbounded();
        let mut driver =
            Driver::new(session, &resources.sources, resources.sinks, resources.reader, reports);
        loop {
            let deadline = loop {
                match machine.poll(driver.now()) {
                    Step::Start(task, action) => {
                        if let Some(input) = driver.start(task, action) {
                            machine.handle(driver.now(), task, input);
                        }
                    }
                    Step::Abort(task) => driver.abort(task),
                    Step::Wait(deadline) => break deadline,
                    Step::Done(result) => return result.map_err(|error| driver.explain(error)),
                }
            };
            let until = driver.vigil.wait(session.host.now(), deadline);
            let mut timer = pin!(session.host.sleep_until(until));
            let news = poll_fn(|context| {
                if let Poll::Ready(Some(command)) = resources.commands.poll_next_unpin(context) {
                    return Poll::Ready(News::Command(command));
                }
                if let Poll::Ready(Some((task, bytes))) = progress.poll_next_unpin(context) {
                    return Poll::Ready(News::Moved(task, bytes));
                }
                if let Poll::Ready(Some(ended)) = driver.running.poll_next_unpin(context) {
                    return Poll::Ready(News::Ended(ended));
                }
                timer.as_mut().poll(context).map(|()| News::Time)
            });
            let news = news.await;
            let slept = driver.vigil.overslept(session.host.now());
            match news {
                News::Command(command) => machine.command(driver.now(), command),
                News::Moved(task, bytes) => {
                    machine.handle(driver.now(), task, Input::Progress(bytes));
                }
                News::Ended((task, outcome)) => {
                    if let Some(input) = driver.finished(task, outcome, slept) {
                        machine.handle(driver.now(), task, input);
                    }
                }
                News::Time => {}
            }
            if slept {
                driver.interrupt();
            }
        }
    })
}

/// What a driver waits for.
enum News<B> {
    Command(Command),
    Moved(TaskId, u64),
    Ended(Ended<B>),
    Time,
}

/// The machine names something that its caller did not give.
fn unknown() -> Input {
    Input::Failed(Failure::new(FailureKind::Source, "there is no such source or sink"))
}

/// What a task says at its end, if it was not aborted.
type Ended<B> = (TaskId, Option<Outcome<B>>);

/// A task that runs.
struct Running {
    /// Ends it without a word.
    abort: AbortHandle,
    kind: Kind,
}

enum Kind {
    Local,
    /// It needs the network, and ends by this as after a sleep.
    Network(Option<oneshot::Sender<()>>),
    /// It waits for the network.
    Online,
}

/// The tasks of one machine.
struct Driver<'a, H: Host> {
    session: &'a Session<H>,
    sources: &'a [H::Source],
    sinks: Vec<Arc<dyn Receive<H::Incoming>>>,
    reader: Option<Arc<AsyncMutex<H::Reader>>>,
    buffers: Few<BufferId, H::Source>,
    /// Bodies whose heads have been reported.
    bodies: Few<TaskId, H::Incoming>,
    running: FuturesUnordered<BoxFuture<'a, Ended<H::Incoming>>>,
    handles: Few<TaskId, Running>,
    vigil: Vigil,
    reports: mpsc::UnboundedSender<(TaskId, u64)>,
    cause: Option<Cause>,
}

impl<'a, H: Host> Driver<'a, H> {
    fn new(
        session: &'a Session<H>,
        sources: &'a [H::Source],
        sinks: Vec<Arc<dyn Receive<H::Incoming>>>,
        reader: Option<H::Reader>,
        reports: mpsc::UnboundedSender<(TaskId, u64)>,
    ) -> Self {
        Self {
            session,
            sources,
            sinks,
            reader: reader.map(|reader| Arc::new(AsyncMutex::new(reader))),
            buffers: Few::default(),
            bodies: Few::default(),
            running: FuturesUnordered::new(),
            handles: Few::default(),
            vigil: Vigil::default(),
            reports,
            cause: None,
        }
    }

    /// The machine's time.
    fn now(&self) -> Instant {
        self.vigil.time(self.session.host.now())
    }

    /// Begins a task, or does it at once and says what became of it.
    fn start(&mut self, task: TaskId, action: Action) -> Option<Input> {
        let session = self.session;
        let progress = Progress::new(self.reports.clone(), task);
        let mut kind = Kind::Local;
        let mut interruptible = || {
            let (sender, receiver) = oneshot::channel();
            kind = Kind::Network(Some(sender));
            receiver
        };
        let task_future: BoxFuture<'a, Outcome<H::Incoming>> = match action {
            Action::Send(request) => {
                let Request { head, body, reply, idle_timeout } = *request;
                let body = tasks::outgoing(body, |span| self.source(span));
                let outgoing = Outgoing { head, body, idle_timeout, progress };
                Box::pin(tasks::send(&session.host, outgoing, reply, interruptible()))
            }
            Action::Receive { from, sink, offset, max, digest } => {
                let (Some(body), Some(sink)) = (self.bodies.take(from), self.sink(sink)) else {
                    return Some(unknown());
                };
                sink.receive(body, Place { offset, max, digest }, progress, interruptible())
            }
            Action::Digest(spans) => {
                let spans = tasks::resolve(spans, |span| self.source(span));
                Box::pin(tasks::digest(spans))
            }
            Action::DigestSink { sink, len } => match self.sink(sink) {
                Some(sink) => sink.digest(len),
                None => return Some(unknown()),
            },
            Action::AwaitOnline => {
                let mut online = Box::pin(session.host.online().map(|()| Input::Online));
                // Where it is online already, the caller need not hear of a wait.
                match online.as_mut().now_or_never() {
                    Some(input) => return Some(input),
                    None => {
                        self.vigil.offline(session.host.now());
                        kind = Kind::Online;
                        Box::pin(online.map(Outcome::Input))
                    }
                }
            }
            Action::Auth { stale } => {
                Box::pin(async move { Outcome::Auth(session.authorization(stale).await) })
            }
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
        let (abort, registration) = AbortHandle::new_pair();
        self.handles.put(task, Running { abort, kind });
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

    fn sink(&self, id: SinkId) -> Option<Arc<dyn Receive<H::Incoming>>> {
        self.sinks.get(id.0 as usize).cloned()
    }

    fn abort(&mut self, task: TaskId) {
        self.bodies.take(task);
        if let Some(running) = self.remove(task) {
            running.abort.abort();
        }
    }

    /// The device slept: whatever needs the network ends, and says so.
    fn interrupt(&mut self) {
        for running in self.handles.values_mut() {
            if let Kind::Network(interrupt) = &mut running.kind {
                let _ = interrupt.take().map(|interrupt| interrupt.send(()));
            }
        }
    }

    fn remove(&mut self, task: TaskId) -> Option<Running> {
        let running = self.handles.take(task)?;
        let waits = |running: &Running| matches!(running.kind, Kind::Online);
        if waits(&running) && !self.handles.values().any(waits) {
            self.vigil.online(self.session.host.now());
        }
        Some(running)
    }

    /// What the machine is told of a task that has ended. If the device `slept` meanwhile, a request that failed
    /// did so for that.
    fn finished(
        &mut self,
        task: TaskId,
        outcome: Option<Outcome<H::Incoming>>,
        slept: bool,
    ) -> Option<Input> {
        let network = matches!(self.remove(task)?.kind, Kind::Network(_));
        match outcome? {
            Outcome::Input(input) => Some(input),
            Outcome::Auth(authorized) => Some(Input::Auth(authorized.map_err(|error| {
                let (error, cause) = error.into_parts();
                self.cause = cause;
                error
            }))),
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
            Outcome::Failed(_) if slept && network => Some(Input::Failed(tasks::asleep())),
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
