//! Links, special files and permissions: the traversal scenarios of b2sdk, in which `[dir]` is the root of the scan.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// A tree with links, and the expected names.
struct Scenario {
    title: &'static str,
    root: &'static str,
    files: &'static [&'static str],
    /// Links, each with what it points to.
    links: &'static [(&'static str, &'static str)],
    expected: &'static [&'static str],
    /// Links that are loops, in the order of the walk.
    loops: &'static [&'static str],
    /// Links that cannot be followed, because they point to nothing or to each other.
    broken: &'static [&'static str],
}

const EMPTY: Scenario = Scenario {
    title: "",
    root: "",
    files: &[],
    links: &[],
    expected: &[],
    loops: &[],
    broken: &[],
};

const SCENARIOS: &[Scenario] = &[
    Scenario {
        title: "files of one folder",
        root: "dir",
        files: &["dir/file1.txt", "dir/file2.txt", "dir/file3.txt"],
        expected: &["file1.txt", "file2.txt", "file3.txt"],
        ..EMPTY
    },
    Scenario {
        title: "a link to a file",
        files: &["dir/file.txt"],
        links: &[("symlink_file.txt", "dir/file.txt")],
        expected: &["dir/file.txt", "symlink_file.txt"],
        ..EMPTY
    },
    // b2sdk enters the folder a second time through the link, which gives each file twice.
    Scenario {
        title: "a link to its own folder",
        files: &["dir/file1.txt"],
        links: &[("dir/symlink_dir", "dir")],
        expected: &["dir/file1.txt"],
        loops: &["dir/symlink_dir"],
        ..EMPTY
    },
    Scenario {
        title: "a link to the parent of the root",
        root: "parent/child",
        files: &["parent/file3.txt", "parent/child/file4.txt", "parent/child/grandchild/file5.txt"],
        links: &[("parent/child/grandchild/symlink_dir", "parent")],
        expected: &[
            "file4.txt",
            "grandchild/file5.txt",
            "grandchild/symlink_dir/child/file4.txt",
            "grandchild/symlink_dir/child/grandchild/file5.txt",
            "grandchild/symlink_dir/file3.txt",
        ],
        loops: &["grandchild/symlink_dir/child/grandchild/symlink_dir"],
        ..EMPTY
    },
    Scenario {
        title: "a root that is a link to its parent",
        root: "start/link",
        files: &["start/"],
        links: &[("start/link", "start")],
        loops: &["link"],
        ..EMPTY
    },
    Scenario {
        title: "a link to the folder of the root",
        root: "start",
        files: &["start/file.txt"],
        links: &[("start/symlink", "")],
        expected: &["file.txt", "symlink/start/file.txt"],
        loops: &["symlink/start/symlink"],
        ..EMPTY
    },
    Scenario {
        title: "a link to a deeper folder",
        files: &["a/a.txt", "b/d/e/e.txt", "b/d/d.txt"],
        links: &[("symlink", "b/d/e")],
        expected: &["a/a.txt", "b/d/d.txt", "b/d/e/e.txt", "symlink/e.txt"],
        ..EMPTY
    },
    Scenario {
        title: "a link up to a sibling",
        files: &["a/a.txt", "b/d/e/e.txt"],
        links: &[("b/d/e/symlink", "a")],
        expected: &["a/a.txt", "b/d/e/e.txt", "b/d/e/symlink/a.txt"],
        ..EMPTY
    },
    Scenario {
        title: "a loop of links",
        files: &["a/a.txt", "f/f.txt"],
        links: &[("b", "c"), ("c", "d"), ("d", "e"), ("e", "b")],
        expected: &["a/a.txt", "f/f.txt"],
        broken: &["b", "c", "d", "e"],
        ..EMPTY
    },
    Scenario {
        title: "links to folders with links",
        files: &["a.txt", "c/d/b.txt", "e/e.txt"],
        links: &[("b", "c/d"), ("d", "e")],
        expected: &["a.txt", "b/b.txt", "c/d/b.txt", "d/e.txt", "e/e.txt"],
        ..EMPTY
    },
    Scenario {
        title: "a link below a folder",
        files: &["b/", "d/e/f/f.txt"],
        links: &[("b/c", "d")],
        expected: &["b/c/e/f/f.txt", "d/e/f/f.txt"],
        ..EMPTY
    },
    Scenario {
        title: "a loop of links through a folder",
        files: &["a.txt", "c/"],
        links: &[("b", "c/d"), ("c/d", "e"), ("e", "b")],
        expected: &["a.txt"],
        broken: &["b", "c/d", "e"],
        ..EMPTY
    },
    Scenario {
        title: "two folders that link to each other",
        files: &["b/", "d/e/"],
        links: &[("b/c", "d"), ("d/e/f", "b/c")],
        loops: &["b/c/e/f", "d/e/f"],
        ..EMPTY
    },
    Scenario {
        title: "two links to the same folder",
        files: &["real/x", "through/"],
        links: &[
            ("one", "real"),
            ("two", "real"),
            ("through/one", "real"),
            ("through/two", "real"),
            ("via", "through"),
        ],
        expected: &[
            "one/x",
            "real/x",
            "through/one/x",
            "through/two/x",
            "two/x",
            "via/one/x",
            "via/two/x",
        ],
        ..EMPTY
    },
    Scenario {
        title: "links to nothing and out of the root",
        root: "root",
        files: &["outside/secret", "root/z"],
        links: &[
            ("root/away", "outside"),
            ("root/file", "outside/secret"),
            ("root/nowhere", "missing"),
        ],
        expected: &["away/secret", "file", "z"],
        broken: &["nowhere"],
        ..EMPTY
    },
];

