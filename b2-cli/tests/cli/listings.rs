//! Patterns and filters of `b2 ls` and `b2 rm`.

use crate::env::TestEnv;

/// Returns an environment with a bucket that has these files.
fn with_files(names: &[&str]) -> TestEnv {
    let env = TestEnv::with_bucket();
    for name in names {
        env.write(&format!("in/{name}"), name);
    }
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    env
}

#[test]
fn patterns_and_filters_select_files() {
    let env = with_files(&["a.txt", "b/1.csv", "b/1.txt", "b/c/2.txt", "b1/3.txt", "d"]);
    for (arguments, expected) in [
        (&["-r", "--with-wildcard", "b2://my-photos/b/*.txt"][..], "b/1.txt\nb/c/2.txt\n"),
        (&["-r", "--withWildcard", "b2://my-photos/b?/*"], "b1/3.txt\n"),
        (&["-r", "--with-wildcard", "b2://my-photos/[!b]*"], "a.txt\nd\n"),
        (
            &["-r", "--include", "*.txt", "--exclude", "b/*", "b2://my-photos"],
            "a.txt\nb1/3.txt\nd\n",
        ),
        (
            &["-r", "--exclude", "b/*", "--include", "*.txt", "b2://my-photos"],
            "a.txt\nb/1.txt\nb/c/2.txt\nb1/3.txt\nd\n",
        ),
        (&["--include", "*/2.txt", "b2://my-photos"], "b/\n"),
        (&["--exclude", "*.csv", "b2://my-photos/b/"], "b/1.txt\nb/c/\n"),
        (&["--exclude", "a*", "b2://my-photos/a.txt"], ""),
    ] {
        assert_eq!(env.ok(&[&["ls"], arguments].concat()), expected, "{arguments:?}");
        let versions = env.ok(&[&["ls", "--versions"], arguments].concat());
        assert_eq!(versions, expected, "{arguments:?}");
        let json = env.json(&[&["ls", "--json"], arguments].concat());
        assert_eq!(json.as_array().unwrap().len(), expected.lines().count(), "{arguments:?}");
        // The same files, without folders.
        let files: String =
            expected.split_inclusive('\n').filter(|line| !line.ends_with("/\n")).collect();
        let listed = env.ok(&[&["rm", "--dry-run"], arguments].concat());
        assert_eq!(listed, files, "{arguments:?}");
    }
    let long = env.ok(&["ls", "-l", "--replication", "-r", "--include", "d", "b2://my-photos"]);
    let columns: Vec<_> = long.split_whitespace().skip(1).collect();
    assert_eq!((columns[0], &columns[3..]), ("upload", &["1", "-", "d"][..]), "{long}");
}

#[test]
fn what_patterns_and_filters_select_is_deleted() {
    let env = with_files(&["a.txt", "b/1.csv", "b/1.txt", "b/c/2.txt", "d"]);
    env.ok(&["rm", "-r", "--with-wildcard", "--exclude", "*/1*", "b2://my-photos/b/*"]);
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a.txt\nb/1.csv\nb/1.txt\nd\n");
    env.ok(&["rm", "--exclude", "*.txt", "b2://my-photos/b/"]);
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a.txt\nb/1.txt\nd\n");
    let note = env.note(&["rm", "--exclude", "*.txt", "b2://my-photos/a.txt"]);
    assert!(note.contains("the filters leave it out"), "{note}");
    // Nothing that matches is no error, as in Backblaze's tool.
    env.ok(&["rm", "-r", "--with-wildcard", "b2://my-photos/*.csv"]);
    env.ok(&["rm", "-r", "--include", "*.txt", "b2://my-photos"]);
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "d\n");
}
