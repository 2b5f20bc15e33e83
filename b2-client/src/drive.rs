//! The driver: one loop that polls a machine, starts its tasks, and hands back what became of them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, poll_fn};
use core::ops::Range;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker, ready};

use b2_proto::ErrorKind;
use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{
    Action, Body, BufferId, Input, Machine, Origin, Request, SinkId, Span, Step, TaskId,
};
use b2_proto::time::Instant;
use b2_proto::vigil::Vigil;
use futures::future::FutureExt;

use crate::driven::{Driven, Output, Typed};
use crate::error::Error;
use crate::few::Few;
use crate::host::{Failed, Host, Outgoing, OutgoingBody, Progress};
use crate::maybe_send::{BoxFuture, Cause, MaybeSend};
use crate::receive::{Place, Receive};
use crate::running::{Kind, Running, Signal};
use crate::session::Session;
use crate::tasks::{self, Outcome};
use crate::transfer::Controls;

/// What a machine's sources, buffers and sinks are, and who controls it.
pub(crate) struct Resources<H: Host> {
    pub(crate) sources: Vec<H::Source>,
    pub(crate) reader: Option<H::Reader>,
    /// Has hashed what was read of `reader`, where that is asked for.
    pub(crate) hasher: Option<Sha1Hasher>,
    pub(crate) sinks: Vec<Arc<dyn Receive<H>>>,
    pub(crate) controls: Controls,
}

impl<H: Host> Default for Resources<H> {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            reader: None,
            hasher: None,
            sinks: Vec::new(),
            controls: Controls::default(),
        }
    }
}

/// Runs a machine to its end. Dropping the future stops everything it has under way.
pub(crate) fn drive<'a, M, H: Host>(
    machine: M,
    session: &Arc<Session<H>>,
    resources: Resources<H>,
    on_event: impl FnMut(M::Event) + MaybeSend + 'a,
) -> Drive<'a, M::Output>
where
    M: Machine<Output: MaybeSend> + MaybeSend + 'a,
{
    let output = Output::default();
    let typed = Box::new(Typed::new(machine, on_event, output.clone()));
    Drive::new(run(typed, session.clone(), resources), output)
}

/// A machine on the way to its output.
pub(crate) struct Drive<'a, T> {
    pub(crate) course: BoxFuture<'a, Result<(), Error>>,
    output: Output<T>,
}

impl<'a, T> Drive<'a, T> {
    /// On this course, whose end leaves this output.
    pub(crate) fn new(course: BoxFuture<'a, Result<(), Error>>, output: Output<T>) -> Self {
        Self { course, output }
    }
}

impl<T> Future for Drive<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.course.as_mut().poll(context));
        Poll::Ready(ended.and_then(|()| self.output.lock().take().ok_or_else(no_output)))
    }
}

fn no_output() -> Error {
    b2_proto::Error::new(ErrorKind::Cancelled, "it ended without an output").into()
}

/// Boxed: the driver answers [`Action::Auth`] by driving another machine.
fn run<H: Host>(
    mut machine: Box<dyn Driven + '_>,
    session: Arc<Session<H>>,
    resources: Resources<H>,
) -> BoxFuture<'_, Result<(), Error>> {
    let mut driver = Driver {
        session: session.clone(),
        resources,
        buffers: Few::default(),
        bodies: Few::default(),
        running: Vec::new(),
        vigil: Vigil::default(),
        cause: None,
    };
    Box::pin(async move {
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
            poll_fn(|context| {
                if driver.tell(&mut *machine, context) {
                    return Poll::Ready(());
                }
                timer.as_mut().poll(context)
            })
            .await;
        }
    })
}

/// The machine names something that its caller did not give.
fn unknown() -> Input {
    Input::Failed(Failure::new(FailureKind::Source, "there is no such source or sink"))
}

/// What a task ends with.
type Ended<H> = Result<Outcome<H>, Failed>;

/// The tasks of one machine.
struct Driver<H: Host> {
    session: Arc<Session<H>>,
    resources: Resources<H>,
    buffers: Few<BufferId, H::Source>,
    /// Bodies whose heads have been reported.
    bodies: Few<TaskId, H::Incoming>,
    running: Vec<Running<Ended<H>>>,
    vigil: Vigil,
    cause: Option<Cause>,
}

impl<H: Host> Driver<H> {
    /// The machine's time.
    fn now(&self) -> Instant {
        self.vigil.time(self.session.host.now())
    }

