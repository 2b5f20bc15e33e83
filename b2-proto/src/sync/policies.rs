//! Which files of a folder are looked at (`ScanPoliciesManager`).

mod regexes;
mod rule;

use alloc::vec::Vec;

use self::regexes::Regexes;
pub use self::rule::NameRule;
use crate::error::{Error, ErrorKind};
use crate::list::Filter;
use crate::machine::{LocalFile, ScanFilter};
use crate::model::FileVersion;
use crate::time::Timestamp;

/// Decides which files are looked at: by regular expressions, filters and ranges of time.
///
/// Names are relative to the root of their side. Rules for names apply to the source and to the destination, so that
/// what they leave out is not removed there. Ranges of time apply to the source only: what they leave out counts as
/// absent from the source.
///
/// Regular expressions match at the start of the name, and not to its end: `photos` matches `photos2`, and `photos$`
/// does not. Case matters.
///
/// ```
/// use b2_proto::list::Filter;
/// use b2_proto::sync::ScanPolicies;
///
/// let policies = ScanPolicies::new().filter(Filter::exclude("*.tmp"));
/// assert!(policies.keeps_name("a/b.txt") && !policies.keeps_name("a/b.tmp"));
/// assert_eq!(policies.explain("b.tmp").unwrap().to_string(), "the filter excludes '*.tmp'");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ScanPolicies {
    exclude_dirs: Regexes,
    exclude_files: Regexes,
    include_files: Regexes,
    filters: Vec<Filter>,
    modified: TimeRange,
    uploaded: TimeRange,
}

/// A range of time. Both ends belong to it.
#[derive(Clone, Copy, Debug, Default)]
struct TimeRange {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl TimeRange {
    fn contains(self, time: Timestamp) -> bool {
        self.first.is_none_or(|first| first <= time) && self.last.is_none_or(|last| time <= last)
    }

    const fn is_all(self) -> bool {
        self.first.is_none() && self.last.is_none()
    }

    fn is_empty(self) -> bool {
        self.first.zip(self.last).is_some_and(|(first, last)| first > last)
    }
}

impl ScanPolicies {
    /// Creates the policies that leave out nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Excludes folders that match a regular expression, with everything below.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is no regular expression.
    #[cfg(feature = "regex")]
    pub fn exclude_dir_regexes<S: AsRef<str>>(
        mut self,
        regexes: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let wrong = "exclude_dir_regexes wrong regex was given for excluding directories";
        self.exclude_dirs.extend(regexes, wrong)?;
        Ok(self)
    }

    /// Excludes files whose names match a regular expression.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is no regular expression.
    #[cfg(feature = "regex")]
    pub fn exclude_file_regexes<S: AsRef<str>>(
        mut self,
        regexes: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let wrong = "exclude_file_regexes wrong regex was given for excluding files";
        self.exclude_files.extend(regexes, wrong)?;
        Ok(self)
    }

    /// Keeps files whose names match a regular expression, although
    /// [`exclude_file_regexes`](Self::exclude_file_regexes) excludes them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if it is no regular expression.
    #[cfg(feature = "regex")]
    pub fn include_file_regexes<S: AsRef<str>>(
        mut self,
        regexes: impl IntoIterator<Item = S>,
    ) -> Result<Self, Error> {
        let wrong = "include_file_regexes wrong regex was given for including files";
        self.include_files.extend(regexes, wrong)?;
        Ok(self)
    }

    /// Adds a filter of names. The last filter that matches decides, as in [`Filter::lists`].
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Excludes files of the source that were modified before this time.
    #[must_use]
    pub const fn exclude_modified_before(mut self, time: Timestamp) -> Self {
        self.modified.first = Some(time);
        self
    }

    /// Excludes files of the source that were modified after this time.
    #[must_use]
    pub const fn exclude_modified_after(mut self, time: Timestamp) -> Self {
        self.modified.last = Some(time);
        self
    }

    /// Excludes versions of a source in a bucket that were uploaded before this time.
    #[must_use]
    pub const fn exclude_uploaded_before(mut self, time: Timestamp) -> Self {
        self.uploaded.first = Some(time);
        self
    }

