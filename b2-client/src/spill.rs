//! A queue of bytes for what a synchronization holds back.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::Bytes;

use crate::error::HostError;
use crate::maybe_send::{BoxFuture, MaybeSend};

/// A queue of bytes outside of memory.
pub trait Spill: MaybeSend {
    /// Adds bytes at the end.
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), HostError>>;

    /// Removes the bytes of the oldest `push`.
    fn pop(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, HostError>>;
}

/// A queue in memory, for hosts without another place.
#[derive(Debug, Default)]
pub(crate) struct MemorySpill(VecDeque<Bytes>);

impl Spill for MemorySpill {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), HostError>> {
        self.0.push_back(bytes);
        Box::pin(core::future::ready(Ok(())))
    }

    fn pop(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, HostError>> {
        Box::pin(core::future::ready(Ok(self.0.pop_front())))
    }
}