/// Creates the tree, with absolute links.
fn build(scenario: &Scenario) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), scenario.files);
    for (link, target) in scenario.links {
        symlink(folder.path().join(target), folder.path().join(link)).unwrap();
    }
    folder
}

#[test]
fn followed_links_end_in_loops_only_where_there_are_loops() {
    for scenario in SCENARIOS {
        let folder = build(scenario);
        let root = folder.path().join(scenario.root);
        let (found, skipped) = walk(&root, &scan());
        assert_eq!(found, scenario.expected, "{}", scenario.title);
        let skipped_by = |is_loop: bool| {
            let of_kind = skipped.iter().filter(|entry| match entry.reason {
                SkipReason::SymlinkLoop => is_loop,
                SkipReason::Unreadable(_) => !is_loop,
                _ => panic!("{entry:?}"),
            });
            of_kind.map(|entry| entry.path.clone()).collect::<Vec<_>>()
        };
        let paths = |names: &[&str]| {
            names.iter().map(|name| root.join(name).display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(skipped_by(true), paths(scenario.loops), "{}", scenario.title);
        assert_eq!(skipped_by(false), paths(scenario.broken), "{}", scenario.title);
    }
}

#[test]
fn links_are_reported_or_left_out() {
    for scenario in SCENARIOS {
        let folder = build(scenario);
        let root = folder.path().join(scenario.root);
        let expected: Vec<_> = {
            let is_link = |name: &str| {
                scenario.links.iter().any(|(link, _)| {
                    let link = Path::new(link).strip_prefix(scenario.root).unwrap_or(Path::new(""));
                    !link.as_os_str().is_empty() && Path::new(name).starts_with(link)
                })
            };
            scenario.expected.iter().filter(|name| !is_link(name)).collect()
        };
        let (found, skipped) = walk(&root, &LocalScan { symlinks: Symlinks::Skip, ..scan() });
        assert_eq!(found, Vec::from_iter(expected.iter().map(|&&name| name.to_owned())));
        assert!(skipped.iter().all(|entry| entry.reason == SkipReason::Symlink), "{skipped:?}");
        let names = scenario.expected;
        let skip = LocalScan { symlinks: Symlinks::Skip, ..scan() };
        assert_eq!(lookup(&root, skip, names).0.len(), expected.len(), "{}", scenario.title);
        assert_eq!(lookup(&root, scan(), names).0, names, "{}", scenario.title);
        let ignore = LocalScan { symlinks: Symlinks::Ignore, ..scan() };
        assert_eq!(lookup(&root, ignore, names).1, vec![], "{}", scenario.title);
        let (found, silent) = walk(&root, &LocalScan { symlinks: Symlinks::Ignore, ..scan() });
        assert_eq!((found.len(), silent), (expected.len(), vec![]), "{}", scenario.title);
    }
}

#[test]
fn invalid_names_are_reported_and_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    create(
        folder.path(),
        &[
            "file1.txt",
            "subdir/file2.txt",
            "file\\bad.txt",
            "file\u{7f}bad.txt",
            "dir\\bad/file2.txt",
        ],
    );
    let (found, skipped) = walk(folder.path(), &scan());
    assert_eq!(found, ["file1.txt", "subdir/file2.txt"]);
    let reasons: Vec<_> = skipped.iter().map(|entry| entry.reason.to_string()).collect();
    let backslash = "has a name that B2 does not take: it contains a backslash";
    let control = "has a name that B2 does not take: it contains the control character U+007F";
    assert_eq!(reasons, [backslash, backslash, control]);
}

#[test]
fn special_files_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    create(folder.path(), &["a", "z"]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    symlink("socket", folder.path().join("link")).unwrap();
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        mknodat(CWD, folder.path().join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    }
    let (found, skipped) = walk(folder.path(), &scan());
    assert_eq!(found, ["a", "z"]);
    assert!(skipped.len() >= 2);
    assert!(skipped.iter().all(|entry| entry.reason == SkipReason::SpecialFile), "{skipped:?}");
}

#[test]
fn what_may_not_be_read_is_reported_unless_it_is_excluded() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    create(folder.path(), &["closed/x", "listed/one", "listed/two", "secret", "z"]);
    let limit = |name: &str, mode| {
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    limit("closed", 0);
    limit("listed", 0o600);
    limit("secret", 0);
    let is_limited = fs::read_dir(at("closed")).is_err();
    let all = walk(folder.path(), &scan());
    let filter = Arc::new(Without(&["closed", "listed", "secret"]));
    let filtered = walk(folder.path(), &LocalScan { filter, ..scan() });
    limit("closed", 0o700);
    limit("listed", 0o700);
    // The superuser may read everything.
    if is_limited {
        let (found, skipped) = all;
        assert_eq!(found, ["z"]);
        let denied = ["closed", "listed/one", "listed/two", "secret"].map(|name| SkippedEntry {
            path: at(name).display().to_string(),
            reason: SkipReason::PermissionDenied,
        });
        assert_eq!(skipped, denied);
    }
    assert_eq!(filtered, (vec!["z".to_owned()], vec![]));
}
