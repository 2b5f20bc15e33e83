mod files;
mod order;
#[cfg(unix)]
mod traversal;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use b2_proto::machine::{
    LocalScan, NameRange, ScanFilter, ScanItem, SkipReason, SkippedEntry, Symlinks,
};

use super::directory::{Directory, PathFolder, SystemFolder};
use super::lookup::Lookup;
use super::walk::Walk;

/// Leaves out the files and folders with these names.
#[derive(Debug, Default)]
struct Without(&'static [&'static str]);

impl ScanFilter for Without {
    fn enters(&self, folder: &str) -> bool {
        !self.0.contains(&folder)
    }

    fn takes(&self, name: &str) -> bool {
        !self.0.contains(&name)
    }
}

fn scan() -> LocalScan {
    LocalScan {
        filter: Arc::new(Without::default()),
        range: NameRange::ALL,
        symlinks: Symlinks::Follow,
        names: None,
        may_be_missing: false,
    }
}

fn all_items(mut page: impl FnMut() -> Vec<ScanItem>) -> Vec<ScanItem> {
    let mut items = Vec::new();
    loop {
        let page = page();
        if page.is_empty() {
            return items;
        }
        assert!(page.len() <= super::walk::PAGE);
        items.extend(page);
    }
}

fn walk_on<D: Directory>(root: &Path, scan: LocalScan, sort_limit: usize) -> Vec<ScanItem> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut walk = Walk::<D>::new(root.to_owned(), scan, sort_limit, stop);
    all_items(|| walk.page().unwrap())
}

fn lookup(root: &Path, scan: LocalScan, names: &[&str]) -> (Vec<String>, Vec<SkippedEntry>) {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let mut lookup = Lookup::<SystemFolder>::new(root.to_owned(), scan, names);
    split(all_items(|| lookup.page().unwrap()))
}

/// Looks up names, and returns those that are no files.
fn missing(root: &Path, scan: LocalScan, names: &[&str]) -> Vec<String> {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let mut lookup = Lookup::<SystemFolder>::new(root.to_owned(), scan, names);
    let items = all_items(|| lookup.page().unwrap()).into_iter();
    let missing = items.filter_map(|item| match item {
        ScanItem::Missing(name) => Some(name),
        _ => None,
    });
    missing.collect()
}

/// Returns the names of the files and what was left out. Folders by path give the same as folders by descriptor, and a
/// tiny limit for sorting in memory gives the same as a large one.
fn walk(root: &Path, scan: &LocalScan) -> (Vec<String>, Vec<SkippedEntry>) {
    let items = walk_on::<SystemFolder>(root, scan.clone(), usize::MAX);
    assert_eq!(walk_on::<SystemFolder>(root, scan.clone(), 2), items);
    if !is_limited(&items) {
        let root = fs::canonicalize(root).unwrap();
        let by_path = walk_on::<PathFolder>(&root, scan.clone(), usize::MAX);
        assert_eq!(split(by_path).0, split(items.clone()).0);
    }
    split(items)
}

/// Whether something may not be read, which is not checked by path.
fn is_limited(items: &[ScanItem]) -> bool {
    items.iter().any(|item| {
        matches!(item, ScanItem::Skipped(entry) if entry.reason == SkipReason::PermissionDenied)
    })
}

fn split(items: Vec<ScanItem>) -> (Vec<String>, Vec<SkippedEntry>) {
    let (mut names, mut skipped) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            ScanItem::File(file) => names.push(file.name),
            ScanItem::Skipped(entry) => skipped.push(entry),
            ScanItem::Missing(_) => {}
        }
    }
    (names, skipped)
}

/// Creates files, and the folders that they need. A name that ends in a slash is a folder.
fn create(root: &Path, names: &[&str]) {
    for name in names {
        let path = root.join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
    }
}
