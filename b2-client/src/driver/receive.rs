//! Bytes that arrive, on their way into a sink.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::pin::pin;
use core::time::Duration;

use b2_proto::error::{TransportError, TransportErrorKind};
use bytes::Bytes;
use futures::future::{Either, join, select};

use super::destination::Destination;
use super::outcome::Outcome;
use super::signal::Signal;
use crate::error::HostError;
use crate::host::{Host, ResponseBody};

/// Bytes are handed to a sink in batches of at least this size: each costs a trip to another thread.
const BATCH: u64 = 256 << 10;

/// The bytes of a body that are wanted, and where they go in the sink.
pub(super) struct Region {
    pub(super) offset: u64,
    pub(super) max: u64,
    /// Whether nothing may come behind the `max` bytes.
    pub(super) ends: bool,
    pub(super) digest: bool,
}

async fn write(
    sink: &dyn Destination,
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
pub(super) async fn receive<H: Host>(
    sink: Arc<dyn Destination>,
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
        last = cut.is_some() || arrived == max || next.len == 0;
        if !last {
            // The outcome tells of the last batch.
            signal.moved(arrived);
        }
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
