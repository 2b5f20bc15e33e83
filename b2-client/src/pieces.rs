//! Files that are made of pieces: bytes of local sources, and ranges of files in B2.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use b2_proto::ErrorKind;
use b2_proto::create::CopySource;
use b2_proto::error::TransportErrorKind;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::bucket::Bucket;
use crate::driver::{OpenPiece, PieceContent, PieceStream};
use crate::error::{Error, HostError};
use crate::host::{Host, Source};
use crate::local_files::{FileHost, LocalFile, UploadContent};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::upload::UploadBuilder;

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

impl<H: Host> Bucket<H> {
    /// Creates a file of pieces that follow each other. See [`create_file`](Self::create_file).
    ///
    /// ```
    /// # use b2_client::{Bucket, Error, Host};
    /// use b2_client::Piece;
    /// use bytes::Bytes;
    ///
    /// # async fn run<H: Host>(bucket: Bucket<H>) -> Result<(), Error> {
    /// let header = Piece::source(Bytes::from_static(b"# log\n"));
    /// let pieces = [header, Piece::remote("4_z1"), Piece::remote("4_z2").range(100..200)];
    /// bucket.concatenate(pieces, "all.log").content_type("text/plain").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn concatenate(
        &self,
        pieces: impl IntoIterator<Item = Piece<H>>,
        name: impl Into<alloc::string::String>,
    ) -> UploadBuilder<H> {
        self.create_file(pieces, name)
    }

    /// Creates a file of pieces, each at its [offset](Piece::at) or after the one before.
    ///
    /// Ranges of files in B2 are copied there (`b2_copy_part`, `b2_copy_file`); those that B2 allows no copy of, since they
    /// are smaller than the smallest part, are downloaded and uploaded again. Where pieces overlap, a copy is preferred.
    /// The file has the content type and the file info that are set here: nothing is taken from the sources.
    ///
    /// # Errors
    ///
    /// The upload ends with [`ErrorKind::InvalidInput`] before anything is sent if there are no pieces, if bytes of the
    /// file are covered by none, or if a range is not within its source.
    pub fn create_file(
        &self,
        pieces: impl IntoIterator<Item = Piece<H>>,
        name: impl Into<alloc::string::String>,
    ) -> UploadBuilder<H> {
        let pieces: Vec<_> = pieces.into_iter().collect();
        self.upload_content(UploadContent::Pieces(pieces), name)
    }

    /// Creates a file of pieces that come one by one and follow each other. See
    /// [`create_file_stream`](Self::create_file_stream).
    pub fn concatenate_stream(
        &self,
        pieces: impl Stream<Item = Result<Piece<H>, Error>> + MaybeSend + 'static,
        name: impl Into<alloc::string::String>,
    ) -> UploadBuilder<H> {
        self.create_file_stream(pieces, name)
    }

    /// Creates a file of pieces that come one by one, in the order of their offsets.
    ///
    /// Only a few pieces are held at a time, so there may be any number of them. The size of the file is not known before
    /// the end: parts grow after each 1,000, and the upload cannot be resumed.
    ///
    /// # Errors
    ///
    /// As [`create_file`](Self::create_file), and every error of the stream, with [`ErrorKind::Source`].
    pub fn create_file_stream(
        &self,
        pieces: impl Stream<Item = Result<Piece<H>, Error>> + MaybeSend + 'static,
        name: impl Into<alloc::string::String>,
    ) -> UploadBuilder<H> {
        self.upload_content(UploadContent::PieceStream(Box::pin(pieces)), name)
    }
}
