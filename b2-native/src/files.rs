//! Local files: what a bucket and a download can do where there are some.

use std::future::Future;
use std::path::Path;
use std::time::UNIX_EPOCH;

use b2_client::Error;
use b2_client::proto::download::Downloaded;
use b2_client::proto::time::Timestamp;
use bytes::Bytes;

use crate::{
    Bucket, DownloadBuilder, LocalContent, MemorySink, SaveFile, SaveOptions, UploadBuilder,
};

/// Uploads of local files.
pub trait UploadFiles {
    /// An upload of a local file, noting when it was last modified (`src_last_modified_millis`). What has no known
    /// length is uploaded as a stream: a pipe, a device, a file of `/proc`.
    ///
    /// ```no_run
    /// # async fn run(bucket: b2_native::Bucket) -> Result<(), b2_native::Error> {
    /// use b2_native::UploadFiles;
    ///
    /// let version = bucket.upload_local_file("ship.jpg", "photos/ship.jpg").await?.await?;
    /// println!("{}", version.file_id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What [`LocalContent::open`] says.
    fn upload_local_file(
        &self,
        path: impl AsRef<Path> + Send,
        name: impl Into<String> + Send,
    ) -> impl Future<Output = Result<UploadBuilder, Error>> + Send;
}

impl UploadFiles for Bucket {
    async fn upload_local_file(
        &self,
        path: impl AsRef<Path> + Send,
        name: impl Into<String> + Send,
    ) -> Result<UploadBuilder, Error> {
        let source = match LocalContent::open(path).await? {
            LocalContent::File(source) => source,
            LocalContent::Stream(reader) => return Ok(self.upload_unbound_stream(reader, name)),
        };
        let modified = source.modified().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let millis = modified.and_then(|since| u64::try_from(since.as_millis()).ok());
        let upload = self.upload(source, name);
        Ok(match millis {
            Some(millis) => upload.src_last_modified(Timestamp::from_millis(millis)),
            None => upload,
        })
    }
}

/// Downloads to local files and to memory.
pub trait SaveFiles {
    /// Saves to a file, which appears, complete and with the time it was last modified, at the end; until
    /// then a temporary file beside it takes the bytes. An existing file is replaced.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`](b2_client::proto::ErrorKind::Destination) if it cannot be written, and what
    /// [`DownloadBuilder::save`] says. Nothing is left behind.
    fn save_to(
        self,
        path: impl AsRef<Path> + Send,
    ) -> impl Future<Output = Result<Downloaded, Error>> + Send;

    /// Takes all bytes into memory, at most `max` of them.
    ///
    /// # Errors
    ///
    /// As for [`save_to`](SaveFiles::save_to).
    fn to_bytes(
        self,
        max: usize,
    ) -> impl Future<Output = Result<(Bytes, Downloaded), Error>> + Send;
}

impl SaveFiles for DownloadBuilder {
    async fn save_to(self, path: impl AsRef<Path> + Send) -> Result<Downloaded, Error> {
        let file = SaveFile::create(path, SaveOptions::default()).await?;
        let downloaded = self.save(file.sink()).await?;
        file.commit(downloaded.version.mod_time()).await?;
        Ok(downloaded)
    }

    async fn to_bytes(self, max: usize) -> Result<(Bytes, Downloaded), Error> {
        let memory = MemorySink::new(max);
        let downloaded = self.save(memory.sink()).await?;
        Ok((memory.take(), downloaded))
    }
}
