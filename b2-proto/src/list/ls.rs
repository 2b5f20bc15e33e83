//! Lists files and folders below a path.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::paginator::Paginator;
use super::pattern::{Filter, Pattern, literal_prefix};
use crate::api::{FileNamesPage, FileVersionsPage, ListFileNames, ListFileVersions};
use crate::error::{Error, ErrorKind};
use crate::model::{BucketId, FileVersion};

/// The options of an [`Ls`].
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
    /// Whether the path is a [`Pattern`] of the names to list. The listing is recursive then.
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

    /// Lists the files whose whole names match a [`Pattern`], without folders.
    #[must_use]
    pub fn matching(pattern: impl Into<String>) -> Self {
        Self { path: pattern.into(), wildcard: true, ..Self::default() }
    }

    /// Adds a filter. Filters do not reduce the number of requests, and a listing with folders requests all files below.
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
    fn is_recursive(&self) -> bool {
        self.recursive || self.wildcard
    }

    /// Returns whether the path is the prefix of all names to list.
    fn is_complete(&self) -> bool {
        self.by_prefix || self.path.is_empty() || self.path.ends_with('/')
    }

    /// Returns the entries for the files of a page, and the first name after the last folder among them that B2 did not
    /// list as a folder.
    ///
    /// With a key that is restricted to a prefix below the path, B2 lists the files there. A listing with folders shows
    /// only the folder that they are in.
    fn entries(&self, files: Vec<FileVersion>) -> (Vec<LsEntry>, Option<String>) {
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
        let mut ls = Self { bucket_id, options, stage: Stage::Over, pattern, problems: Vec::new() };
        let is_prefix = ls.pattern.is_some() || ls.options.is_complete();
        ls.stage = if is_prefix { Stage::Below(ls.below()) } else { Stage::Exact(ls.exact()) };
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

    fn below(&self) -> Pages {
        let path = &self.options.path;
        let prefix = match self.pattern {
            Some(_) => literal_prefix(path).to_owned(),
            None if self.options.is_complete() => path.clone(),
            None => format!("{path}/"),
        };
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        // With filters, the names of the files below are needed.
        let folders = !self.options.is_recursive() && self.options.filters.is_empty();
        let delimiter = folders.then(|| "/".to_owned());
        let max_file_count = Some(self.options.page_size.unwrap_or(1_000));
        if self.options.versions {
            let mut page = ListFileVersions::new(self.bucket_id.clone());
            (page.prefix, page.delimiter, page.max_file_count) =
                (prefix, delimiter, max_file_count);
            Pages::Versions(Paginator::new(page))
        } else {
            let mut page = ListFileNames::new(self.bucket_id.clone());
            (page.prefix, page.delimiter, page.max_file_count) =
                (prefix, delimiter, max_file_count);
            Pages::Names(Paginator::new(page))
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
                let files = wanted(self.pattern.as_ref(), &self.options.filters, pages.take(page));
                let (entries, behind) = self.options.entries(files);
                if let (Some(behind), Some(next)) = (behind, pages.next_mut()) {
                    next.start_file_name = next.start_file_name.take().max(Some(behind));
                }
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
                let files = wanted(self.pattern.as_ref(), &self.options.filters, pages.take(page));
                let (entries, behind) = self.options.entries(files);
                if let (Some(behind), Some(next)) = (behind, pages.next_mut())
                    && next.start_file_name.as_ref().is_none_or(|start| *start < behind)
                {
                    (next.start_file_name, next.start_file_id) = (Some(behind), None);
                }
                entries
            }
            _ => Vec::new(),
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
        if found.is_empty() {
            if over || found_other {
                self.stage = Stage::Below(self.below());
            }
        } else if over || found_other || !self.options.versions {
            self.stage =
                if self.options.is_recursive() { Stage::Below(self.below()) } else { Stage::Over };
        }
        if Filter::lists(&self.options.filters, &self.options.path) { found } else { Vec::new() }
    }
}

/// Returns the files whose names match the pattern and the filters.
fn wanted(
    pattern: Option<&Pattern>,
    filters: &[Filter],
    mut files: Vec<FileVersion>,
) -> Vec<FileVersion> {
    files.retain(|file| {
        pattern.is_none_or(|pattern| pattern.matches(&file.file_name))
            && Filter::lists(filters, &file.file_name)
    });
    files
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
