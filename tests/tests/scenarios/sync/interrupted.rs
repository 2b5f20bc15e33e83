//! Runs that die, are cancelled, fail in parts, or are split into ranges of names.

use std::collections::BTreeMap;
use std::time::Duration;

use b2_proto::ErrorKind;
use b2_proto::machine::{NameRange, OnCancel};
use b2_proto::sync::{Direction, Removals};
use b2_proto::time::Timestamp;
use b2_tests::{FaultProfile, FolderChange, FolderFaults, FolderFile};
use bytes::Bytes;

use super::oracle::assert_reached;
use super::world::{Tree, Version, World};
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
    let mut ended = world.sync(&options);
    while ended.timed_out() {
        ended = world.sync(&options);
    }
    assert_eq!(ended.failed(), expected.failed, "{:?}", ended.errors());
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

/// The contents that a name has had on either side.
#[derive(Default)]
struct Contents(BTreeMap<String, Vec<Bytes>>);

/// Returns the content of what shows on a side.
fn shown(tree: Tree) -> Vec<(String, Bytes)> {
    match tree {
        Tree::Local(files) => files.into_iter().map(|(name, (bytes, _))| (name, bytes.0)).collect(),
        Tree::Bucket(files) => {
            let visible = files.into_iter().filter(|(_, versions)| !versions[0].is_marker);
            let bytes = |versions: &[Version]| versions[0].bytes.clone().map(|bytes| bytes.0);
            visible.filter_map(|(name, versions)| Some((name, bytes(&versions)?))).collect()
        }
    }
}

impl Contents {
    fn add(&mut self, tree: Tree) {
        for (name, bytes) in shown(tree) {
            self.0.entry(name).or_default().push(bytes);
        }
    }

    /// Checks that no file has parts of two contents.
    fn check(&self, tree: Tree) {
        for (name, bytes) in shown(tree) {
            let known = self.0.get(&name).is_some_and(|contents| contents.contains(&bytes));
            assert!(known, "'{name}' has a content that it never had: {} bytes", bytes.len());
        }
    }
}

/// Returns a change of the local folder by another process, mostly of a file that is there: it grows, shrinks, gets another
/// content, vanishes, or is replaced by a folder.
fn change(world: &mut World) -> (String, FolderChange) {
    let there: Vec<_> = world.folder.files.keys().cloned().collect();
    let rng = &mut world.sim.rng;
    let at = usize::try_from(rng.below(there.len() as u64)).unwrap_or_default();
    let name = match there.get(at) {
        Some(name) if rng.percent(70) => name.clone(),
        _ => world.name(),
    };
    let (other, modified) = (world.content(), Timestamp::from_millis(world.modified()));
    let now = world.folder.files.get(&name).map(|file| file.bytes.clone()).unwrap_or_default();
    let rng = &mut world.sim.rng;
    let bytes = match rng.below(3) {
        0 => [now, rng.bytes(700)].concat().into(),
        1 => now.slice(..now.len() / 2),
        _ => other,
    };
    let file = FolderFile::new(bytes, modified);
    // A folder that takes the place of a file of the destination stays in its way.
    let may_nest = world.direction == Direction::Up;
    let change = match world.sim.rng.below(10) {
        0..3 => FolderChange::Remove(name.clone()),
        3..5 if may_nest => FolderChange::Nest(name.clone(), file),
        _ => FolderChange::Write(name.clone(), file),
    };
    (name, change)
}

/// A folder that changes, fails and fills up during the run: no file is lost that the source has, none gets a content that
/// no file of its name had, and a later run does the rest.
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
    let mut contents = Contents::default();
    contents.add(world.source());
    contents.add(world.destination());
    let mut touched = Vec::new();
    for _ in 0..world.sim.rng.below(5) {
        let (name, change) = change(&mut world);
        if let FolderChange::Write(name, file) = &change {
            contents.0.entry(name.clone()).or_default().push(file.bytes.clone());
        }
        if let FolderChange::Nest(name, file) = &change {
            let inner = FolderChange::inner(name);
            contents.0.entry(inner).or_default().push(file.bytes.clone());
        }
        touched.push(name);
        let after = Duration::from_millis(world.sim.rng.below(1_500));
        world.sim.change_folder_after(after, 0, change);
    }
    let ended = world.sync(&options);
    contents.check(world.destination());
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
