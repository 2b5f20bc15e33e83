//! Files that are made of pieces: bytes of local sources, and ranges of files in B2.

use alloc::boxed::Box;
use alloc::string::String;

use futures::Stream;

use crate::bucket::Bucket;
use crate::error::Error;
use crate::host::Host;
use crate::local_files::{Piece, UploadContent};
use crate::maybe_send::MaybeSend;
use crate::upload::UploadBuilder;

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
        name: impl Into<String>,
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
    /// The upload ends with [`InvalidInput`](b2_proto::ErrorKind::InvalidInput) before anything is sent if there are no pieces, if bytes of the
    /// file are covered by none, or if a range is not within its source.
    pub fn create_file(
        &self,
        pieces: impl IntoIterator<Item = Piece<H>>,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        let pieces = pieces.into_iter().collect();
        self.upload_content(UploadContent::Pieces(pieces), name)
    }

    /// Creates a file of pieces that come one by one and follow each other. See
    /// [`create_file_stream`](Self::create_file_stream).
    pub fn concatenate_stream(
        &self,
        pieces: impl Stream<Item = Result<Piece<H>, Error>> + MaybeSend + 'static,
        name: impl Into<String>,
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
    /// As [`create_file`](Self::create_file), and every error of the stream, with [`Source`](b2_proto::ErrorKind::Source).
    pub fn create_file_stream(
        &self,
        pieces: impl Stream<Item = Result<Piece<H>, Error>> + MaybeSend + 'static,
        name: impl Into<String>,
    ) -> UploadBuilder<H> {
        self.upload_content(UploadContent::PieceStream(Box::pin(pieces)), name)
    }
}
