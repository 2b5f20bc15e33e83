//! Open folders: their entries, and the files in them.

#[cfg(any(not(unix), test))]
mod by_path;
#[cfg(unix)]
mod descriptor;

use std::fs::File;
use std::io;
use std::path::Path;

use b2_proto::time::Timestamp;

/// The open folders of this system.
#[cfg(not(unix))]
pub(super) use by_path::PathFolder as SystemFolder;
#[cfg(unix)]
pub(super) use descriptor::DescriptorFolder as SystemFolder;

#[cfg(test)]
pub(super) use by_path::PathFolder;

/// An open folder.
pub(super) trait Directory: Sized + Send + 'static {
    /// Opens a folder by its path. Links are followed.
    fn root(path: &Path, purpose: Purpose) -> io::Result<Self>;

    /// Opens a folder in this one.
    fn enter(&self, name: &str, links: Links, purpose: Purpose) -> io::Result<Self>;

    /// Calls `each` with the entries, in any order, until it returns an error.
    fn list(&self, each: impl FnMut(Listed<'_>) -> io::Result<()>) -> io::Result<()>;

    /// Returns what is known about an entry.
    fn stat(&self, name: &str, links: Links) -> io::Result<Stat>;

    /// Returns whether this user may read a file.
    fn is_readable(&self, name: &str, stat: &Stat) -> bool;

    /// Opens a file for reading, without waiting for the other end of a pipe.
    fn open(&self, name: &str, links: Links) -> io::Result<File>;

    /// Removes a file, or a link itself.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns the identity of this folder, if the system has one.
    fn id(&self) -> io::Result<Option<FolderId>>;
}

/// What an opened folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To list its entries.
    List,
    /// To reach a file in it, which needs no permission to list it.
    Pass,
}

/// Whether a name that is a link stands for what the link points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    Follow,
    Keep,
}

/// The device and the number of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FolderId {
    #[cfg(unix)]
    device: rustix::fs::Dev,
    inode: u64,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryType {
    File,
    Folder,
    Link,
    Special,
    /// The listing does not contain it.
    Unknown,
}

/// An entry of a listing.
pub(super) enum Listed<'a> {
    Named(&'a str, EntryType),
    /// The name is not UTF-8. The text is for messages.
    NotUtf8(String),
}

/// What is known about an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stat {
    pub(super) kind: EntryType,
    pub(super) size: u64,
    pub(super) modified: Timestamp,
    /// Whether every user may read it.
    readable_by_all: bool,
}

/// Returns a time, truncated to milliseconds. Times before 1970, which B2 cannot store, become 1970.
fn timestamp(seconds: i64, nanos: u32) -> Timestamp {
    let millis = u64::try_from(seconds).map_or(0, |seconds| {
        seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000))
    });
    Timestamp::from_millis(millis)
}

/// Returns the modification time of a file, as a scan reports it.
pub(super) fn modified(metadata: &std::fs::Metadata) -> Timestamp {
    let modified = metadata.modified().ok();
    let since = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}
