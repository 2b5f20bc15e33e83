//! A queue of bytes in an unnamed temporary file.

use std::fs::File;
use std::io;

use b2_client::{BoxFuture, HostError, Spill};
use b2_proto::error::{TransportError, TransportErrorKind};
use bytes::Bytes;

use crate::blocking;
use crate::paths::display;

/// A queue in a file without a name, which the system removes with its last descriptor. It is created by the first push,
/// and emptied whenever all bytes are taken.
#[derive(Debug, Default)]
pub(crate) struct FileSpill {
    file: Option<File>,
    start: u64,
    end: u64,
}

/// The length of the number of bytes before each item.
const HEAD: u64 = 8;

impl FileSpill {
    async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, HostError> {
        let mut spill = std::mem::take(self);
        let (spill, result) = blocking::run(move || {
            let result = work(&mut spill);
            (spill, result)
        })
        .await;
        *self = spill;
        result.map_err(|error| {
            let text = format!(
                "a temporary file in {} cannot be used: {error}",
                display(&std::env::temp_dir())
            );
            let failure = TransportError::new(TransportErrorKind::Sink, text);
            HostError { failure, cause: Some(error.into()) }
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let len = bytes.len() as u64;
        blocking::write_all_at(file, &len.to_le_bytes(), self.end)?;
        blocking::write_all_at(file, bytes, self.end + HEAD)?;
        self.end += HEAD + len;
        Ok(())
    }

    fn read(&mut self) -> io::Result<Option<Bytes>> {
        let Some(file) = self.file.as_ref().filter(|_| self.start < self.end) else {
            return Ok(None);
        };
        let mut head = [0; HEAD as usize];
        read_exact_at(file, &mut head, self.start)?;
        let len = u64::from_le_bytes(head);
        let mut bytes = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        read_exact_at(file, &mut bytes, self.start + HEAD)?;
        self.start += HEAD + len;
        if self.start == self.end {
            file.set_len(0)?;
            (self.start, self.end) = (0, 0);
        }
        Ok(Some(bytes.into()))
    }
}

fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let read = blocking::read_at(file, buffer, offset)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[read..];
        offset += read as u64;
    }
    Ok(())
}

impl Spill for FileSpill {
    fn push(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), HostError>> {
        Box::pin(self.run(move |spill| spill.write(&bytes)))
    }

    fn pop(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, HostError>> {
        Box::pin(self.run(Self::read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_are_returned_in_order() {
        let mut spill = FileSpill::default();
        assert_eq!(spill.pop().await.unwrap(), None);
        let item = |n: usize| Bytes::from(vec![b'a' + (n % 26) as u8; n * 997]);
        for round in 0..3 {
            for n in 0..20 {
                spill.push(item(n)).await.unwrap();
            }
            for n in 0..20 {
                assert_eq!(spill.pop().await.unwrap(), Some(item(n)), "{round} {n}");
            }
            assert_eq!(spill.pop().await.unwrap(), None);
            assert_eq!(spill.file.as_ref().unwrap().metadata().unwrap().len(), 0);
        }
    }
}
