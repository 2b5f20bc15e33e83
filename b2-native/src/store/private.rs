//! Files that only their owner may read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::clock;
use crate::paths::followed;

/// Creates an empty file, with mode 0600, unless there is one. It has its name only when it is closed here.
#[cfg(feature = "sqlite")]
pub(super) fn create(path: &Path) -> io::Result<()> {
    let successor = Successor::create(path)?;
    match fs::hard_link(successor.path(), &successor.of) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without links.
        Err(_) if !path.exists() => successor.take_over(),
        linked => linked,
    }
}

/// Creates the folders that a path lies in, those that are missing with mode 0700.
pub(super) fn create_parents(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Takes away what others may do with a file. If that is not ours to do, it stays as it is.
pub(super) fn tighten(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let Ok(metadata) = fs::metadata(path) else {
            return;
        };
        let mode = metadata.permissions().mode();
        if metadata.is_file() && mode & 0o077 != 0 {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// A file beside another, with a name of its own, that will take its place; removed unless it did.
pub(super) struct Successor {
    path: PathBuf,
    of: PathBuf,
}

impl Successor {
    /// Creates it empty, with mode 0600.
    pub(super) fn create(of: &Path) -> io::Result<Self> {
        let of = followed(of)?;
        let mut name = of.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:016x}.new", clock::random()));
        let path = of.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self { path, of })
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fills it, and waits until the bytes are on the disk.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Takes the other's place, in one step.
    pub(super) fn take_over(self) -> io::Result<()> {
        fs::rename(&self.path, &self.of)
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
