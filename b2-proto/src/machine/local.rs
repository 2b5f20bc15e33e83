//! A tree of local files, as machines see it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::time::Timestamp;

/// Which entries of a local folder a scan reports.
#[derive(Clone, Debug)]
pub struct LocalScan {
    /// Decides which folders are entered and which files are reported.
    pub filter: Arc<dyn ScanFilter>,
    /// The names to report.
    pub range: NameRange,
    /// How symbolic links are treated.
    pub symlinks: Symlinks,
    /// Only these names, in ascending order, where they are known. The folder is not read then. Those that the filter and
    /// the range let through, and that are not names of files, are reported as [`ScanItem::Missing`].
    pub names: Option<Arc<[String]>>,
    /// Whether a folder that does not exist counts as an empty one. Otherwise the scan fails.
    pub may_be_missing: bool,
}

/// Decides what a scan of a local folder leaves out. Names are relative to the root of the scan, with `/` between
/// folders, and without a slash at the end.
pub trait ScanFilter: fmt::Debug + Send + Sync {
    /// Returns whether the folder is entered.
    fn enters(&self, folder: &str) -> bool;

    /// Returns whether the file is reported, as far as its name decides. What is left out is not opened.
    fn takes(&self, name: &str) -> bool;
}

/// A half-open range of names, in the order of their UTF-8 bytes.
///
/// ```
/// use b2_proto::sync::NameRange;
///
/// let range = NameRange::new(Some("b".into()), Some("d".into()));
/// assert!(range.contains("b") && range.contains("c/d") && !range.contains("d"));
/// assert!(NameRange::ALL.contains("z"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NameRange {
    /// The first name. `None`: from the first of all.
    pub start: Option<String>,
    /// The name that ends the range and does not belong to it. `None`: up to the last of all.
    pub end: Option<String>,
}

impl NameRange {
    /// All names.
    pub const ALL: Self = Self { start: None, end: None };

    /// Creates the range from `start` up to, not including, `end`.
    #[must_use]
    pub const fn new(start: Option<String>, end: Option<String>) -> Self {
        Self { start, end }
    }

    /// Returns whether the name belongs to the range.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.start.as_deref().is_none_or(|start| start <= name) && !self.is_behind(name)
    }

    /// Returns whether the name, and so every later one, is behind the range.
    #[must_use]
    pub fn is_behind(&self, name: &str) -> bool {
        self.end.as_deref().is_some_and(|end| end <= name)
    }

    /// Returns whether a name that starts with `prefix` can belong to the range.
    #[must_use]
    pub fn may_contain_below(&self, prefix: &str) -> bool {
        let starts_after = |start: &str| start > prefix && !start.starts_with(prefix);
        !self.is_behind(prefix) && !self.start.as_deref().is_some_and(starts_after)
    }
}

/// How a scan of a local folder treats symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symlinks {
    /// Reports each link as [`SkipReason::Symlink`] and does not follow it.
    #[default]
    Skip,
    /// Leaves out links without a report.
    Ignore,
    /// Follows links, also out of the root, and reports loops.
    Follow,
}

/// A local file, as a scan reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// The name relative to the root, with `/` between folders.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The time of the last modification.
    pub modified: Timestamp,
}

/// An item of a scan of a local folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanItem {
    /// A file. Files are in the order of their names.
    File(LocalFile),
    /// An entry that was left out, at any place between the files.
    Skipped(SkippedEntry),
    /// A name of [`LocalScan::names`] that is not the name of a file, at any place between the files.
    Missing(String),
}

/// An entry of a local folder that a scan left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// The path, as it is shown.
    pub path: String,
    /// The reason.
    pub reason: SkipReason,
}

/// Why a scan left out an entry of a local folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a symbolic link, and links are not followed.
    Symlink,
    /// It is a link to a folder that contains it.
    SymlinkLoop,
    /// It is no regular file: a pipe, a socket, a device.
    SpecialFile,
    /// B2 takes no such name. The reason follows.
    InvalidName(String),
    /// The name is not UTF-8.
    NotUtf8,
    /// It may not be read.
    PermissionDenied,
    /// It cannot be read, for example a link to nothing. The message of the system follows.
    Unreadable(String),
}

impl SkipReason {
    /// Returns whether files may exist that the scan has not seen. Nothing is deleted after such a scan.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(self, Self::PermissionDenied | Self::Unreadable(_))
    }

    /// Returns whether B2 can have no file with this name. A source is not complete at B2 then.
    #[must_use]
    pub const fn is_unstorable(&self) -> bool {
        matches!(self, Self::InvalidName(_) | Self::NotUtf8)
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Symlink => f.write_str("is a symbolic link"),
            Self::SymlinkLoop => f.write_str("is a link to a folder that contains it"),
            Self::SpecialFile => f.write_str("is not a regular file"),
            Self::InvalidName(why) => write!(f, "has a name that B2 does not take: {why}"),
            Self::NotUtf8 => f.write_str("has a name that is not UTF-8"),
            Self::PermissionDenied => f.write_str("may not be read: permission denied"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

/// The next items of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanPage {
    /// The items.
    pub items: Vec<ScanItem>,
    /// Whether the scan has ended.
    pub end: bool,
}

/// What a sink can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkAbilities {
    /// Whether bytes may be written in any order.
    pub random_access: bool,
    /// Whether bytes can be read back only after all have been written.
    pub reads_back_late: bool,
}
