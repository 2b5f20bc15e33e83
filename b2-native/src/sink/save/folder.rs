//! The folder that a file is saved in.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use b2_client::Error;
use b2_proto::ErrorKind;

use super::refused::{in_the_way, refused};

/// The folder that a file is saved in, and how files get their names in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The folder itself, whatever its path leads to meanwhile. `None` where the path counts.
    #[cfg(unix)]
    held: Option<std::os::fd::OwnedFd>,
}

/// Makes a folder below a root, which must be there. No link below the root is followed, so that names which come from
/// a server lead to no place outside it.
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
    /// Takes the folder that a path leads to; links are followed.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            #[cfg(unix)]
            held: None,
        }
    }

    /// Opens a folder below a root, and makes what is missing of it. No link below the root is followed.
    pub(super) fn below(root: &Path, below: &Path) -> Result<Self, Error> {
        let mut folder = Self::root(root)?;
        for part in below.components() {
            match part {
                Component::Normal(name) => folder = folder.enter(name)?,
                Component::CurDir => {}
                _ => {
                    let why = "would not stay inside its folder";
                    return Err(refused(ErrorKind::Destination, &root.join(below), why));
                }
            }
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Says why a part of the path is not entered.
    fn no_folder(path: &Path) -> Error {
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            let why = "is a link, and a download into a folder follows no links in it; remove the link, or \
                       download to the folder that it leads to";
            return refused(ErrorKind::Destination, path, why);
        }
        let why = "is a file, where a folder must be; remove it or choose another place";
        refused(ErrorKind::DestinationParentNotDirectory, path, why)
    }
}

#[cfg(unix)]
mod held {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
    use rustix::io::Errno;

    use super::*;

    /// Opening a folder to name files in it needs no right to list it, where the system tells the two apart.
    #[cfg(target_os = "linux")]
    const ENTER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    const ENTER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

    impl Folder {
        pub(super) fn root(root: &Path) -> Result<Self, Error> {
            match openat(CWD, root, ENTER, Mode::empty()) {
                Ok(held) => Ok(Self { path: root.to_owned(), held: Some(held) }),
                Err(error) => Err(in_the_way(root, error.into())),
            }
        }

        pub(super) fn enter(self, name: &OsStr) -> Result<Self, Error> {
            let path = self.path.join(name);
            let Some(above) = &self.held else {
                return Ok(Self::at(path));
            };
            let open = || openat(above, name, ENTER | OFlags::NOFOLLOW, Mode::empty());
            let opened = match open() {
                Err(Errno::NOENT) => match mkdirat(above, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => open(),
                    Err(error) => Err(error),
                },
                opened => opened,
            };
            match opened {
                Ok(held) => Ok(Self { path, held: Some(held) }),
                Err(Errno::NOTDIR | Errno::LOOP) => Err(Self::no_folder(&path)),
                Err(error) => Err(in_the_way(&path, error.into())),
            }
        }

        /// Creates a file that is not there yet.
        pub(in super::super) fn create(&self, name: &str) -> io::Result<File> {
            let Some(folder) = &self.held else {
                return create_new(&self.path.join(name));
            };
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            Ok(openat(folder, name, flags, Mode::from_raw_mode(0o666))?.into())
        }

        /// Gives a file another name, and replaces what has it.
        pub(in super::super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
            match &self.held {
                Some(folder) => Ok(renameat(folder, from, folder, to)?),
                None => fs::rename(self.path.join(from), self.path.join(to)),
            }
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            match &self.held {
                Some(folder) => Ok(unlinkat(folder, name, AtFlags::empty())?),
                None => fs::remove_file(self.path.join(name)),
            }
        }

        /// Waits until the names in it are on the disk.
        pub(in super::super) fn sync(&self) -> io::Result<()> {
            let folder = match &self.held {
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

/// Where folders cannot be held open, each part of the path is looked at before it is used.
#[cfg(not(unix))]
mod looked_at {
    use super::*;

    impl Folder {
        pub(super) fn root(root: &Path) -> Result<Self, Error> {
            match fs::metadata(root) {
                Ok(found) if found.is_dir() => Ok(Self::at(root.to_owned())),
                Ok(_) => Err(Self::no_folder(root)),
                Err(error) => Err(in_the_way(root, error)),
            }
        }

        pub(super) fn enter(self, name: &OsStr) -> Result<Self, Error> {
            let path = self.path.join(name);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(in_the_way(&path, error));
                }
                _ => {}
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => Ok(Self::at(path)),
                Ok(_) => Err(Self::no_folder(&path)),
                Err(error) => Err(in_the_way(&path, error)),
            }
        }

        /// Creates a file that is not there yet.
        pub(in super::super) fn create(&self, name: &str) -> io::Result<File> {
            create_new(&self.path.join(name))
        }

        /// Gives a file another name, and replaces what has it.
        pub(in super::super) fn rename(&self, from: &str, to: &OsStr) -> io::Result<()> {
            fs::rename(self.path.join(from), self.path.join(to))
        }

        pub(in super::super) fn remove(&self, name: &str) -> io::Result<()> {
            fs::remove_file(self.path.join(name))
        }

        /// The names in a folder cannot be waited for here.
        pub(in super::super) fn sync(&self) -> io::Result<()> {
            Ok(())
        }
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}
