//! Folders by path, for systems without descriptors of folders: each part of a path is checked before it is used.

use std::fs::{self, File, FileType, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Directory, EntryType, FolderId, Links, Listed, Purpose, Stat, modified};
use crate::paths::display;

#[derive(Debug)]
pub(in super::super) struct PathFolder(PathBuf);

impl Directory for PathFolder {
    fn root(path: &Path, _: Purpose) -> io::Result<Self> {
        // On Windows, this is a path that starts with `\\?\`: it may be long, and names are taken literally.
        let path = fs::canonicalize(path)?;
        if fs::metadata(&path)?.is_dir() {
            Ok(Self(path))
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    fn enter(&self, name: &str, links: Links, _: Purpose) -> io::Result<Self> {
        match self.stat(name, links)?.kind {
            EntryType::Folder => Ok(Self(self.0.join(name))),
            _ => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn list(&self, mut each: impl FnMut(Listed<'_>) -> io::Result<()>) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let name = entry.file_name();
            each(match name.to_str() {
                Some(name) => {
                    Listed::Named(name, entry.file_type().map_or(EntryType::Unknown, kind_of))
                }
                None => Listed::NotUtf8(display(Path::new(&name))),
            })?;
        }
        Ok(())
    }

    fn stat(&self, name: &str, links: Links) -> io::Result<Stat> {
        let path = self.0.join(name);
        let found = match links {
            Links::Follow => fs::metadata(path)?,
            Links::Keep => fs::symlink_metadata(path)?,
        };
        Ok(Stat {
            kind: kind_of(found.file_type()),
            size: found.len(),
            modified: modified(&found),
            readable_by_all: true,
        })
    }

    fn is_readable(&self, _: &str, stat: &Stat) -> bool {
        stat.readable_by_all
    }

    fn open(&self, name: &str, links: Links) -> io::Result<File> {
        if links == Links::Keep && self.stat(name, links)?.kind == EntryType::Link {
            return Err(io::Error::other("is a link"));
        }
        OpenOptions::new().read(true).open(self.0.join(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    fn id(&self) -> io::Result<Option<FolderId>> {
        id(&self.0)
    }
}

#[cfg(unix)]
fn id(path: &Path) -> io::Result<Option<FolderId>> {
    let found = rustix::fs::stat(path)?;
    Ok(Some(FolderId { device: found.st_dev, inode: found.st_ino }))
}

/// Returns a number of the resolved path: the numbers that Windows has are not in the standard library.
#[cfg(not(unix))]
fn id(path: &Path) -> io::Result<Option<FolderId>> {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let mut hasher = DefaultHasher::new();
    fs::canonicalize(path)?.hash(&mut hasher);
    Ok(Some(FolderId { inode: hasher.finish() }))
}

fn kind_of(kind: FileType) -> EntryType {
    if kind.is_symlink() {
        EntryType::Link
    } else if kind.is_dir() {
        EntryType::Folder
    } else if kind.is_file() {
        EntryType::File
    } else {
        EntryType::Special
    }
}
