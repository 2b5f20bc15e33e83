//! Files that appear when they are complete.

mod folder;
mod refused;
mod replace;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use b2_client::Error;
use b2_proto::ErrorKind;
use b2_proto::time::Timestamp;

use super::open::OpenFile;
use super::ordered::Special;
use super::{NativeSink, Target, explain};
use crate::blocking;
use crate::clock;
use crate::paths::{display, resolve_links};

use folder::Folder;
pub use folder::make_folder_below;
use refused::{io_error, kind_of, refused};

const PREFIX: &str = ".b2-";
const SUFFIX: &str = ".part";

const READ_ONLY: &str = "is read-only; allow writing or choose another name";

/// Returns whether this is the name of a temporary file of [`SaveFile`]. A process that is killed leaves its temporary
/// files behind.
#[must_use]
pub fn is_temporary(file_name: &str) -> bool {
    let middle = file_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

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
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    folder: Folder,
    /// The name of the temporary file; `None` once it is renamed.
    temporary: Option<String>,
    file: Arc<OpenFile>,
    durable: bool,
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
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        blocking::run(move || pending.commit(modified)).await
    }

    /// Checks that the file system has `len` free bytes. They are not reserved. The check succeeds if the system does not
    /// report free space.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`], with the needed and the free bytes.
    pub fn check_space(&self, len: u64) -> Result<(), Error> {
        let Some(pending) = &self.pending else {
            return Ok(());
        };
        match replace::space_left(pending.file.file()) {
            Some(left) if left < len => {
                let why = format!(
                    "needs {len} bytes, and its disk has {left} free; free some space and start again"
                );
                Err(refused(ErrorKind::Destination, pending.file.target(), &why))
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
        Self::in_folder(folder, target, old.as_ref(), path, options)
    }

    pub(crate) fn create_below_now(
        root: &Path,
        below: &Path,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        let target = root.join(below);
        if below.file_name().is_none() {
            return Err(refused(ErrorKind::Destination, &target, "is not the name of a file"));
        }
        let folder = Folder::below(root, below.parent().unwrap_or(Path::new("")))?;
        let old = match fs::symlink_metadata(&target) {
            Ok(old) => Some(old),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(io_error(&target, error)),
        };
        let refusal = old.as_ref().and_then(|old| {
            if old.is_symlink() {
                let why = "is a link, and downloads of folders do not follow links; remove the link, or download this \
                           file to a path of its own";
                Some((ErrorKind::Destination, why))
            } else if old.is_dir() {
                let why = "is a folder and not a file; remove it or choose another destination";
                Some((ErrorKind::DestinationIsDirectory, why))
            } else if !old.is_file() {
                let why = "is not a regular file; remove it or choose another destination";
                Some((ErrorKind::Destination, why))
            } else if old.permissions().readonly() {
                Some((ErrorKind::DestinationDenied, READ_ONLY))
            } else {
                None
            }
        });
        match refusal {
            Some((kind, why)) => Err(refused(kind, &target, why)),
            None => Self::in_folder(folder, target.clone(), old.as_ref(), &target, options),
        }
    }

    fn in_folder(
        folder: Folder,
        target: PathBuf,
        old: Option<&fs::Metadata>,
        path: &Path,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        let (temporary, file) = create_in(&folder).map_err(|error| io_error(path, error))?;
        let file = Arc::new(OpenFile::new(file, target));
        let sink = NativeSink(Target::File(file.clone()));
        let durable = options.durable;
        let mut pending = Pending { folder, temporary: Some(temporary), file, durable };
        pending.try_rename()?;
        if let Some(old) = old {
            if let Some(why) = replace::obstacle(pending.file.target(), old, pending.file.file()) {
                return Err(refused(ErrorKind::DestinationDenied, path, why));
            }
            // Set before the first byte, so that the bytes are never readable with wider permissions.
            let permissions = old.permissions();
            let set = pending.file.file().set_permissions(permissions);
            set.map_err(|error| io_error(path, error))?;
        }
        Ok(Self { sink, pending: Some(pending) })
    }

    fn special(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(|error| io_error(path, error))?;
        let special = Arc::new(Special::new(file, path.to_owned()));
        Ok(Self { sink: NativeSink(Target::Special(special)), pending: None })
    }
}

impl Pending {
    /// Renames the empty temporary file, because some folders allow to create files and not to rename them.
    fn try_rename(&mut self) -> Result<(), Error> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let other = temporary_name();
        self.folder.rename(temporary, OsStr::new(&other)).map_err(|error| {
            let text = format!(
                "{}: files in this folder cannot be renamed, so no download can be completed there ({error}); \
                 choose another folder",
                display(self.folder.path())
            );
            Error::with_cause(b2_proto::Error::new(ErrorKind::DestinationDenied, text), error)
        })?;
        self.temporary = Some(other);
        Ok(())
    }

    fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let modified_set = self.set_modified(modified);
        if let Err(error) = self.rename() {
            return Err(self.keep(error));
        }
        if self.durable {
            // The folder contains the new name, so it is synced too.
            let synced = self.folder.sync();
            synced.map_err(|error| io_error(self.file.target(), error))?;
        }
        self.temporary = None;
        modified_set.map_err(|error| {
            let target = display(self.file.target());
            let text = format!(
                "{target} is complete, but its modification time could not be set: {error}"
            );
            Error::with_cause(b2_proto::Error::new(ErrorKind::Destination, text), error)
        })
    }

    fn set_modified(&self, modified: Option<Timestamp>) -> io::Result<()> {
        let Some(modified) = modified else {
            return Ok(());
        };
        let time = UNIX_EPOCH.checked_add(Duration::from_millis(modified.as_millis()));
        let time = time.ok_or_else(|| io::Error::other("the time is out of range"))?;
        self.file.file().set_modified(time)
    }

    fn rename(&self) -> io::Result<()> {
        if self.durable {
            self.file.file().sync_all()?;
        }
        match (&self.temporary, self.file.target().file_name()) {
            (Some(temporary), Some(name)) => self.folder.rename(temporary, name),
            _ => Ok(()),
        }
    }

    /// Keeps the temporary file, which is complete, and returns an error with its path.
    fn keep(&mut self, error: io::Error) -> Error {
        let mut text = explain(&display(self.file.target()), &error);
        let kept = self.temporary.take().map(|name| self.folder.path().join(name));
        let kept = kept.filter(|path| fs::symlink_metadata(path).is_ok());
        if let Some(path) = kept {
            text += &format!("; the complete content is kept in {}", display(&path));
        }
        Error::with_cause(b2_proto::Error::new(kind_of(&error), text), error)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = self.folder.remove(temporary);
        }
    }
}

impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenFile").field("target", &self.target()).finish_non_exhaustive()
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

fn temporary_name() -> String {
    format!("{PREFIX}{:016x}{SUFFIX}", clock::random())
}

fn create_in(folder: &Folder) -> io::Result<(String, File)> {
    loop {
        let name = temporary_name();
        match folder.create(&name) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
