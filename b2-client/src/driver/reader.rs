//! The reader of a transfer: the host's, or a stream.

use bytes::Bytes;

use crate::error::HostError;
use crate::host::{Host, Reader};
use crate::stream_reader::StreamReader;

/// A reader of the host, or a stream of bytes.
pub(crate) enum AnyReader<H: Host> {
    Host(H::Reader),
    Stream(StreamReader),
}

impl<H: Host> Reader for AnyReader<H> {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        match self {
            Self::Host(reader) => reader.fill(max).await,
            Self::Stream(stream) => stream.fill(max).await,
        }
    }
}
