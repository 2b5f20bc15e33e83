//! The folder that a file is saved in.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use b2_client::Error;
use b2_proto::ErrorKind;

use super::refused::{io_error, refused};

/// The folder that a file is saved in, and operations on the names in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// A descriptor of the folder, which stays valid if the path is changed. `None` if the path is used.
    #[cfg(unix)]
    descriptor: Option<std::os::fd::OwnedFd>,
}

/// Creates a folder below a root, which must exist. Links below the root are not followed, so that names from a server
/// cannot select a folder outside of it.
///
/// # Errors
///
/// [`ErrorKind::Destination`] for a link, [`ErrorKind::DestinationParentNotDirectory`] for a file,
/// [`ErrorKind::DestinationDirectoryMissing`] if there is no root, and [`ErrorKind::DestinationDenied`] for a missing
/// permission.
pub fn make_folder_below(root: impl AsRef<Path>, below: impl AsRef<Path>) -> Result<(), Error> {
    Folder::below(root.as_ref(), below.as_ref()).map(drop)
}

impl Folder {
    /// Returns the folder of a path. Links are followed.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            #[cfg(unix)]
            descriptor: None,
        }
    }

    /// Opens a folder below a root, and creates missing folders. Links below the root are not followed.
    pub(super) fn below(root: &Path, below: &Path) -> Result<Self, Error> {
        let mut folder = Self::root(root)?;
        for part in below.components() {
            match part {
                Component::Normal(name) => folder = folder.enter(name)?,
                Component::CurDir => {}
                _ => {
                    let why = "is not inside of its folder";
                    return Err(refused(ErrorKind::Destination, &root.join(below), why));
                }
            }
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the error for a part of the path that is not a folder.
    fn not_a_folder(path: &Path) -> Error {
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            let why = "is a link, and downloads of folders do not follow links; remove the link, or \
                       download to the folder that it points to";
            return refused(ErrorKind::Destination, path, why);
        }
        let why = "is a file and not a folder; remove it or choose another destination";
        refused(ErrorKind::DestinationParentNotDirectory, path, why)
    }
}

#[cfg(unix)]
mod by_descriptor {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
    use rustix::io::Errno;

    use super::*;

    /// The flags for opening a folder. On Linux, `O_PATH` needs no permission to list it.
    #[cfg(target_os = "linux")]
    const OPEN: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const OPEN: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

    impl Folder {
        pub(super) fn root(root: &Path) -> Result<Self, Error> {
            match openat(CWD, root, OPEN, Mode::empty()) {
                Ok(opened) => Ok(Self { path: root.to_owned(), descriptor: Some(opened) }),
                Err(error) => Err(io_error(root, error.into())),
            }
        }

        pub(super) fn enter(self, name: &OsStr) -> Result<Self, Error> {
            let path = self.path.join(name);
            let Some(parent) = &self.descriptor else {
                return Ok(Self::at(path));
            };
            let open = || openat(parent, name, OPEN | OFlags::NOFOLLOW, Mode::empty());
            let opened = match open() {
                Err(Errno::NOENT) => match mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => open(),
                    Err(error) => Err(error),
                },
                opened => opened,
            };
            match opened {
                Ok(opened) => Ok(Self { path, descriptor: Some(opened) }),
                Err(Errno::NOTDIR | Errno::LOOP) => Err(Self::not_a_folder(&path)),
                Err(error) => Err(io_error(&path, error.into())),
            }
        }

        /// Creates a file that must not exist.
        pub(in super::super) fn create(&self, name: &str) -> io::Result<File> {
            let Some(folder) = &self.descriptor else {
                return create_new(&self.path.join(name));
            };
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            Ok(openat(folder, name, flags, Mode::from_raw_mode(0o666))?.into())
        }

        /// Renames a file, and replaces a file with the new name.
        pub(in super::super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
            match &self.descriptor {
                Some(folder) => Ok(renameat(folder, from, folder, to)?),
                None => fs::rename(self.path.join(from), self.path.join(to)),
            }
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            match &self.descriptor {
                Some(folder) => Ok(unlinkat(folder, name, AtFlags::empty())?),
                None => fs::remove_file(self.path.join(name)),
            }
        }

        /// Writes the names in the folder to the disk.
        pub(in super::super) fn sync(&self) -> io::Result<()> {
            let folder = match &self.descriptor {
                Some(folder) => {
                    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
                    File::from(openat(folder, ".", flags, Mode::empty())?)
                }
                None => File::open(&self.path)?,
            };
            folder.sync_all()
        }
    }
}

/// Without descriptors of folders, each part of the path is checked before it is used.
#[cfg(not(unix))]
mod by_path {
    use super::*;

    impl Folder {
        pub(super) fn root(root: &Path) -> Result<Self, Error> {
            match fs::metadata(root) {
                Ok(found) if found.is_dir() => Ok(Self::at(root.to_owned())),
                Ok(_) => Err(Self::not_a_folder(root)),
                Err(error) => Err(io_error(root, error)),
            }
        }

        pub(super) fn enter(self, name: &OsStr) -> Result<Self, Error> {
            let path = self.path.join(name);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(io_error(&path, error));
                }
                _ => {}
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => Ok(Self::at(path)),
                Ok(_) => Err(Self::not_a_folder(&path)),
                Err(error) => Err(io_error(&path, error)),
            }
        }

        /// Creates a file that must not exist.
        pub(in super::super) fn create(&self, name: &str) -> io::Result<File> {
            create_new(&self.path.join(name))
        }

        /// Renames a file, and replaces a file with the new name.
        pub(in super::super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
            fs::rename(self.path.join(from), self.path.join(to))
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.path.join(name))
        }

        /// Does nothing: this system cannot sync a folder.
        pub(in super::super) fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}
