//! Lists files and folders below a path.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::filter::Filter;
use super::options::LsOptions;
use super::paginator::Paginator;
use super::pattern::Pattern;
use crate::api::{FileNamesPage, FileVersionsPage, ListFileNames, ListFileVersions};
use crate::error::{Error, ErrorKind};
use crate::model::{BucketId, FileVersion};

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq)]
pub enum LsEntry {
    /// A file version.
    File(Box<FileVersion>),
    /// A folder, by its full name with a slash at its end.
    Folder(String),
}

impl LsEntry {
    /// Returns the full name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::File(version) => &version.file_name,
            Self::Folder(name) => name,
        }
    }
}

/// The call for the next page of an [`Ls`].
#[derive(Clone, Debug)]
pub enum LsPage {
    /// Pass the response to [`Ls::took_names`].
    Names(ListFileNames),
    /// Pass the response to [`Ls::took_versions`].
    Versions(ListFileVersions),
}

/// Lists the files and folders below a path, page by page.
///
/// A path without a slash at its end may be the name of a file: it is looked up first, and if it exists, only the file is
/// listed. A recursive listing lists the folder as well, since a name can be a file and a folder. B2 finds the folders,
/// so a folder of a million files is one entry.
#[derive(Debug)]
pub struct Ls {
    bucket_id: BucketId,
    options: LsOptions,
    stage: Stage,
    /// The path, if it is a pattern.
    pattern: Option<Pattern>,
    /// Whether a version of exactly the path was found.
    is_file: bool,
    /// The problems of the stage before.
    problems: Vec<Error>,
}

#[derive(Debug)]
enum Stage {
    /// Looks up whether the path is a file.
    Exact(Pages),
    Below(Pages),
    Over,
}

#[derive(Debug)]
enum Pages {
    Names(Paginator<ListFileNames>),
    Versions(Paginator<ListFileVersions>),
}

impl LsOptions {
    /// Returns whether files below are listed, and no folders.
    fn is_recursive(&self) -> bool {
        self.recursive || self.wildcard
    }

    /// Returns whether the path is the prefix of all names to list.
    fn is_complete(&self) -> bool {
        self.by_prefix || self.path.is_empty() || self.path.ends_with('/')
    }

    /// Returns what all names to list start with, or `None` if no name can be listed.
    fn prefix(&self, pattern: Option<&Pattern>) -> Option<String> {
        let path = match pattern {
            Some(pattern) => pattern.literal_prefix(),
            None if self.is_complete() => self.path.clone(),
            None => format!("{}/", self.path),
        };
        let filtered = Filter::prefix(&self.filters);
        if filtered.starts_with(&path) {
            return Some(filtered);
        }
        path.starts_with(&filtered).then_some(path)
    }

    /// Returns the entries for the files of a page that the pattern and the filters list, and the first name after the last folder among them that B2 did not
    /// list as a folder.
    ///
    /// With a key that is restricted to a prefix below the path, B2 lists the files there. A listing with folders shows
    /// only the folder that they are in.
    fn listed(
        &self,
        pattern: Option<&Pattern>,
        mut files: Vec<FileVersion>,
    ) -> (Vec<LsEntry>, Option<String>) {
        files.retain(|file| {
            pattern.is_none_or(|pattern| pattern.matches(&file.file_name))
                && Filter::lists(&self.filters, &file.file_name)
        });
        let start = self.path.len() + usize::from(!self.is_complete());
        let folder_of = |file: &FileVersion| {
            let below = file.file_name.get(start..).filter(|_| !self.is_recursive())?;
            let end = below.find('/').filter(|end| end + 1 < below.len())?;
            file.file_name.get(..=start + end).map(str::to_owned)
        };
        let (mut listed, mut last) = (Vec::new(), None);
        for file in files {
            match folder_of(&file) {
                Some(folder) if last.as_ref() == Some(&folder) => {}
                Some(folder) => {
                    listed.push(LsEntry::Folder(folder.clone()));
                    last = Some(folder);
                }
                None => listed.append(&mut entries(vec![file])),
            }
        }
        // A slash is followed by a zero.
        let behind = last.map(|folder| format!("{}0", &folder[..folder.len() - 1]));
        (listed, behind)
    }
}

impl Pages {
    /// Ends the listing if the next page starts after a name.
    fn stop_after(&mut self, name: &str) {
        let start = match self {
            Self::Names(pages) => pages.next_mut().map(|next| next.start_file_name.as_deref()),
            Self::Versions(pages) => pages.next_mut().map(|next| next.start_file_name.as_deref()),
        };
        if start.is_some_and(|start| start > Some(name)) {
            match self {
                Self::Names(pages) => pages.stop(),
                Self::Versions(pages) => pages.stop(),
            }
        }
    }

    fn problems(&mut self) -> Vec<Error> {
        match self {
            Self::Names(pages) => pages.problems(),
            Self::Versions(pages) => pages.problems(),
        }
    }
}

impl Ls {
    /// Creates a listing that has not begun.
    #[must_use]
    pub fn new(bucket_id: BucketId, options: LsOptions) -> Self {
        let pattern = options.wildcard.then(|| Pattern::new(&options.path));
        let mut ls = Self {
            bucket_id,
            options,
            stage: Stage::Over,
            pattern,
            is_file: false,
            problems: Vec::new(),
        };
        let is_prefix = ls.pattern.is_some() || ls.options.is_complete();
        ls.stage = if is_prefix { ls.below() } else { Stage::Exact(ls.exact()) };
        ls
    }

