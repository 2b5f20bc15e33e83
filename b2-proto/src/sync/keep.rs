//! What is removed of a file in the destination.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use core::time::Duration;

use super::entry::{RemoteVersions, SyncEntry};
use super::options::Removals;
use super::removal::{Removal, RemovalNote};
use crate::model::{FileAction, FileVersion};
use crate::time::Timestamp;

/// What becomes of the current version of the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    /// It stays current: the source has the same file.
    Stays,
    /// A new version replaces it.
    Replaced,
    /// The source does not have the file.
    Unwanted,
}

/// Returns what is removed of a file in the destination, newest version first.
pub(super) fn removals(
    rule: Removals,
    now: Timestamp,
    current: Current,
    destination: &SyncEntry,
) -> Vec<Removal> {
    match (rule, destination) {
        (Removals::None, _) => Vec::new(),
        (Removals::Delete, SyncEntry::Local(file)) if current == Current::Unwanted => {
            vec![Removal::DeleteLocal { name: file.name.clone() }]
        }
        (_, SyncEntry::Local(_)) => Vec::new(),
        (Removals::Delete, SyncEntry::Remote(file)) => {
            delete(file, current, |index| index > 0 || current != Current::Stays)
        }
        (Removals::KeepFor(duration), SyncEntry::Remote(file)) => {
            hide_and(file, current, keep_for(file, duration, now, current))
        }
        (Removals::KeepNewest(count), SyncEntry::Remote(file)) => {
            hide_and(file, current, keep_newest(file, count, current))
        }
    }
}

/// Hides the file if the source does not have it, and then deletes versions.
fn hide_and(file: &RemoteVersions, current: Current, mut deletions: Vec<Removal>) -> Vec<Removal> {
    if current == Current::Unwanted && file.visible().is_some() {
        deletions.insert(0, Removal::Hide { name: file.name.clone() });
    }
    deletions
}

/// Deletes the versions that have not been visible for longer than `duration`.
///
/// A version stops being visible when the next newer one is uploaded, or the file is hidden. The time of modification
/// says nothing about that.
fn keep_for(
    file: &RemoteVersions,
    duration: Duration,
    now: Timestamp,
    current: Current,
) -> Vec<Removal> {
    let is_over = |until: Timestamp| now.saturating_since(until) > duration;
    let uploaded = |version: &FileVersion| version.upload_timestamp.unwrap_or(now);
    let was_replaced = |index: usize| {
        let newer = index.checked_sub(1).and_then(|newer| file.versions.get(newer));
        newer.is_some_and(|newer| is_over(uploaded(newer)))
    };
    // A hide marker goes last of all: without it, an older version would be visible again.
    let marker_is_over = current == Current::Unwanted
        && file.newest().is_some_and(|version| is_marker(version) && is_over(uploaded(version)))
        && (1..file.versions.len()).all(was_replaced);
    delete(file, current, |index| was_replaced(index) || (index == 0 && marker_is_over))
}

/// Deletes the versions that are older than the `count` newest ones. Hide markers do not count.
fn keep_newest(file: &RemoteVersions, count: u32, current: Current) -> Vec<Removal> {
    let mut room = count.max(1);
    if current == Current::Replaced {
        room -= 1;
    }
    let mut is_old = Vec::with_capacity(file.versions.len());
    for version in &file.versions {
        is_old.push(room == 0);
        room -= u32::from(room > 0 && !is_marker(version));
    }
    delete(file, current, |index| is_old.get(index).copied().unwrap_or_default())
}

/// Deletes the versions at these places.
fn delete(
    file: &RemoteVersions,
    current: Current,
    is_deleted: impl Fn(usize) -> bool,
) -> Vec<Removal> {
    let versions = file.versions.iter().enumerate().filter(|(index, _)| is_deleted(*index));
    let removal = |(index, version): (usize, &FileVersion)| Removal::DeleteVersion {
        name: file.name.to_owned(),
        file_id: version.file_id.clone(),
        note: if is_marker(version) {
            RemovalNote::HideMarker
        } else if index > 0 || current == Current::Replaced {
            RemovalNote::OldVersion
        } else {
            RemovalNote::Current
        },
    };
    versions.map(removal).collect()
}

fn is_marker(version: &FileVersion) -> bool {
    version.action == FileAction::Hide
}