    /// Excludes versions of a source in a bucket that were uploaded after this time.
    #[must_use]
    pub const fn exclude_uploaded_after(mut self, time: Timestamp) -> Self {
        self.uploaded.last = Some(time);
        self
    }

    /// Checks that the policies fit together.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], which names the policy.
    pub fn check(&self) -> Result<(), Error> {
        let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidInput, message));
        if !self.include_files.is_empty() && self.exclude_files.is_empty() {
            return invalid(
                "include_file_regexes cannot be used without exclude_file_regexes at the same time",
            );
        }
        if self.modified.is_empty() {
            return invalid(
                "exclude_modified_before,exclude_modified_after leave out everything: the first is the later one",
            );
        }
        if self.uploaded.is_empty() {
            return invalid(
                "exclude_uploaded_before,exclude_uploaded_after leave out everything: the first is the later one",
            );
        }
        Ok(())
    }

    /// Returns whether a local file of the source is looked at.
    #[must_use]
    pub fn keeps_file(&self, file: &LocalFile) -> bool {
        self.modified.contains(file.modified) && self.keeps_name(&file.name)
    }

    /// Returns whether a version of a file in a bucket, which is the source, is looked at. `name` is relative to the
    /// folder.
    #[must_use]
    pub fn keeps_version(&self, name: &str, version: &FileVersion) -> bool {
        self.keeps_times(version) && self.keeps_name(name)
    }

    /// Returns whether versions are chosen by time, so that the newest one of a file may not be the one that counts.
    #[must_use]
    pub const fn has_times(&self) -> bool {
        !self.modified.is_all() || !self.uploaded.is_all()
    }

    /// Returns whether files of this name are looked at, as far as the name decides. This applies to the destination too,
    /// so that what is left out is not removed there.
    #[must_use]
    pub fn keeps_name(&self, name: &str) -> bool {
        self.explain(name).is_none_or(NameRule::keeps)
    }

    /// Returns the rule that decides whether files of this name are looked at. Without one, they are.
    ///
    /// An excluded folder decides before the regular expressions for files, and these before the filters.
    #[must_use]
    pub fn explain<'a>(&'a self, name: &'a str) -> Option<NameRule<'a>> {
        if let Some(rule) = self.excluding_folder(name) {
            return Some(rule);
        }
        let included = self.include_files.find(name).map(NameRule::IncludedFile);
        let by_regex =
            included.or_else(|| self.exclude_files.find(name).map(NameRule::ExcludedFile));
        if by_regex.is_some_and(|rule| !rule.keeps()) {
            return by_regex;
        }
        let by_filter = match Filter::deciding(&self.filters, name) {
            Some(filter) => Some(NameRule::Filter(filter)),
            None if Filter::lists(&self.filters, name) => None,
            None => Some(NameRule::NotIncluded),
        };
        by_filter.or(by_regex)
    }

    /// Returns the outermost excluded folder that the file is in.
    pub(super) fn excluded_folder<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        match self.excluding_folder(name)? {
            NameRule::ExcludedFolder { folder, .. } => Some(folder),
            _ => None,
        }
    }

    fn excluding_folder<'a>(&'a self, name: &'a str) -> Option<NameRule<'a>> {
        if self.exclude_dirs.is_empty() {
            return None;
        }
        // The root is never excluded.
        let folders = name.match_indices('/').map(|(end, _)| &name[..end]);
        folders.filter(|folder| !folder.is_empty()).find_map(|folder| {
            let regex = self.exclude_dirs.find(folder)?;
            Some(NameRule::ExcludedFolder { folder, regex })
        })
    }

    /// Returns whether a version is in the ranges of time.
    pub(super) fn keeps_times(&self, version: &FileVersion) -> bool {
        self.modified.contains(version.mod_time().unwrap_or_default())
            && self.uploaded.contains(version.upload_timestamp.unwrap_or_default())
    }
}

impl ScanFilter for ScanPolicies {
    fn enters(&self, folder: &str) -> bool {
        self.exclude_dirs.find(folder).is_none() && self.excluding_folder(folder).is_none()
    }

    fn takes(&self, name: &str) -> bool {
        self.keeps_name(name)
    }
}

#[cfg(test)]
mod tests;