    /// Begins a task, or does it at once and says what became of it.
    fn start(&mut self, task: TaskId, action: Action) -> Option<Input> {
        let session = self.session.clone();
        let signal = Signal::new(self.resources.controls.driver().clone());
        let (kind, future): (Kind, BoxFuture<'static, Ended<H>>) = match action {
            Action::Send(request) => {
                let Request { head, body, reply, idle_timeout } = *request;
                if let Err(error) = session.account().check_url(&head.url) {
                    let failure = Failure::new(FailureKind::UntrustedHost, error.message());
                    return Some(Input::Failed(failure));
                }
                let body = self.body(body);
                let reports = signal.clone();
                let progress = Progress::new(move |bytes| reports.moved(bytes));
                let outgoing = Outgoing { head, body, idle_timeout, progress };
                (Kind::Send, Box::pin(tasks::send(session, outgoing, reply)))
            }
            Action::Receive { from, sink, offset, max, digest } => {
                let (Some(body), Some(sink)) = (self.bodies.take(from), self.sink(sink)) else {
                    return Some(unknown());
                };
                let place = Place { offset, max, digest };
                (Kind::Receive, sink.receive(body, place, signal.clone()))
            }
            Action::Peek { from, max } => match self.bodies.take(from) {
                Some(body) => (Kind::Send, Box::pin(tasks::peek(body, max))),
                None => return Some(unknown()),
            },
            Action::Digest(spans) => (Kind::Local, Box::pin(tasks::digest(self.spans(spans)))),
            Action::DigestSink { sink, len } => match self.sink(sink) {
                Some(sink) => (Kind::Local, sink.digest(len)),
                None => return Some(unknown()),
            },
            Action::AwaitOnline => {
                let mut online = Box::pin(async move { session.host.online().await });
                // Where it is online already, the caller need not hear of a wait.
                if online.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    return Some(Input::Online);
                }
                self.vigil.offline(self.session.host.now());
                (Kind::Online, Box::pin(online.map(|()| Ok(Outcome::Input(Input::Online)))))
            }
            Action::Auth { stale } => {
                let authorization = session.authorization(stale);
                (Kind::Local, Box::pin(authorization.map(|outcome| Ok(Outcome::Auth(outcome)))))
            }
            Action::Fill { buffer, max, digest } => match self.resources.reader.take() {
                Some(reader) => {
                    let hasher = digest.then(|| self.resources.hasher.take().unwrap_or_default());
                    (Kind::Local, Box::pin(tasks::fill(reader, buffer, max, hasher)))
                }
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
        self.running.push(Running::new(task, kind, signal, future));
        None
    }

    /// The body of a request, with the machine's names replaced by the sources they stand for.
    fn body(&self, body: Body) -> OutgoingBody<H::Source> {
        match body {
            Body::Empty => OutgoingBody::Empty,
            Body::Bytes(bytes) => OutgoingBody::Bytes(bytes),
            Body::Spans { spans, digest_at_end } => {
                OutgoingBody::Spans { spans: self.spans(spans), digest_at_end }
            }
        }
    }

    /// Spans with the sources they are of.
    fn spans(&self, spans: Vec<Span>) -> Vec<(H::Source, Range<u64>)> {
        let mut found = Vec::new();
        for span in spans {
            let source = match span.origin {
                Origin::Source(id) => self.resources.sources.get(id.0 as usize),
                Origin::Buffer(id) => self.buffers.get(id),
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

    fn abort(&mut self, task: TaskId) {
        self.bodies.take(task);
        if let Some(at) = self.running.iter().position(|running| running.id == task) {
            self.remove(at);
        }
    }

    fn remove(&mut self, at: usize) {
        let removed = self.running.swap_remove(at);
        let waits = |running: &Running<_>| running.kind == Kind::Online;
        if waits(&removed) && !self.running.iter().any(waits) {
            self.vigil.online(self.session.host.now());
        }
    }

    /// Tells the machine what has happened; whether anything has.
    ///
    /// After a sleep whatever needs the network ends, and a request that failed did so for that.
    fn tell(&mut self, machine: &mut dyn Driven, context: &mut Context<'_>) -> bool {
        self.resources.controls.driver().register(context.waker());
        let slept = self.vigil.overslept(self.session.host.now());
        let mut told = slept;
        for command in self.resources.controls.take().into_iter().flatten() {
            machine.command(self.now(), command);
            told = true;
        }
        let mut at = 0;
        while let Some(running) = self.running.get_mut(at) {
            let (task, kind) = (running.id, running.kind);
            if slept && kind == Kind::Receive {
                running.signal.interrupt();
            }
            let polled = running.poll();
            if let Some(bytes) = running.signal.news() {
                machine.handle(self.now(), task, Input::Progress(bytes));
                told = true;
            }
            let ended = match polled {
                Poll::Ready(ended) => ended,
                Poll::Pending if slept && kind == Kind::Send => Err(tasks::asleep().into()),
                Poll::Pending => {
                    at += 1;
                    continue;
                }
            };
            self.remove(at);
            let input = match ended {
                Err(_) if slept && kind == Kind::Send => Input::Failed(tasks::asleep()),
                ended => self.input(task, ended),
            };
            machine.handle(self.now(), task, input);
            told = true;
        }
        told
    }

    /// What the machine is told of a task that has ended.
    fn input(&mut self, task: TaskId, ended: Ended<H>) -> Input {
        match ended {
            Ok(Outcome::Input(input)) => input,
            Ok(Outcome::Auth(authorized)) => Input::Auth(authorized.map_err(|error| {
                let (error, cause) = error.into_parts();
                self.cause = cause;
                error
            })),
            Ok(Outcome::Head(head, body)) => {
                self.bodies.put(task, body);
                Input::Head(head)
            }
            Ok(Outcome::Received { bytes, broken }) => {
                let broken = broken.map(|failed| self.noted(failed));
                Input::Received { bytes, broken }
            }
            Ok(Outcome::Filled { buffer, reader, filled, hasher }) => {
                self.resources.reader = Some(reader);
                match filled {
                    Ok((bytes, end)) => {
                        let len = bytes.len() as u64;
                        self.buffers.put(buffer, bytes.into());
                        let sha1 = hasher.as_ref().filter(|_| end).map(Sha1Hasher::finish);
                        self.resources.hasher = hasher;
                        Input::Filled { len, end, sha1 }
                    }
                    Err(failed) => Input::Failed(self.noted(failed)),
                }
            }
            Err(failed) => Input::Failed(self.noted(failed)),
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
