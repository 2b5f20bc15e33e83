//! The options of a listing below a path.

use alloc::string::String;
use alloc::vec::Vec;

use super::filter::Filter;

/// The options of an [`Ls`](super::Ls).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LsOptions {
    /// A file, or a folder with or without a slash at its end. Empty for the whole bucket.
    pub path: String,
    /// Whether the path is a prefix of names, and not the name of a file or folder.
    pub by_prefix: bool,
    /// Whether to list all versions, including hide markers and unfinished large files, instead of the current ones.
    pub versions: bool,
    /// Whether to list all files below, without folders, instead of the files and folders directly below.
    pub recursive: bool,
    /// Whether the path is a [`Pattern`](super::Pattern) of the names to list. The listing is recursive then.
    pub wildcard: bool,
    /// Which files to list, by their full names. A folder is listed if a file below it is.
    pub filters: Vec<Filter>,
    /// The number of entries per page. Default: 1,000, which B2 bills as one transaction.
    pub page_size: Option<u32>,
}

impl LsOptions {
    /// Lists the files and folders directly below `path`.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Lists the files and folders whose names start with `prefix`.
    #[must_use]
    pub fn with_prefix(prefix: impl Into<String>) -> Self {
        Self { path: prefix.into(), by_prefix: true, ..Self::default() }
    }

    /// Lists the files whose whole names match a [`Pattern`](super::Pattern), without folders. Requests names that start as
    /// the pattern does before its first wildcard.
    #[must_use]
    pub fn matching(pattern: impl Into<String>) -> Self {
        Self { path: pattern.into(), wildcard: true, ..Self::default() }
    }

    /// Sets whether the path is a [`Pattern`](super::Pattern) of the names to list. The listing is recursive then.
    #[must_use]
    pub const fn wildcard(mut self, wildcard: bool) -> Self {
        self.wildcard = wildcard;
        self
    }

    /// Adds a filter that lists names that match a [`Pattern`](super::Pattern); the last filter that matches decides.
    #[must_use]
    pub fn include(self, pattern: &str) -> Self {
        self.filter(Filter::include(pattern))
    }

    /// Adds a filter that does not list names that match a [`Pattern`](super::Pattern); the last filter that matches
    /// decides.
    #[must_use]
    pub fn exclude(self, pattern: &str) -> Self {
        self.filter(Filter::exclude(pattern))
    }

    /// Adds a filter of full names; the last filter that matches decides. If all names that the filters list start with the
    /// same text, only names that start with it are requested. A listing with folders requests all files below.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Sets whether to list all versions.
    #[must_use]
    pub const fn versions(mut self, versions: bool) -> Self {
        self.versions = versions;
        self
    }

    /// Sets whether to list all files below, without folders.
    #[must_use]
    pub const fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }

    /// Sets the number of entries per page.
    #[must_use]
    pub const fn page_size(mut self, page_size: u32) -> Self {
        self.page_size = Some(page_size);
        self
    }
}

impl From<&str> for LsOptions {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<String> for LsOptions {
    fn from(path: String) -> Self {
        Self::new(path)
    }
}
