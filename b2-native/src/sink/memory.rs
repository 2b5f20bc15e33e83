//! Downloads into memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use b2_client::HostError;
use bytes::Bytes;

use super::{NativeSink, Target, failed};

pub(super) struct Memory {
    bytes: Mutex<Vec<u8>>,
    max: usize,
}

/// Collects a download in memory, up to a limit.
#[derive(Clone)]
pub struct MemorySink(Arc<Memory>);

impl MemorySink {
    /// Returns a sink for at most `max` bytes. A write beyond them fails.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Memory { bytes: Mutex::default(), max }))
    }

    /// Returns the sink to write to.
    #[must_use]
    pub fn sink(&self) -> NativeSink {
        NativeSink(Target::Memory(self.0.clone()))
    }

    /// Removes and returns the bytes written so far.
    #[must_use]
    pub fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock()).into()
    }
}

impl std::fmt::Debug for MemorySink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = self.0.lock().len();
        f.debug_struct("MemorySink").field("len", &len).field("max", &self.0.max).finish()
    }
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self, offset: u64, chunks: &[Bytes]) -> Result<(), HostError> {
        let len = chunks.iter().map(Bytes::len).fold(0, usize::saturating_add);
        let end = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(len);
        if end > self.max {
            return Err(failed(format!(
                "the content is larger than the limit of {} bytes",
                self.max
            )));
        }
        let mut bytes = self.lock();
        let mut start = end - len;
        if bytes.len() < start {
            bytes.resize(start, 0);
        }
        for chunk in chunks {
            let over = chunk.len().min(bytes.len() - start);
            bytes[start..start + over].copy_from_slice(&chunk[..over]);
            bytes.extend_from_slice(&chunk[over..]);
            start += chunk.len();
        }
        Ok(())
    }

    pub(super) fn read(&self, offset: u64, max: u64) -> Result<Bytes, HostError> {
        let bytes = self.lock();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(usize::try_from(max).unwrap_or(usize::MAX)).min(bytes.len());
        if start == end && max > 0 {
            return Err(failed("there are no bytes at that offset"));
        }
        Ok(Bytes::copy_from_slice(&bytes[start..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use b2_client::Sink;

    #[tokio::test]
    async fn accepts_bytes_in_any_order_up_to_the_limit() {
        let memory = MemorySink::new(8);
        let sink = memory.sink();
        sink.write(4, vec![Bytes::from("ef"), Bytes::from("gh")]).await.unwrap();
        sink.write(2, vec![Bytes::from("cde")]).await.unwrap();
        assert_eq!(sink.read(0, 5).await.unwrap(), "\0\0cde"[..5]);
        sink.write(0, vec![Bytes::from("ab")]).await.unwrap();
        assert_eq!(sink.read(6, 9).await.unwrap(), "gh");
        assert!(sink.read(8, 1).await.is_err());
        for offset in [1, 8, u64::MAX] {
            let failed = sink.write(offset, vec![Bytes::from("12345678")]).await.unwrap_err();
            assert!(failed.failure.message.contains("8 bytes"), "{failed:?}");
        }
        assert_eq!(memory.take(), "abcdefgh");
        assert!(memory.take().is_empty());
    }
}
