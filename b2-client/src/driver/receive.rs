//! Bytes that arrive, on their way into a sink.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::pin;
use core::time::Duration;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::Input;
use bytes::Bytes;
use futures::future::{Either, join, select};

use super::signal::Signal;
use super::tasks::Outcome;
use crate::host::{Host, HostError, ResponseBody, Sink};
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::sync::Lock;

/// Bytes are handed to a sink in batches of at least this size: each costs a trip to another thread.
const BATCH: u64 = 256 << 10;

/// What a driver does with a sink, of whatever type.
pub(crate) trait Receive<H: Host>: MaybeSend + MaybeSync {
    fn receive(
        self: Arc<Self>,
        host: H,
        body: H::ResponseBody,
        region: Region,
        signal: Arc<Signal>,
    ) -> BoxFuture<'static, Result<Outcome<H>, HostError>>;

    fn digest(self: Arc<Self>, len: u64) -> BoxFuture<'static, Result<Outcome<H>, HostError>>;
}

/// Where the bytes of a body go.
pub(crate) struct Region {
    pub(crate) offset: u64,
    pub(crate) max: u64,
    /// Whether nothing may come behind the `max` bytes.
    pub(crate) ends: bool,
    pub(crate) digest: bool,
}

/// Accepts the bytes of a body.
pub(crate) trait Write: MaybeSend + MaybeSync {
    /// Writes all chunks, one after the other, from `offset` on. With `digest`, their SHA-1 will be asked for.
    fn write(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        digest: bool,
    ) -> impl Future<Output = Result<(), HostError>> + MaybeSend;
}

impl<H: Host, K: Sink> Receive<H> for SinkState<K> {
    fn receive(
        self: Arc<Self>,
        host: H,
        body: H::ResponseBody,
        region: Region,
        signal: Arc<Signal>,
    ) -> BoxFuture<'static, Result<Outcome<H>, HostError>> {
        Box::pin(receive(self, host, body, region, signal))
    }

    fn digest(self: Arc<Self>, len: u64) -> BoxFuture<'static, Result<Outcome<H>, HostError>> {
        Box::pin(digest(self, len))
    }
}

/// A sink, and the SHA-1 of its bytes from the start on.
pub(crate) struct SinkState<K> {
    sink: K,
    hasher: Lock<Sha1Hasher>,
}

impl<K: Sink> SinkState<K> {
    pub(crate) fn new(sink: K) -> Self {
        Self { sink, hasher: Lock::default() }
    }

    /// Hashes bytes that come next; others are read back when they are asked for.
    fn hash_in_passing(&self, offset: u64, chunks: &[Bytes]) {
        let mut hasher = self.hasher.lock();
        if offset < hasher.len() {
            // They are written again, so what was hashed of them does not count.
            *hasher = Sha1Hasher::new();
        }
        if offset == hasher.len() {
            chunks.iter().for_each(|chunk| hasher.update(chunk));
        }
    }
}

impl<K: Sink> Write for SinkState<K> {
    async fn write(&self, offset: u64, chunks: Vec<Bytes>, digest: bool) -> Result<(), HostError> {
        if digest {
            self.hash_in_passing(offset, &chunks);
        }
        self.sink.write(offset, chunks).await
    }
}

async fn write(
    sink: &impl Write,
    offset: u64,
    batch: Batch,
    digest: bool,
) -> Result<u64, HostError> {
    if batch.len > 0 {
        sink.write(offset, batch.chunks, digest).await?;
    }
    Ok(batch.len)
}

/// Writes a body into a sink: one batch is written while the next one arrives.
pub(crate) async fn receive<H: Host>(
    sink: Arc<impl Write>,
    host: H,
    mut body: H::ResponseBody,
    region: Region,
    signal: Arc<Signal>,
) -> Result<Outcome<H>, HostError> {
    let Region { offset, max, ends, digest } = region;
    let (mut written, mut arrived) = (0, 0);
    let (mut batch, mut broken, mut last) = (Batch::default(), None, false);
    let mut over = false;
    loop {
        let room = if last { 0 } else { max - arrived };
        let write = write(&*sink, offset + written, batch, digest);
        let (write, (next, cut)) = join(write, next_batch(&mut body, room, &signal)).await;
        match write {
            Ok(len) => written += len,
            Err(failed) => {
                return Ok(Outcome::Received { bytes: written, broken: Some(failed) });
            }
        }
        if last {
            if ends && written == max && (over || goes_on(&host, &mut body).await) {
                let message = format!("more than {max} bytes");
                broken = Some(TransportError::new(TransportErrorKind::TooLong, message).into());
            }
            return Ok(Outcome::Received { bytes: written, broken });
        }
        arrived += next.len;
        over |= next.over;
        signal.moved(arrived);
        last = cut.is_some() || arrived == max || next.len == 0;
        (batch, broken) = (next, cut);
    }
}

/// How long to wait for the end of a body that has sent all its bytes.
const END: Duration = Duration::from_secs(1);

/// Whether bytes come where the body should end.
async fn goes_on<H: Host>(host: &H, body: &mut H::ResponseBody) -> bool {
    let mut timer = pin!(host.sleep_until(host.now() + END));
    loop {
        let chunk = pin!(body.chunk());
        match select(chunk, timer.as_mut()).await {
            Either::Left((Ok(Some(chunk)), _)) if chunk.is_empty() => {}
            Either::Left((chunk, _)) => return matches!(chunk, Ok(Some(_))),
            Either::Right(_) => return false,
        }
    }
}

#[derive(Default)]
struct Batch {
    chunks: Vec<Bytes>,
    len: u64,
    /// Whether the last chunk held more than was wanted.
    over: bool,
}

/// Reads until a batch is full, the body ends, breaks, `max` bytes are there, or the device has slept.
async fn next_batch(
    body: &mut impl ResponseBody,
    max: u64,
    signal: &Signal,
) -> (Batch, Option<HostError>) {
    let mut batch = Batch::default();
    while batch.len < BATCH.min(max) {
        match signal.awake(body.chunk()).await {
            Ok(Some(mut chunk)) => {
                let room = usize::try_from(max - batch.len).unwrap_or(usize::MAX);
                batch.over = chunk.len() > room;
                chunk.truncate(room);
                batch.len += chunk.len() as u64;
                batch.chunks.push(chunk);
            }
            Ok(None) => break,
            Err(failed) => return (batch, Some(failed)),
        }
    }
    (batch, None)
}

async fn digest<H: Host, K: Sink>(
    state: Arc<SinkState<K>>,
    len: u64,
) -> Result<Outcome<H>, HostError> {
    let mut hasher = state.hasher.lock().clone();
    let passed = hasher.len();
    if passed > len {
        hasher = Sha1Hasher::new();
    }
    while hasher.len() < len {
        let bytes = state.sink.read(hasher.len(), (len - hasher.len()).min(4 * BATCH)).await?;
        if bytes.is_empty() {
            let message = "it has lost bytes that were written";
            return Err(TransportError::new(TransportErrorKind::Sink, message).into());
        }
        hasher.update(&bytes);
    }
    let digest = hasher.finish();
    let mut running = state.hasher.lock();
    if running.len() == passed && passed < len {
        *running = hasher;
    }
    Ok(Outcome::Input(Input::Digest(digest)))
}
