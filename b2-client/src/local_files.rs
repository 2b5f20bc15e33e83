//! Local files: what is uploaded from a path and saved to one.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;

use b2_proto::time::Timestamp;

use crate::error::Error;
use crate::host::Host;
use crate::maybe_send::{BoxFuture, BoxStream, MaybeSend};
use crate::pieces::Piece;
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
