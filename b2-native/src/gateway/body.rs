//! Bodies of requests: read within limits, or thrown away.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use b2_proto::gateway::IncomingRequest;
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
    _share: OwnedSemaphorePermit,
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

/// Room for bodies: all of it, and what each owner may have.
pub(super) struct Room {
    all: Arc<Semaphore>,
    /// In units.
    share: u32,
    /// Those that somebody holds.
    shares: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Room {
    pub(super) fn new(limits: &Limits) -> Self {
        let units = |bytes: usize| u32::try_from((bytes / UNIT).max(1)).unwrap_or(u32::MAX);
        let all = units(limits.body_memory) as usize;
        Self {
            all: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))),
            share: units(limits.owner_memory),
            shares: Mutex::default(),
        }
    }

    /// The share of an owner.
    fn of(&self, owner: &str) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(owner).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share as usize));
        shares.insert(owner.to_owned(), Arc::downgrade(&share));
        share
    }

    /// Takes from the share of an owner what a body may need.
    async fn take(
        &self,
        owner: &str,
        bytes: u64,
        stall: Duration,
    ) -> Result<OwnedSemaphorePermit, NotReceived> {
        let units = u32::try_from(bytes.div_ceil(UNIT as u64)).unwrap_or(u32::MAX);
        let taking = self.of(owner).acquire_many_owned(units.min(self.share));
        match timeout(stall, taking).await {
            Ok(Ok(taken)) => Ok(taken),
            _ => Err(NotReceived::Busy),
        }
    }
}

/// Reads a body of at most `limit` bytes, for this owner.
pub(super) async fn read<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    owner: &str,
    limits: &Limits,
    room: &Room,
) -> Result<Received, NotReceived>
where
    B: Body<Data = Bytes>,
{
    // What is declared as too long is not waited for.
    if body.size_hint().lower() > limit as u64 {
        return Err(NotReceived::TooLong);
    }
    let needed = body.size_hint().upper().unwrap_or(u64::MAX).min(limit as u64);
    let share = room.take(owner, needed, limits.body_stall).await?;
    let reading = read_frames(body, limit, limits.body_stall, &room.all);
    let read = timeout(limits.body_time, reading).await.unwrap_or(Err(NotReceived::TooSlow));
    let (bytes, taken) = read?;
    Ok(Received { bytes, _room: taken, _share: share })
}

async fn read_frames<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    stall: Duration,
    room: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), NotReceived>
where
    B: Body<Data = Bytes>,
{
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    let mut free = 0;
    loop {
        let frame = timeout(stall, body.frame()).await.map_err(|_| NotReceived::TooSlow)?;
        let Some(frame) = frame else {
            return Ok((bytes.freeze(), taken));
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
pub(super) fn linger<B>(incoming: &IncomingRequest, mut body: Pin<Box<B>>)
where
    B: Body<Data = Bytes> + Send + 'static,
{
    if body.is_end_stream() || incoming.head().headers.get("expect").is_some() {
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

#[cfg(test)]
mod tests {
    use super::*;

    const STALL: Duration = Duration::from_millis(1);

    fn room(owner_memory: usize) -> Room {
        Room::new(&Limits { owner_memory, ..Limits::default() })
    }

    #[tokio::test]
    async fn an_owner_takes_no_more_than_the_share() {
        let room = room(10 * UNIT);
        let first = room.take("ada", 6 * UNIT as u64, STALL).await.unwrap();
        assert_eq!(room.take("ada", 6 * UNIT as u64, STALL).await.err(), Some(NotReceived::Busy));
        let other = room.take("bob", 6 * UNIT as u64, STALL).await.unwrap();
        drop(first);
        let second = room.take("ada", 6 * UNIT as u64, STALL).await.unwrap();
        drop((second, other));
        drop(room.take("eve", 1, STALL).await.unwrap());
        let known = room.shares.lock().unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["eve"], "others are forgotten");
    }

    #[tokio::test]
    async fn a_body_that_is_larger_than_the_share_comes_alone() {
        let room = room(10 * UNIT);
        let large = room.take("ada", u64::MAX, STALL).await.unwrap();
        assert_eq!(room.take("ada", 1, STALL).await.err(), Some(NotReceived::Busy));
        drop(large);
        drop(room.take("ada", 1, STALL).await.unwrap());
    }
}
