//! Checks before a download whether a file can be replaced, and for free space.

use std::fs::{File, Metadata};
use std::path::Path;

/// Returns why renaming `temporary`, a file in the same folder, to `target` would fail, or `None` if no reason is known.
#[cfg(unix)]
pub(super) fn obstacle(target: &Path, old: &Metadata, temporary: &File) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;

    let ours = temporary.metadata().ok()?;
    if is_mount_point(target) || old.dev() != ours.dev() {
        return Some(
            "is a mount point, which cannot be replaced; choose another name and copy the file over it, or \
             download to - and redirect the output to it",
        );
    }
    if is_immutable(target) {
        return Some(
            "has an attribute that prevents replacing it (see lsattr); choose another name",
        );
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::metadata(folder.unwrap_or(Path::new("."))).ok()?;
    let sticky = folder.mode() & 0o1000 != 0;
    let user = ours.uid();
    (sticky && user != 0 && user != old.uid() && user != folder.uid()).then_some(
        "belongs to another user, and its folder lets only the owner replace it; choose another name",
    )
}

/// Returns `None`: no reason is known on this system.
#[cfg(not(unix))]
pub(super) fn obstacle(_: &Path, _: &Metadata, _: &File) -> Option<&'static str> {
    None
}

#[cfg(target_os = "linux")]
fn attributes(path: &Path) -> rustix::fs::StatxAttributes {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .map_or(StatxAttributes::empty(), |found| found.stx_attributes & found.stx_attributes_mask)
}

#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    attributes(path).contains(rustix::fs::StatxAttributes::MOUNT_ROOT)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mount_point(_: &Path) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn is_immutable(path: &Path) -> bool {
    use rustix::fs::StatxAttributes;
    attributes(path).intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_immutable(_: &Path) -> bool {
    false
}

/// Returns the free bytes for this user on the file system of `file`, or `None` if they are not known.
#[cfg(target_os = "linux")]
pub(super) fn space_left(file: &File) -> Option<u64> {
    let stat = rustix::fs::fstatvfs(file).ok()?;
    // Some network file systems report zero blocks.
    (stat.f_blocks > 0).then(|| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Returns `None`: free space is not known on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn space_left(_: &File) -> Option<u64> {
    None
}
