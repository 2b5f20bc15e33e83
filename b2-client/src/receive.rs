//! Bytes that arrive, on their way into a sink.

use std::sync::Arc;

use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::Input;
use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::join;
use futures::lock::Mutex as AsyncMutex;

use crate::host::{Failed, Incoming, Progress, Sink};
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::tasks::{Outcome, awake};

/// Bytes are handed to a sink in batches of at least this size: each costs a trip to another thread.
const BATCH: u64 = 256 << 10;

/// What a driver does with a sink. It does not know the sink's type, so a page that only uploads loads nothing
/// of this.
pub(crate) trait Receive<B>: MaybeSend + MaybeSync {
    fn receive(
        self: Arc<Self>,
        body: B,
        place: Place,
        progress: Progress,
        slept: oneshot::Receiver<()>,
    ) -> BoxFuture<'static, Outcome<B>>;

    fn digest(self: Arc<Self>, len: u64) -> BoxFuture<'static, Outcome<B>>;
}

/// Where the bytes of a body go.
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) max: u64,
    pub(crate) digest: bool,
}

impl<K: Sink, B: Incoming> Receive<B> for SinkState<K> {
    fn receive(
        self: Arc<Self>,
        body: B,
        place: Place,
        progress: Progress,
        slept: oneshot::Receiver<()>,
    ) -> BoxFuture<'static, Outcome<B>> {
        Box::pin(receive(self, body, place, progress, slept))
    }

    fn digest(self: Arc<Self>, len: u64) -> BoxFuture<'static, Outcome<B>> {
        Box::pin(digest(self, len))
    }
}

/// A sink, and the SHA-1 of its bytes from the start on.
pub(crate) struct SinkState<K> {
    sink: K,
    hasher: AsyncMutex<Sha1Hasher>,
}

impl<K: Sink> SinkState<K> {
    pub(crate) fn new(sink: K) -> Self {
        Self { sink, hasher: AsyncMutex::new(Sha1Hasher::new()) }
    }

    async fn write(&self, offset: u64, batch: Batch, digest: bool) -> Result<u64, Failed> {
        if batch.len == 0 {
            return Ok(0);
        }
        if digest {
            self.hash_in_passing(offset, &batch.chunks);
        }
        self.sink.write(offset, batch.chunks).await?;
        Ok(batch.len)
    }

    /// Hashes bytes that come next; others are read back when they are asked for.
    fn hash_in_passing(&self, offset: u64, chunks: &[Bytes]) {
        let Some(mut hasher) = self.hasher.try_lock() else {
            return;
        };
        if offset < hasher.len() {
            // They are written again, so what was hashed of them does not count.
            *hasher = Sha1Hasher::new();
        }
        if offset == hasher.len() {
            chunks.iter().for_each(|chunk| hasher.update(chunk));
        }
    }
}

/// Writes a body into a sink: one batch is written while the next one arrives.
async fn receive<K: Sink, B: Incoming>(
    sink: Arc<SinkState<K>>,
    mut body: B,
    place: Place,
    progress: Progress,
    mut slept: oneshot::Receiver<()>,
) -> Outcome<B> {
    let Place { offset, max, digest } = place;
    let (mut written, mut arrived) = (0, 0);
    let mut batch = Batch::default();
    loop {
        let write = sink.write(offset + written, std::mem::take(&mut batch), digest);
        let read = next_batch(&mut body, max - arrived, &mut slept);
        let (write, (next, broken)) = join(write, read).await;
        match write {
            Ok(len) => written += len,
            Err(failed) => {
                return Outcome::Received { bytes: written, broken: Some(failed) };
            }
        }
        arrived += next.len;
        progress.moved(arrived);
        let last = broken.is_some() || arrived == max || next.len == 0;
        batch = next;
        if last {
            let write = sink.write(offset + written, batch, digest).await;
            return match write {
                Ok(len) => Outcome::Received { bytes: written + len, broken },
                Err(failed) => Outcome::Received { bytes: written, broken: Some(failed) },
            };
        }
    }
}

#[derive(Default)]
struct Batch {
    chunks: Vec<Bytes>,
    len: u64,
}

/// Reads until a batch is full, the body ends, breaks, or `max` bytes are there.
async fn next_batch(
    body: &mut impl Incoming,
    max: u64,
    slept: &mut oneshot::Receiver<()>,
) -> (Batch, Option<Failed>) {
    let mut batch = Batch::default();
    while batch.len < BATCH.min(max) {
        match awake(slept, body.chunk()).await {
            Ok(Some(mut chunk)) => {
                let room = usize::try_from(max - batch.len).unwrap_or(usize::MAX);
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

async fn digest<K: Sink, B>(state: Arc<SinkState<K>>, len: u64) -> Outcome<B> {
    let mut running = state.hasher.lock().await;
    let mut from_the_start = Sha1Hasher::new();
    let hasher = if running.len() <= len { &mut *running } else { &mut from_the_start };
    while hasher.len() < len {
        match state.sink.read(hasher.len(), (len - hasher.len()).min(4 * BATCH)).await {
            Ok(bytes) if !bytes.is_empty() => hasher.update(&bytes),
            Ok(_) => {
                let failure =
                    Failure::new(FailureKind::Sink, "it has lost bytes that were written");
                return Outcome::Failed(failure.into());
            }
            Err(failed) => return Outcome::Failed(failed),
        }
    }
    Outcome::Input(Input::Digest(hasher.finish()))
}
