//! The response to a download: what B2 knows of the file, and its bytes.

use alloc::sync::Arc;
use core::fmt;

use b2_proto::ErrorKind;
use b2_proto::download::Downloaded;
use b2_proto::model::DownloadVersion;
use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;

use super::body::DownloadBody;
use crate::error::Error;
use crate::host::{Host, Sink};
use crate::local_files::{FileHost, SavedFile};
use crate::session::Session;

/// The response to a download: the file version, and its bytes to come.
pub struct DownloadResponse<H: Host> {
    session: Arc<Session<H>>,
    version: DownloadVersion,
    body: DownloadBody,
}

impl<H: Host> DownloadResponse<H> {
    pub(super) fn new(
        session: Arc<Session<H>>,
        version: DownloadVersion,
        body: DownloadBody,
    ) -> Self {
        Self { session, version, body }
    }

    /// Returns what B2 says about the file version.
    #[must_use]
    pub fn version(&self) -> &DownloadVersion {
        &self.version
    }

    /// Returns the body as a stream of chunks. It is a `futures::io::AsyncRead` too.
    #[must_use]
    pub fn into_stream(self) -> DownloadBody {
        self.body
    }

    /// Returns the file version and the body.
    #[must_use]
    pub fn into_parts(self) -> (DownloadVersion, DownloadBody) {
        (self.version, self.body)
    }

    /// Receives all bytes into memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MaxFileSizeExceeded`] if there are more than `limit` bytes; none is received then. Otherwise the
    /// errors of the download.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, Error> {
        let len = self.version.content_length();
        if len > limit as u64 {
            let message = format!(
                "the file has {len} bytes, more than the limit of {limit}; read it as a stream"
            );
            let error = b2_proto::Error::new(ErrorKind::MaxFileSizeExceeded, message);
            return Err(error.into());
        }
        let mut body = self.body;
        let mut bytes = BytesMut::with_capacity(usize::try_from(len).unwrap_or(limit));
        while let Some(chunk) = body.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }
}

impl<H: FileHost> DownloadResponse<H> {
    /// Saves the bytes to a local file, which appears when it is complete.
    ///
    /// [`DownloadBuilder::save_to`](super::DownloadBuilder::save_to) is faster, as it writes ranges in any order.
    ///
    /// # Errors
    ///
    /// One of the kinds of [`ErrorKind::is_destination`] if the file cannot be written, and the errors of the download.
    /// Nothing is left behind.
    pub async fn save_to(self, path: impl Into<H::Path>) -> Result<Downloaded, Error> {
        let file = self.session.host.create_file(path.into()).await?;
        let sink = file.sink();
        let mut body = self.body;
        let mut offset = 0;
        while let Some(chunk) = body.try_next().await? {
            let len = chunk.len() as u64;
            sink.write(offset, vec![chunk]).await.map_err(Error::local)?;
            offset += len;
        }
        let Some(Ok(downloaded)) = body.into_ended() else {
            let message = "the download ended without an outcome";
            return Err(b2_proto::Error::new(ErrorKind::TruncatedOutput, message).into());
        };
        file.commit(downloaded.version.mod_time()).await?;
        Ok(downloaded)
    }
}

impl<H: Host> fmt::Debug for DownloadResponse<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadResponse").field("version", &self.version).finish_non_exhaustive()
    }
}
