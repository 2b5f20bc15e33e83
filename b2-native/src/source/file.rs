//! Local files, and checks that they are unchanged.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use b2_client::{Error, HostError};
use b2_proto::ErrorKind;
use b2_proto::error::{TransportError, TransportErrorKind};

use super::unsized_file;
use crate::blocking;
use crate::folder::below::open_below;
use crate::paths::display;

/// The path of a regular file, with its length and modification time.
pub(crate) struct LocalFile {
    path: PathBuf,
    len: u64,
    modified: Option<SystemTime>,
    /// The folder and the name below it, if links are not followed on the way.
    below: Option<(PathBuf, String)>,
}

impl LocalFile {
    /// Reads the metadata of a file.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => return Err(cannot_access(&path, error)),
        };
        if !metadata.is_file() {
            return Err(not_regular(&path, kind_of(&metadata)));
        }
        if !unsized_file::has_known_len(&path, metadata.len()) {
            return Err(not_regular(&path, "a file of the system with an unknown size"));
        }
        Ok(Self { len: metadata.len(), modified: metadata.modified().ok(), path, below: None })
    }

    pub(crate) fn from_metadata(path: PathBuf, len: u64, modified: Option<SystemTime>) -> Self {
        Self { path, len, modified, below: None }
    }

    /// Returns the file with this name below a folder. Links below the folder are not followed.
    pub(crate) fn below(
        root: PathBuf,
        name: String,
        len: u64,
        modified: Option<SystemTime>,
    ) -> Self {
        Self { path: root.join(&name), len, modified, below: Some((root, name)) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Opens the file, if it is unchanged.
    pub(crate) fn reopen(&self) -> Result<File, HostError> {
        let opened = match &self.below {
            Some((root, name)) => open_below(root, name),
            None => unsized_file::open_nonblocking(&self.path),
        };
        match opened {
            Ok(file) => self.check(&file).map(|()| file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(self.changed("was removed", Some(error)))
            }
            Err(error) => Err(self.unreadable(error)),
        }
    }

    /// Fills `buffer` from `offset` on.
    pub(crate) fn read(
        &self,
        file: &File,
        mut buffer: &mut [u8],
        mut offset: u64,
    ) -> Result<(), HostError> {
        while !buffer.is_empty() {
            match blocking::read_at(file, buffer, offset) {
                // The file ends early: its current length explains this, unless the metadata is wrong.
                Ok(0) => {
                    return Err(self.check(file).err().unwrap_or_else(|| self.shorter(offset)));
                }
                Ok(read) => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
                Err(error) => return Err(self.unreadable(error)),
            }
        }
        Ok(())
    }

    /// Checks that a file which was read up to `end` is unchanged, and that it has no bytes after its length.
    pub(crate) fn check_read(&self, file: &File, end: u64) -> Result<(), HostError> {
        self.check(file)?;
        if end < self.len {
            return Ok(());
        }
        match blocking::read_at(file, &mut [0], self.len) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self
                .changed(&format!("has more than the {} bytes of its metadata", self.len), None)),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    /// Checks that the length and the modification time are unchanged.
    fn check(&self, file: &File) -> Result<(), HostError> {
        let metadata = file.metadata().map_err(|error| self.unreadable(error))?;
        if !metadata.is_file() {
            let how = format!("is {} now, not a regular file", kind_of(&metadata));
            Err(self.changed(&how, None))
        } else if metadata.len() < self.len {
            Err(self.shorter(metadata.len()))
        } else if metadata.len() > self.len {
            let how = format!("became longer: {} bytes, not {}", metadata.len(), self.len);
            Err(self.changed(&how, None))
        } else if self.modified.is_some() && metadata.modified().ok() != self.modified {
            Err(self.changed("was written to", None))
        } else {
            Ok(())
        }
    }

    fn shorter(&self, len: u64) -> HostError {
        self.changed(&format!("became shorter: {len} bytes, not {}", self.len), None)
    }

    fn changed(&self, how: &str, cause: Option<io::Error>) -> HostError {
        let text = format!("{} {how}", display(&self.path));
        let failure = TransportError::new(TransportErrorKind::SourceChanged, text);
        HostError { failure, cause: cause.map(Into::into) }
    }

    fn unreadable(&self, error: io::Error) -> HostError {
        let text = format!("{}: {error}", display(&self.path));
        let failure = TransportError::new(TransportErrorKind::Source, text);
        HostError { failure, cause: Some(error.into()) }
    }
}

pub(super) fn cannot_access(path: &Path, error: io::Error) -> Error {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if error.kind() == io::ErrorKind::NotFound && is_link {
        return not_regular(path, "a link to a missing file");
    }
    let text = format!("the file {} cannot be read: {error}", display(path));
    Error::with_cause(b2_proto::Error::new(ErrorKind::Source, text), error)
}

pub(super) fn not_regular(path: &Path, what: &str) -> Error {
    let text = format!(
        "{} is {what}, not a regular file; give the path of a file, or send it as a stream",
        display(path)
    );
    b2_proto::Error::new(ErrorKind::InvalidInput, text).into()
}

pub(crate) fn kind_of(metadata: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if metadata.is_dir() { "a directory" } else { "a device" }
}
