//! Streams that can be opened more than once.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use b2_client::HostError;
use b2_proto::error::{TransportError, TransportErrorKind};

/// Opens the stream at an offset.
type Open = dyn Fn(u64) -> io::Result<Box<dyn Read + Send>> + Send + Sync;

/// A stream of known length that can be opened at any offset, any number of times.
pub(super) struct Stream {
    open: Box<Open>,
    pub(super) len: u64,
}

impl Stream {
    pub(super) fn new<R: Read + Send + 'static>(
        len: u64,
        open: impl Fn(u64) -> io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        Self { open: Box::new(move |offset| Ok(Box::new(open(offset)?))), len }
    }
}

/// Reads a range of a stream, which is opened when the first bytes are read.
pub(crate) struct StreamReader {
    stream: Arc<Stream>,
    /// The body of a request must be `Sync`, which a reader need not be. The mutex is never locked.
    reader: Option<Mutex<Box<dyn Read + Send>>>,
    range: Range<u64>,
}

impl StreamReader {
    pub(super) fn new(stream: Arc<Stream>, range: Range<u64>) -> Self {
        Self { stream, reader: None, range }
    }

    /// Returns the number of remaining bytes.
    pub(super) fn left(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Fills `buffer` with the next bytes. May block.
    pub(super) fn read_into(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            closed => {
                let opened = (self.stream.open)(self.range.start).map_err(failed)?;
                closed.insert(Mutex::new(opened))
            }
        };
        let reader = reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut at = 0;
        while at < buffer.len() {
            match read(reader, &mut buffer[at..])? {
                0 => return Err(self.changed(&format!("{}", self.range.start + at as u64))),
                read => at += read,
            }
        }
        self.range.start += at as u64;
        // The last range shows whether the stream has more bytes.
        if self.range.start == self.stream.len && read(reader, &mut [0])? > 0 {
            return Err(self.changed("more"));
        }
        Ok(())
    }

    fn changed(&self, actual: &str) -> HostError {
        let text = format!("the stream has {actual} bytes, not {}", self.stream.len);
        TransportError::new(TransportErrorKind::SourceChanged, text).into()
    }
}

fn read(reader: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, HostError> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.map_err(failed),
        }
    }
}

fn failed(error: io::Error) -> HostError {
    let failure = TransportError::new(TransportErrorKind::Source, format!("the stream: {error}"));
    HostError { failure, cause: Some(error.into()) }
}
