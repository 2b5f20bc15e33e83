//! Transfers of all files, whatever the destination has.

use b2_proto::sync::{CompareBy, Direction, NewerFiles, Removals};
use b2_proto::time::Timestamp;
use b2_tests::{BUCKET, FaultProfile};

use super::oracle::assert_reached;
use super::world::World;
use super::{expected_now, options};

/// Every file of the source is transferred, each time, and the destination is not read.
pub(in super::super) fn everything(seed: u64) {
    let has_faults = seed.is_multiple_of(3);
    let profile = if has_faults { FaultProfile::heavy() } else { FaultProfile::none() };
    let mut world = World::new(seed, profile);
    let mut options = options(&mut world);
    (options.compare, options.compare_threshold) = (CompareBy::Always, 0);
    (options.newer_files, options.removals) = (NewerFiles::Fail, Removals::None);
    (options.incremental, options.track_renames, options.no_traverse) = (false, false, false);
    let expected = expected_now(&world, &options);
    let files = expected.transferred.len() as u64;
    let ended = world.sync(&options);
    if ended.timed_out() {
        assert!(has_faults);
        return;
    }
    assert_reached(&expected, &world.destination(), has_faults);
    let report = ended.report();
    assert_eq!((report.transferred, report.to_transfer, report.failed), (files, files, 0));
    assert_eq!(report.destination_files, 0);
    let listed = world.sim.service.log().any(|entry| entry.operation.starts_with("b2_list_file"));
    assert!(!listed || world.direction != Direction::Up, "the destination was listed");

    if has_faults {
        return;
    }
    // Empty files that stand for folders.
    world.sim.clear_faults();
    let now = world.sim.timestamp();
    for name in ["from/", "from/empty/", "from/d/"] {
        let before = options.as_of.unwrap_or(now);
        let at = Timestamp::from_millis(before.as_millis() - 1);
        world.sim.service.put_file(at, BUCKET, name, "");
    }
    let report = world.sync(&options).report();
    assert_eq!((report.transferred, report.to_transfer, report.failed), (files, files, 0));
    let created: Vec<_> = world.folder.folders.iter().map(String::as_str).collect();
    let is_down = world.direction == Direction::Down;
    assert_eq!(created, if is_down { vec!["", "d", "empty"] } else { vec![] });
    if !is_down {
        return;
    }
    // A name that is a file and a folder: the file fails, and those of the folder do not.
    let at = Timestamp::from_millis(options.as_of.unwrap_or(now).as_millis() - 1);
    for name in ["from/both", "from/both!", "from/both-1", "from/both/x", "from/both/y"] {
        world.sim.service.put_file(at, BUCKET, name, "1");
    }
    let ended = world.sync(&options);
    assert_eq!(ended.failed(), ["both".to_owned()].into());
    assert_eq!(ended.report().transferred, files + 4);
}
