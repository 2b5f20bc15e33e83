//! Local files by path, as sources or streams.

use std::fs;
use std::path::Path;

use b2_client::Error;
use b2_proto::ErrorKind;

use super::file::{LocalFile, cannot_access, kind_of, not_regular};
use super::{NativeReader, NativeSource, unsized_file};
use crate::blocking;
use crate::paths::display;

/// The content of a path: a source or a stream, depending on the type of the file.
#[derive(Debug)]
pub enum LocalContent {
    /// A regular file, which can be read repeatedly and in any order.
    File(NativeSource),
    /// A file of unknown length: a pipe, a device, a process substitution of a shell, or a file in `/proc` or `/sys`.
    Stream(NativeReader),
}

impl LocalContent {
    /// Opens a path. Links are followed. Opening a named pipe waits for a writer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a directory, a socket or a dangling link; [`ErrorKind::Source`] if the file
    /// cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        blocking::run(move || Self::open_now(&path)).await
    }

    fn open_now(path: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(path).map_err(|error| cannot_access(path, error))?;
        if metadata.is_dir() || is_socket(&metadata) {
            return Err(not_regular(path, kind_of(&metadata)));
        }
        let cannot_open = |error| {
            let text = format!("the file {} cannot be read: {error}", display(path));
            Error::with_cause(b2_proto::Error::new(ErrorKind::Source, text), error)
        };
        if metadata.is_file() && unsized_file::has_known_len(path, metadata.len()) {
            // Reports missing permissions before the first request.
            unsized_file::open_nonblocking(path).map_err(cannot_open)?;
            return Ok(Self::File(LocalFile::open(path.to_owned())?.into()));
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
