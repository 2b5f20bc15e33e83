//! A file with a temporary name.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use b2_client::Error;
use b2_proto::ErrorKind;
use b2_proto::time::Timestamp;

use super::folder::Folder;
use super::refused::{io_error, kind_of, refused};
use super::{READ_ONLY, SaveFile, SaveOptions, is_absent, replace};
use crate::paths::display;
use crate::sink::open::OpenFile;
use crate::sink::{NativeSink, Target, explain};
use crate::{blocking, clock};

const PREFIX: &str = ".b2-";
const SUFFIX: &str = ".part";

/// Returns whether this is the name of a temporary file of [`SaveFile`]. A process that is killed leaves its temporary
/// files behind.
#[must_use]
pub fn is_temporary(file_name: &str) -> bool {
    let middle = file_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    middle.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A file that has a temporary name until it is committed. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    folder: Folder,
    /// The name of the file; `None` once it is renamed.
    name: Option<String>,
    file: Arc<OpenFile>,
    durable: bool,
}

impl TemporaryFile {
    /// Creates the temporary file of a file below a root. Links below the root are neither followed nor replaced.
    pub(crate) fn below(root: &Path, below: &Path, options: SaveOptions) -> Result<Self, Error> {
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
            None => Self::create(folder, target.clone(), old.as_ref(), &target, options),
        }
    }

    /// Creates the temporary file in a folder. `old` is the file that will be replaced, and `path` names the file in errors.
    pub(super) fn create(
        folder: Folder,
        target: PathBuf,
        old: Option<&fs::Metadata>,
        path: &Path,
        options: SaveOptions,
    ) -> Result<Self, Error> {
        let (name, file) = create_in(&folder).map_err(|error| io_error(path, error))?;
        let file = Arc::new(OpenFile::new(file, target));
        let durable = options.durable;
        let temporary = Self { folder, name: Some(name), file, durable };
        if let Some(old) = old {
            if let Some(why) =
                replace::obstacle(temporary.file.target(), old, temporary.file.file())
            {
                return Err(refused(ErrorKind::DestinationDenied, path, why));
            }
            // Set before the first byte, so that the bytes are never readable with wider permissions.
            let permissions = old.permissions();
            let set = temporary.file.file().set_permissions(permissions);
            set.map_err(|error| io_error(path, error))?;
        }
        Ok(temporary)
    }

    /// Returns a file that can be written, once it is known that it can be renamed.
    pub(super) fn into_save_file(mut self) -> Result<SaveFile, Error> {
        self.try_rename()?;
        let sink = NativeSink(Target::File(self.file.clone()));
        Ok(SaveFile { sink, temporary: Some(self) })
    }

    pub(super) fn file(&self) -> &OpenFile {
        &self.file
    }

    /// Writes the whole content.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        blocking::write_all_at(self.file.file(), bytes, 0)
            .map_err(|error| io_error(self.file.target(), error))
    }

    /// Renames the empty temporary file, because some folders allow to create files and not to rename them.
    fn try_rename(&mut self) -> Result<(), Error> {
        let Some(temporary) = &self.name else {
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
        self.name = Some(other);
        Ok(())
    }

    /// Sets the modification time, and renames the file to its target.
    pub(crate) fn commit(mut self, modified: Option<Timestamp>) -> Result<(), Error> {
        let modified_set = self.set_modified(modified);
        if let Err(error) = self.rename() {
            return Err(self.keep(error));
        }
        if self.durable {
            // The folder contains the new name, so it is synced too.
            let synced = self.folder.sync();
            synced.map_err(|error| io_error(self.file.target(), error))?;
        }
        self.name = None;
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
        match (&self.name, self.file.target().file_name()) {
            (Some(temporary), Some(name)) => self.folder.rename(temporary, name),
            _ => Ok(()),
        }
    }

    /// Keeps the temporary file, which is complete, and returns an error with its path.
    fn keep(&mut self, error: io::Error) -> Error {
        let mut text = explain(&display(self.file.target()), &error);
        let kept = self.name.take().map(|name| self.folder.path().join(name));
        let kept = kept.filter(|path| fs::symlink_metadata(path).is_ok());
        if let Some(path) = kept {
            text += &format!("; the complete content is kept in {}", display(&path));
        }
        Error::with_cause(b2_proto::Error::new(kind_of(&error), text), error)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.name {
            let _ = self.folder.remove(temporary);
        }
    }
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