    fn exact(&self) -> Pages {
        let path = self.options.path.clone();
        if self.options.versions {
            let mut page = ListFileVersions::new(self.bucket_id.clone());
            page.start_file_name = Some(path.clone());
            page.prefix = Some(path);
            page.max_file_count = self.options.page_size;
            Pages::Versions(Paginator::new(page))
        } else {
            let mut page = ListFileNames::new(self.bucket_id.clone());
            page.start_file_name = Some(path.clone());
            page.prefix = Some(path);
            page.max_file_count = Some(1);
            Pages::Names(Paginator::new(page))
        }
    }

    /// Returns the only name that the pattern matches, if it has no wildcard.
    fn only(&self) -> Option<String> {
        self.pattern.as_ref().and_then(Pattern::literal)
    }

    fn below(&self) -> Stage {
        let Some(prefix) = self.options.prefix(self.pattern.as_ref()) else {
            return Stage::Over;
        };
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        // With filters, the names of the files below are needed.
        let folders = !self.options.is_recursive() && self.options.filters.is_empty();
        let delimiter = folders.then(|| "/".to_owned());
        let page_size = self.options.page_size.unwrap_or(1_000);
        // A pattern without wildcards matches one name, which is the first of those that start with it.
        let one = !self.options.versions && self.only().is_some();
        let max_file_count = Some(if one { 1 } else { page_size });
        if self.options.versions {
            let mut page = ListFileVersions::new(self.bucket_id.clone());
            (page.prefix, page.delimiter, page.max_file_count) =
                (prefix, delimiter, max_file_count);
            Stage::Below(Pages::Versions(Paginator::new(page)))
        } else {
            let mut page = ListFileNames::new(self.bucket_id.clone());
            (page.prefix, page.delimiter, page.max_file_count) =
                (prefix, delimiter, max_file_count);
            Stage::Below(Pages::Names(Paginator::new(page)))
        }
    }

    /// Returns the call for the next page, or `None` when the listing has ended.
    #[must_use]
    pub fn next_page(&self) -> Option<LsPage> {
        let (Stage::Exact(pages) | Stage::Below(pages)) = &self.stage else {
            return None;
        };
        match pages {
            Pages::Names(pages) => pages.next_page().map(LsPage::Names),
            Pages::Versions(pages) => pages.next_page().map(LsPage::Versions),
        }
    }

    /// Takes a page of names and returns its entries.
    pub fn took_names(&mut self, page: FileNamesPage) -> Vec<LsEntry> {
        match &mut self.stage {
            Stage::Exact(Pages::Names(pages)) => {
                let files = pages.take(page);
                let over = pages.next_page().is_none();
                self.exactly(files, over)
            }
            Stage::Below(Pages::Names(pages)) => {
                let files = pages.take(page);
                let (entries, behind) = self.options.listed(self.pattern.as_ref(), files);
                if let (Some(behind), Some(next)) = (behind, pages.next_mut()) {
                    next.start_file_name = next.start_file_name.take().max(Some(behind));
                }
                self.stop_after_only();
                entries
            }
            _ => Vec::new(),
        }
    }

    /// Takes a page of versions and returns its entries.
    pub fn took_versions(&mut self, page: FileVersionsPage) -> Vec<LsEntry> {
        match &mut self.stage {
            Stage::Exact(Pages::Versions(pages)) => {
                let files = pages.take(page);
                let over = pages.next_page().is_none();
                self.exactly(files, over)
            }
            Stage::Below(Pages::Versions(pages)) => {
                let files = pages.take(page);
                let (entries, behind) = self.options.listed(self.pattern.as_ref(), files);
                if let (Some(behind), Some(next)) = (behind, pages.next_mut())
                    && next.start_file_name.as_ref().is_none_or(|start| *start < behind)
                {
                    // The ID is of a version in the folder.
                    (next.start_file_name, next.start_file_id) = (Some(behind), None);
                }
                self.stop_after_only();
                entries
            }
            _ => Vec::new(),
        }
    }

    /// Ends the listing after the only name that the pattern matches.
    fn stop_after_only(&mut self) {
        let only = self.only();
        if let (Some(only), Stage::Below(pages)) = (only, &mut self.stage) {
            pages.stop_after(&only);
        }
    }

    /// Returns what was wrong with the pages since the last call, as [`Paginator::problems`] does.
    pub fn problems(&mut self) -> Vec<Error> {
        let mut problems = core::mem::take(&mut self.problems);
        if let Stage::Exact(pages) | Stage::Below(pages) = &mut self.stage {
            problems.append(&mut pages.problems());
        }
        problems
    }

    /// Returns the versions of exactly this name. If there are none, the path is a folder.
    fn exactly(&mut self, files: Vec<FileVersion>, over: bool) -> Vec<LsEntry> {
        if let Stage::Exact(pages) = &mut self.stage {
            let mut problems = pages.problems();
            // Others than the one that was asked for are listed again below their folder, or not at all.
            problems.retain(|error| {
                error.kind() != ErrorKind::UnreadableEntry
                    || error.subject() == Some(self.options.path.as_str())
            });
            self.problems.append(&mut problems);
        }
        let found_other = files.iter().any(|file| file.file_name != self.options.path);
        let same = files.into_iter().filter(|file| file.file_name == self.options.path);
        let found = entries(same.collect());
        self.is_file |= !found.is_empty();
        // Names of others follow those of the file. A file has one current version.
        if over || found_other || (self.is_file && !self.options.versions) {
            let is_folder = !self.is_file || self.options.is_recursive();
            self.stage = if is_folder { self.below() } else { Stage::Over };
        }
        if Filter::lists(&self.options.filters, &self.options.path) { found } else { Vec::new() }
    }
}

fn entries(files: Vec<FileVersion>) -> Vec<LsEntry> {
    let entry = |file: FileVersion| {
        if file.is_folder() {
            LsEntry::Folder(file.file_name)
        } else {
            LsEntry::File(Box::new(file))
        }
    };
    files.into_iter().map(entry).collect()
}
