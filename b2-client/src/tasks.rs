//! How each kind of task is done.

use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;

use b2_proto::error::{Failure, FailureKind};
use b2_proto::hash::Sha1Hasher;
use b2_proto::machine::{Body, BufferId, Input, Reply, ReplyPlan, Span};
use bytes::{Bytes, BytesMut};
use futures::channel::oneshot;
use futures::future::{Either, join, select};
use futures::lock::Mutex as AsyncMutex;

use crate::host::{Failed, Host, Incoming, Outgoing, OutgoingBody, Progress, Reader, Sink, Source};

/// Bytes are handed to a sink in batches of at least this size: each costs a trip to another thread.
const BATCH: u64 = 256 << 10;

/// What became of a task.
pub(crate) enum Outcome<B> {
    Input(Input),
    Head(http::Response<()>, B),
    Received { bytes: u64, broken: Option<Failed> },
    Filled { buffer: BufferId, bytes: Bytes, end: bool },
    Failed(Failed),
}

/// The body of a request, with the machine's names replaced by the sources they stand for.
pub(crate) fn outgoing<S>(body: Body, source: impl Fn(&Span) -> Option<S>) -> OutgoingBody<S> {
    match body {
        Body::Empty => OutgoingBody::Empty,
        Body::Bytes(bytes) => OutgoingBody::Bytes(bytes),
        Body::Spans { spans, digest_at_end } => {
            OutgoingBody::Spans { spans: resolve(spans, source), digest_at_end }
        }
    }
}

/// Spans with the sources they are of.
pub(crate) fn resolve<S>(
    spans: Vec<Span>,
    source: impl Fn(&Span) -> Option<S>,
) -> Vec<(S, Range<u64>)> {
    spans.into_iter().filter_map(|span| Some((source(&span)?, span.range))).collect()
}

/// What a request says that was under way while the device slept.
pub(crate) fn asleep() -> Failure {
    Failure::new(FailureKind::Asleep, "")
}

/// What becomes of `future`, unless the device has slept.
async fn awake<T>(
    slept: &mut oneshot::Receiver<()>,
    future: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match select(slept, pin!(future)).await {
        Either::Left(_) => Err(asleep().into()),
        Either::Right((outcome, _)) => outcome,
    }
}

pub(crate) async fn send<H: Host>(
    host: &H,
    outgoing: Outgoing<H::Source>,
    plan: ReplyPlan,
    mut slept: oneshot::Receiver<()>,
) -> Outcome<H::Incoming> {
    let answer = match awake(&mut slept, host.send(outgoing)).await {
        Ok(answer) => answer,
        Err(failed) => return Outcome::Failed(failed),
    };
    let (parts, body) = answer.response.into_parts();
    let limit = match plan {
        ReplyPlan::Stream { .. } if parts.status.is_success() => {
            return Outcome::Head(http::Response::from_parts(parts, ()), body);
        }
        ReplyPlan::Stream { limit } | ReplyPlan::Collect { limit } => limit,
    };
    match awake(&mut slept, collect(body, limit)).await {
        Ok(body) => {
            let response = http::Response::from_parts(parts, body);
            Outcome::Input(Input::Reply(Reply { response, sent: answer.sent }))
        }
        Err(failed) => Outcome::Failed(failed),
    }
}

async fn collect(mut body: impl Incoming, limit: u64) -> Result<Bytes, Failed> {
    let Some(first) = body.chunk().await? else {
        return Ok(Bytes::new());
    };
    let mut rest = BytesMut::new();
    while let Some(chunk) = body.chunk().await? {
        if (first.len() + rest.len() + chunk.len()) as u64 > limit {
            return Err(
                Failure::new(FailureKind::TooLong, format!("more than {limit} bytes")).into()
            );
        }
        rest.extend_from_slice(&chunk);
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

/// Where the bytes of a body go.
pub(crate) struct Target<K> {
    pub(crate) sink: Arc<SinkState<K>>,
    pub(crate) offset: u64,
    pub(crate) max: u64,
    pub(crate) digest: bool,
}

/// Writes a body into a sink: one batch is written while the next one arrives.
pub(crate) async fn receive<K: Sink, B: Incoming>(
    mut body: B,
    target: Target<K>,
    progress: Progress,
    mut slept: oneshot::Receiver<()>,
) -> Outcome<B> {
    let Target { sink, offset, max, digest } = target;
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

pub(crate) async fn digest_sink<K: Sink, B>(state: Arc<SinkState<K>>, len: u64) -> Outcome<B> {
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

pub(crate) async fn digest<S: Source, B>(spans: Vec<(S, Range<u64>)>) -> Outcome<B> {
    let mut hasher = Sha1Hasher::new();
    for (source, range) in spans {
        match source.hash(range, hasher).await {
            Ok(further) => hasher = further,
            Err(failed) => return Outcome::Failed(failed),
        }
    }
    Outcome::Input(Input::Digest(hasher.finish()))
}

pub(crate) async fn fill<R: Reader, B>(
    reader: Arc<AsyncMutex<R>>,
    buffer: BufferId,
    max: u64,
) -> Outcome<B> {
    match reader.lock().await.fill(max).await {
        Ok((bytes, end)) => Outcome::Filled { buffer, bytes, end },
        Err(failed) => Outcome::Failed(failed),
    }
}
