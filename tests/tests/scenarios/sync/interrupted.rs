//! Runs that die, are cancelled, fail in parts, or are split into ranges of names.

use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::machine::{NameRange, OnCancel};
use b2_proto::sync::Removals;
use b2_proto::time::Timestamp;
use b2_tests::{FaultProfile, FolderChange, FolderFaults, FolderFile};

use super::oracle::assert_reached;
use super::world::{Tree, World};
use super::{expected_now, options};

/// Runs that die or are cancelled at any time, and then a complete one, do the same as one run.
pub(in super::super) fn interruptions(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let mut options = options(&mut world);
    if matches!(options.removals, Removals::KeepNewest(_)) {
        // A repetition of an upload whose response was lost would count.
        options.removals = Removals::Delete;
    }
    let expected = expected_now(&world, &options);
    for _ in 0..world.sim.rng.between(1, 3) {
        let job = world.job(&options);
        let running = world.running(job);
        let after = Duration::from_millis(world.sim.rng.below(2_500));
        if world.sim.rng.percent(50) {
            world.sim.kill_after(after, 0);
            world.run(running);
            world.sim.restart();
        } else {
            let policy = [OnCancel::Keep, OnCancel::Discard][world.sim.rng.below(2) as usize];
            world.sim.cancel_after(after, 0, policy);
            let ended = world.run(running).expect("it ended");
            let error = ended.result.err().map(|error| error.kind());
            assert!(matches!(error, None | Some(ErrorKind::Cancelled)), "{error:?}");
        }
    }
    world.sync(&options).report();
    assert_reached(&expected, &world.destination(), true);
}

/// Runs over ranges of names do the same as one run over all names.
pub(in super::super) fn shards(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let mut options = options(&mut world);
    let expected = expected_now(&world, &options);
    let mut bounds: Vec<_> = (0..world.sim.rng.between(1, 3)).map(|_| Some(world.name())).collect();
    bounds.sort();
    let starts = std::iter::once(None).chain(bounds.iter().cloned());
    let ends = bounds.iter().cloned().chain(std::iter::once(None));
    let (mut transferred, mut removed) = (0, 0);
    for range in starts.zip(ends) {
        if range.0.is_some() && range.0 == range.1 {
            continue;
        }
        options.range = NameRange::new(range.0, range.1);
        let report = world.sync(&options).report();
        transferred += report.transferred;
        removed += report.hidden + report.deleted;
    }
    assert_reached(&expected, &world.destination(), false);
    assert_eq!(transferred, expected.transferred.len() as u64);
    assert_eq!(removed, expected.removals);
}

/// Returns the names of a side that show.
fn visible(tree: &Tree) -> Vec<String> {
    match tree {
        Tree::Local(files) => files.keys().cloned().collect(),
        Tree::Bucket(files) => {
            let visible = files.iter().filter(|(_, versions)| !versions[0].is_marker);
            visible.map(|(name, _)| name.clone()).collect()
        }
    }
}

/// A folder that changes, fails and fills up during the run: no file is lost that the source has, and a later run does the
/// rest.
pub(in super::super) fn changing_folders(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let mut options = options(&mut world);
    options.as_of = None;
    let mut rate = || if world.sim.rng.percent(30) { 15 } else { 0 };
    world.folder.faults = FolderFaults {
        scan: rate() / 3,
        open: rate(),
        create: rate(),
        publish: rate(),
        remove: rate(),
        spill: rate(),
    };
    if world.sim.rng.percent(20) {
        world.folder.capacity = Some(world.sim.rng.between(2_000, 9_000));
    }
    let (source, destination) = (visible(&world.source()), visible(&world.destination()));
    let mut touched = Vec::new();
    for _ in 0..world.sim.rng.below(4) {
        let name = world.name();
        let (bytes, modified) = (world.content(), Timestamp::from_millis(world.modified()));
        let change = match world.sim.rng.percent(40) {
            true => FolderChange::Remove(name.clone()),
            false => FolderChange::Write(name.clone(), FolderFile::new(bytes, modified)),
        };
        touched.push(name);
        let after = Duration::from_millis(world.sim.rng.below(1_500));
        world.sim.change_folder_after(after, 0, change);
    }
    let ended = world.sync(&options);
    let after = visible(&world.destination());
    for name in source.iter().filter(|name| destination.contains(name) && !touched.contains(name)) {
        assert!(after.contains(name), "{name} is lost: {:?}", ended.result);
    }
    world.folder.faults = FolderFaults::default();
    world.folder.capacity = None;
    world.sim.clear_faults();
    let expected = expected_now(&world, &options);
    world.sync(&options).report();
    assert_reached(&expected, &world.destination(), false);
}
