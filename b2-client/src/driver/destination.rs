//! Where the bytes of a body go.

use alloc::boxed::Box;
use alloc::vec::Vec;

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use bytes::Bytes;

use crate::error::HostError;
use crate::host::Sink;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::sync::Lock;

/// How many bytes are read back from a sink at once.
const READ_BACK: u64 = 1 << 20;

/// Takes the bytes of the bodies that a machine receives: a sink of the host, or the window of a body that is read.
pub(crate) trait Destination: MaybeSend + MaybeSync {
    /// Writes all chunks, one after the other, from `offset` on. With `digest`, their SHA-1 will be asked for.
    fn write(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        digest: bool,
    ) -> BoxFuture<'_, Result<(), HostError>>;

    /// Returns the SHA-1 of the first `len` bytes, all of which were written.
    fn digest(&self, len: u64) -> BoxFuture<'_, Result<Sha1Digest, HostError>>;
}

/// A sink, and the SHA-1 of its bytes from the start on.
pub(crate) struct HashingSink<K> {
    sink: K,
    hasher: Lock<Sha1Hasher>,
}

impl<K: Sink> HashingSink<K> {
    pub(crate) fn new(sink: K) -> Self {
        Self { sink, hasher: Lock::default() }
    }

    /// Returns the hasher that continues with the bytes at `offset` if they come next. Others are read back when they are
    /// asked for.
    fn hasher_at(&self, offset: u64) -> Option<Sha1Hasher> {
        let mut hasher = self.hasher.lock();
        if offset < hasher.len() {
            // They are written again, so what was hashed of them does not count.
            *hasher = Sha1Hasher::new();
        }
        (offset == hasher.len()).then(|| hasher.clone())
    }

    /// Writes bytes that come next and hashes them in passing.
    async fn write_hashed(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        hasher: Sha1Hasher,
    ) -> Result<(), HostError> {
        let hasher = self.sink.write_hashed(offset, chunks, hasher).await?;
        let mut running = self.hasher.lock();
        if running.len() == offset {
            *running = hasher;
        }
        Ok(())
    }

    /// Hashes the first `len` bytes, from where the bytes that were hashed in passing end.
    async fn hash(&self, len: u64) -> Result<Sha1Digest, HostError> {
        let mut hasher = self.hasher.lock().clone();
        let passed = hasher.len();
        if passed > len {
            hasher = Sha1Hasher::new();
        }
        while hasher.len() < len {
            let bytes = self.sink.read(hasher.len(), (len - hasher.len()).min(READ_BACK)).await?;
            if bytes.is_empty() {
                let message = "it has lost bytes that were written";
                return Err(TransportError::new(TransportErrorKind::Sink, message).into());
            }
            hasher.update(&bytes);
        }
        let digest = hasher.finish();
        let mut running = self.hasher.lock();
        if running.len() == passed && passed < len {
            *running = hasher;
        }
        Ok(digest)
    }
}

impl<K: Sink> Destination for HashingSink<K> {
    fn write(
        &self,
        offset: u64,
        chunks: Vec<Bytes>,
        digest: bool,
    ) -> BoxFuture<'_, Result<(), HostError>> {
        match digest.then(|| self.hasher_at(offset)).flatten() {
            Some(hasher) => Box::pin(self.write_hashed(offset, chunks, hasher)),
            None => Box::pin(self.sink.write(offset, chunks)),
        }
    }

    fn digest(&self, len: u64) -> BoxFuture<'_, Result<Sha1Digest, HostError>> {
        Box::pin(self.hash(len))
    }
}
