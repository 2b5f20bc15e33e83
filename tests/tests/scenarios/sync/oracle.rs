//! What a synchronization has to do, by the table of decisions, name by name.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Content, LocalTree, Tree, Version};
use b2_proto::sync::{CompareBy, Direction, NewerFiles, Removals, SyncOptions};
use b2_proto::time::Timestamp;

/// A version that the destination has to have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Want {
    /// This version stays.
    Old(String),
    /// A new version.
    New(Content, u64),
    /// A new hide marker.
    Marker,
}

/// What a synchronization has to do.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    /// The files of a local destination.
    pub(super) local: LocalTree,
    /// The versions of a bucket, newest first.
    pub(super) bucket: BTreeMap<String, Vec<Want>>,
    /// The names that are transferred.
    pub(super) transferred: BTreeSet<String>,
    /// The names whose destination is newer.
    pub(super) failed: BTreeSet<String>,
    /// The number of versions and files that are hidden or deleted.
    pub(super) removals: u64,
    /// The number of visible files that the destination loses.
    pub(super) lost: u64,
}

/// A visible file.
#[derive(Clone, Debug)]
struct File {
    bytes: Content,
    modified: u64,
    /// Whether the time is that of the upload.
    without_time: bool,
}

fn visible(tree: &Tree, name: &str, as_of: Option<u64>) -> Option<File> {
    match tree {
        Tree::Local(files) => files.get(name).map(|(bytes, modified)| File {
            bytes: bytes.clone(),
            modified: *modified,
            without_time: false,
        }),
        Tree::Bucket(files) => {
            let is_seen = |version: &&Version| as_of.is_none_or(|as_of| version.uploaded <= as_of);
            let newest = files.get(name)?.iter().find(is_seen)?;
            (!newest.is_marker).then(|| File {
                bytes: newest.bytes.clone().expect("the content is known"),
                modified: newest.modified,
                without_time: !newest.has_time,
            })
        }
    }
}

enum Differ {
    Yes,
    No,
    Fail,
}

fn differ(options: &SyncOptions, direction: Direction, from: &File, to: &File) -> Differ {
    let by = |different| if different { Differ::Yes } else { Differ::No };
    let sizes = from.bytes.0.len().abs_diff(to.bytes.0.len()) as u64;
    match options.compare {
        CompareBy::None => Differ::No,
        CompareBy::Always => Differ::Yes,
        CompareBy::Size => by(sizes > options.compare_threshold),
        CompareBy::Sha1 => by(from.bytes != to.bytes),
        _ => {
            let rounding = u64::from(direction != Direction::Copy);
            if from.modified.abs_diff(to.modified) <= options.compare_threshold.max(rounding) {
                by(sizes > 0)
            } else if from.modified > to.modified || options.newer_files == NewerFiles::Replace {
                // A copy that another tool made without a time is as good as its source.
                let copied = direction == Direction::Copy && to.without_time;
                by(from.modified > to.modified || !copied || from.bytes != to.bytes)
            } else if options.newer_files == NewerFiles::Skip
                || (direction == Direction::Copy && to.without_time && from.bytes == to.bytes)
            {
                Differ::No
            } else {
                Differ::Fail
            }
        }
    }
}

/// What becomes of the current version.
#[derive(PartialEq)]
enum Current {
    Stays,
    Replaced,
    Unwanted,
}

/// Returns whether each version stays.
fn kept(rule: Removals, now: u64, current: &Current, versions: &[Version]) -> Vec<bool> {
    match rule {
        Removals::Delete => versions
            .iter()
            .enumerate()
            .map(|(at, _)| at == 0 && *current == Current::Stays)
            .collect(),
        Removals::KeepFor(time) => {
            let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            let old = |version: &Version| now - version.uploaded > time;
            let mut kept: Vec<_> =
                (0..versions.len()).map(|at| at == 0 || !old(&versions[at - 1])).collect();
            let marker = versions[0].is_marker && *current == Current::Unwanted;
            if marker && old(&versions[0]) && !kept[1..].contains(&true) {
                kept[0] = false;
            }
            kept
        }
        Removals::KeepNewest(count) => {
            let mut left = i64::from(count) - i64::from(*current == Current::Replaced);
            let mut keep = |version: &Version| {
                let kept = left > 0;
                left -= i64::from(!version.is_marker);
                kept
            };
            versions.iter().map(&mut keep).collect()
        }
        _ => vec![true; versions.len()],
    }
}

