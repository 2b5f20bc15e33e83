//! Files that only their owner may read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::clock;
use crate::paths::resolve_links;

/// Creates an empty file with mode 0600, unless it exists. It is closed before it gets its name, as SQLite requires.
#[cfg(feature = "sqlite")]
pub(super) fn create(path: &Path) -> io::Result<()> {
    let replacement = Replacement::create(path)?;
    match fs::hard_link(replacement.path(), &replacement.target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links.
        Err(_) if !path.exists() => replacement.commit(),
        linked => linked,
    }
}

/// Creates the missing parent folders of a path with mode 0700.
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

/// Removes the permissions of other users from a file. Errors are ignored.
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

/// A new file that will replace another one. It is removed if it is dropped before.
pub(super) struct Replacement {
    path: PathBuf,
    target: PathBuf,
}

impl Replacement {
    /// Creates an empty file with mode 0600 beside the target.
    pub(super) fn create(target: &Path) -> io::Result<Self> {
        let target = resolve_links(target)?;
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:016x}.new", clock::random()));
        let path = target.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self { path, target })
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content, and syncs it to the disk.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Renames the file to the target.
    pub(super) fn commit(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
