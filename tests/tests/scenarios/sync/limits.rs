//! What is not done: removals after a scan that failed, too many removals, anything in a dry run, uploads of renamed files.

use std::collections::BTreeSet;
use std::sync::Arc;

use b2_proto::ErrorKind;
use b2_proto::machine::{NameRange, SkipReason};
use b2_proto::sync::{Direction, MaxRemovals, Removals, SyncEvent, TransferKind};
use b2_tests::FaultProfile;

use super::oracle::{assert_reached, expected};
use super::world::{Ended, Tree, World};
use super::{expected_now, options};

/// Returns what was transferred and removed, in the order of the words.
fn done(ended: &Ended) -> Vec<String> {
    let is_done =
        |event: &&SyncEvent| matches!(event, SyncEvent::Transferred { .. } | SyncEvent::Removed(_));
    let mut done: Vec<_> =
        ended.events.iter().filter(is_done).map(|event| format!("{event:?}")).collect();
    done.sort();
    done
}

/// Returns whether the service was asked to hide or delete something.
pub(super) fn asked_to_remove(world: &World) -> bool {
    let removes = ["b2_hide_file", "b2_delete_file_version"];
    world.sim.service.log().any(|entry| removes.contains(&entry.operation.as_str()))
}

pub(super) fn dropped(ended: &Ended) -> Option<ErrorKind> {
    ended.events.iter().find_map(|event| match event {
        SyncEvent::RemovalsDropped(error) => Some(error.kind()),
        _ => None,
    })
}

/// After a scan that has not seen all files, nothing is removed. What was seen is transferred.
pub(in super::super) fn failed_scans(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    while world.direction == Direction::Copy {
        world.direction = Direction::Up;
        let name = world.name();
        world.put_source(&name);
    }
    let mut options = options(&mut world);
    if options.removals.is_none() {
        (options.removals, options.no_traverse) = (Removals::Delete, false);
    }
    let unreadable = world.sim.rng.percent(60);
    if unreadable {
        let Some(name) = world.folder.files.keys().next().cloned() else { return };
        let reason = match world.sim.rng.percent(50) {
            true => SkipReason::PermissionDenied,
            false => SkipReason::Unreadable("an error of the disk".into()),
        };
        world.folder.files.entry(name).and_modify(|file| file.problem = Some(reason));
    } else {
        world.folder.faults.scan = 40;
    }
    let (expected, before) = (expected_now(&world, &options), world.destination());
    let ended = world.sync(&options);
    if ended.result.is_ok() && !unreadable {
        return assert_reached(&expected, &world.destination(), false);
    }
    assert!(!asked_to_remove(&world) && world.folder.removed.is_empty(), "something was removed");
    assert!(!ended.events.iter().any(|event| matches!(event, SyncEvent::Removed(_))));
    if let (Tree::Bucket(before), Tree::Bucket(after)) = (before, world.destination()) {
        for (name, versions) in before {
            assert!(after[&name].ends_with(&versions), "versions of {name} are gone");
        }
    }
    if unreadable {
        let report = ended.report();
        assert_eq!(report.transferred, expected.transferred.len() as u64);
        assert!(report.failed > 0 && report.skipped > 0);
        if expected.removals > 0 {
            assert_eq!(dropped(&ended), Some(ErrorKind::IncompleteSync));
            assert_eq!(report.removals_dropped, expected.removals);
        }
    }
}

/// An empty source and the removal of more than half of the files are refused.
pub(in super::super) fn refusals(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let mut options = options(&mut world);
    (options.as_of, options.track_renames) = (None, false);
    options.allow_empty_source = false;
    options.max_removals = MaxRemovals::default();
    if world.sim.rng.percent(20) {
        world.folder.files.clear();
    }
    let (before, expected) = (world.destination(), expected_now(&world, &options));
    let shown = |tree: &Tree| match tree {
        Tree::Local(files) => files.len() as u64,
        Tree::Bucket(files) => {
            files.values().filter(|versions| !versions[0].is_marker).count() as u64
        }
    };
    let (source, all) = (shown(&world.source()), shown(&before));
    let ended = world.sync(&options);
    let matters = world.direction == Direction::Up || !options.removals.is_none();
    if source == 0 && matters {
        let error = ended.result.err().map(|error| error.kind());
        assert_eq!(error, Some(ErrorKind::EmptySource));
        return assert_eq!(world.destination(), before, "something has changed");
    }
    if expected.lost * 2 > all {
        assert_eq!(dropped(&ended), Some(ErrorKind::TooManyRemovals));
        assert_eq!(ended.report().removals_dropped, expected.removals);
        assert!(!asked_to_remove(&world) && world.folder.removed.is_empty());
        assert_eq!(ended.report().transferred, expected.transferred.len() as u64);
    } else {
        assert_eq!(dropped(&ended), None);
        assert_reached(&expected, &world.destination(), false);
    }
}

