//! Files that appear when they are complete.

mod folder;
mod refused;
mod replace;
mod temporary;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use b2_client::Error;
use b2_proto::ErrorKind;
use b2_proto::time::Timestamp;

use super::ordered::Special;
use super::{NativeSink, Target};
use crate::blocking;
use crate::paths::resolve_links;

use folder::Folder;
pub use folder::make_folder_below;
pub(crate) use temporary::TemporaryFile;
pub use temporary::is_temporary;

use refused::{io_error, refused};

const READ_ONLY: &str = "is read-only; allow writing or choose another name";

/// Options of [`SaveFile`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SaveOptions {
    /// Whether to write the bytes to the disk (`fsync`) before the file gets its name. Off by default, since it is slow
    /// and a file lost in a power failure can be downloaded again. Turn it on if the file at B2 is deleted afterwards.
    pub durable: bool,
}

/// A file that is being saved.
///
/// Bytes are written to a temporary file in the folder of the target. [`commit`](SaveFile::commit) renames it to the
/// target, so that other programs see the old file or the new one. Dropping it without a commit removes the temporary
/// file and leaves the target unchanged. If the target is a link, the link is kept and the file that it points to is
/// replaced or created. A replaced file keeps its permissions.
///
/// [`create`](SaveFile::create) fails if the rename cannot succeed: in a folder in which files cannot be renamed, for a
/// mount point, and for a file that may not be replaced. If the rename fails later, the temporary file is kept, and the
/// error contains its path.
///
/// A pipe or a device, such as `/dev/stdout`, is written to directly and in order.
///
/// No space is reserved, since a reserved file would look complete after a power failure.
#[derive(Debug)]
pub struct SaveFile {
    sink: NativeSink,
    temporary: Option<TemporaryFile>,
}

impl SaveFile {
    /// Creates a file that will be saved at `path`. The folder must exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DestinationDirectoryMissing`], [`ErrorKind::DestinationParentNotDirectory`],
    /// [`ErrorKind::DestinationIsDirectory`], [`ErrorKind::DestinationDenied`] for a missing permission and for a file
    /// that is read-only or cannot be replaced, [`ErrorKind::DestinationFull`], or [`ErrorKind::Destination`].
    pub async fn create(path: impl AsRef<Path>, options: SaveOptions) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        blocking::run(move || Self::create_now(&path, options)).await
    }

    /// Creates a file that will be saved below a folder, for paths from an untrusted source such as a server. Missing
    /// folders are created. Links below `root` are neither followed nor replaced, so nothing outside is written to.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); [`ErrorKind::Destination`] also if the path contains a link, a pipe, a device, or
    /// `..`.
    pub async fn create_below(
        root: impl AsRef<Path>,
        below: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        let (root, below) = (root.as_ref().to_owned(), below.as_ref().to_owned());
        blocking::run(move || Self::create_below_now(&root, &below, options)).await
    }

    /// Returns the sink to write to.
    #[must_use]
    pub fn sink(&self) -> NativeSink {
        self.sink.clone()
    }

    /// Sets the modification time, if one is given, and renames the temporary file to the target. Call it after all
    /// bytes are written. It does nothing for a pipe or a device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`]. If the rename failed, the target is unchanged and the message contains the path of
    /// the temporary file. If only the time could not be set, the target is complete.
    pub async fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let Some(temporary) = self.temporary.take() else {
            return Ok(());
        };
        blocking::run(move || temporary.commit(modified)).await
    }

    /// Checks that the file system has `len` free bytes. They are not reserved. The check succeeds if the system does not
    /// report free space.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`], with the needed and the free bytes.
    pub fn check_space(&self, len: u64) -> Result<(), Error> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        match replace::space_left(temporary.file().file()) {
            Some(left) if left < len => {
                let why = format!(
                    "needs {len} bytes, and its disk has {left} free; free some space and start again"
                );
                Err(refused(ErrorKind::Destination, temporary.file().target(), &why))
            }
            _ => Ok(()),
        }
    }

    fn create_now(path: &Path, options: SaveOptions) -> Result<Self, Error> {
        if names_folder(path) {
            let why = "ends in a slash, like a folder; give the name of a file in it";
            return Err(refused(ErrorKind::DestinationIsDirectory, path, why));
        }
        let target = resolve_links(path).map_err(|error| io_error(path, error))?;
        // The original path, since `/dev/stdout` may be a link to an anonymous pipe, which has no path.
        let old = match fs::metadata(path) {
            Ok(old) => Some(old),
            // The folder is checked below.
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(io_error(path, error)),
        };
        if let Some(old) = &old {
            if old.is_dir() {
                let why = "is a folder; give the name of a file in it";
                return Err(refused(ErrorKind::DestinationIsDirectory, path, why));
            }
            if !old.is_file() || is_open_file(path) {
                return Self::special(path);
            }
            if old.permissions().readonly() {
                return Err(refused(ErrorKind::DestinationDenied, path, READ_ONLY));
            }
        }
        let folder = match target.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => return Err(refused(ErrorKind::Destination, path, "is not the name of a file")),
        };
        if target.file_name().is_none() {
            return Err(refused(ErrorKind::Destination, path, "is not the name of a file"));
        }
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let why = "is not a folder; choose another one";
                return Err(refused(ErrorKind::DestinationParentNotDirectory, folder, why));
            }
            Err(error) if is_absent(&error) => {
                let why = "does not exist; create the folder first";
                return Err(refused(ErrorKind::DestinationDirectoryMissing, folder, why));
            }
            Err(error) => return Err(io_error(folder, error)),
        }
        let folder = Folder::at(folder.to_owned());
        TemporaryFile::create(folder, target, old.as_ref(), path, options)?.into_save_file()
    }

    pub(crate) fn create_below_now(
        root: &Path,
        below: &Path,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        TemporaryFile::below(root, below, options)?.into_save_file()
    }

    fn special(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(|error| io_error(path, error))?;
        let special = Arc::new(Special::new(file, path.to_owned()));
        Ok(Self { sink: NativeSink(Target::Special(special)), temporary: None })
    }
}

/// Returns whether a path is one of the open files of this process. `/dev/stdout` may be a regular file, to which output
/// is appended.
fn is_open_file(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc/self/fd")
}

/// Returns whether a path ends in a separator. `Path` itself ignores one.
fn names_folder(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().last().is_some_and(|&b| std::path::is_separator(b.into()))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
