//! The cases of the tests of Backblaze's `b2sdk`, by their names, and those of its decision table. Comments say where and
//! why a decision is another one.

use core::time::Duration;

use super::*;
use crate::ErrorKind;
use crate::sync::{
    CompareBy, LocalFile, NewerFiles, RemoteVersions, RemovalNote, Removals, SyncOptions,
};

use Direction::{Copy, Down, Up};

pub(super) const DAY: i64 = 86_400_000;
pub(super) const NOW: i64 = 100 * DAY;
const ALL: [Direction; 3] = [Up, Down, Copy];
const TO_B2: [Direction; 2] = [Up, Copy];
/// Days before now.
const fn ago(days: i64) -> i64 {
    NOW - days * DAY
}

/// A version of `a.txt`: its time of modification and of upload, negative for a hide marker, and its size.
fn version((modified, uploaded): (i64, i64), size: u64) -> crate::model::FileVersion {
    let mut version = serde_json::json!({
        "fileId": format!("id_a_{}", modified.abs()), "fileName": "folder/a.txt",
        "action": if modified < 0 { "hide" } else { "upload" }, "contentLength": size,
        "uploadTimestamp": uploaded.abs(), "fileInfo": {},
    });
    if modified >= 0 {
        version["fileInfo"]["src_last_modified_millis"] = modified.to_string().into();
    }
    serde_json::from_value(version).unwrap()
}

/// A file with these versions, which were uploaded when they were modified.
pub(super) fn remote(times: &[i64], size: u64) -> SyncEntry {
    remote_uploaded(&times.iter().map(|time| (*time, *time)).collect::<Vec<_>>(), size)
}

fn remote_uploaded(times: &[(i64, i64)], size: u64) -> SyncEntry {
    let versions = times.iter().map(|times| version(*times, size)).collect();
    SyncEntry::Remote(RemoteVersions { name: "a.txt".to_owned(), versions })
}

pub(super) fn local(time: i64, size: u64) -> SyncEntry {
    let modified = Timestamp::from_millis(time.unsigned_abs());
    SyncEntry::Local(LocalFile { name: "a.txt".to_owned(), size, modified })
}

/// The entries of the two sides; the first version counts where a side is local.
pub(super) fn pair(
    direction: Direction,
    (source, source_size): (&[i64], u64),
    (destination, size): (&[i64], u64),
) -> (Option<SyncEntry>, Option<SyncEntry>) {
    let entry = |times: &[i64], size, is_local| {
        let first = *times.first()?;
        Some(if is_local { local(first, size) } else { remote(times, size) })
    };
    (entry(source, source_size, direction == Up), entry(destination, size, direction == Down))
}

pub(super) fn decide_pair(
    options: &SyncOptions,
    direction: Direction,
    (source, destination): &(Option<SyncEntry>, Option<SyncEntry>),
) -> Result<Decision, Error> {
    let now = Timestamp::from_millis(NOW.unsigned_abs());
    match decide(options, direction, now, (source.as_ref(), destination.as_ref()), None)? {
        Decided::Decision(decision) => Ok(decision),
        Decided::CompareContent => panic!("the content is compared"),
    }
}

/// Returns the actions for a pair, as `b2sdk` writes them.
fn actions(
    options: &SyncOptions,
    direction: Direction,
    entries: &(Option<SyncEntry>, Option<SyncEntry>),
) -> Vec<String> {
    let decision = decide_pair(options, direction, entries).unwrap();
    let mut actions = Vec::new();
    if let (true, Some(source)) = (decision.transfer, &entries.0) {
        actions.push(transfer(direction, source.modified().as_millis().cast_signed()));
    }
    actions.extend(decision.removals.iter().map(|removal| match removal {
        Removal::Hide { name } => format!("b2_hide(folder/{name})"),
        Removal::DeleteLocal { name } => format!("local_delete(/dir/{name})"),
        Removal::DeleteVersion { name, file_id, note } => {
            format!("b2_delete(folder/{name}, {file_id}, {note})")
        }
    }));
    actions
}

fn transfer(direction: Direction, time: i64) -> String {
    match direction {
        Up => format!("b2_upload(/dir/a.txt, folder/a.txt, {time})"),
        Down => format!("b2_download(folder/a.txt, id_a_{time}, /dir/a.txt, {time})"),
        Copy => format!("b2_copy(folder/a.txt, id_a_{time}, folder/a.txt, {time})"),
    }
}

/// An expected action.
#[derive(Clone, Copy)]
enum Do {
    Transfer(i64),
    Hide,
    Current(i64),
    Old(i64),
    Marker(i64),
}

