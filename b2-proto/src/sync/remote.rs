//! The scan of a bucket: pages of a listing, grouped by name.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::entry::RemoteVersions;
use super::policies::ScanPolicies;
use crate::api::{FileNamesPage, FileVersionsPage, ListFileNames, ListFileVersions};
use crate::error::Error;
use crate::list::Paginator;
use crate::machine::NameRange;
use crate::model::{BucketId, FileAction, FileId, FileVersion};
use crate::time::Timestamp;

/// The number of entries per page, which B2 bills as one transaction.
const PAGE_SIZE: u32 = 1_000;
/// The number of versions per page when one name is looked up.
const VERSIONS_OF_ONE_NAME: u32 = 100;

/// What a scan of a folder of a bucket reports.
#[derive(Clone, Debug)]
pub(super) struct RemoteScanOptions {
    pub(super) bucket_id: BucketId,
    /// The prefix of all names: empty, or a folder with a slash at its end.
    pub(super) prefix: String,
    /// Whether all versions are needed, or only current ones.
    pub(super) versions: bool,
    pub(super) policies: Arc<ScanPolicies>,
    /// Whether this is the source, to which ranges of time apply too.
    pub(super) is_source: bool,
    /// Whether files whose names end in a slash are reported.
    pub(super) folders: bool,
    pub(super) as_of: Option<Timestamp>,
    /// The range of relative names.
    pub(super) range: NameRange,
}

/// The call for the next page of a scan.
#[derive(Clone, Debug)]
pub(super) enum RemotePage {
    /// Pass the response to [`RemoteScan::took_names`].
    Names(ListFileNames),
    /// Pass the response to [`RemoteScan::took_versions`].
    Versions(ListFileVersions),
}

/// Scans a folder of a bucket. It holds the files of one page and the versions of one file.
///
/// Unfinished large files are left out, and so are, unless the options say otherwise, the empty files that other tools
/// create for folders: their names are that of the folder with a slash at its end.
#[derive(Debug)]
pub(super) struct RemoteScan {
    options: RemoteScanOptions,
    pages: Pages,
    /// The last name of the listing so far, of which more versions may follow.
    group: Option<Group>,
    ready: VecDeque<RemoteVersions>,
    /// The full names of versions that could not be read. Other versions of the same names may follow.
    unreadable: BTreeSet<String>,
    problems: Vec<Error>,
}

#[derive(Debug)]
enum Pages {
    Names(Paginator<ListFileNames>),
    Versions(Paginator<ListFileVersions>),
}

/// The versions of one name.
#[derive(Debug)]
struct Group {
    file: RemoteVersions,
    /// Whether the rules for names let the file through.
    is_kept: bool,
    /// Their ids.
    ids: BTreeSet<FileId>,
}

