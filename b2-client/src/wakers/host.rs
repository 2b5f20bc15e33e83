//! A host whose network and timer are threads of the model.

use std::future::{Future, pending, poll_fn, ready};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use b2_proto::account::{RateLimiter, UploadUrl, UrlKey};
use b2_proto::hash::Sha1Hasher;
use b2_proto::http::{Method, RequestHead, Response};
use b2_proto::machine::{Action, Authorized, Body, BodyStyle, Generation, ReplyPlan, Request};
use b2_proto::time::{Instant, Timestamp};
use bytes::Bytes;
use loom::future::block_on;
use loom::thread;

use crate::driver::AccountAccess;
use crate::error::{Error, HostError};
use crate::host::{Host, HostRequest, HostResponse, ResponseBody, Sink, Source};
use crate::maybe_send::BoxFuture;
use crate::stream_reader::StreamReader;
use crate::sync::Lock;

/// What the threads of a model change and the host waits for.
#[derive(Default)]
pub(super) struct Environment {
    /// How many reports of progress a request makes.
    reports: u64,
    /// Whether a request is answered then.
    answers: bool,
    clock: Lock<Clock>,
    /// Held while the driver runs and while the device is suspended, as these exclude each other.
    awake: Lock<()>,
    /// The driver waits for its timer.
    sleeping: Latch,
    response: Latch,
    body: Latch,
}

#[derive(Default)]
struct Clock {
    now: Instant,
    sleeper: Option<Waker>,
}

impl Environment {
    /// Creates an environment that answers a request after `reports` reports of its progress.
    pub(super) fn new(reports: u64) -> Arc<Self> {
        Arc::new(Self { reports, answers: true, ..Self::default() })
    }

    /// Creates an environment that does not answer a request after `reports` reports of its progress.
    pub(super) fn without_answer(reports: u64) -> Arc<Self> {
        Arc::new(Self { reports, ..Self::default() })
    }

    /// Blocks until the driver waits.
    pub(super) fn until_sleeping(&self) {
        block_on(self.sleeping.opened());
    }

    /// Suspends the device until that time.
    pub(super) fn suspend_until(&self, now: Instant) {
        let _asleep = self.awake.lock();
        self.advance_to(now);
    }

    /// Runs a future on a device that may be suspended while the future waits.
    pub(super) fn run<F: Future + Unpin>(&self, mut future: F) -> F::Output {
        block_on(poll_fn(|context| {
            let _awake = self.awake.lock();
            Pin::new(&mut future).poll(context)
        }))
    }

    /// Moves the clock on, as if a timer fired at that time.
    pub(super) fn advance_to(&self, now: Instant) {
        let sleeper = {
            let mut clock = self.clock.lock();
            clock.now = now;
            clock.sleeper.take()
        };
        sleeper.into_iter().for_each(Waker::wake);
    }

    /// Lets the body of the response arrive.
    pub(super) fn send_body(&self) {
        self.body.open();
    }
}

/// Something that happens once, and can be awaited.
#[derive(Default)]
struct Latch(Lock<(bool, Option<Waker>)>);

impl Latch {
    fn open(&self) {
        let waker = {
            let (open, waker) = &mut *self.0.lock();
            *open = true;
            waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    async fn opened(&self) {
        poll_fn(|context| {
            let (open, waker) = &mut *self.0.lock();
            if *open {
                return Poll::Ready(());
            }
            *waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// The host of a model. A thread of its own reports the progress of a request, byte by byte, and
/// answers it if the environment does.
#[derive(Clone)]
pub(super) struct ModelHost(pub(super) Arc<Environment>);

impl std::fmt::Debug for ModelHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ModelHost")
    }
}

impl Host for ModelHost {
    type Source = Memory;
    type Reader = StreamReader;
    type Sink = NoSink;
    type ResponseBody = ModelBody;

    fn body_style(&self) -> BodyStyle {
        BodyStyle::Streamed
    }

    fn now(&self) -> Instant {
        self.0.clock.lock().now
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn seed(&self) -> u64 {
        0
    }

    async fn sleep_until(&self, deadline: Instant) {
        poll_fn(|context| {
            let mut clock = self.0.clock.lock();
            if clock.now >= deadline {
                return Poll::Ready(());
            }
            clock.sleeper = Some(context.waker().clone());
            drop(clock);
            self.0.sleeping.open();
            Poll::Pending
        })
        .await;
    }

    async fn send(
        &self,
        request: HostRequest<Memory>,
    ) -> Result<HostResponse<ModelBody>, HostError> {
        let (environment, progress) = (self.0.clone(), request.progress);
        thread::spawn(move || {
            (1..=environment.reports).for_each(|bytes| progress.moved(bytes));
            drop(progress);
            if environment.answers {
                environment.response.open();
            }
        });
        self.0.response.opened().await;
        let body = ModelBody(self.0.clone());
        Ok(HostResponse { response: Response::new(200, body), sent: None })
    }
}

/// Returns a request whose response is collected, or streamed.
pub(super) fn request(streamed: bool) -> Action {
    let limit = 0;
    Action::Send(Box::new(Request {
        head: RequestHead::new(Method::Get, "https://api.example"),
        body: Body::Empty,
        reply: if streamed { ReplyPlan::Stream { limit } } else { ReplyPlan::Collect { limit } },
        idle_timeout: Duration::from_secs(1),
    }))
}

/// An empty body, whose end arrives with [`Environment::send_body`].
pub(super) struct ModelBody(Arc<Environment>);

impl ResponseBody for ModelBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HostError> {
        self.0.body.opened().await;
        Ok(None)
    }
}

/// Bytes that are not read.
#[derive(Clone, Debug)]
pub(super) struct Memory(Bytes);

impl From<Bytes> for Memory {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Source for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    async fn hash(&self, _: Range<u64>, hasher: Sha1Hasher) -> Result<Sha1Hasher, HostError> {
        Ok(hasher)
    }
}

/// A sink that drops what is written.
#[derive(Clone, Debug)]
pub(super) struct NoSink;

impl Sink for NoSink {
    fn is_random_access(&self) -> bool {
        true
    }

    async fn write(&self, _: u64, _: Vec<Bytes>) -> Result<(), HostError> {
        Ok(())
    }

    async fn read(&self, _: u64, _: u64) -> Result<Bytes, HostError> {
        Ok(Bytes::new())
    }
}

/// An account that is not authorized.
#[derive(Default)]
pub(super) struct NoAccount(pub(super) Lock<RateLimiter>);

impl AccountAccess for NoAccount {
    fn authorization(
        self: Arc<Self>,
        _: Option<Generation>,
    ) -> BoxFuture<'static, Result<Authorized, Error>> {
        Box::pin(pending())
    }

    fn with_rate(&self, f: &mut dyn FnMut(&mut RateLimiter, Instant)) {
        f(&mut self.0.lock(), Instant::ORIGIN);
    }

    fn check_url(&self, _: &str) -> Result<(), b2_proto::Error> {
        Ok(())
    }

    fn take_url(self: Arc<Self>, _: UrlKey) -> BoxFuture<'static, Option<UploadUrl>> {
        Box::pin(ready(None))
    }

    fn put_url(self: Arc<Self>, _: UrlKey, _: UploadUrl) -> Option<BoxFuture<'static, ()>> {
        None
    }
}
