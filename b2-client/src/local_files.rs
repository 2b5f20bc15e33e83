//! What new files are made of, and local files: what is uploaded from a path and saved to one.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::ops::Range;

use b2_proto::ErrorKind;
use b2_proto::create::CopySource;
use b2_proto::error::TransportErrorKind;
use b2_proto::time::Timestamp;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::driver::{OpenPiece, PieceContent, PieceStream};
use crate::error::{Error, HostError};
use crate::host::{Host, Source};
use crate::maybe_send::{BoxFuture, BoxStream, MaybeSend};
use crate::stream_reader::StreamReader;

/// A host with local files, which are uploaded from and downloaded to a path.
pub trait FileHost: Host {
    /// The path of a file.
    type Path: MaybeSend + 'static;
    /// A file that is being saved.
    type SavedFile: SavedFile<Self::Sink>;

    /// Opens a file to upload it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](b2_proto::ErrorKind::InvalidInput) if the path does not lead to a file, for example
    /// to a directory, and [`ErrorKind::Source`](b2_proto::ErrorKind::Source) if the file cannot be opened.
    fn open_file(
        &self,
        path: Self::Path,
    ) -> impl Future<Output = Result<LocalFile<Self>, Error>> + MaybeSend + 'static;

    /// Creates a file to save a download to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) if it cannot be created.
    fn create_file(
        &self,
        path: Self::Path,
    ) -> impl Future<Output = Result<Self::SavedFile, Error>> + MaybeSend;
}

/// A local file that is being saved. Dropped before [`commit`](Self::commit), it leaves nothing behind.
pub trait SavedFile<S>: MaybeSend {
    /// Returns the sink to write to.
    fn sink(&self) -> S;

    /// Completes the file, with this time of its last modification.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`](b2_proto::ErrorKind::Destination) if the file cannot be completed.
    fn commit(
        self,
        modified: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Error>> + MaybeSend;
}

/// The content of a new file.
pub enum UploadContent<H: Host> {
    /// A source that can be read more than once: its parts are sent at the same time, and again after a failure.
    Source(H::Source),
    /// A reader, read once to its end. Its bytes are buffered, part by part.
    Reader(H::Reader),
    /// A stream of bytes, read once to its end. Its bytes are buffered, part by part.
    Stream(StreamReader),
    /// Pieces of local sources and of files in B2.
    Pieces(Vec<Piece<H>>),
    /// Pieces that come one by one.
    PieceStream(BoxStream<'static, Result<Piece<H>, Error>>),
    /// A local file, opened when the upload begins.
    File(BoxFuture<'static, Result<LocalFile<H>, Error>>),
}

/// An open local file.
pub struct LocalFile<H: Host> {
    /// The content: a source, or a reader for what has no known length, such as a pipe.
    pub content: UploadContent<H>,
    /// The time of the last modification, which the upload records as `src_last_modified_millis`.
    pub modified: Option<Timestamp>,
}

impl<H: Host> fmt::Debug for UploadContent<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source(_) => "Source",
            Self::Reader(_) => "Reader",
            Self::Stream(_) => "Stream",
            Self::Pieces(_) => "Pieces",
            Self::PieceStream(_) => "PieceStream",
            Self::File(_) => "File",
        })
    }
}

impl<H: Host> fmt::Debug for LocalFile<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFile")
            .field("content", &self.content)
            .field("modified", &self.modified)
            .finish()
    }
}

/// A piece of a new file: bytes of a local source, or of a file in B2, which are copied there.
///
/// ```
/// use b2_client::proto::create::CopySource;
/// use b2_client::{Host, Piece};
/// use bytes::Bytes;
///
/// fn pieces<H: Host>(log: CopySource) -> [Piece<H>; 2] {
///     [Piece::remote(log), Piece::source(Bytes::from_static(b"one more line\n"))]
/// }
/// ```
pub struct Piece<H: Host> {
    content: Content<H>,
    range: Option<Range<u64>>,
    offset: Option<u64>,
}