/// A dry run changes nothing, and reports what the run afterwards does.
pub(in super::super) fn dry_runs(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let options = options(&mut world);
    let before = (world.source(), world.destination());
    let mut dry = options.clone();
    dry.dry_run = true;
    let dry = world.sync(&dry);
    assert_eq!((world.source(), world.destination()), before, "a dry run has changed something");
    let reads = ["b2_authorize_account", "b2_list_file_names", "b2_list_file_versions"];
    let is_read = |operation: &str| reads.contains(&operation);
    let only_reads = world.sim.service.log().all(|entry| is_read(&entry.operation));
    assert!(only_reads, "a dry run calls more than listings");
    let real = world.sync(&options);
    assert_eq!(done(&dry), done(&real));
    // Both read the destination ahead as far as they happen to.
    let comparable = |ended: &Ended| {
        let mut report = ended.report();
        report.destination_files = 0;
        report
    };
    assert_eq!(comparable(&dry), comparable(&real));
}

/// Renamed files are copied and not uploaded, also if all files are renamed. Of more files than are held, the others are
/// uploaded.
pub(in super::super) fn renames(seed: u64) {
    let mut world = World::empty(seed, FaultProfile::none());
    world.direction = Direction::Up;
    let mut options = options(&mut world);
    options.as_of = None;
    options.track_renames = true;
    (options.removals, options.no_traverse) = (Removals::Delete, false);
    options.max_removals = MaxRemovals::default();
    let count = world.sim.rng.between(1, 8);
    let held = if world.sim.rng.percent(50) { count } else { world.sim.rng.below(count) };
    options.max_held_removals = usize::try_from(held).unwrap_or_default();
    if held < count {
        options.max_removals = MaxRemovals::Unlimited;
    }
    for number in 0..count {
        let len = world.sim.rng.between(1, 900);
        let bytes = world.sim.rng.bytes(len);
        let modified = world.modified();
        world.put_version(false, &format!("before/{number}"), bytes.clone(), modified);
        world.put_local_file(&format!("after/{number}"), bytes, modified + 1);
    }
    let expected = expected_now(&world, &options);
    let ended = world.sync(&options);
    assert_reached(&expected, &world.destination(), false);
    let report = ended.report();
    assert_eq!((report.renamed, report.uploaded, report.copied), (held, count - held, held));
    assert_eq!(report.removals_dropped, 0);
    let renamed = |event: &&SyncEvent| {
        matches!(event, SyncEvent::Transferred { kind: TransferKind::Rename, .. })
    };
    assert_eq!(ended.events.iter().filter(renamed).count() as u64, held);
    let uploads = |operation: &str| operation.starts_with("b2_upload");
    let uploads = world.sim.service.log().filter(|entry| uploads(&entry.operation)).count() as u64;
    assert_eq!(uploads, count - held, "bytes of renamed files were sent");
}

/// A file that cannot be read under its new name keeps its old one in the destination.
pub(in super::super) fn failed_renames(seed: u64) {
    let mut world = World::empty(seed, FaultProfile::none());
    world.direction = Direction::Up;
    let mut options = options(&mut world);
    (options.as_of, options.track_renames) = (None, true);
    (options.removals, options.no_traverse) = (Removals::Delete, false);
    options.max_removals = MaxRemovals::Unlimited;
    let count = world.sim.rng.between(1, 8);
    options.max_held_removals = 8;
    for number in 0..count {
        // Of the same length, so that each may be any of the others.
        let bytes = world.sim.rng.bytes(500);
        let modified = world.modified();
        world.put_version(false, &format!("before/{number}"), bytes.clone(), modified);
        world.put_local_file(&format!("after/{number}"), bytes, modified + 1);
    }
    world.folder.faults.open = 40;
    let ended = world.sync(&options);
    let Tree::Bucket(files) = world.destination() else { unreachable!("it is a bucket") };
    let failed = ended.failed();
    for number in 0..count {
        let (before, after) = (format!("before/{number}"), format!("after/{number}"));
        if failed.contains(&after) {
            assert!(files.contains_key(&before), "{before} is gone, and {after} has failed");
        } else {
            assert!(files.contains_key(&after), "{after} is not there");
        }
    }
    let report = ended.report();
    assert_eq!(report.renamed, count - failed.len() as u64);
    assert!(failed.is_empty() || report.removals_dropped > 0);
}

/// Only the given names are synchronized, and of them those in the range.
pub(in super::super) fn names(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let mut options = options(&mut world);
    (options.removals, options.track_renames, options.as_of) = (Removals::None, false, None);
    let mut names: BTreeSet<String> = BTreeSet::new();
    for _ in 0..world.sim.rng.between(1, 20) {
        names.insert(world.name());
    }
    let (from, to) = (world.source(), world.destination());
    if world.sim.rng.percent(30) {
        options.range = NameRange::new(Some(world.name()), None);
    }
    let what = (world.direction, &options);
    let now = world.sim.timestamp().as_millis();
    let all = names.clone();
    names.retain(|name| options.range.contains(name));
    let mut expected = expected(what, now, (&from, &to), |name| names.contains(name));
    let is_visible = |name: &&String| match &from {
        Tree::Local(files) => files.contains_key(*name),
        Tree::Bucket(files) => files.get(*name).is_some_and(|versions| !versions[0].is_marker),
    };
    expected.failed.extend(names.iter().filter(|name| !is_visible(name)).cloned());
    let mut job = world.job(&options);
    job.names = Some(Arc::from_iter(all));
    let ended = world.sync_job(job);
    assert_reached(&expected, &world.destination(), false);
    assert_eq!(ended.failed(), expected.failed);
    assert_eq!(ended.report().transferred, expected.transferred.len() as u64);
}
