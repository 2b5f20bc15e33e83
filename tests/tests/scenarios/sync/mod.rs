//! Synchronizations of random trees, compared with an independent oracle.

mod always;
mod checkpoints;
mod filters;
mod interrupted;
mod limits;
mod listings;
mod oracle;
mod trace;
mod world;

use std::time::Duration;

use b2_proto::machine::Control;
use b2_proto::sync::{CompareBy, Direction, MaxRemovals, NewerFiles, Removals, SyncOptions};
use b2_proto::time::Timestamp;
use b2_tests::FaultProfile;

pub(super) use always::everything;
pub(super) use checkpoints::checkpoints;
pub(super) use filters::filters;
pub(super) use interrupted::{changing_folders, interruptions, shards};
pub(super) use limits::{dry_runs, failed_renames, failed_scans, names, refusals, renames};
pub(super) use listings::failed_listings;
use oracle::{Expected, assert_reached, expected};
use world::{DAY, World};

/// Returns random options that fit the direction. Nothing is refused.
fn options(world: &mut World) -> SyncOptions {
    let mut options = SyncOptions::default();
    let direction = world.direction;
    let sim = &mut world.sim;
    options.upload = super::options(sim);
    options.download.parallel = options.upload.parallel;
    options.compare = match sim.rng.below(5) {
        0 => CompareBy::Size,
        1 => CompareBy::Sha1,
        2 => CompareBy::None,
        _ => CompareBy::ModTime,
    };
    if sim.rng.percent(30) && matches!(options.compare, CompareBy::Size | CompareBy::ModTime) {
        options.compare_threshold = [1, 6, 2_000][sim.rng.below(3) as usize];
    }
    options.newer_files =
        [NewerFiles::Fail, NewerFiles::Skip, NewerFiles::Replace][sim.rng.below(3) as usize];
    options.removals = match sim.rng.below(4) {
        0 => Removals::None,
        2 if direction != Direction::Down => {
            let days = sim.rng.between(1, 6);
            Removals::KeepFor(Duration::from_millis(days * DAY))
        }
        3 if direction != Direction::Down => {
            Removals::KeepNewest(u32::try_from(sim.rng.between(1, 3)).unwrap_or(1))
        }
        _ => Removals::Delete,
    };
    options.max_removals = MaxRemovals::Unlimited;
    options.allow_empty_source = true;
    options.incremental = direction == Direction::Up && sim.rng.percent(30);
    options.track_renames =
        direction == Direction::Up && !options.removals.is_none() && sim.rng.percent(30);
    options.no_traverse =
        direction != Direction::Down && options.removals.is_none() && sim.rng.percent(30);
    options.parallel = usize::try_from(sim.rng.between(1, 4)).unwrap_or(1);
    options.max_held_removals = usize::try_from(sim.rng.below(5)).unwrap_or(1);
    if options.track_renames && sim.rng.percent(50) {
        options.max_held_removals += 20;
    }
    options.checkpoint_every = sim.rng.between(1, 4);
    options.explain = sim.rng.percent(30);
    if direction != Direction::Up && sim.rng.percent(20) {
        let ago = sim.rng.below(9) * DAY;
        options.as_of = Some(Timestamp::from_millis(sim.timestamp().as_millis() - ago));
    }
    options
}

/// Returns what a synchronization that begins now has to do.
fn expected_now(world: &World, options: &SyncOptions) -> Expected {
    let what = (world.direction, options);
    let now = world.sim.timestamp().as_millis();
    expected(what, now, (&world.source(), &world.destination()), |_| true)
}

/// A synchronization does what the table of decisions says, and a second one finds nothing to do.
pub(super) fn trees(seed: u64) {
    let mut world = World::new(seed, FaultProfile::none());
    let options = options(&mut world);
    let (from, expected) = (world.source(), expected_now(&world, &options));
    let ended = world.sync(&options);
    assert_reached(&expected, &world.destination(), false);
    assert_eq!(world.source(), from, "the source has changed");
    let report = ended.report();
    assert_eq!(ended.failed(), expected.failed);
    assert_eq!(report.transferred, expected.transferred.len() as u64);
    assert_eq!((report.to_transfer, report.to_remove), (report.transferred, expected.removals));
    assert_eq!(report.hidden + report.deleted, expected.removals);
    assert!(expected.removals == 0 || !ended.traced.removed().is_empty());
    assert_eq!(report.removals_dropped, 0);

    let reached = world.destination();
    let again = world.sync(&options).report();
    assert_eq!((again.transferred, again.to_remove, again.failed), (0, 0, report.failed));
    assert_eq!(world.destination(), reached);
}

/// The same with faults of network and service.
pub(super) fn trees_with_faults(seed: u64) {
    let mut world = World::new(seed, FaultProfile::heavy());
    let options = options(&mut world);
    let (from, expected) = (world.source(), expected_now(&world, &options));
    if world.sim.rng.percent(30) {
        let mut at = || Duration::from_millis(world.sim.rng.below(3_000));
        let (paused, resumed, narrowed) = (at(), at(), at());
        world.sim.control_after(paused, 0, Control::Pause);
        world.sim.control_after(paused + resumed, 0, Control::Resume);
        world.sim.control_after(narrowed, 0, Control::Parallel(1));
    }
    let ended = world.sync(&options);
    assert_eq!(world.source(), from, "the source has changed");
    if ended.timed_out() {
        return;
    }
    assert_eq!(ended.failed(), expected.failed, "{:?}", ended.errors());
    assert_reached(&expected, &world.destination(), true);
}
