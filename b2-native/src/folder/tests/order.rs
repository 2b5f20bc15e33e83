//! Names, their order, and which of them a scan visits.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use b2_client::LocalFolder as _;
use b2_proto::machine::LocalFile;
use b2_proto::time::Timestamp;
use futures::TryStreamExt;
use proptest::prelude::*;

use super::super::NativeFolder;
use super::*;

#[test]
fn files_come_in_the_order_of_their_full_names() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        ["A", "Z/1", "a b/x", "a.txt", "a/b.txt", "a0.txt", "é", "～", "😀", "e\u{301}", "Ａ/é/😀"];
    create(folder.path(), &names);
    let mut expected = names.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(walk(folder.path(), &scan()), (expected.to_vec(), vec![]));
}

#[test]
fn awkward_names_are_files_or_reported() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(250);
    let mut names = BTreeSet::new();
    let mut bad = BTreeSet::new();
    let printable = (b' '..=b'~').map(char::from);
    for c in printable.filter(|c| !matches!(c, '/')) {
        let name = format!("{c}-{c}/end {c}");
        if c == '\\' {
            bad.insert("\\-\\".to_owned())
        } else {
            names.insert(name.clone())
        };
        create(folder.path(), &[&name]);
    }
    let awkward = [
        "caf\u{e9}",
        "cafe\u{301}",
        "Case",
        "case",
        "CON",
        "nul.txt",
        "dot.",
        "space ",
        " ",
        "...",
        ".hidden",
        "..a/..b",
        &long,
        "\u{202e}right",
        "\u{feff}",
    ];
    create(folder.path(), &awkward);
    names.extend(awkward.map(str::to_owned));
    let too_long = "y".repeat(251);
    let control = ["a\u{7f}b", "line\nbreak", "\u{1}/inside", &too_long];
    create(folder.path(), &control);
    let ours = [
        ".b2-0123456789abcdef.part",
        "sub/.b2-0123456789abcdef.part",
        ".b2-a1B2c3.probe/x",
        "sub/.b2-Zzzzz9.probe/caf\u{e9}",
    ];
    create(folder.path(), &ours);
    let similar = [".b2-a1B2c3.probe~/x", ".b2-.probe/x", ".b2-12-456.probe/x"];
    create(folder.path(), &similar);
    names.extend(similar.map(str::to_owned));
    let (found, skipped) = walk(folder.path(), &scan());
    assert_eq!(found, Vec::from_iter(names));
    assert_eq!(skipped.len(), bad.len() + control.len());
    for entry in skipped {
        assert!(matches!(entry.reason, SkipReason::InvalidName(_)), "{entry:?}");
        assert!(!entry.path.contains(char::is_control), "{entry:?}");
    }
}

#[test]
fn long_paths_are_reported_and_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    let part = "p".repeat(250);
    let deep = [&*part; 4].join("/");
    let name = |len: usize| format!("{deep}/{}", "f".repeat(len));
    create(folder.path(), &[&name(20), &name(21), &format!("{}/below", name(22))]);
    let (found, skipped) = walk(folder.path(), &scan());
    assert_eq!(found, [name(20)]);
    let reasons: Vec<_> = skipped.iter().map(|entry| entry.reason.to_string()).collect();
    assert!(reasons[0].contains("1025 bytes") && reasons[1].contains("1026 bytes"), "{reasons:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_reported() {
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &["dir/file1.txt"]);
    let euc_jp = std::ffi::OsStr::from_bytes(b"\xb8\xc0\xb8\xec");
    fs::write(folder.path().join("dir").join(euc_jp), "1").unwrap();
    fs::create_dir(folder.path().join(euc_jp)).unwrap();
    fs::write(folder.path().join(euc_jp).join("below"), "1").unwrap();
    let (found, skipped) = walk(folder.path(), &scan());
    assert_eq!(found, ["dir/file1.txt"]);
    assert_eq!(skipped.len(), 2);
    assert!(skipped.iter().all(|entry| entry.reason == SkipReason::NotUtf8), "{skipped:?}");
}

#[test]
fn a_filter_decides_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &["a", "b/c", "b/d/e", "b/d/f", "g/h"]);
    let filter = Arc::new(Without(&["a", "b/d", "g/h"]));
    let only = LocalScan { filter: filter.clone(), ..scan() };
    assert_eq!(walk(folder.path(), &only).0, ["b/c"]);
    let names = ["a", "b/c", "b/d/e", "g/h"];
    assert_eq!(lookup(folder.path(), only, &names), (vec!["b/c".to_owned()], vec![]));
}

