//! A device whose clock and network a test turns on and off.

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::Duration;

use b2_client::{
    Host, HostError, HostRequest, HostResponse, Reader, RequestBody, ResponseBody, Sink, Source,
};
use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::BodyStyle;
use b2_proto::time::{Instant, Timestamp};
use b2_sim::{Config, Service};
use bytes::Bytes;

/// A device whose clock and network a test turns on and off.
#[derive(Clone)]
pub(crate) struct Device(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) service: Service,
    clock: Instant,
    network: Network,
    /// How many chunks of bodies arrive before the network is silent.
    chunks: usize,
    sent: usize,
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// Requests are sent, but get no response.
    Silent,
    Offline,
}

impl Device {
    pub(crate) fn new() -> Self {
        let service = Service::new(Config::default());
        let (clock, network) = (Instant::ORIGIN, Network::Up);
        Self(Arc::new(Mutex::new(State {
            service,
            clock,
            network,
            chunks: usize::MAX,
            sent: 0,
            waiting: Vec::new(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn sent(&self) -> usize {
        self.state().sent
    }

    /// Advances the clock, sets the state of the network, and wakes waiting tasks.
    pub(crate) fn after(&self, elapsed: Duration, network: Network) {
        let waiting = {
            let mut state = self.state();
            state.clock = state.clock + elapsed;
            state.network = network;
            state.chunks = usize::MAX;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Stops the network after this number of chunks.
    pub(crate) fn silent_after(&self, chunks: usize) {
        self.state().chunks = chunks;
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
    type Source = Memory;
    type Reader = Memory;
    type Sink = Disk;
    type ResponseBody = Body;

    fn body_style(&self) -> BodyStyle {
        BodyStyle::Known { max_in_memory: 0 }
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

    async fn send(&self, request: HostRequest<Memory>) -> Result<HostResponse<Body>, HostError> {
        self.state().sent += 1;
        let network = self.state().network;
        match network {
            Network::Up => {}
            Network::Silent => pending().await,
            Network::Offline => {
                return Err(TransportError::new(TransportErrorKind::Offline, "").into());
            }
        }
        let body = match request.body {
            RequestBody::Empty => Bytes::new(),
            RequestBody::Bytes(body) => body,
            RequestBody::Spans { spans, .. } => {
                let bytes = spans.iter().map(|(source, range)| source.slice(range));
                let body = bytes.collect::<Vec<_>>().concat();
                request.progress.moved(1);
                request.progress.moved(body.len() as u64);
                body.into()
            }
        };
        Ok(self.answer(http::Request::try_from(&request.head).unwrap().map(|()| body)))
    }
}

impl Device {
    fn answer(&self, request: http::Request<Bytes>) -> HostResponse<Body> {
        let response = self.state().service.handle(self.timestamp(), request);
        let response = response.map(|rest| Body { device: self.clone(), rest }).into();
        HostResponse { response, sent: None }
    }
}

/// The size of a chunk, so that a batch has several.
const CHUNK: usize = 100_000;

pub(crate) struct Body {
    device: Device,
    rest: Bytes,
}

impl ResponseBody for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HostError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let arrives = {
            let mut state = self.device.state();
            let arrives = state.chunks > 0;
            state.chunks = state.chunks.saturating_sub(1);
            arrives
        };
        if !arrives {
            pending::<()>().await;
        }
        Ok(Some(self.rest.split_to(CHUNK.min(self.rest.len()))))
    }
}

/// The content of an upload.
#[derive(Clone, Debug)]
pub(crate) struct Memory(Bytes);

impl Memory {
    fn slice(&self, range: &Range<u64>) -> Bytes {
        self.0.slice(range.start as usize..range.end as usize)
    }
}

impl From<Bytes> for Memory {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Source for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    async fn hash(
        &self,
        range: Range<u64>,
        mut hasher: Sha1Hasher,
    ) -> Result<Sha1Hasher, HostError> {
        hasher.update(&self.slice(&range));
        Ok(hasher)
    }
}

impl Reader for Memory {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        let bytes = self.0.split_to(self.0.len().min(max as usize));
        Ok((bytes, self.0.is_empty()))
    }
}

/// The sink of a download.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Arc<Mutex<Vec<u8>>>);

impl Disk {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Sink for Disk {
    fn is_random_access(&self) -> bool {
        false
    }

    /// Appends bytes. Checks that they are in order.
    async fn write(&self, offset: u64, chunks: Vec<Bytes>) -> Result<(), HostError> {
        let mut bytes = self.0.lock().unwrap();
        assert_eq!(offset, bytes.len() as u64);
        chunks.iter().for_each(|chunk| bytes.extend_from_slice(chunk));
        Ok(())
    }

    async fn read(&self, _: u64, _: u64) -> Result<Bytes, HostError> {
        panic!("it cannot be read back")
    }
}