fn expected(direction: Direction, actions: &[Do]) -> Vec<String> {
    let delete = |time, note| match direction {
        Down => "local_delete(/dir/a.txt)".to_owned(),
        _ => format!("b2_delete(folder/a.txt, id_a_{time}, {note})"),
    };
    let text = |action: &Do| match *action {
        Do::Transfer(time) => transfer(direction, time),
        Do::Hide => "b2_hide(folder/a.txt)".to_owned(),
        Do::Current(time) => delete(time, RemovalNote::Current),
        Do::Old(time) => delete(time, RemovalNote::OldVersion),
        Do::Marker(time) => delete(time, RemovalNote::HideMarker),
    };
    actions.iter().map(text).collect()
}

pub(super) fn options(removals: Removals) -> SyncOptions {
    SyncOptions { removals, ..SyncOptions::default() }
}

pub(super) const fn days(hours: u64) -> Removals {
    Removals::KeepFor(Duration::from_secs(hours * 24 * 3_600))
}

fn newer(newer_files: NewerFiles) -> SyncOptions {
    SyncOptions { newer_files, ..SyncOptions::default() }
}

fn by(compare: CompareBy) -> SyncOptions {
    SyncOptions { compare, ..SyncOptions::default() }
}

type Row<'a> = (&'a str, SyncOptions, &'a [Direction], &'a [i64], &'a [i64], &'a [Do]);

