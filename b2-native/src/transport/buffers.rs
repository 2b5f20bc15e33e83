//! A pool of buffers.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::source::CHUNK;

/// The maximum number of unused buffers that are kept.
const MAX_UNUSED: usize = 8;

/// A pool of buffers of [`CHUNK`] bytes. A buffer returns to the pool when the last of its bytes is dropped, so that it is
/// not allocated and zeroed again.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    pub(super) fn take(&self) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = kept.unwrap_or_else(|| vec![0; CHUNK]);
        Buffer { bytes, len: 0, pool: self.clone() }
    }
}

/// A buffer of the pool.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
    pool: Buffers,
}

impl Buffer {
    /// Sets the length, and returns the bytes to fill.
    pub(super) fn first(&mut self, len: usize) -> &mut [u8] {
        self.len = len.min(self.bytes.len());
        &mut self.bytes[..self.len]
    }

    /// Returns the filled bytes.
    pub(super) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut kept = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MAX_UNUSED {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_returns_to_the_pool_with_its_last_bytes() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take();
        buffer.first(5).copy_from_slice(b"hello");
        let mut bytes = buffer.freeze();
        let first = bytes.split_to(2);
        drop(bytes);
        assert_eq!(buffers.0.lock().unwrap().len(), 0);
        assert_eq!(&first[..], b"he");
        drop(first);
        assert_eq!(buffers.0.lock().unwrap().len(), 1);
        assert!(buffers.take().as_ref().is_empty());
        assert_eq!(buffers.0.lock().unwrap().len(), 1);
    }
}
