//! What a path leads to: a file of known length, or a stream.

use std::fs;
use std::path::Path;

use b2_client::Error;
use b2_proto::ErrorKind;

use super::file::{LocalFile, cannot_look_at, kind_of, not_regular};
use super::{NativeReader, NativeSource, unsized_file};
use crate::blocking;
use crate::paths::shown;

/// What a path leads to, as it can be uploaded.
#[derive(Debug)]
pub enum LocalContent {
    /// A regular file. Its parts can be read in any order, and again.
    File(NativeSource),
    /// Something whose length is not known: a pipe, a device, a process substitution of a shell, or a file that the
    /// system makes when it is read (`/proc`, `/sys`).
    Stream(NativeReader),
}

impl LocalContent {
    /// Opens what a path leads to; links are followed. Opening a named pipe waits for its writer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a directory, a socket or a link to nowhere; [`ErrorKind::Source`] where the
    /// file cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        blocking::run(move || Self::open_now(&path)).await
    }

    fn open_now(path: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(path).map_err(|error| cannot_look_at(path, error))?;
        if metadata.is_dir() || is_socket(&metadata) {
            return Err(not_regular(path, kind_of(&metadata)));
        }
        let cannot_open = |error| {
            let text = format!("the file {} cannot be read: {error}", shown(path));
            Error::with_cause(b2_proto::Error::new(ErrorKind::Source, text), error)
        };
        if metadata.is_file() && unsized_file::has_known_len(path, metadata.len()) {
            // Said before anything is asked of the server.
            unsized_file::open_without_wait(path).map_err(cannot_open)?;
            return Ok(Self::File(LocalFile::look_at(path.to_owned())?.into()));
        }
        let file = fs::File::open(path).map_err(cannot_open)?;
        Ok(Self::Stream(NativeReader::new(tokio::fs::File::from_std(file))))
    }
}

#[cfg(unix)]
fn is_socket(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_socket()
}

#[cfg(not(unix))]
fn is_socket(_metadata: &fs::Metadata) -> bool {
    false
}