#[test]
fn names_are_looked_up_without_a_listing() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &["a", "b/c", "b/d/e", "b/d/f", "other"]);
    let names = ["../x", "/etc/passwd", "a", "a/b", "b", "b//c", "b/c", "b/d/e", "b/d/g", "z/z"];
    let (found, skipped) = lookup(folder.path(), scan(), &names);
    assert_eq!(found, ["a", "b/c", "b/d/e"]);
    assert_eq!(skipped.len(), 3);
    assert!(skipped.iter().all(|entry| matches!(entry.reason, SkipReason::InvalidName(_))));
    // Folders, and what is below a file or does not exist.
    assert_eq!(missing(folder.path(), scan(), &names), ["a/b", "b", "b/d/g", "z/z"]);
    let filter = Arc::new(Without(&["b/d", "z/z"]));
    assert_eq!(missing(folder.path(), LocalScan { filter, ..scan() }, &names), ["a/b", "b"]);
    let range = NameRange::new(Some("b".to_owned()), Some("b/d".to_owned()));
    assert_eq!(lookup(folder.path(), LocalScan { range, ..scan() }, &names[2..]).0, ["b/c"]);
}

#[tokio::test]
async fn pages_have_sizes_and_truncated_times() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..2_500).map(|n| format!("{:02}/{n}", n % 7)).collect();
    create(folder.path(), &names.iter().map(String::as_str).collect::<Vec<_>>());
    let file = fs::File::options().write(true).open(folder.path().join("00/0")).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_nanos(1_999_999_999)).unwrap();
    let old = fs::File::options().write(true).open(folder.path().join("00/1001")).unwrap();
    old.set_modified(UNIX_EPOCH - Duration::from_secs(9)).unwrap();
    let pages: Vec<_> = NativeFolder::new(folder.path()).scan(scan()).try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1_000, 1_000, 500]);
    let file = |name: &str, millis| {
        let (name, size) = (name.to_owned(), name.len() as u64);
        ScanItem::File(LocalFile { name, size, modified: Timestamp::from_millis(millis) })
    };
    assert_eq!(pages[0][..2], [file("00/0", 1_999), file("00/1001", 0)]);
}

#[tokio::test]
async fn a_root_that_is_no_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &["file"]);
    for (root, why) in [("missing", "does not exist"), ("file", "is not a folder")] {
        for names in [None, Some(Arc::from(["x".to_owned()]))] {
            let mut pages =
                NativeFolder::new(folder.path().join(root)).scan(LocalScan { names, ..scan() });
            let error = pages.try_next().await.unwrap_err();
            assert!(error.failure.message.contains(why), "{:?}", error.failure);
            assert_eq!(pages.try_next().await.unwrap(), None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_is_walked_in_order(
        names in proptest::collection::btree_set("([ab.!0é]{1,3}/){0,3}[xy.!0é]{1,3}~", 0..40),
        range in proptest::collection::vec("[ab.!0é/]{0,4}", 2),
        limit in 1..5_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let is_possible = |name: &str| !name.split('/').any(|part| matches!(part, "." | ".."));
        // The files end in "~" and folders do not, so that no file is in the way of a folder.
        let names: BTreeSet<String> = names.into_iter().filter(|name| is_possible(name)).collect();
        create(folder.path(), &names.iter().map(String::as_str).collect::<Vec<_>>());
        let expected: Vec<String> = names.into_iter().collect();
        let found = |scan, limit| split(walk_on::<SystemFolder>(folder.path(), scan, limit)).0;
        prop_assert_eq!(&found(scan(), limit), &expected);
        let range = NameRange::new(Some(range[0].clone()), Some(range[1].clone()));
        let within: Vec<_> = expected.iter().filter(|name| range.contains(name)).cloned().collect();
        prop_assert_eq!(&found(LocalScan { range, ..scan() }, limit), &within);
        let names = Some(Arc::from(expected.clone()));
        let listed: Vec<_> = expected.iter().map(String::as_str).collect();
        prop_assert_eq!(&lookup(folder.path(), LocalScan { names, ..scan() }, &listed).0, &expected);
    }
}