/// Returns what has to be done at this time for the names that `takes` lets through.
pub(super) fn expected(
    (direction, options): (Direction, &SyncOptions),
    now: u64,
    (source, destination): (&Tree, &Tree),
    takes: impl Fn(&str) -> bool,
) -> Expected {
    let names = |tree: &Tree| -> Vec<String> {
        match tree {
            Tree::Local(files) => files.keys().cloned().collect(),
            Tree::Bucket(files) => files.keys().cloned().collect(),
        }
    };
    let names: BTreeSet<_> = names(source).into_iter().chain(names(destination)).collect();
    let as_of = options.as_of.map(Timestamp::as_millis);
    let mut expected = Expected::default();
    for name in names {
        let from = visible(source, &name, as_of).filter(|_| takes(&name));
        let to = visible(destination, &name, None);
        let current = match (&from, &to) {
            _ if !takes(&name) => None,
            (None, _) => Some(Current::Unwanted),
            (Some(_), None) => Some(Current::Replaced),
            (Some(from), Some(to)) => match differ(options, direction, from, to) {
                Differ::Yes => Some(Current::Replaced),
                Differ::No => Some(Current::Stays),
                Differ::Fail => {
                    expected.failed.insert(name.clone());
                    None
                }
            },
        };
        let transferred = from.filter(|_| current == Some(Current::Replaced));
        if transferred.is_some() {
            expected.transferred.insert(name.clone());
        }
        let removes = !options.removals.is_none();
        let unwanted = removes && current == Some(Current::Unwanted) && to.is_some();
        expected.lost += u64::from(unwanted);
        match destination {
            Tree::Local(files) => {
                let stays = files.get(&name).filter(|_| !unwanted).cloned();
                expected.removals += u64::from(unwanted);
                let new = transferred.map(|file| (file.bytes, file.modified));
                expected.local.extend(new.or(stays).map(|file| (name, file)));
            }
            Tree::Bucket(files) => {
                let versions = files.get(&name).map_or(&[][..], Vec::as_slice);
                let kept = match &current {
                    Some(current) if !versions.is_empty() => {
                        kept(options.removals, now, current, versions)
                    }
                    _ => vec![true; versions.len()],
                };
                let hides = unwanted && options.removals != Removals::Delete;
                let mut wanted: Vec<_> = hides.then_some(Want::Marker).into_iter().collect();
                wanted.extend(transferred.map(|file| Want::New(file.bytes, file.modified)));
                expected.removals += u64::from(hides);
                for (version, kept) in versions.iter().zip(kept) {
                    expected.removals += u64::from(!kept);
                    wanted.extend(kept.then(|| Want::Old(version.id.clone())));
                }
                if !wanted.is_empty() {
                    expected.bucket.insert(name, wanted);
                }
            }
        }
    }
    expected
}

/// Checks that the destination is as it has to be. An upload whose response was lost may have been stored twice.
pub(super) fn assert_reached(expected: &Expected, now: &Tree, with_repetitions: bool) {
    let files = match now {
        Tree::Local(files) => return assert_eq!(*files, expected.local),
        Tree::Bucket(files) => files,
    };
    assert!(files.keys().eq(expected.bucket.keys()), "other names: {files:?}\n{expected:?}");
    for (name, versions) in files {
        let wanted = &expected.bucket[name];
        let mut left = versions.iter().peekable();
        for want in wanted {
            let version = left.next().unwrap_or_else(|| panic!("{name}: {versions:?}\n{wanted:?}"));
            let is_it = match want {
                Want::Old(id) => version.id == *id,
                Want::Marker => version.is_marker,
                Want::New(bytes, modified) => {
                    version.bytes.as_ref() == Some(bytes) && version.modified == *modified
                }
            };
            assert!(is_it, "{name} has {versions:?}\n  instead of {wanted:?}");
            // The content of a repetition is not known.
            let repeats = |other: &&Version| other.bytes.is_none() && !other.is_marker;
            while with_repetitions
                && matches!(want, Want::New(..))
                && left.next_if(repeats).is_some()
            {}
        }
        assert!(left.next().is_none(), "{name} has {versions:?}\n  instead of {wanted:?}");
    }
}
