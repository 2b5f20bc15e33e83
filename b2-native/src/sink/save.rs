//! Saving a file: all of it, or nothing.

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
use super::{NativeSink, Place, explain};
use crate::blocking;
use crate::clock;
use crate::paths::{followed, shown};

use folder::Folder;
pub use folder::make_folder_below;
use refused::{in_the_way, kind_of, refused};

const PREFIX: &str = ".b2-";
const SUFFIX: &str = ".part";

const READ_ONLY: &str = "is read-only; allow writing or choose another name";

/// Whether a file of this name is what a [`SaveFile`] writes to before it is complete. A run that was killed
/// leaves one behind.
#[must_use]
pub fn is_temporary(file_name: &str) -> bool {
    let middle = file_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// How to save a file.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SaveOptions {
    /// Wait until the bytes are on the disk before the file gets its name. It costs a wait for every file. Off
    /// by default: what a power cut destroys can be downloaded again. Turn it on where the copy at B2 is
    /// deleted afterwards.
    pub durable: bool,
}

/// A file that is being saved.
///
/// Bytes go to a temporary file beside the target, in the same folder; [`commit`](SaveFile::commit) gives it
/// the target's name in one step, so that a reader sees the old file or the new one and never a part.
/// Dropped without that, the temporary file is removed and the target is as it was. A target that is a link
/// stays one: the file it leads to is replaced, or created if it is not there. Permissions of a file that is
/// replaced are kept.
///
/// What would make the last step fail is looked for before the first byte: a folder in which nothing can be
/// renamed, a mount point, a file that may not be replaced. If the last step fails nevertheless, the temporary
/// file stays, and the error says where.
///
/// A pipe or a device, such as `/dev/stdout`, is written to directly and in order.
///
/// No space is reserved beforehand: where ranges arrive in any order a file system makes them one file well
/// enough, and a reservation would look complete after a power cut.
#[derive(Debug)]
pub struct SaveFile {
    sink: NativeSink,
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    folder: Folder,
    /// Its name in the folder; `None` once it has the target's.
    temporary: Option<String>,
    file: Arc<OpenFile>,
    durable: bool,
}

