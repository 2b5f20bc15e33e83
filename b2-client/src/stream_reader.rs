//! Reads a stream of bytes as a reader.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use b2_proto::error::TransportErrorKind;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use crate::error::HostError;
use crate::host::Reader;
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
        // Some streams panic if they are polled after their end.
        let stream = stream.map_ok(Into::into).map_err(Into::into).fuse();
        Self { stream: Box::pin(stream), rest: Bytes::new() }
    }
}

impl Reader for StreamReader {
    async fn fill(&mut self, max: u64) -> Result<(Bytes, bool), HostError> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let (mut first, mut joined) = (Bytes::new(), Vec::new());
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
            if len == 0 {
                first = taken.clone();
            } else if !taken.is_empty() {
                // Copied at once: of many small chunks, the handles are larger than the bytes.
                joined.extend_from_slice(&core::mem::take(&mut first));
                joined.extend_from_slice(&taken);
            }
            len += taken.len();
        }
        // As it is where it came in one piece.
        let bytes = if joined.is_empty() {
            first
        } else {
            joined.shrink_to_fit();
            joined.into()
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
    fn a_chunk_of_the_size_that_is_asked_for_is_not_copied() {
        let chunk = Bytes::from_static(b"abcd");
        let mut reader = StreamReader::new(futures::stream::iter([Ok::<_, Cause>(chunk.clone())]));
        let (bytes, _) = reader.fill(4).now_or_never().unwrap().unwrap();
        assert_eq!(bytes.as_ptr(), chunk.as_ptr());
    }

    #[test]
    fn a_stream_is_not_polled_after_its_end() {
        let stream = futures::stream::unfold(false, |ended| async move {
            (!ended).then_some((Ok::<_, Cause>("ab"), true))
        });
        let mut reader = StreamReader::new(stream);
        let mut fill = || reader.fill(3).now_or_never().unwrap().unwrap();
        assert_eq!(fill(), ("ab".into(), true));
        assert_eq!(fill(), ("".into(), true));
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
