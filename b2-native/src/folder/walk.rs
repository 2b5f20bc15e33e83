//! The walk through a local folder in the order of the names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use b2_client::HostError;
use b2_proto::encoding::file_name_problem;
use b2_proto::machine::{LocalFile, LocalScan, ScanItem, SkipReason, SkippedEntry, Symlinks};

use super::collisions::is_probe;
use super::directory::{Directory, EntryType, FolderId, Links, Listed, Purpose, Stat};
use super::failed;
use super::sorted::{Entry, Kind, Sorted, Sorter};
use crate::paths::display;
use crate::sink::is_temporary;

/// The number of items of a page.
pub(super) const PAGE: usize = 1_000;

/// A walk. Its memory depends on the depth of the tree: of each folder between the root and the current place, at most
/// `sort_limit` entries are in memory.
pub(super) struct Walk<D> {
    root: PathBuf,
    scan: LocalScan,
    sort_limit: usize,
    /// The path below the root, with a slash at its end.
    path: String,
    /// The folders from the root to the current one.
    stack: Vec<Level<D>>,
    started: bool,
    stop: Arc<AtomicBool>,
}

struct Level<D> {
    folder: D,
    id: Option<FolderId>,
    entries: Sorted,
    /// The length of the path of this folder.
    path_len: usize,
}

impl<D: Directory> Walk<D> {
    pub(super) fn new(
        root: PathBuf,
        scan: LocalScan,
        sort_limit: usize,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let (path, stack) = (String::new(), Vec::new());
        Self { root, scan, sort_limit, path, stack, started: false, stop }
    }

    /// Returns the next items, at most [`PAGE`], and none at the end. May block.
    pub(super) fn page(&mut self) -> Result<Vec<ScanItem>, HostError> {
        let mut items = Vec::new();
        if !self.started {
            self.started = true;
            let root = match D::root(&self.root, Purpose::List) {
                Err(error) if self.scan.may_be_missing && is_missing(&error) => return Ok(items),
                root => root.map_err(|error| root_failed(&self.root, error))?,
            };
            let id = root.id().map_err(|error| root_failed(&self.root, error))?;
            self.push(root, id, &mut items)?;
        }
        while items.len() < PAGE && !self.stop.load(Ordering::Relaxed) {
            let Some(level) = self.stack.last_mut() else { break };
            self.path.truncate(level.path_len);
            match level.entries.next().map_err(sort_failed)? {
                Some(entry) => self.visit(&entry, &mut items)?,
                None => drop(self.stack.pop()),
            }
        }
        Ok(items)
    }

    /// Reads the entries of a folder, which becomes the current one. `items` takes an error of reading it.
    fn push(
        &mut self,
        folder: D,
        id: Option<FolderId>,
        items: &mut Vec<ScanItem>,
    ) -> Result<(), HostError> {
        let mut sorter = Sorter::new(self.sort_limit);
        let mut not_sorted = None;
        let Self { scan, path, stop, .. } = self;
        let path_len = path.len();
        let listed = folder.list(|listed| {
            if stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let (name, kind) = match listed {
                Listed::Named(name, kind) => (name.into(), classify(scan, &folder, name, kind)),
                Listed::NotUtf8(name) => (name.into_boxed_str(), Kind::NotUtf8),
            };
            path.push_str(&name);
            let wanted = is_wanted(scan, path, path_len, kind);
            path.truncate(path_len);
            if wanted && let Err(error) = sorter.push(Entry { name, kind }) {
                not_sorted = Some(error);
                return Err(io::ErrorKind::Interrupted.into());
            }
            Ok(())
        });
        if let Some(error) = not_sorted {
            return Err(sort_failed(error));
        }
        if let Err(error) = listed {
            items.push(skipped(&self.root, &self.path, reason(&error)));
        }
        let entries = sorter.finish().map_err(sort_failed)?;
        self.stack.push(Level { folder, id, entries, path_len });
        Ok(())
    }

    fn visit(&mut self, entry: &Entry, items: &mut Vec<ScanItem>) -> Result<(), HostError> {
        let Some(level) = self.stack.last() else {
            return Ok(());
        };
        self.path.push_str(&entry.name);
        let links = match entry.kind {
            Kind::LinkedFile | Kind::LinkedFolder => Links::Follow,
            _ => Links::Keep,
        };
        let item = match entry.kind {
            Kind::NotUtf8 => Err(Some(SkipReason::NotUtf8)),
            Kind::Link => Err(Some(SkipReason::Symlink)),
            Kind::File | Kind::LinkedFile | Kind::Special => {
                file(&level.folder, &entry.name, &self.path, links).map(ScanItem::File)
            }
            Kind::Folder | Kind::LinkedFolder => match self.enter(&entry.name, links) {
                Ok((folder, id)) => {
                    self.path.push('/');
                    return self.push(folder, id, items);
                }
                Err(reason) => Err(reason),
            },
        };
        match item {
            Ok(item) => items.push(item),
            Err(Some(reason)) => items.push(skipped(&self.root, &self.path, reason)),
            Err(None) => {}
        }
        Ok(())
    }

