//! The asynchronous driver, over a host that does what the test says: a device that sleeps, or is offline.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::ops::Range;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use b2_client::{
    Answer, Client, Failed, Host, Incoming, Outgoing, OutgoingBody, Reader, Sink, Source,
};
use b2_proto::account::Credentials;
use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::BodyStyle;
use b2_proto::retry::RetryPolicy;
use b2_proto::time::{Instant, Timestamp};
use b2_sim::{Config, Service};
use bytes::Bytes;
use futures::executor::block_on;
use futures::poll;

/// A device whose clock and network a test turns on and off.
#[derive(Clone)]
struct Device(Arc<Mutex<State>>);

struct State {
    service: Service,
    clock: Instant,
    network: Network,
    sent: usize,
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Up,
    /// Requests go out, and nothing comes back.
    Silent,
    Offline,
}

impl Device {
    fn new() -> Self {
        let service = Service::new(Config::default());
        let (clock, network) = (Instant::ORIGIN, Network::Up);
        Self(Arc::new(Mutex::new(State { service, clock, network, sent: 0, waiting: Vec::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn sent(&self) -> usize {
        self.state().sent
    }

    /// Time passes, then the network is another one, and whoever waits looks again.
    fn after(&self, elapsed: Duration, network: Network) {
        let waiting = {
            let mut state = self.state();
            state.clock = state.clock + elapsed;
            state.network = network;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn until(&self, ready: impl Fn(&State) -> bool) {
        poll_fn(|context| {
            let mut state = self.state();
            if ready(&state) {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device")
    }
}

impl Host for Device {
    type Source = Nothing;
    type Reader = Nothing;
    type Sink = Nothing;
    type Incoming = Body;

    fn body_style(&self) -> BodyStyle {
        BodyStyle::Known
    }

    fn now(&self) -> Instant {
        self.state().clock
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }

    fn seed(&self) -> u64 {
        7
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        self.until(move |state| state.clock >= deadline)
    }

    fn online(&self) -> impl Future<Output = ()> + Send {
        self.until(|state| state.network != Network::Offline)
    }

    async fn send(&self, request: Outgoing<Nothing>) -> Result<Answer<Body>, Failed> {
        self.state().sent += 1;
        let network = self.state().network;
        match network {
            Network::Up => {}
            Network::Silent => pending().await,
            Network::Offline => return Err(Failure::new(FailureKind::Offline, "").into()),
        }
        let body = match request.body {
            OutgoingBody::Bytes(body) => body,
            _ => Bytes::new(),
        };
        Ok(self.answer(http::Request::try_from(&request.head).unwrap().map(|()| body)))
    }
}

impl Device {
    fn answer(&self, request: http::Request<Bytes>) -> Answer<Body> {
        let response = self.state().service.handle(self.timestamp(), request);
        Answer { response: response.map(|body| Body(Some(body))).into(), sent: None }
    }
}

struct Body(Option<Bytes>);

impl Incoming for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Failed> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }
}

/// No test here moves bytes.
#[derive(Clone, Debug)]
struct Nothing;

impl From<Bytes> for Nothing {
    fn from(_: Bytes) -> Self {
        Self
    }
}

impl Source for Nothing {
    fn len(&self) -> u64 {
        0
    }

    async fn hash(&self, _: Range<u64>, hasher: Sha1Hasher) -> Result<Sha1Hasher, Failed> {
        Ok(hasher)
    }
}

impl Reader for Nothing {
    async fn fill(&mut self, _: u64) -> Result<(Bytes, bool), Failed> {
        Ok((Bytes::new(), true))
    }
}

impl Sink for Nothing {
    fn is_random_access(&self) -> bool {
        false
    }

    async fn write(&self, _: u64, _: Vec<Bytes>) -> Result<(), Failed> {
        Ok(())
    }

    async fn read(&self, _: u64, _: u64) -> Result<Bytes, Failed> {
        Ok(Bytes::new())
    }
}

/// An account that repeats nothing, so that whatever costs an attempt fails.
async fn client(device: &Device) -> Client<Device> {
    let (realm, credentials) = {
        let state = device.state();
        (state.service.config().base_url.clone(), state.service.credentials().clone())
    };
    let credentials = Credentials {
        realm,
        application_key_id: credentials.key_id.into(),
        application_key: credentials.key,
    };
    let never = RetryPolicy::default().budget(Duration::ZERO);
    Client::builder(device.clone()).retry(never).authorize(credentials).await.unwrap()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn what_was_under_way_during_a_sleep_is_sent_again_at_once() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets());
        assert!(poll!(&mut calling).is_pending());
        device.after(HOUR, Network::Up);
        assert_eq!(calling.await.unwrap().len(), 0);
        assert_eq!(device.sent(), before + 2);
    });
}

#[test]
fn a_timer_that_is_a_minute_late_is_no_sleep() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Silent);
        let mut calling = pin!(client.list_buckets());
        for _ in 0..10 {
            assert!(poll!(&mut calling).is_pending());
            device.after(Duration::from_secs(88), Network::Silent);
        }
        assert_eq!(device.sent(), before + 1);
    });
}

#[test]
fn offline_it_waits_and_sends_nothing() {
    block_on(async {
        let device = Device::new();
        let client = client(&device).await;
        let before = device.sent();
        device.after(Duration::ZERO, Network::Offline);
        let mut calling = pin!(client.list_buckets());
        for _ in 0..10 {
            assert!(poll!(&mut calling).is_pending());
            device.after(HOUR, Network::Offline);
        }
        assert_eq!(device.sent(), before + 1);
        device.after(HOUR, Network::Up);
        assert_eq!(calling.await.unwrap().len(), 0);
        assert_eq!(device.sent(), before + 2);
    });
}
