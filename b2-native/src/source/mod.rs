//! The content of uploads.

mod content;
mod file;
mod reader;
mod stream;
mod unsized_file;

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use b2_client::{Error, HostError, Source};
use b2_proto::ErrorKind;
use b2_proto::error::TransportErrorKind;
use b2_proto::hash::Sha1Hasher;
use bytes::Bytes;

pub use content::LocalContent;
pub(crate) use file::{LocalFile, kind_of};
pub use reader::NativeReader;
use stream::{Stream, StreamReader};
pub use unsized_file::has_known_len;
pub(crate) use unsized_file::{has_known_len_open, open_nonblocking};

use crate::blocking;

/// The number of bytes that are read or hashed at once.
pub(crate) const CHUNK: usize = 256 * 1024;

/// Content that can be read any number of times: a local file, bytes in memory, a stream that can be opened again, or a
/// range of any of them.
///
/// Of a file, the path, the length and the modification time are kept, and it is open only while a range is read. Before
/// the first byte and after the last, length and modification time are compared. If the file was changed or removed,
/// reading fails with [`TransportErrorKind::SourceChanged`] and the path.
#[derive(Clone)]
pub struct NativeSource {
    bytes: Content,
    /// The range of the bytes.
    range: Range<u64>,
}

#[derive(Clone)]
enum Content {
    File(Arc<LocalFile>),
    Memory(Bytes),
    Stream(Arc<Stream>),
}

impl NativeSource {
    /// Returns a source for a local file. Links are followed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a directory, a pipe, a device, a file of unknown length (`/proc`), or a dangling
    /// link; [`ErrorKind::Source`] if the file cannot be accessed. [`LocalContent::open`] opens pipes, devices and files
    /// of unknown length as streams.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        blocking::run(move || LocalFile::open(path)).await.map(Self::from)
    }

    /// Returns a source for a regular file whose length and modification time are known from a listing. They are
    /// compared whenever the file is read.
    #[must_use]
    pub fn from_metadata(path: impl AsRef<Path>, len: u64, modified: Option<SystemTime>) -> Self {
        Self::from(LocalFile::from_metadata(path.as_ref().to_owned(), len, modified))
    }

    /// Returns a source for a stream of `len` bytes that can be opened again, such as an object of another service.
    ///
    /// `open` returns a reader of the bytes from an offset on. It is called for each part and each attempt, also several
    /// times at once, on a thread that may block. A stream with another number of bytes ends the upload with
    /// [`ErrorKind::SourceChanged`].
    ///
    /// ```
    /// # use std::io::{Cursor, Read, Seek, SeekFrom};
    /// use b2_native::NativeSource;
    ///
    /// let text = "Hello, B2!";
    /// let source = NativeSource::from_opener(text.len() as u64, move |offset| {
    ///     let mut reader = Cursor::new(text);
    ///     reader.seek(SeekFrom::Start(offset))?;
    ///     Ok(reader)
    /// });
    /// ```
    #[must_use]
    pub fn from_opener<R: Read + Send + 'static>(
        len: u64,
        open: impl Fn(u64) -> io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        Self { bytes: Content::Stream(Arc::new(Stream::new(len, open))), range: 0..len }
    }

    /// Returns a source for a range of this one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the range does not lie within the source.
    pub fn slice(&self, range: Range<u64>) -> Result<Self, Error> {
        let len = self.range.end - self.range.start;
        if range.start > range.end || range.end > len {
            let Range { start, end } = range;
            let text = format!("the range {start}..{end} does not lie within the {len} bytes");
            return Err(b2_proto::Error::new(ErrorKind::InvalidInput, text).into());
        }
        let start = self.range.start;
        Ok(Self { bytes: self.bytes.clone(), range: start + range.start..start + range.end })
    }

    /// Returns the path of a file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.bytes {
            Content::File(file) => Some(file.path()),
            Content::Memory(_) | Content::Stream(_) => None,
        }
    }

    /// Returns the modification time of a file.
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        match &self.bytes {
            Content::File(file) => file.modified(),
            Content::Memory(_) | Content::Stream(_) => None,
        }
    }

    /// Opens a range for reading. May block.
    pub(crate) fn start(&self, range: Range<u64>) -> Result<SpanReader, HostError> {
        let end = self.range.start.checked_add(range.end).filter(|end| *end <= self.range.end);
        let Some(end) = end.filter(|_| range.start <= range.end) else {
            let Range { start, end } = range;
            let text =
                format!("the range {start}..{end} does not lie within the {} bytes", self.len());
            return Err(HostError::new(TransportErrorKind::Source, text));
        };
        let range = self.range.start + range.start..end;
        Ok(match &self.bytes {
            Content::File(file) => {
                let open = file.reopen()?;
                if range.is_empty() {
                    // No read will detect that the file has bytes now.
                    file.check_read(&open, range.end)?;
                }
                SpanReader::File { open, file: file.clone(), range }
            }
            Content::Memory(bytes) => {
                let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
                SpanReader::Memory(bytes.slice(at(range.start)..at(range.end)))
            }
            Content::Stream(stream) => SpanReader::Stream(StreamReader::new(stream.clone(), range)),
        })
    }

    /// Returns whether the content is in memory, so that reading does not block.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self.bytes, Content::Memory(_))
    }

    /// Returns whether reading may take long: a stream is read from anywhere.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.bytes, Content::Stream(_))
    }
}

