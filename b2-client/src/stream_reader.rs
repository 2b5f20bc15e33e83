//! Reads a stream of bytes as a reader.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use b2_proto::error::TransportErrorKind;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use crate::host::{HostError, Reader};
use crate::maybe_send::{BoxStream, Cause, MaybeSend};

/// A stream of bytes that is uploaded as a file of unknown length.
pub struct StreamReader {
    stream: BoxStream<'static, Result<Bytes, Cause>>,
    /// Bytes of the last chunk that did not fit.
    rest: Bytes,
}

impl StreamReader {
    /// Returns a reader of the stream.
    pub fn new<B: Into<Bytes> + 'static, E: Into<Cause> + 'static>(
        stream: impl futures::Stream<Item = Result<B, E>> + MaybeSend + 'static,
    ) -> Self {
        let stream = stream.map_ok(Into::into).map_err(Into::into);
        Self { stream: Box::pin(stream), rest: Bytes::new() }
    }
}

impl Reader for StreamReader {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let mut chunks = Vec::new();
        let (mut len, mut end) = (0, false);
        while len < max && !end {
            if self.rest.is_empty() {
                match self.stream.next().await {
                    Some(Ok(chunk)) => self.rest = chunk,
                    Some(Err(cause)) => {
                        return Err(HostError::new(TransportErrorKind::Source, cause));
                    }
                    None => end = true,
                }
            }
            let taken = self.rest.split_to(self.rest.len().min(max - len));
            len += taken.len();
            if !taken.is_empty() {
                chunks.push(taken);
            }
        }
        let bytes = match &mut *chunks {
            [only] => core::mem::take(only),
            chunks => chunks.concat().into(),
        };
        Ok((bytes, end))
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamReader")
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn chunks_are_joined_and_split_to_the_size_that_is_asked_for() {
        let chunks = ["ab", "", "cdef", "g"].map(Ok::<_, Cause>);
        let mut reader = StreamReader::new(futures::stream::iter(chunks));
        let mut fill = |max| reader.fill(max).now_or_never().unwrap().unwrap();
        assert_eq!(fill(3), ("abc".into(), false));
        assert_eq!(fill(3), ("def".into(), false));
        assert_eq!(fill(3), ("g".into(), true));
        assert_eq!(fill(3), ("".into(), true));
    }

    #[test]
    fn an_error_of_the_stream_is_one_of_the_source() {
        let chunks = [Ok("ab"), Err("the pipe broke")];
        let mut reader = StreamReader::new(futures::stream::iter(chunks));
        let error = reader.fill(3).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.failure.kind, TransportErrorKind::Source);
        assert!(error.failure.message.contains("the pipe broke"));
    }
}
