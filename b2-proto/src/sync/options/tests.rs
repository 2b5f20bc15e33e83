use super::*;
use alloc::string::String;

use Direction::{Copy, Down, Up};

fn refusal(options: &SyncOptions, direction: Direction) -> String {
    let error = options.check(direction).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.message().into()
}

#[test]
fn options_that_do_not_apply_are_refused() {
    let set = |change: fn(&mut SyncOptions)| {
        let mut options = SyncOptions::default();
        change(&mut options);
        options
    };
    for direction in [Up, Down, Copy] {
        assert!(SyncOptions::default().check(direction).is_ok());
    }
    let keep = set(|o| o.removals = Removals::KeepFor(Duration::from_secs(1)));
    assert_eq!(refusal(&keep, Down), "old versions cannot be kept in a local destination");
    assert!(keep.check(Up).is_ok() && keep.check(Copy).is_ok());
    let rows: [(SyncOptions, Direction, &str); 17] = [
        (set(|o| o.removals = Removals::KeepNewest(0)), Up, "versions to keep"),
        (set(|o| (o.compare, o.compare_threshold) = (CompareBy::Sha1, 1)), Up, "threshold"),
        (set(|o| (o.compare, o.compare_threshold) = (CompareBy::None, 1)), Up, "threshold"),
        (set(|o| (o.compare, o.compare_threshold) = (CompareBy::Always, 1)), Up, "threshold"),
        (set(|o| (o.compare, o.removals) = (CompareBy::Always, Removals::Delete)), Up, "removed"),
        (set(|o| (o.compare, o.newer_files) = (CompareBy::Always, NewerFiles::Skip)), Up, "newer"),
        (set(|o| (o.compare, o.no_traverse) = (CompareBy::Always, true)), Up, "look up"),
        (set(|o| (o.compare, o.incremental) = (CompareBy::Always, true)), Up, "incremental"),
        (set(|o| o.incremental = true), Down, "incremental"),
        (set(|o| o.as_of = Some(Timestamp::from_millis(1))), Up, "as of"),
        (set(|o| (o.track_renames, o.removals) = (true, Removals::Delete)), Copy, "renames"),
        (set(|o| o.track_renames = true), Up, "renames"),
        (set(|o| (o.no_traverse, o.removals) = (true, Removals::Delete)), Up, "removed"),
        (set(|o| o.no_traverse = true), Down, "file by file"),
        (set(|o| o.parallel = 0), Up, "parallel"),
        (set(|o| o.max_removals = MaxRemovals::Percent(101)), Up, "percentage"),
        (
            set(|o| o.range = NameRange::new(Some("b".into()), Some("b".into()))),
            Up,
            "range of names",
        ),
    ];
    for (options, direction, word) in rows {
        let message = refusal(&options, direction);
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn removals_are_counted_against_a_number_or_a_percentage() {
    assert!(!MaxRemovals::Files(2).is_exceeded(2, 2) && MaxRemovals::Files(2).is_exceeded(3, 9));
    assert!(!MaxRemovals::Percent(50).is_exceeded(5, 10));
    assert!(MaxRemovals::Percent(50).is_exceeded(6, 11));
    assert!(!MaxRemovals::Percent(100).is_exceeded(u64::MAX, u64::MAX));
    assert!(!MaxRemovals::Unlimited.is_exceeded(u64::MAX, 0));
}
