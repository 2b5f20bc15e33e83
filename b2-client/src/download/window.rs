//! Bytes that arrive in any order and are read in order, in bounded memory.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::future::{poll_fn, ready};
use core::task::{Context, Poll, Waker};

use b2_proto::error::{TransportError, TransportErrorKind};
use b2_proto::hash::{Sha1Digest, Sha1Hasher};
use bytes::Bytes;

use crate::driver::Destination;
use crate::error::HostError;
use crate::maybe_send::BoxFuture;
use crate::sync::Lock;

/// The bytes of a download between the network and a reader.
///
/// A write waits until its bytes lie within the window, which begins at the first byte that was not read. So the
/// memory is bounded, and a reader that stops also stops the network.
pub(super) struct Window(Lock<State>);

struct State {
    /// How many bytes are held at most, unless one chunk at the front is larger.
    size: u64,
    /// The offset of the first byte that was not read.
    front: u64,
    /// The offset behind `ready`.
    next: u64,
    ready: VecDeque<Bytes>,
    /// Chunks behind a gap, by offset.
    early: BTreeMap<u64, Bytes>,
    /// The SHA-1 of all bytes before `next`.
    hasher: Option<Sha1Hasher>,
    writers: Vec<Waker>,
}

impl Window {
    /// Returns a window of `size` bytes. With `digest`, the SHA-1 of the bytes is computed.
    pub(super) fn new(size: u64, digest: bool) -> Self {
        Self(Lock::new(State {
            size,
            front: 0,
            next: 0,
            ready: VecDeque::new(),
            early: BTreeMap::new(),
            hasher: digest.then(Sha1Hasher::new),
            writers: Vec::new(),
        }))
    }

    /// Takes the next chunk, if it has arrived.
    pub(super) fn take(&self) -> Option<Bytes> {
        let mut state = self.0.lock();
        let chunk = state.ready.pop_front()?;
        state.front += chunk.len() as u64;
        let writers = core::mem::take(&mut state.writers);
        drop(state);
        writers.into_iter().for_each(Waker::wake);
        Some(chunk)
    }

    /// Accepts a chunk when it lies within the window.
    fn poll_write(&self, context: &mut Context<'_>, offset: u64, chunk: &mut Bytes) -> Poll<()> {
        let state = &mut *self.0.lock();
        let end = offset + chunk.len() as u64;
        let at_front = offset <= state.next && state.ready.is_empty();
        if end > state.front.saturating_add(state.size) && !at_front {
            let waker = context.waker();
            if !state.writers.iter().any(|writer| writer.will_wake(waker)) {
                state.writers.push(waker.clone());
            }
            return Poll::Pending;
        }
        state.accept(offset, core::mem::take(chunk));
        Poll::Ready(())
    }
}

impl State {
    fn accept(&mut self, offset: u64, chunk: Bytes) {
        if offset > self.next {
            let known = self.early.get(&offset).map_or(0, Bytes::len);
            if chunk.len() > known {
                self.early.insert(offset, chunk);
            }
            return;
        }
        self.append(offset, chunk);
        while let Some((&offset, _)) = self.early.first_key_value()
            && offset <= self.next
            && let Some((offset, chunk)) = self.early.pop_first()
        {
            self.append(offset, chunk);
        }
    }

    /// Appends what is new of a chunk. An attempt that was cut may have delivered the beginning.
    fn append(&mut self, offset: u64, mut chunk: Bytes) {
        let known = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
        if known >= chunk.len() {
            return;
        }
        let chunk = chunk.split_off(known);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&chunk);
        }
        self.next += chunk.len() as u64;
        self.ready.push_back(chunk);
    }
}

impl Destination for Window {
    fn write(
        &self,
        mut offset: u64,
        chunks: Vec<Bytes>,
        digest: bool,
    ) -> BoxFuture<'_, Result<(), HostError>> {
        if !digest {
            self.0.lock().hasher = None;
        }
        Box::pin(async move {
            for mut chunk in chunks {
                let len = chunk.len() as u64;
                poll_fn(|context| self.poll_write(context, offset, &mut chunk)).await;
                offset += len;
            }
            Ok(())
        })
    }

    fn digest(&self, len: u64) -> BoxFuture<'_, Result<Sha1Digest, HostError>> {
        let state = self.0.lock();
        let digest = state.hasher.as_ref().filter(|hasher| hasher.len() == len);
        let digest = digest.map(Sha1Hasher::finish).ok_or_else(|| {
            let message = "the bytes of a stream cannot be read back";
            TransportError::new(TransportErrorKind::Sink, message).into()
        });
        Box::pin(ready(digest))
    }
}

#[cfg(test)]
mod tests {
    use core::pin::pin;

    use futures::FutureExt;
    use futures::task::noop_waker_ref;

    use super::*;

    #[test]
    fn chunks_in_any_order_are_read_in_order() {
        let window = Window::new(100, true);
        let write = |offset, chunk| window.write(offset, vec![Bytes::from(chunk)], true);
        write(6, "ghi").now_or_never().unwrap().unwrap();
        write(3, "def").now_or_never().unwrap().unwrap();
        assert_eq!(window.take(), None);
        write(0, "abc").now_or_never().unwrap().unwrap();
        // Again, as after a cut.
        write(2, "cdef").now_or_never().unwrap().unwrap();
        write(8, "ij").now_or_never().unwrap().unwrap();
        let read: Vec<_> = core::iter::from_fn(|| window.take()).collect();
        assert_eq!(read.concat(), b"abcdefghij");
        let digest = window.0.lock().hasher.as_ref().unwrap().finish();
        assert_eq!(digest, Sha1Digest::of(b"abcdefghij"));
    }

    #[test]
    fn writers_wait_until_their_bytes_lie_within_the_window() {
        let window = Window::new(4, false);
        let context = &mut Context::from_waker(noop_waker_ref());
        let mut ahead = pin!(window.write(4, vec!["ef".into()], false));
        assert!(ahead.as_mut().poll(context).is_pending());
        // A chunk at the front is accepted even if it is larger than the window.
        let front = window.write(0, vec!["abc".into(), "d".into()], false);
        front.now_or_never().unwrap().unwrap();
        assert!(ahead.as_mut().poll(context).is_pending());
        assert_eq!(window.0.lock().writers.len(), 1);
        assert_eq!(window.take().unwrap(), "abc");
        assert!(ahead.as_mut().poll(context).is_ready());
        assert_eq!(window.take().unwrap(), "d");
        assert_eq!(window.take().unwrap(), "ef");
        let large = window.write(6, vec!["ghijklmnop".into()], false);
        large.now_or_never().unwrap().unwrap();
        assert_eq!(window.take().unwrap(), "ghijklmnop");
    }
    #[test]
    fn a_window_of_any_size_has_an_end() {
        let window = Window::new(u64::MAX, false);
        for offset in 0..3 {
            let write = window.write(offset, vec!["a".into()], false);
            write.now_or_never().unwrap().unwrap();
            assert_eq!(window.take().unwrap(), "a");
        }
    }
}
