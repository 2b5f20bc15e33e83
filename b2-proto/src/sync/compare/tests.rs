use super::*;
use crate::machine::LocalFile;
use crate::sync::RemoteVersions;
use crate::time::Timestamp;

use Direction::{Copy, Down, Up};

const HELLO: &str = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
const OTHER: &str = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";

fn local(time: u64, size: u64) -> SyncEntry {
    let modified = Timestamp::from_millis(time);
    SyncEntry::Local(LocalFile { name: "a".to_owned(), size, modified })
}

/// A file in a bucket, with the time of its upload and the fields that are given.
fn remote(uploaded: u64, size: u64, fields: &serde_json::Value) -> SyncEntry {
    let mut version = serde_json::json!({
        "fileId": "4_z", "fileName": "a", "action": "upload", "contentLength": size, "uploadTimestamp": uploaded,
    });
    for (name, value) in fields.as_object().unwrap() {
        version[name] = value.clone();
    }
    let version = serde_json::from_value(version).unwrap();
    SyncEntry::Remote(RemoteVersions { name: "a".to_owned(), versions: vec![version] })
}

fn plain(time: u64, size: u64) -> SyncEntry {
    remote(time, size, &serde_json::json!({}))
}

fn hashed(time: u64, size: u64, sha1: &str) -> SyncEntry {
    remote(time, size, &serde_json::json!({"contentSha1": sha1}))
}

fn by(compare: CompareBy, compare_threshold: u64) -> SyncOptions {
    SyncOptions { compare, compare_threshold, ..SyncOptions::default() }
}

fn compared(
    options: &SyncOptions,
    direction: Direction,
    pair: (&SyncEntry, &SyncEntry),
) -> Compared {
    compare(options, direction, pair, None).unwrap()
}

#[test]
fn a_threshold_of_time() {
    let time = |threshold| by(CompareBy::ModTime, threshold);
    let up = |threshold, from, to| {
        compare(&time(threshold), Up, (&local(from, 10), &plain(to, 10)), None)
    };
    assert_eq!(up(100, 200, 100).unwrap(), Same(Reason::Same));
    assert_eq!(up(99, 200, 100).unwrap(), Different(Reason::Newer));
    assert_eq!(up(100, 100, 200).unwrap(), Same(Reason::Same));
    assert_eq!(up(99, 100, 200).unwrap_err().kind(), ErrorKind::DestinationNewer);
}

#[test]
fn a_threshold_of_size() {
    let up = |threshold, from, to| {
        let options = by(CompareBy::Size, threshold);
        compared(&options, Up, (&local(100, from), &plain(200, to)))
    };
    assert_eq!(up(2, 12, 10), Same(Reason::Same));
    assert_eq!(up(1, 12, 10), Different(Reason::SizeDiffers));
    // That the destination is newer does not matter.
    assert_eq!(up(0, 10, 11), Different(Reason::SizeDiffers));
}

/// Backblaze's tool computes milliseconds with floating point, so that a bucket that it has filled has some times that are
/// one millisecond off. It compares them with its own result only.
#[test]
fn one_millisecond_is_rounding_between_a_local_file_and_b2() {
    let options = SyncOptions::default();
    for (from, to) in [(100, 101), (101, 100)] {
        assert_eq!(compared(&options, Up, (&local(from, 1), &plain(to, 1))), Same(Reason::Same));
        assert_eq!(compared(&options, Down, (&plain(from, 1), &local(to, 1))), Same(Reason::Same));
    }
    let newer = compared(&options, Up, (&local(102, 1), &plain(100, 1)));
    assert_eq!(newer, Different(Reason::Newer));
    let copied = compared(&options, Copy, (&plain(101, 1), &plain(100, 1)));
    assert_eq!(copied, Different(Reason::Newer));
}

/// Backblaze's tool does not look at sizes then.
#[test]
fn equal_times_with_different_sizes_are_a_difference() {
    let options = SyncOptions::default();
    for direction in [Up, Down, Copy] {
        let (from, to) = match direction {
            Up => (local(100, 11), plain(100, 10)),
            Down => (plain(100, 11), local(100, 10)),
            Copy => (plain(100, 11), plain(100, 10)),
        };
        assert_eq!(compared(&options, direction, (&from, &to)), Different(Reason::SizeDiffers));
    }
}

#[test]
fn contents_decide_whatever_the_times_are() {
    let options = by(CompareBy::Sha1, 0);
    for time in [50, 100, 200] {
        let (source, destination) = (local(100, 5), hashed(time, 5, HELLO));
        for (direction, pair) in [(Up, (&source, &destination)), (Down, (&destination, &source))] {
            assert_eq!(compared(&options, direction, pair), NeedsContent);
            let with = |same| compare(&options, direction, pair, Some(same)).unwrap();
            assert_eq!(with(true), Same(Reason::Same));
            assert_eq!(with(false), Different(Reason::ContentDiffers));
        }
        let copy = |sha1| compared(&options, Copy, (&hashed(100, 5, sha1), &destination));
        assert_eq!(copy(HELLO), Same(Reason::Same));
        assert_eq!(copy(OTHER), Different(Reason::ContentDiffers));
        // Sizes say enough.
        let pair = (&local(100, 6), &destination);
        assert_eq!(compared(&options, Up, pair), Different(Reason::SizeDiffers));
    }
}

#[test]
fn the_sha1_of_a_large_file_is_in_its_file_info() {
    let info = serde_json::json!({"contentSha1": "none", "fileInfo": {"large_file_sha1": HELLO}});
    let large = remote(100, 5, &info);
    let options = by(CompareBy::Sha1, 0);
    assert_eq!(compared(&options, Up, (&local(100, 5), &large)), NeedsContent);
    let copy = compared(&options, Copy, (&large, &hashed(200, 5, HELLO)));
    assert_eq!(copy, Same(Reason::Same));
}

#[test]
fn a_file_of_unknown_sha1_is_compared_by_size_and_time() {
    let options = by(CompareBy::Sha1, 0);
    let unknown = |time, size| hashed(time, size, "none");
    let up = |from, size| compare(&options, Up, (&local(from, size), &unknown(100, 5)), None);
    assert_eq!(up(100, 5).unwrap(), Same(Reason::Same));
    assert_eq!(up(100, 6).unwrap(), Different(Reason::SizeDiffers));
    assert_eq!(up(200, 5).unwrap(), Different(Reason::Newer));
    assert_eq!(up(50, 5).unwrap_err().kind(), ErrorKind::DestinationNewer);
    let copy = compared(&options, Copy, (&unknown(200, 5), &hashed(100, 5, HELLO)));
    assert_eq!(copy, Different(Reason::Newer));
}

/// Backblaze's tool copies a file without storing a time, and then fails since the copy is newer.
#[test]
fn a_copy_without_a_stored_time_is_the_same() {
    let options = SyncOptions::default();
    let copy = |from: &SyncEntry, to: &SyncEntry| compare(&options, Copy, (from, to), None);
    let source = hashed(100, 5, HELLO);
    assert_eq!(copy(&source, &hashed(200, 5, HELLO)).unwrap(), Same(Reason::Same));
    assert!(copy(&source, &hashed(200, 5, OTHER)).is_err());
    assert!(copy(&plain(100, 5), &plain(200, 5)).is_err());
    let info = serde_json::json!({
        "contentSha1": HELLO, "fileInfo": {"src_last_modified_millis": "200"},
    });
    assert!(copy(&source, &remote(200, 5, &info)).is_err());
}