enum Content<H: Host> {
    Source(H::Source),
    File(Box<dyn OpenFile<H>>),
    Remote(CopySource),
}

/// A local file that is opened when its turn comes.
trait OpenFile<H: Host>: MaybeSend {
    fn open(self: Box<Self>, host: &H) -> BoxFuture<'static, Result<LocalFile<H>, Error>>;
}

struct FilePath<P>(P);

impl<H: FileHost> OpenFile<H> for FilePath<H::Path> {
    fn open(self: Box<Self>, host: &H) -> BoxFuture<'static, Result<LocalFile<H>, Error>> {
        Box::pin(host.open_file(self.0))
    }
}

impl<H: Host> Piece<H> {
    fn new(content: Content<H>) -> Self {
        Self { content, range: None, offset: None }
    }

    /// Creates a piece of all bytes of a source that can be read more than once.
    pub fn source(source: impl Into<H::Source>) -> Self {
        Self::new(Content::Source(source.into()))
    }

    /// Creates a piece of a file in B2, or of the range that the source names.
    pub fn remote(source: impl Into<CopySource>) -> Self {
        Self::new(Content::Remote(source.into()))
    }

    /// Sets the range of the bytes of the source. By default it is all of them.
    #[must_use]
    pub fn range(mut self, range: Range<u64>) -> Self {
        match &mut self.content {
            Content::Remote(source) => {
                source.offset = range.start;
                source.length = Some(range.end.saturating_sub(range.start));
            }
            Content::Source(_) | Content::File(_) => self.range = Some(range),
        }
        self
    }

    /// Sets the offset of the piece in the new file. By default it follows the piece before.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Opens a local file.
    pub(crate) async fn open(self, host: &H) -> Result<OpenPiece<H>, Error> {
        let invalid = |message: &str| b2_proto::Error::new(ErrorKind::InvalidInput, message);
        let source = match self.content {
            Content::Remote(source) => {
                return Ok(OpenPiece {
                    content: PieceContent::Remote(source),
                    offset: self.offset,
                });
            }
            Content::Source(source) => source,
            Content::File(file) => match file.open(host).await?.content {
                UploadContent::Source(source) => source,
                _ => {
                    let message =
                        "a piece must have a known length; a pipe can only be uploaded by itself";
                    return Err(invalid(message).into());
                }
            },
        };
        let len = source.len();
        let range = self.range.unwrap_or(0..len);
        if range.start > range.end || range.end > len {
            let message = format!(
                "the range {}..{} is not within the source, which has {len} bytes",
                range.start, range.end
            );
            return Err(invalid(&message).into());
        }
        Ok(OpenPiece { content: PieceContent::Local(source, range), offset: self.offset })
    }
}

impl<H: FileHost> Piece<H> {
    /// Creates a piece of a local file, which is opened when its turn comes.
    pub fn file(path: impl Into<H::Path>) -> Self
    where
        H::Path: 'static,
    {
        Self::new(Content::File(Box::new(FilePath(path.into()))))
    }
}

impl<H: Host> From<CopySource> for Piece<H> {
    fn from(source: CopySource) -> Self {
        Self::remote(source)
    }
}

impl<H: Host> fmt::Debug for Piece<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = match &self.content {
            Content::Source(_) => "Source",
            Content::File(_) => "File",
            Content::Remote(_) => "Remote",
        };
        f.debug_struct("Piece")
            .field("content", &content)
            .field("range", &self.range)
            .field("offset", &self.offset)
            .finish()
    }
}

/// Opens the pieces of a stream, one by one.
pub(crate) fn open_stream<H: Host>(
    host: H,
    pieces: impl Stream<Item = Result<Piece<H>, Error>> + MaybeSend + 'static,
) -> PieceStream<H> {
    let opened = pieces.and_then(move |piece| {
        let host = host.clone();
        async move { piece.open(&host).await }
    });
    let failed = |error| HostError::new(TransportErrorKind::Source, error);
    // Some streams panic if they are polled after their end.
    Box::pin(opened.map_err(failed).fuse())
}
