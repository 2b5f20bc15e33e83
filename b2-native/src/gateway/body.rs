//! Bodies of requests: read within limits, or thrown away.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use b2_proto::gateway::Arrival;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Limits;

/// The unit in which [`Limits::body_memory`] is shared out.
const UNIT: usize = 1 << 10;

/// How much of a refused body is received and thrown away, so that its sender hears the answer and not only that the
/// connection broke.
const LINGER_BYTES: u64 = 1 << 20;
const LINGER_TIME: Duration = Duration::from_secs(5);

/// A body that has arrived. Its room is given back when it is dropped.
pub(super) struct Received {
    bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Received {
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Why a body is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotReceived {
    TooLong,
    TooSlow,
    /// There is no room for it.
    Busy,
    /// The connection broke, or what came was no HTTP.
    Broken,
}

/// Room for bodies.
pub(super) fn room(limits: &Limits) -> Arc<Semaphore> {
    Arc::new(Semaphore::new((limits.body_memory / UNIT).min(Semaphore::MAX_PERMITS)))
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn read<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    limits: &Limits,
    room: &Arc<Semaphore>,
) -> Result<Received, NotReceived>
where
    B: Body<Data = Bytes>,
{
    // What is declared as too long is not waited for.
    if body.size_hint().lower() > limit as u64 {
        return Err(NotReceived::TooLong);
    }
    let reading = read_frames(body, limit, limits.body_stall, room);
    timeout(limits.body_time, reading).await.unwrap_or(Err(NotReceived::TooSlow))
}

async fn read_frames<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    stall: Duration,
    room: &Arc<Semaphore>,
) -> Result<Received, NotReceived>
where
    B: Body<Data = Bytes>,
{
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    let mut free = 0;
    loop {
        let frame = timeout(stall, body.frame()).await.map_err(|_| NotReceived::TooSlow)?;
        let Some(frame) = frame else {
            return Ok(Received { bytes: bytes.freeze(), _room: taken });
        };
        // Trailers say nothing that is asked for.
        let Ok(data) = frame.map_err(|_| NotReceived::Broken)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(NotReceived::TooLong);
        }
        if data.len() > free {
            let units = u32::try_from((data.len() - free).div_ceil(UNIT)).unwrap_or(u32::MAX);
            let more = timeout(stall, Arc::clone(room).acquire_many_owned(units)).await;
            let Ok(Ok(more)) = more else {
                return Err(NotReceived::Busy);
            };
            free += units as usize * UNIT;
            match &mut taken {
                Some(taken) => taken.merge(more),
                None => taken = Some(more),
            }
        }
        free -= data.len();
        bytes.extend_from_slice(&data);
    }
}

/// Throws away a little of what is left of a body, while its sender is given the answer.
///
/// Nothing is received from a client that waits to be told to send it.
pub(super) fn linger<B>(arrival: &Arrival, mut body: Pin<Box<B>>)
where
    B: Body<Data = Bytes> + Send + 'static,
{
    if body.is_end_stream() || arrival.head().headers.get("expect").is_some() {
        return;
    }
    tokio::spawn(timeout(LINGER_TIME, async move {
        let mut left = LINGER_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len) as u64;
            match left.checked_sub(length) {
                Some(less) => left = less,
                None => return,
            }
        }
    }));
}
