//! Open folders by descriptor: an entry is found in the folder that was opened, also if its path changes meanwhile.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    Access, AtFlags, CWD, Dir, FileType, Mode, OFlags, accessat, fstat, openat, statat, unlinkat,
};
use rustix::io::Errno;

use super::{Directory, EntryType, FolderId, Links, Listed, Purpose, Stat, timestamp};
use crate::paths::display;

/// The mode bits that let every user read.
const READABLE_BY_ALL: u32 = 0o444;

#[derive(Debug)]
pub(in super::super) struct DescriptorFolder(OwnedFd);

impl Directory for DescriptorFolder {
    fn root(path: &Path, purpose: Purpose) -> io::Result<Self> {
        Ok(Self(openat(CWD, path, flags(Links::Follow, purpose), Mode::empty())?))
    }

    fn enter(&self, name: &str, links: Links, purpose: Purpose) -> io::Result<Self> {
        Ok(Self(openat(&self.0, name, flags(links, purpose), Mode::empty())?))
    }

    fn list(&self, mut each: impl FnMut(Listed<'_>) -> io::Result<()>) -> io::Result<()> {
        let mut entries = Dir::new(self.0.try_clone()?)?;
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            each(match name.to_str() {
                Ok(name) => Listed::Named(name, kind_of(entry.file_type())),
                Err(_) => Listed::NotUtf8(display(Path::new(OsStr::from_bytes(name.to_bytes())))),
            })?;
        }
        Ok(())
    }

    fn stat(&self, name: &str, links: Links) -> io::Result<Stat> {
        let flags = match links {
            Links::Follow => AtFlags::empty(),
            Links::Keep => AtFlags::SYMLINK_NOFOLLOW,
        };
        let stat = statat(&self.0, name, flags)?;
        let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
        Ok(Stat {
            kind: kind_of(FileType::from_raw_mode(stat.st_mode)),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: timestamp(stat.st_mtime, nanos),
            readable_by_all: Mode::from_raw_mode(stat.st_mode)
                .contains(Mode::from_bits_truncate(READABLE_BY_ALL as rustix::fs::RawMode)),
        })
    }

    fn is_readable(&self, name: &str, stat: &Stat) -> bool {
        // Old kernels cannot check the effective user. Reading the file then tells.
        stat.readable_by_all
            || accessat(&self.0, name, Access::READ_OK, AtFlags::EACCESS) != Err(Errno::ACCESS)
    }

    fn open(&self, name: &str, links: Links) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(openat(&self.0, name, flags | nofollow(links), Mode::empty())?.into())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    fn id(&self) -> io::Result<Option<FolderId>> {
        let stat = fstat(&self.0)?;
        Ok(Some(FolderId { device: stat.st_dev, inode: stat.st_ino }))
    }
}

fn flags(links: Links, purpose: Purpose) -> OFlags {
    let purpose = match purpose {
        #[cfg(target_os = "linux")]
        Purpose::Pass => OFlags::PATH,
        _ => OFlags::RDONLY,
    };
    purpose | OFlags::DIRECTORY | OFlags::CLOEXEC | nofollow(links)
}

fn nofollow(links: Links) -> OFlags {
    match links {
        Links::Follow => OFlags::empty(),
        Links::Keep => OFlags::NOFOLLOW,
    }
}

fn kind_of(kind: FileType) -> EntryType {
    match kind {
        FileType::RegularFile => EntryType::File,
        FileType::Directory => EntryType::Folder,
        FileType::Symlink => EntryType::Link,
        FileType::Unknown => EntryType::Unknown,
        _ => EntryType::Special,
    }
}