    /// Opens a folder in the current one.
    fn enter(&self, name: &str, links: Links) -> Result<(D, Option<FolderId>), Option<SkipReason>> {
        check_name(&self.path)?;
        let Some(level) = self.stack.last() else {
            return Err(None);
        };
        let unreadable = |error: io::Error| gone_or(links, &error);
        let folder = level.folder.enter(name, links, Purpose::List).map_err(unreadable)?;
        if self.scan.symlinks != Symlinks::Follow {
            return Ok((folder, None));
        }
        let id = folder.id().map_err(unreadable)?;
        // Only a link can lead to a folder that contains it. Two links to the same folder are not a loop.
        let is_loop =
            links == Links::Follow && id.is_some() && self.stack.iter().any(|level| level.id == id);
        if is_loop { Err(Some(SkipReason::SymlinkLoop)) } else { Ok((folder, id)) }
    }
}

/// Returns what an entry of a listing is.
fn classify<D: Directory>(scan: &LocalScan, folder: &D, name: &str, kind: EntryType) -> Kind {
    match kind {
        EntryType::File => Kind::File,
        EntryType::Folder => Kind::Folder,
        EntryType::Special => Kind::Special,
        EntryType::Link if scan.symlinks != Symlinks::Follow => Kind::Link,
        EntryType::Link => match folder.stat(name, Links::Follow) {
            Ok(Stat { kind: EntryType::Folder, .. }) => Kind::LinkedFolder,
            _ => Kind::LinkedFile,
        },
        EntryType::Unknown => match folder.stat(name, Links::Keep) {
            Ok(Stat { kind: EntryType::Unknown, .. }) => Kind::Special,
            Ok(stat) => classify(scan, folder, name, stat.kind),
            // Reported when the file is visited.
            Err(_) => Kind::File,
        },
    }
}

/// Returns whether an entry is visited: filter and range decide before anything is opened.
fn is_wanted(scan: &LocalScan, path: &mut String, name_at: usize, kind: Kind) -> bool {
    let (filter, range) = (&scan.filter, &scan.range);
    match kind {
        Kind::File if is_temporary(&path[name_at..]) => false,
        Kind::File | Kind::LinkedFile | Kind::Special => range.contains(path) && filter.takes(path),
        Kind::Folder if is_probe(&path[name_at..]) => false,
        Kind::Folder | Kind::LinkedFolder => {
            path.push('/');
            let may_contain = range.may_contain_below(path);
            path.pop();
            may_contain && filter.enters(path)
        }
        Kind::Link if scan.symlinks == Symlinks::Ignore => false,
        // It may point to a file or to a folder.
        Kind::Link => range.contains(path) && filter.takes(path) && filter.enters(path),
        Kind::NotUtf8 => range.contains(path),
    }
}

/// Returns a file of a folder, or why it is left out, or `None` if it does not exist any more.
pub(super) fn file<D: Directory>(
    folder: &D,
    name: &str,
    path: &str,
    links: Links,
) -> Result<LocalFile, Option<SkipReason>> {
    check_name(path)?;
    let stat = folder.stat(name, links).map_err(|error| gone_or(links, &error))?;
    match stat.kind {
        EntryType::File if folder.is_readable(name, &stat) => {
            Ok(LocalFile { name: path.to_owned(), size: stat.size, modified: stat.modified })
        }
        EntryType::File => Err(Some(SkipReason::PermissionDenied)),
        EntryType::Link => Err(Some(SkipReason::Symlink)),
        EntryType::Folder => Err(Some(SkipReason::Unreadable("it is a folder now".to_owned()))),
        EntryType::Special | EntryType::Unknown => Err(Some(SkipReason::SpecialFile)),
    }
}

fn check_name(path: &str) -> Result<(), Option<SkipReason>> {
    match file_name_problem(path) {
        Some(problem) => Err(Some(SkipReason::InvalidName(problem.into_owned()))),
        None => Ok(()),
    }
}

/// Returns why an entry is left out. A file that was removed since its folder was listed is not an error; a link to
/// nothing is one.
fn gone_or(links: Links, error: &io::Error) -> Option<SkipReason> {
    let gone = error.kind() == io::ErrorKind::NotFound && links == Links::Keep;
    (!gone).then(|| reason(error))
}

pub(super) fn reason(error: &io::Error) -> SkipReason {
    match error.kind() {
        io::ErrorKind::PermissionDenied => SkipReason::PermissionDenied,
        _ => SkipReason::Unreadable(error.to_string()),
    }
}

pub(super) fn skipped(root: &Path, path: &str, reason: SkipReason) -> ScanItem {
    let path = if path.is_empty() { root.to_owned() } else { root.join(path) };
    ScanItem::Skipped(SkippedEntry { path: display(&path), reason })
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Returns the error of a root that cannot be listed.
pub(super) fn root_failed(root: &Path, error: io::Error) -> HostError {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "does not exist; check the path of the folder".to_owned(),
        io::ErrorKind::NotADirectory => "is not a folder; give the path of a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    failed(format!("the folder {} {why}", display(root)), error)
}

fn sort_failed(error: io::Error) -> HostError {
    let text = format!(
        "the names of a folder cannot be sorted in a temporary file in {}: {error}",
        display(&std::env::temp_dir())
    );
    failed(text, error)
}
