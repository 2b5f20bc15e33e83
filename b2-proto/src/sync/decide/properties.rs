//! What is true of every decision.

use proptest::prelude::*;

use super::tests::{DAY, NOW, decide_pair, options, pair};
use super::*;
use crate::model::FileId;
use crate::sync::{CompareBy, NewerFiles, Removals};
use core::time::Duration;

/// Versions by their times, newest first; hide markers are negative.
fn versions() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::btree_map(1..50_i64, any::<bool>(), 0..6).prop_map(|versions| {
        let time = |(hours, is_marker): (&i64, &bool)| {
            let time = NOW - hours * DAY / 4;
            if *is_marker { -time } else { time }
        };
        versions.iter().map(time).collect()
    })
}

fn rule() -> impl Strategy<Value = Removals> {
    prop_oneof![
        Just(Removals::None),
        Just(Removals::Delete),
        (0..12_u64).prop_map(|days| Removals::KeepFor(Duration::from_secs(days * 86_400))),
        (1..4_u32).prop_map(Removals::KeepNewest),
    ]
}

fn any_options() -> impl Strategy<Value = SyncOptions> {
    let compare =
        prop_oneof![Just(CompareBy::ModTime), Just(CompareBy::Size), Just(CompareBy::None)];
    let newer_files = prop_oneof![Just(NewerFiles::Skip), Just(NewerFiles::Replace)];
    (rule(), compare, newer_files).prop_map(|(removals, compare, newer_files)| SyncOptions {
        compare,
        newer_files,
        ..options(removals)
    })
}

fn to_bucket() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Up), Just(Direction::Copy)]
}

/// A source of one version; a local file cannot be hidden.
fn source() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec((1..50_i64).prop_map(|hours| NOW - hours * DAY / 4), 0..2)
}

fn ids(decision: &Decision) -> Vec<&FileId> {
    fn id(removal: &Removal) -> Option<&FileId> {
        match removal {
            Removal::DeleteVersion { file_id, .. } => Some(file_id),
            _ => None,
        }
    }
    decision.removals.iter().filter_map(id).collect()
}

/// Returns the versions that are left after the removals, newest first, with whether they are hide markers.
fn left(entry: Option<&SyncEntry>, decision: &Decision) -> Vec<(FileId, bool)> {
    let Some(SyncEntry::Remote(file)) = entry else { return Vec::new() };
    let removed = ids(decision);
    let versions = file.versions.iter().filter(|version| !removed.contains(&&version.file_id));
    versions
        .map(|version| (version.file_id.clone(), version.action == crate::model::FileAction::Hide))
        .collect()
}

proptest! {
    #[test]
    fn what_stays_visible_is_not_removed(
        options in any_options(), direction in to_bucket(), source in source(), destination in versions(),
        size in 10..12_u64,
    ) {
        let pair = pair(direction, (&source, 10), (&destination, size));
        prop_assume!(pair.0.is_some() || pair.1.is_some());
        let decision = decide_pair(&options, direction, &pair).unwrap();
        let was_visible = pair.1.as_ref().is_some_and(SyncEntry::is_visible);
        let left = left(pair.1.as_ref(), &decision);
        let hides = decision.removals.iter().any(|removal| matches!(removal, Removal::Hide { .. }));
        if pair.0.is_some() && !decision.transfer {
            let Some(SyncEntry::Remote(file)) = &pair.1 else { panic!("nothing is there") };
            prop_assert_eq!(Some(&left[0].0), file.newest().map(|version| &version.file_id));
            prop_assert!(!hides);
        }
        if !decision.transfer && !was_visible {
            prop_assert!(left.first().is_none_or(|first| first.1), "an old version became visible");
        }
        prop_assert_eq!(hides || (was_visible && left.is_empty() && !decision.transfer), decision.loses_file);
    }

    #[test]
    fn a_removal_is_of_a_version_that_is_there_and_only_once(
        options in any_options(), direction in to_bucket(), source in source(), destination in versions(),
    ) {
        let pair = pair(direction, (&source, 10), (&destination, 10));
        prop_assume!(pair.0.is_some() || pair.1.is_some());
        let decision = decide_pair(&options, direction, &pair).unwrap();
        let removed = ids(&decision).len();
        prop_assert_eq!(left(pair.1.as_ref(), &decision).len(), destination.len() - removed);
    }

    #[test]
    fn deletion_leaves_one_version_of_a_same_file(mut destination in versions(), direction in to_bucket()) {
        prop_assume!(!destination.is_empty());
        destination[0] = destination[0].abs();
        let source = [destination[0]];
        let pair = pair(direction, (&source, 10), (&destination, 10));
        let decision = decide_pair(&options(Removals::Delete), direction, &pair).unwrap();
        prop_assert_eq!(decision.reason, Reason::Same);
        prop_assert_eq!(left(pair.1.as_ref(), &decision).len(), 1);
    }

    /// What is removed now is removed later too, and a longer time keeps more.
    #[test]
    fn what_is_kept_for_a_time_only_grows_less(
        source in source(), destination in versions(), direction in to_bucket(),
        days in 0..12_u64, later in 0..40_u64,
    ) {
        let pair = pair(direction, (&source, 10), (&destination, 10));
        prop_assume!(pair.0.is_some() || pair.1.is_some());
        let decide_at = |days: u64, after: u64| {
            let keep = Removals::KeepFor(Duration::from_secs(days * 86_400));
            let options = SyncOptions { newer_files: NewerFiles::Replace, ..options(keep) };
            let now = Timestamp::from_millis(NOW.unsigned_abs() + after * DAY.unsigned_abs() / 4);
            let entries = (pair.0.as_ref(), pair.1.as_ref());
            match decide(&options, direction, now, entries, None).unwrap() {
                Decided::Decision(decision) => decision,
                Decided::CompareContent => panic!("the content is compared"),
            }
        };
        let (first, second) = (decide_at(days, 0), decide_at(days, later));
        let longer = decide_at(days + later, later);
        for id in ids(&first) {
            prop_assert!(ids(&second).contains(&id));
        }
        for id in ids(&longer) {
            prop_assert!(ids(&second).contains(&id));
        }
    }

    #[test]
    fn a_second_run_does_nothing(
        options in any_options(), source in source(), direction in to_bucket(),
    ) {
        prop_assume!(!source.is_empty());
        let pair = pair(direction, (&source, 10), (&source, 10));
        let decision = decide_pair(&options, direction, &pair).unwrap();
        prop_assert!(!decision.transfer && decision.removals.is_empty());
    }
}
