//! Runs that die after a checkpoint, and later ones that start behind it.

use std::time::Duration;

use b2_proto::machine::NameRange;
use b2_proto::sync::{Removals, SyncEvent, SyncOptions};
use b2_tests::{FaultProfile, FolderFaults};

use super::oracle::{Expected, assert_reached};
use super::world::{Tree, World};
use super::{expected_now, options};

/// Returns what is expected of the names up to this one.
fn up_to(expected: &Expected, last: &str) -> Expected {
    let is_done = |name: &String| **name <= *last;
    let mut done = expected.clone();
    done.local.retain(|name, _| is_done(name));
    done.bucket.retain(|name, _| is_done(name));
    done
}

fn names_up_to(tree: Tree, last: &str) -> Tree {
    match tree {
        Tree::Local(mut files) => {
            files.retain(|name, _| **name <= *last);
            Tree::Local(files)
        }
        Tree::Bucket(mut files) => {
            files.retain(|name, _| **name <= *last);
            Tree::Bucket(files)
        }
    }
}

/// Returns the last checkpoint of a run. Each is behind the one before, and none follows a failure.
fn last_checkpoint(events: &[SyncEvent]) -> Option<String> {
    let mut last: Option<&String> = None;
    let mut has_failed = false;
    for event in events {
        match event {
            SyncEvent::Failed { .. } => has_failed = true,
            SyncEvent::Checkpoint(name) => {
                assert!(!has_failed, "a checkpoint at '{name}' after a failure");
                assert!(last.is_none_or(|last| last < name), "'{name}' after '{last:?}'");
                last = Some(name);
            }
            _ => {}
        }
    }
    last.cloned()
}

/// Checks that the names up to the last checkpoint are done, and returns the range of the names behind it.
fn behind_checkpoint(world: &World, expected: &Expected, before: NameRange) -> NameRange {
    let Some(last) = last_checkpoint(&world.events) else { return before };
    assert!(before.contains(&last), "a checkpoint outside of the range: {last}");
    let failed = expected.failed.first();
    assert!(failed.is_none_or(|failed| *failed > last), "a checkpoint behind a file that fails");
    assert_reached(&up_to(expected, &last), &names_up_to(world.destination(), &last), true);
    NameRange::new(Some(format!("{last}\0")), before.end)
}

fn without_removals(world: &mut World) -> SyncOptions {
    let mut options = options(world);
    (options.removals, options.track_renames) = (Removals::None, false);
    options
}

/// Runs that die at any time and are continued behind their last checkpoints do the same as one run. The names up to a
/// checkpoint are done, also if an early transfer is slow or fails.
pub(in super::super) fn checkpoints(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    for _ in 0..10 {
        let name = world.name();
        world.put_source(&name);
    }
    let mut options = without_removals(&mut world);
    let expected = expected_now(&world, &options);
    for _ in 0..world.sim.rng.between(1, 4) {
        if world.sim.rng.percent(40) {
            world.folder.faults =
                FolderFaults { open: 8, create: 8, publish: 4, ..FolderFaults::default() };
        }
        let after = Duration::from_millis(world.sim.rng.below(2_500));
        world.sim.kill_after(after, 0);
        let job = world.job(&options);
        let running = world.running(job);
        world.run(running);
        world.sim.restart();
        world.folder.faults = FolderFaults::default();
        options.range = behind_checkpoint(&world, &expected, options.range.clone());
    }
    world.sim.clear_faults();
    let ended = world.sync(&options);
    let fails = expected.failed.iter().filter(|name| options.range.contains(name));
    assert!(ended.failed().iter().eq(fails), "{:?}", ended.errors());
    behind_checkpoint(&world, &expected, options.range.clone());
    assert_reached(&expected, &world.destination(), true);
    // The end of a run in which nothing fails is a checkpoint.
    let last = match world.source() {
        Tree::Local(files) => files.into_keys().next_back(),
        Tree::Bucket(files) => {
            let mut visible = files.into_iter().filter(|(_, versions)| !versions[0].is_marker);
            visible.next_back().map(|(name, _)| name)
        }
    };
    if let Some(last) = last.filter(|last| options.range.contains(last))
        && ended.report().failed == 0
        && options.as_of.is_none()
    {
        let reached = last_checkpoint(&ended.events);
        assert!(reached.is_some_and(|reached| reached >= last), "no checkpoint at the end");
    }
}