fn check(rows: &[Row<'_>]) {
    for (name, options, directions, source, destination, wanted) in rows {
        for &direction in *directions {
            let pair = pair(direction, (source, 10), (destination, 10));
            let found = actions(options, direction, &pair);
            assert_eq!(found, expected(direction, wanted), "{name} {direction:?}");
        }
    }
}

#[test]
fn transfers() {
    use Do::{Old, Transfer};
    use NewerFiles::{Replace, Skip};
    let none = || options(Removals::None);
    let delete = || options(Removals::Delete);
    check(&[
        ("not_there", none(), &ALL, &[100], &[], &[Transfer(100)]),
        ("dir_not_there_b2_keepdays", options(days(1)), &TO_B2, &[100], &[], &[Transfer(100)]),
        ("dir_not_there_b2_delete", delete(), &TO_B2, &[100], &[], &[Transfer(100)]),
        ("no_delete", none(), &ALL, &[], &[100], &[]),
        ("same", none(), &ALL, &[100], &[100], &[]),
        ("same_leave_old_version", none(), &TO_B2, &[NOW], &[NOW, ago(3)], &[]),
        ("newer", none(), &ALL, &[200], &[100], &[Transfer(200)]),
        ("older_skip", newer(Skip), &ALL, &[100], &[200], &[]),
        ("older_replace", newer(Replace), &ALL, &[100], &[200], &[Transfer(100)]),
        (
            "older_replace_delete",
            SyncOptions { newer_files: Replace, ..delete() },
            &TO_B2,
            &[100],
            &[200],
            &[Transfer(100), Old(200)],
        ),
        ("compare_none_newer", by(CompareBy::None), &ALL, &[200], &[100], &[]),
        ("compare_none_older", by(CompareBy::None), &ALL, &[100], &[200], &[]),
        ("compare_size_equal", by(CompareBy::Size), &ALL, &[200], &[100], &[]),
        // A hidden source is absent, and nothing replaces the destination.
        ("hidden source", none(), &[Down, Copy], &[-200], &[100], &[]),
        ("hidden source, no destination", delete(), &[Down, Copy], &[-200], &[], &[]),
    ]);
}

#[test]
fn deletions() {
    use Do::{Current, Marker, Old, Transfer};
    let delete = || options(Removals::Delete);
    check(&[
        ("delete", delete(), &ALL, &[], &[100], &[Current(100)]),
        ("delete_multiple_versions", delete(), &TO_B2, &[], &[100, 200], &[Current(100), Old(200)]),
        (
            "already_hidden_multiple_versions_delete",
            delete(),
            &TO_B2,
            &[],
            &[-NOW, ago(2), ago(4)],
            &[Marker(NOW), Old(ago(2)), Old(ago(4))],
        ),
        ("same_delete_old_versions", delete(), &TO_B2, &[NOW], &[NOW, ago(3)], &[Old(ago(3))]),
        (
            "newer_delete_old_versions",
            delete(),
            &TO_B2,
            &[NOW],
            &[ago(1), ago(3)],
            &[Transfer(NOW), Old(ago(1)), Old(ago(3))],
        ),
        (
            "same, markers between",
            delete(),
            &TO_B2,
            &[NOW],
            &[NOW, -ago(3), ago(4)],
            &[Marker(ago(3)), Old(ago(4))],
        ),
        (
            "older is skipped",
            SyncOptions { newer_files: NewerFiles::Skip, ..delete() },
            &TO_B2,
            &[100],
            &[200, 50],
            &[Old(50)],
        ),
        // The original keeps the newest version in a bucket, although it removes a local file.
        ("hidden source", delete(), &[Down, Copy], &[-200], &[100], &[Current(100)]),
    ]);
    let large = pair(Up, (&[], 0), (&[100], 10_737_418_240));
    assert_eq!(actions(&delete(), Up, &large), expected(Up, &[Current(100)]), "delete_large");
}

#[test]
fn versions_are_kept_for_a_time() {
    use Do::{Hide, Marker, Old, Transfer};
    let old = |days: &[i64]| days.iter().map(|day| Old(ago(*day))).collect::<Vec<_>>();
    let hide_and = |days: &[i64]| [vec![Hide], old(days)].concat();
    let new_and = |days: &[i64]| [vec![Transfer(NOW)], old(days)].concat();
    let keep = |count| options(days(count));
    let hidden = [-ago(2), ago(4), ago(6)];
    check(&[
        ("delete_hide_multiple", keep(1), &TO_B2, &[], &[NOW, ago(2), ago(4)], &hide_and(&[4])),
        (
            "delete_hide_multiple_old",
            keep(2),
            &TO_B2,
            &[],
            &[ago(1), ago(3), ago(5)],
            &hide_and(&[5]),
        ),
        ("already_hidden_keep_days", keep(1), &TO_B2, &[], &[-NOW, ago(2), ago(4)], &old(&[4])),
        ("already_hidden_one_old", keep(5), &TO_B2, &[], &hidden, &[]),
        ("already_hidden_two_old", keep(2), &TO_B2, &[], &hidden, &old(&[6])),
        (
            "already_hidden_delete_hide_marker",
            keep(1),
            &TO_B2,
            &[],
            &hidden,
            &[vec![Marker(ago(2))], old(&[4, 6])].concat(),
        ),
        (
            "already_hidden_old_delete",
            keep(1),
            &TO_B2,
            &[],
            &[-ago(2), ago(4)],
            &[vec![Marker(ago(2))], old(&[4])].concat(),
        ),
        ("same_clean_old_version", keep(1), &TO_B2, &[ago(3)], &[ago(3), ago(4)], &old(&[4])),
        ("keep_days_no_change", keep(1), &TO_B2, &[ago(3)], &[ago(3)], &[]),
        ("newer_clean_old", keep(2), &TO_B2, &[NOW], &[ago(1), ago(3), ago(5)], &new_and(&[5])),
        ("just replaced", keep(1), &TO_B2, &[NOW], &[ago(2), ago(3), ago(5)], &new_and(&[3, 5])),
        ("gone", keep(1), &TO_B2, &[], &[ago(50)], &hide_and(&[])),
        ("gone, with older", keep(1), &TO_B2, &[], &[ago(50), ago(60)], &hide_and(&[60])),
        ("exactly", keep(2), &TO_B2, &[NOW], &[NOW, ago(2), ago(5)], &[]),
        // The original deletes the marker of three days ago too, which says until today that there was no file.
        ("marker between", keep(2), &TO_B2, &[NOW], &[NOW, -ago(3), ago(4)], &old(&[4])),
        // The original does not hide the file: it takes a hidden source for a file.
        ("hidden source", keep(1), &[Copy], &[-NOW], &[ago(2), ago(4)], &hide_and(&[4])),
    ]);
    let none = options(Removals::None);
    check(&[("already_hidden_keep", none, &TO_B2, &[], &[-NOW, ago(2), ago(4)], &[])]);
    let half = options(Removals::KeepFor(Duration::from_secs(12 * 3_600)));
    check(&[("half a day", half, &TO_B2, &[NOW], &[NOW, ago(1)], &[])]);
}

/// The original takes the time of modification for the time at which a version was replaced, and so deletes versions that
/// were visible until today (issue 197 of its command line tool), and newer ones (issue 216).
#[test]
fn the_time_of_modification_says_nothing_about_visibility() {
    let keep = options(days(30));
    let source = Some(local(ago(40), 10));
    let replaced_today = remote_uploaded(&[(ago(40), NOW), (ago(41), ago(41))], 10);
    assert_eq!(actions(&keep, Up, &(source.clone(), Some(replaced_today))), [""; 0]);
    let replaced_long_ago = remote_uploaded(&[(ago(40), ago(31)), (ago(41), ago(41))], 10);
    let wanted = expected(Up, &[Do::Old(ago(41))]);
    assert_eq!(actions(&keep, Up, &(source, Some(replaced_long_ago))), wanted);
    // Times of modification out of order.
    let keep = options(days(2));
    let uploads = [(NOW, NOW), (ago(9), ago(1)), (ago(1), ago(1) - 5)];
    let pair = (Some(local(NOW, 10)), Some(remote_uploaded(&uploads, 10)));
    assert_eq!(actions(&keep, Up, &pair), [""; 0]);
}

#[test]
fn a_number_of_versions_is_kept() {
    use Do::{Hide, Marker, Old, Transfer};
    let keep = |count| options(Removals::KeepNewest(count));
    let three = [300, 200, 100];
    check(&[
        ("same", keep(2), &TO_B2, &[300], &three, &[Old(100)]),
        ("same, one", keep(1), &TO_B2, &[300], &three, &[Old(200), Old(100)]),
        ("few", keep(4), &TO_B2, &[300], &three, &[]),
        ("new version", keep(2), &TO_B2, &[400], &three, &[Transfer(400), Old(200), Old(100)]),
        (
            "new version, one",
            keep(1),
            &TO_B2,
            &[400],
            &three,
            &[Transfer(400), Old(300), Old(200), Old(100)],
        ),
        ("gone", keep(2), &TO_B2, &[], &three, &[Hide, Old(100)]),
        ("hidden already", keep(1), &TO_B2, &[], &[-300, 200, 100], &[Old(100)]),
        ("marker between", keep(2), &TO_B2, &[400], &[400, -300, 200, -150], &[Marker(150)]),
        ("only a marker", keep(1), &TO_B2, &[], &[-300], &[]),
        ("returns", keep(1), &TO_B2, &[50], &[-300, 200], &[Transfer(50), Marker(300), Old(200)]),
    ]);
}

/// The original compares the source with the hide marker.
#[test]
fn a_hidden_destination_is_absent() {
    use Do::{Marker, Old, Transfer};
    let hidden = [-200, 50];
    for compare in [CompareBy::ModTime, CompareBy::Size, CompareBy::Sha1, CompareBy::None] {
        for time in [100, 200, 300] {
            for newer_files in [NewerFiles::Fail, NewerFiles::Skip, NewerFiles::Replace] {
                let options = SyncOptions { newer_files, ..by(compare) };
                check(&[("hidden", options, &TO_B2, &[time], &hidden, &[Transfer(time)])]);
            }
        }
    }
    let delete = options(Removals::Delete);
    let wanted = [Transfer(100), Marker(200), Old(50)];
    check(&[("hidden, delete", delete, &TO_B2, &[100], &hidden, &wanted)]);
    let hidden = pair(Up, (&[100], 10), (&hidden, 10));
    let decision = decide_pair(&SyncOptions::default(), Up, &hidden).unwrap();
    assert_eq!(decision.reason, Reason::Hidden);
}

#[test]
fn older() {
    for direction in ALL {
        let pair = pair(direction, (&[100], 10), (&[200], 10));
        let error = decide_pair(&SyncOptions::default(), direction, &pair).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DestinationNewer);
        assert_eq!(error.subject(), Some("a.txt"));
        let (from, to) = match direction {
            Up => ("local", "b2"),
            Down => ("b2", "local"),
            Copy => ("b2", "b2"),
        };
        let text = format!(
            "source file is older than destination: {from}://a.txt with a time of 100 cannot be synced to {to}://a.txt \
             with a time of 200, unless newer files are skipped or replaced"
        );
        assert_eq!(error.message(), text);
    }
}

#[test]
fn a_lost_file_is_one_that_was_visible() {
    let loses = |removals, source: &[i64], destination: &[i64]| {
        let pair = pair(Up, (source, 10), (destination, 10));
        decide_pair(&options(removals), Up, &pair).unwrap().loses_file
    };
    for removals in [Removals::Delete, days(1), Removals::KeepNewest(1)] {
        assert!(loses(removals, &[], &[100, 50]));
        assert!(!loses(removals, &[], &[-100, 50]));
        assert!(!loses(removals, &[200], &[100, 50]));
        assert!(!loses(removals, &[100], &[100, 50]));
    }
    assert!(!loses(Removals::None, &[], &[100]));
}
