//! Reads bodies of requests within limits, and discards those of refused ones.

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

/// The number of bytes for each permit of the semaphores.
const UNIT: usize = 1 << 10;

/// How many bytes of a refused body are received and discarded, so that the client receives the response instead of a
/// broken connection.
const LINGER_BYTES: u64 = 1 << 20;
const LINGER_TIME: Duration = Duration::from_secs(5);

/// A complete body. Its memory is released when it is dropped.
pub(super) struct Received {
    bytes: Bytes,
    _memory: Option<OwnedSemaphorePermit>,
    _share: OwnedSemaphorePermit,
}

impl Received {
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

/// Why a body was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLong,
    TooSlow,
    /// There was no memory for it in time.
    Busy,
    /// The connection broke, or the client sent invalid HTTP.
    Broken,
}

/// The memory for bodies: a limit for all, and one for each owner.
pub(super) struct BodyMemory {
    all: Arc<Semaphore>,
    /// The limit for each owner, in units.
    share: u32,
    /// The semaphores of owners with bodies in memory.
    shares: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl BodyMemory {
    pub(super) fn new(limits: &Limits) -> Self {
        let units = |bytes: usize| u32::try_from((bytes / UNIT).max(1)).unwrap_or(u32::MAX);
        let all = units(limits.body_memory) as usize;
        Self {
            all: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))),
            share: units(limits.owner_memory),
            shares: Mutex::default(),
        }
    }

    /// Returns the semaphore of an owner.
    fn share_of(&self, owner: &str) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(owner).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share as usize));
        shares.insert(owner.to_owned(), Arc::downgrade(&share));
        share
    }

    /// Acquires the memory for a body of `bytes` bytes from the share of an owner.
    async fn take(
        &self,
        owner: &str,
        bytes: u64,
        stall: Duration,
    ) -> Result<OwnedSemaphorePermit, BodyError> {
        let units = u32::try_from(bytes.div_ceil(UNIT as u64)).unwrap_or(u32::MAX);
        let taking = self.share_of(owner).acquire_many_owned(units.min(self.share));
        match timeout(stall, taking).await {
            Ok(Ok(taken)) => Ok(taken),
            _ => Err(BodyError::Busy),
        }
    }
}

/// Reads a body of at most `limit` bytes for an owner.
pub(super) async fn read<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    owner: &str,
    limits: &Limits,
    memory: &BodyMemory,
) -> Result<Received, BodyError>
where
    B: Body<Data = Bytes>,
{
    // A declared length that is too long is refused at once.
    if body.size_hint().lower() > limit as u64 {
        return Err(BodyError::TooLong);
    }
    let needed = body.size_hint().upper().unwrap_or(u64::MAX).min(limit as u64);
    let share = memory.take(owner, needed, limits.body_stall).await?;
    let reading = read_frames(body, limit, limits.body_stall, &memory.all);
    let read = timeout(limits.body_time, reading).await.unwrap_or(Err(BodyError::TooSlow));
    let (bytes, taken) = read?;
    Ok(Received { bytes, _memory: taken, _share: share })
}

async fn read_frames<B>(
    body: &mut Pin<Box<B>>,
    limit: usize,
    stall: Duration,
    memory: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), BodyError>
where
    B: Body<Data = Bytes>,
{
    let mut bytes = BytesMut::new();
    let mut taken: Option<OwnedSemaphorePermit> = None;
    let mut free = 0;
    loop {
        let frame = timeout(stall, body.frame()).await.map_err(|_| BodyError::TooSlow)?;
        let Some(frame) = frame else {
            return Ok((bytes.freeze(), taken));
        };
        // Trailers are ignored.
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Err(BodyError::TooLong);
        }
        if data.len() > free {
            let units = u32::try_from((data.len() - free).div_ceil(UNIT)).unwrap_or(u32::MAX);
            let more = timeout(stall, Arc::clone(memory).acquire_many_owned(units)).await;
            let Ok(Ok(more)) = more else {
                return Err(BodyError::Busy);
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

/// Discards up to [`LINGER_BYTES`] of the rest of a body while the response is sent.
///
/// A client that waits for `100 Continue` is not asked for the body.
pub(super) fn discard<B>(incoming: &IncomingRequest, mut body: Pin<Box<B>>)
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

    fn memory(owner_memory: usize) -> BodyMemory {
        BodyMemory::new(&Limits { owner_memory, ..Limits::default() })
    }

    #[tokio::test]
    async fn an_owner_takes_no_more_than_the_share() {
        let memory = memory(10 * UNIT);
        let first = memory.take("ada", 6 * UNIT as u64, STALL).await.unwrap();
        assert_eq!(memory.take("ada", 6 * UNIT as u64, STALL).await.err(), Some(BodyError::Busy));
        let other = memory.take("bob", 6 * UNIT as u64, STALL).await.unwrap();
        drop(first);
        let second = memory.take("ada", 6 * UNIT as u64, STALL).await.unwrap();
        drop((second, other));
        drop(memory.take("eve", 1, STALL).await.unwrap());
        let known = memory.shares.lock().unwrap();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["eve"], "others are forgotten");
    }

    #[tokio::test]
    async fn a_body_larger_than_the_share_takes_all_of_it() {
        let memory = memory(10 * UNIT);
        let large = memory.take("ada", u64::MAX, STALL).await.unwrap();
        assert_eq!(memory.take("ada", 1, STALL).await.err(), Some(BodyError::Busy));
        drop(large);
        drop(memory.take("ada", 1, STALL).await.unwrap());
    }
}
