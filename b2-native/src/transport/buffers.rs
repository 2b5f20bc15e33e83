//! Buffers that are used again.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::source::CHUNK;

/// How many buffers are kept while no upload needs them.
const KEPT: usize = 8;

/// Buffers of [`CHUNK`] bytes. One comes back when the last of its bytes is sent, and is not cleared again.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    pub(super) fn take(&self) -> Buffer {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = kept.unwrap_or_else(|| vec![0; CHUNK]);
        Buffer { bytes, len: 0, home: self.clone() }
    }
}

/// A buffer in use.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
    home: Buffers,
}

impl Buffer {
    /// The first `len` bytes, to be filled.
    pub(super) fn first(&mut self, len: usize) -> &mut [u8] {
        self.len = len.min(self.bytes.len());
        &mut self.bytes[..self.len]
    }

    /// What was filled.
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
        let mut kept = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_with_its_last_bytes() {
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