impl SaveFile {
    /// Begins to save a file at `path`. The folder must be there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DestinationDirectoryMissing`], [`ErrorKind::DestinationParentNotDirectory`],
    /// [`ErrorKind::DestinationIsDirectory`], [`ErrorKind::DestinationDenied`] for a missing permission and for a file
    /// that is read-only or cannot be replaced, [`ErrorKind::DestinationFull`], or [`ErrorKind::Destination`].
    pub async fn create(path: impl AsRef<Path>, options: SaveOptions) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        blocking::run(move || Self::begin(&path, options)).await
    }

    /// Begins to save a file below a folder, under a name that comes from somewhere else: a server. Folders in between
    /// are made. No link below `root` is followed and none is replaced, so nothing outside it is written to.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); [`ErrorKind::Destination`] also for a link, a pipe or a device in the way, and for a
    /// path that does not stay below the root.
    pub async fn create_below(
        root: impl AsRef<Path>,
        below: impl AsRef<Path>,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        let (root, below) = (root.as_ref().to_owned(), below.as_ref().to_owned());
        blocking::run(move || Self::begin_below(&root, &below, options)).await
    }

    /// Where to write.
    #[must_use]
    pub fn sink(&self) -> NativeSink {
        self.sink.clone()
    }

    /// Sets the time of last change, if one is given, and gives the file its name. All of it must have been
    /// written. A pipe or a device has no time of last change that would matter.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`]. The target is as it was, and the message says where the bytes are; or, if only
    /// the time could not be set, the target is complete.
    pub async fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        blocking::run(move || pending.commit(modified)).await
    }

    /// Checks that the file system has room for a file of `len` bytes. Nothing is reserved: others may fill it
    /// meanwhile. Where the system does not tell, there is room.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Destination`], with both numbers.
    pub fn check_space(&self, len: u64) -> Result<(), Error> {
        let Some(pending) = &self.pending else {
            return Ok(());
        };
        match replace::space_left(pending.file.file()) {
            Some(left) if left < len => {
                let why = format!(
                    "takes {len} bytes, and {left} are left on its disk; free some space and start again"
                );
                Err(refused(ErrorKind::Destination, pending.file.target(), &why))
            }
            _ => Ok(()),
        }
    }

    fn begin(path: &Path, options: SaveOptions) -> Result<Self, Error> {
        if names_folder(path) {
            let why = "ends in a slash, as a folder does; give the name of a file in it";
            return Err(refused(ErrorKind::DestinationIsDirectory, path, why));
        }
        let target = followed(path).map_err(|error| in_the_way(path, error))?;
        // Of `/dev/stdout` only the path as it was given can be opened: it may lead to a pipe without a name.
        let old = match fs::metadata(path) {
            Ok(old) => Some(old),
            // What is wrong with the folder is said below.
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(in_the_way(path, error)),
        };
        if let Some(old) = &old {
            if old.is_dir() {
                let why = "is a folder; give the name of a file in it";
                return Err(refused(ErrorKind::DestinationIsDirectory, path, why));
            }
            if !old.is_file() || is_own_output(path) {
                return Self::special(path);
            }
            if old.permissions().readonly() {
                return Err(refused(ErrorKind::DestinationDenied, path, READ_ONLY));
            }
        }
        let folder = match target.parent() {
            Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
            Some(folder) => folder,
            None => return Err(refused(ErrorKind::Destination, path, "is no name of a file")),
        };
        if target.file_name().is_none() {
            return Err(refused(ErrorKind::Destination, path, "is no name of a file"));
        }
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let why = "is no folder; choose another place";
                return Err(refused(ErrorKind::DestinationParentNotDirectory, folder, why));
            }
            Err(error) if is_absent(&error) => {
                let why = "does not exist; create the folder first";
                return Err(refused(ErrorKind::DestinationDirectoryMissing, folder, why));
            }
            Err(error) => return Err(in_the_way(folder, error)),
        }
        let folder = Folder::at(folder.to_owned());
        Self::in_folder(folder, target, old.as_ref(), path, options)
    }

    fn begin_below(root: &Path, below: &Path, options: SaveOptions) -> Result<Self, Error> {
        let target = root.join(below);
        if below.file_name().is_none() {
            return Err(refused(ErrorKind::Destination, &target, "is no name of a file"));
        }
        let folder = Folder::below(root, below.parent().unwrap_or(Path::new("")))?;
        let old = match fs::symlink_metadata(&target) {
            Ok(old) => Some(old),
            Err(error) if is_absent(&error) => None,
            Err(error) => return Err(in_the_way(&target, error)),
        };
        let refusal = old.as_ref().and_then(|old| {
            if old.is_symlink() {
                let why = "is a link, and a download into a folder writes through no link in it; remove the link, or \
                           download this file to a path of its own";
                Some((ErrorKind::Destination, why))
            } else if old.is_dir() {
                let why = "is a folder, where a file must be; remove it or choose another place";
                Some((ErrorKind::DestinationIsDirectory, why))
            } else if !old.is_file() {
                let why = "is no regular file; remove it or choose another place";
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
        let (temporary, file) = create_in(&folder).map_err(|error| in_the_way(path, error))?;
        let file = Arc::new(OpenFile::new(file, target));
        let sink = NativeSink(Place::File(file.clone()));
        let durable = options.durable;
        let mut pending = Pending { folder, temporary: Some(temporary), file, durable };
        pending.try_rename()?;
        if let Some(old) = old {
            if let Some(why) = replace::obstacle(pending.file.target(), old, pending.file.file()) {
                return Err(refused(ErrorKind::DestinationDenied, path, why));
            }
            // Before the first byte, so that the bytes are never readable with wider permissions.
            let permissions = old.permissions();
            let set = pending.file.file().set_permissions(permissions);
            set.map_err(|error| in_the_way(path, error))?;
        }
        Ok(Self { sink, pending: Some(pending) })
    }

    fn special(path: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).open(path);
        let file = file.map_err(|error| in_the_way(path, error))?;
        let special = Arc::new(Special::new(file, path.to_owned()));
        Ok(Self { sink: NativeSink(Place::Special(special)), pending: None })
    }
}

impl Pending {
    /// Renames the empty temporary file, because the last step of all is such a rename: some folders allow to
    /// create files and not to rename them.
    fn try_rename(&mut self) -> Result<(), Error> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let other = temporary_name();
        self.folder.rename(temporary, OsStr::new(&other)).map_err(|error| {
            let text = format!(
                "{}: files in this folder cannot be renamed, so no download can be completed there ({error}); \
                 choose another folder",
                shown(self.folder.path())
            );
            Error::with_cause(b2_proto::Error::new(ErrorKind::DestinationDenied, text), error)
        })?;
        self.temporary = Some(other);
        Ok(())
    }

    fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let timed = self.set_modified(modified);
        let named = self.name_it();
        if let Err(error) = named {
            return Err(self.keep(error));
        }
        if self.durable {
            // The name is in the folder, which is a file of its own.
            let synced = self.folder.sync();
            synced.map_err(|error| in_the_way(self.file.target(), error))?;
        }
        self.temporary = None;
        timed.map_err(|error| {
            let target = shown(self.file.target());
            let text = format!(
                "{target} is complete, but its time of last change could not be set: {error}"
            );
            Error::with_cause(b2_proto::Error::new(ErrorKind::Destination, text), error)
        })
    }

    fn set_modified(&self, modified: Option<Timestamp>) -> io::Result<()> {
        let Some(modified) = modified else {
            return Ok(());
        };
        let time = UNIX_EPOCH.checked_add(Duration::from_millis(modified.as_millis()));
        let time = time.ok_or_else(|| io::Error::other("no such time can be kept here"))?;
        self.file.file().set_modified(time)
    }

    fn name_it(&self) -> io::Result<()> {
        if self.durable {
            self.file.file().sync_all()?;
        }
        match (&self.temporary, self.file.target().file_name()) {
            (Some(temporary), Some(name)) => self.folder.rename(temporary, name),
            _ => Ok(()),
        }
    }

    /// Leaves the temporary file where it is, and says so: its bytes are complete.
    fn keep(&mut self, error: io::Error) -> Error {
        let mut text = explain(&shown(self.file.target()), &error);
        let kept = self.temporary.take().map(|name| self.folder.path().join(name));
        let kept = kept.filter(|path| fs::symlink_metadata(path).is_ok());
        if let Some(path) = kept {
            text += &format!("; all bytes have arrived and are kept in {}", shown(&path));
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

/// `/dev/stdout` may lead to a file: then what another wrote there before must stay.
fn is_own_output(path: &Path) -> bool {
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
