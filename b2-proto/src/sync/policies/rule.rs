//! The rule that decides about a name.

use core::fmt;

use crate::encoding::shown;
use crate::list::Filter;

/// The rule of [`ScanPolicies`](super::ScanPolicies) that decides whether files of a name are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRule<'a> {
    /// A folder that the file is in is excluded.
    ExcludedFolder {
        /// The folder, without a slash at its end.
        folder: &'a str,
        /// The regular expression that it matches.
        regex: &'a str,
    },
    /// The name matches this regular expression of files to exclude.
    ExcludedFile(&'a str),
    /// The name matches this regular expression of files to include.
    IncludedFile(&'a str),
    /// The last filter that matches the name.
    Filter(&'a Filter),
    /// All filters include names, and none of them matches this one.
    NotIncluded,
}

impl NameRule<'_> {
    /// Returns whether the files are looked at.
    #[must_use]
    pub const fn keeps(self) -> bool {
        matches!(self, Self::IncludedFile(_) | Self::Filter(Filter::Include(_)))
    }
}

impl fmt::Display for NameRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExcludedFolder { folder, regex } => {
                write!(f, "'{regex}' excludes the folder '{}'", shown(folder))
            }
            Self::ExcludedFile(regex) => write!(f, "'{regex}' excludes the file"),
            Self::IncludedFile(regex) => write!(f, "'{regex}' includes the file"),
            Self::Filter(Filter::Exclude(pattern)) => {
                write!(f, "the filter excludes '{pattern}'")
            }
            Self::Filter(Filter::Include(pattern)) => {
                write!(f, "the filter includes '{pattern}'")
            }
            Self::NotIncluded => f.write_str("no filter includes the file"),
        }
    }
}