/// A reader of a range of a source. Its methods may block.
pub(crate) enum SpanReader {
    File { file: Arc<LocalFile>, open: std::fs::File, range: Range<u64> },
    Memory(Bytes),
    Stream(StreamReader),
}

impl SpanReader {
    /// Returns the number of remaining bytes.
    pub(crate) fn left(&self) -> u64 {
        match self {
            Self::File { range, .. } => range.end - range.start,
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Stream(stream) => stream.left(),
        }
    }

    /// Fills `buffer` with the next bytes. It must not be longer than the remaining bytes.
    pub(crate) fn read_into(&mut self, buffer: &mut [u8]) -> Result<(), HostError> {
        match self {
            Self::File { file, open, range } => {
                file.read(open, buffer, range.start)?;
                range.start += buffer.len() as u64;
                if range.is_empty() { file.check_read(open, range.end) } else { Ok(()) }
            }
            Self::Memory(bytes) => {
                let taken = bytes.split_to(buffer.len().min(bytes.len()));
                buffer.copy_from_slice(&taken);
                Ok(())
            }
            Self::Stream(stream) => stream.read_into(buffer),
        }
    }

    /// Fills `buffer` if that does not block. Otherwise returns `None` and consumes no bytes.
    pub(crate) fn read_cached(&mut self, buffer: &mut [u8]) -> Option<Result<(), HostError>> {
        match self {
            Self::File { file, open, range } => {
                if !blocking::read_cached(open, buffer, range.start) {
                    return None;
                }
                range.start += buffer.len() as u64;
                Some(if range.is_empty() { file.check_read(open, range.end) } else { Ok(()) })
            }
            Self::Memory(_) => Some(self.read_into(buffer)),
            Self::Stream(_) => None,
        }
    }

    /// Returns at most `max` of the next bytes if they are in memory.
    pub(crate) fn take_memory(&mut self, max: usize) -> Option<Bytes> {
        match self {
            Self::File { .. } | Self::Stream(_) => None,
            Self::Memory(bytes) => Some(bytes.split_to(max.min(bytes.len()))),
        }
    }
}

impl Source for NativeSource {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    async fn hash(&self, range: Range<u64>, hasher: Sha1Hasher) -> Result<Sha1Hasher, HostError> {
        let short = range.end.saturating_sub(range.start) <= CHUNK as u64;
        if short && self.is_memory() {
            return hash(self, range, hasher, &AtomicBool::new(false));
        }
        let stop = Stop::default();
        let (source, stopped) = (self.clone(), stop.0.clone());
        blocking::run(move || hash(&source, range, hasher, &stopped)).await
    }
}

/// Stops blocking work when it is dropped.
#[derive(Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn hash(
    source: &NativeSource,
    range: Range<u64>,
    mut hasher: Sha1Hasher,
    stop: &AtomicBool,
) -> Result<Sha1Hasher, HostError> {
    let mut reader = source.start(range)?;
    let mut buffer = Vec::new();
    while reader.left() > 0 && !stop.load(Ordering::Relaxed) {
        if let Some(bytes) = reader.take_memory(CHUNK) {
            hasher.update(&bytes);
            continue;
        }
        let size = usize::try_from(reader.left()).unwrap_or(CHUNK).min(CHUNK);
        buffer.resize(size, 0);
        reader.read_into(&mut buffer)?;
        hasher.update(&buffer);
    }
    Ok(hasher)
}

impl From<Bytes> for NativeSource {
    fn from(bytes: Bytes) -> Self {
        let range = 0..bytes.len() as u64;
        Self { bytes: Content::Memory(bytes), range }
    }
}

impl From<Vec<u8>> for NativeSource {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for NativeSource {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for NativeSource {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

/// Uses the text as the content. `Bucket::upload_file` uploads a file by its path.
impl From<&'static str> for NativeSource {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<LocalFile> for NativeSource {
    fn from(file: LocalFile) -> Self {
        let range = 0..file.len();
        Self { bytes: Content::File(Arc::new(file)), range }
    }
}

impl fmt::Debug for NativeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeSource")
            .field("path", &self.path())
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
