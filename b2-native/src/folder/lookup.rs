//! Looks up given names in a local folder, without listing it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use b2_client::HostError;
use b2_proto::machine::{LocalScan, ScanItem, SkipReason, Symlinks};

use super::directory::{Directory, EntryType, Links, Purpose};
use super::walk::{PAGE, file, is_missing, reason, root_failed, skipped};
use crate::sink::is_temporary;

/// A lookup of names in ascending order. Folders that consecutive names share are opened once.
pub(super) struct Lookup<D> {
    path: PathBuf,
    scan: LocalScan,
    names: Arc<[String]>,
    next: usize,
    root: Option<D>,
    /// The open folders below the root, with their names.
    folders: Vec<(String, D)>,
}

impl<D: Directory> Lookup<D> {
    pub(super) fn new(path: PathBuf, scan: LocalScan, names: Arc<[String]>) -> Self {
        Self { path, scan, names, next: 0, root: None, folders: Vec::new() }
    }

    /// Returns the items of the next names, and none at the end. May block.
    pub(super) fn page(&mut self) -> Result<Vec<ScanItem>, HostError> {
        let mut items = Vec::new();
        while let Some(name) = self.names.get(self.next).cloned()
            && items.len() < PAGE
        {
            self.next += 1;
            if !self.is_wanted(&name) {
                continue;
            }
            if self.root.is_none() {
                self.root = Some(match D::root(&self.path, Purpose::Pass) {
                    Err(error) if self.scan.may_be_missing && is_missing(&error) => {
                        self.next = self.names.len();
                        break;
                    }
                    root => root.map_err(|error| root_failed(&self.path, error))?,
                });
            }
            match self.find(&name) {
                Ok(item) => items.push(item),
                Err(Some(SkipReason::Symlink)) if self.scan.symlinks == Symlinks::Ignore => {}
                Err(Some(reason)) => items.push(skipped(&self.path, &name, reason)),
                Err(None) => items.push(ScanItem::Missing(name)),
            }
        }
        Ok(items)
    }

    fn is_wanted(&self, name: &str) -> bool {
        let filter = &self.scan.filter;
        self.scan.range.contains(name)
            && !is_temporary(name.rsplit('/').next().unwrap_or(name))
            && name.match_indices('/').all(|(at, _)| filter.enters(&name[..at]))
            && filter.takes(name)
    }

    /// Returns the file, or why it is left out, or `None` if there is none.
    fn find(&mut self, name: &str) -> Result<ScanItem, Option<SkipReason>> {
        check_relative(name).map_err(|why| SkipReason::InvalidName(why.to_owned()))?;
        let links = self.links();
        let (parents, last) = name.rsplit_once('/').unwrap_or(("", name));
        let mut parts = parents.split('/').filter(|part| !part.is_empty());
        let mut kept = 0;
        let mut first = None;
        for part in parts.by_ref() {
            match self.folders.get(kept) {
                Some((open, _)) if open == part => kept += 1,
                _ => {
                    first = Some(part);
                    break;
                }
            }
        }
        self.folders.truncate(kept);
        for part in first.into_iter().chain(parts) {
            let folder = self.current()?;
            let opened = folder.enter(part, links, Purpose::Pass);
            let opened = opened.map_err(|error| not_entered(folder, part, links, &error))?;
            self.folders.push((part.to_owned(), opened));
        }
        let folder = self.current()?;
        match folder.stat(last, Links::Keep).map(|stat| stat.kind) {
            // The name of a folder is not the name of a file.
            Ok(EntryType::Folder) => Err(None),
            Ok(EntryType::Link) if links == Links::Follow => {
                match folder.stat(last, Links::Follow).map(|stat| stat.kind) {
                    Ok(EntryType::Folder) => Err(None),
                    _ => file(folder, last, name, Links::Follow).map(ScanItem::File),
                }
            }
            _ => file(folder, last, name, Links::Keep).map(ScanItem::File),
        }
    }

    fn links(&self) -> Links {
        match self.scan.symlinks {
            Symlinks::Follow => Links::Follow,
            _ => Links::Keep,
        }
    }

    fn current(&self) -> Result<&D, Option<SkipReason>> {
        self.folders.last().map(|(_, folder)| folder).or(self.root.as_ref()).ok_or(None)
    }
}

/// Returns why a folder cannot be entered, or `None` if it does not exist or is a file.
fn not_entered<D: Directory>(
    folder: &D,
    name: &str,
    links: Links,
    error: &io::Error,
) -> Option<SkipReason> {
    match folder.stat(name, Links::Keep).map(|stat| stat.kind) {
        Ok(EntryType::Link) if links == Links::Keep => Some(SkipReason::Symlink),
        Ok(EntryType::Link) => match folder.stat(name, Links::Follow).map(|stat| stat.kind) {
            Ok(EntryType::Folder) | Err(_) => Some(reason(error)),
            Ok(_) => None,
        },
        Ok(EntryType::Folder) => Some(reason(error)),
        Ok(_) => None,
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(reason(&error)),
    }
}

/// Checks that a name stays below the root.
pub(super) fn check_relative(name: &str) -> Result<(), &'static str> {
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) || name.contains('\0') {
        return Err("it would not stay inside of the folder");
    }
    if cfg!(windows) && name.contains(['\\', ':']) {
        return Err("it contains a character that Windows does not allow in names");
    }
    Ok(())
}