impl RemoteScan {
    pub(super) fn new(options: RemoteScanOptions) -> Self {
        let start = options.range.start.as_ref().map(|start| format!("{}{start}", options.prefix));
        let prefix = Some(options.prefix.clone()).filter(|prefix| !prefix.is_empty());
        // What a range of time leaves out can be the newest version, so that an older one counts.
        let versions = options.versions
            || options.as_of.is_some()
            || (options.is_source && options.policies.has_times());
        let is_one_name = is_one_name(&options.range);
        let pages = if versions {
            let mut page = ListFileVersions::new(options.bucket_id.clone());
            page.max_file_count = Some(if is_one_name { VERSIONS_OF_ONE_NAME } else { PAGE_SIZE });
            (page.prefix, page.start_file_name) = (prefix, start);
            Pages::Versions(Paginator::new(page))
        } else {
            let mut page = ListFileNames::new(options.bucket_id.clone());
            page.max_file_count = Some(if is_one_name { 1 } else { PAGE_SIZE });
            (page.prefix, page.start_file_name) = (prefix, start);
            Pages::Names(Paginator::new(page))
        };
        Self {
            options,
            pages,
            group: None,
            ready: VecDeque::new(),
            unreadable: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Returns the call for the next page; `None` at the end.
    pub(super) fn next_page(&self) -> Option<RemotePage> {
        match &self.pages {
            Pages::Names(pages) => pages.next_page().map(RemotePage::Names),
            Pages::Versions(pages) => pages.next_page().map(RemotePage::Versions),
        }
    }

    pub(super) fn took_names(&mut self, page: FileNamesPage) {
        let Pages::Names(pages) = &mut self.pages else { return };
        let files = pages.take(page);
        self.problems.append(&mut pages.problems());
        self.group(files);
    }

    pub(super) fn took_versions(&mut self, page: FileVersionsPage) {
        let Pages::Versions(pages) = &mut self.pages else { return };
        let names = page.unreadable.iter().filter_map(Error::subject);
        self.unreadable.extend(names.map(str::to_owned));
        let files = pages.take(page);
        self.problems.append(&mut pages.problems());
        self.group(files);
    }

    /// Returns the next file of which all versions are known.
    pub(super) fn pop(&mut self) -> Option<RemoteVersions> {
        self.ready.pop_front()
    }

    /// Returns what was wrong with the pages since the last call. After it, nothing is removed.
    pub(super) fn problems(&mut self) -> Vec<Error> {
        core::mem::take(&mut self.problems)
    }

    /// Adds the files of a page to the groups.
    fn group(&mut self, files: Vec<FileVersion>) {
        let last = files.last().map(|file| file.file_name.clone());
        for file in files {
            let Some(name) = file.file_name.strip_prefix(&self.options.prefix) else { continue };
            if self.options.range.is_behind(name) {
                self.pages.stop();
                break;
            }
            let is_left_out = is_folder(name) && !self.options.folders;
            if is_left_out || !self.options.range.contains(name) {
                continue;
            }
            if self.group.as_ref().is_none_or(|group| group.file.name != name) {
                let is_kept = self.options.policies.keeps_name(name);
                let file = RemoteVersions { name: name.to_owned(), versions: Vec::new() };
                self.finish_group();
                self.group = Some(Group { file, is_kept, ids: BTreeSet::new() });
            }
            if let Some(group) = &mut self.group {
                group.add(file, &self.options, matches!(self.pages, Pages::Names(_)));
            }
        }
        if let Some(last) = last {
            self.skip_after(&last);
        }
        if self.next_page().is_none() {
            self.finish_group();
        }
    }

    fn finish_group(&mut self) {
        let Some(Group { file, .. }) = self.group.take() else { return };
        let full_name = format!("{}{}", self.options.prefix, file.name);
        // Names before it are not listed again.
        self.unreadable = self.unreadable.split_off(&full_name);
        // The one that cannot be read can be the current version, and an older one is not to be taken for it.
        let is_incomplete = self.options.is_source && self.unreadable.contains(&full_name);
        if !file.versions.is_empty() && !is_incomplete {
            self.ready.push_back(file);
        }
    }

    /// Does not request pages behind the range, nor the rest of an excluded folder in which the page ended.
    fn skip_after(&mut self, last: &str) {
        let prefix = &self.options.prefix;
        let Some(start) = self.pages.next_start() else { return };
        if start.strip_prefix(prefix).is_some_and(|name| self.options.range.is_behind(name)) {
            return self.pages.stop();
        }
        let folder =
            last.strip_prefix(prefix).and_then(|name| self.options.policies.excluded_folder(name));
        let Some(folder) = folder else { return };
        if start.starts_with(&format!("{prefix}{folder}/")) {
            // A slash is followed by a zero.
            let behind = format!("{prefix}{folder}0");
            self.pages.start_at(behind);
        }
    }
}

/// Returns whether a name relative to the scanned folder is that of a folder: of one below it, or of itself.
pub(super) fn is_folder(name: &str) -> bool {
    name.is_empty() || name.ends_with('/')
}

/// Returns whether no other name fits into the range: its end is the name that follows its start.
fn is_one_name(range: &NameRange) -> bool {
    let (Some(start), Some(end)) = (&range.start, &range.end) else { return false };
    end.strip_suffix('\0') == Some(start)
}

impl Group {
    fn add(&mut self, version: FileVersion, options: &RemoteScanOptions, is_single: bool) {
        let uploaded = version.upload_timestamp.unwrap_or_default();
        let is_left_out = !self.is_kept
            || matches!(version.action, FileAction::Start | FileAction::Folder)
            || (is_single && !self.file.versions.is_empty())
            || options.as_of.is_some_and(|as_of| uploaded > as_of)
            || (options.is_source && !options.policies.keeps_times(&version));
        // A page can begin with versions of the page before.
        if !is_left_out && self.ids.insert(version.file_id.clone()) {
            self.file.versions.push(version);
        }
    }
}

impl Pages {
    fn stop(&mut self) {
        match self {
            Self::Names(pages) => pages.stop(),
            Self::Versions(pages) => pages.stop(),
        }
    }

    /// Returns the name at which the next page starts.
    fn next_start(&mut self) -> Option<&str> {
        match self {
            Self::Names(pages) => pages.next_mut()?.start_file_name.as_deref(),
            Self::Versions(pages) => pages.next_mut()?.start_file_name.as_deref(),
        }
    }

    fn start_at(&mut self, name: String) {
        match self {
            Self::Names(pages) => {
                if let Some(next) = pages.next_mut() {
                    next.start_file_name = Some(name);
                }
            }
            Self::Versions(pages) => {
                if let Some(next) = pages.next_mut() {
                    (next.start_file_name, next.start_file_id) = (Some(name), None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
