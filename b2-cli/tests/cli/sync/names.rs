//! Names that are awkward for shells, file systems and other tools, and entries that B2 cannot store. On Linux, whose file
//! systems distinguish all of them.

use std::collections::BTreeSet;

use super::*;

/// The length of the longest name at B2, in bytes.
const LONGEST: usize = 1_024;

/// Returns names that B2 and Linux store. No name is the folder of another one.
fn awkward() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = (b' '..=b'~')
        .map(char::from)
        .filter(|c| !matches!(c, '/' | '\\'))
        .map(|c| format!("ascii/{c}start/mid{c}dle/end{c}/{c}"))
        // `.` itself is no name of a file.
        .map(|name| name.replace("/./", "/._/").replace("end./.", "end./.x"))
        .collect();
    let more = [
        "..a",
        "a..",
        "...",
        "a/..b/c",
        ".hidden",
        "-rf",
        "--help",
        " ",
        " start",
        "end ",
        "end.",
        "CON",
        "aux.txt",
        "nul/x",
        "COM1 ",
        "%41",
        "%2F%2e%2e",
        "+",
        "a+b c",
        "?#&=;",
        "b2:x",
        "b2id:/x",
        "~",
        "$HOME",
        "`id`",
        "*",
        "{a,b}",
        "😀",
        "\u{202e}txt.exe",
        "\u{feff}",
        "\u{a0}",
        "\u{2028}",
        "Ａ",
        "～",
    ];
    names.extend(more.map(str::to_owned));
    names.insert("é".repeat(125));
    names
}

/// Returns names that some file systems do not distinguish.
const TWINS: [&str; 8] = [
    "twins/caf\u{e9}",
    "twins/cafe\u{301}",
    "twins/\u{e9}/x",
    "twins/e\u{301}/x",
    "twins/Case",
    "twins/case",
    "twins/stra\u{df}e",
    "twins/STRASSE",
];

/// Returns a name of this length, of segments that B2 takes.
fn long(len: usize) -> String {
    let mut name = format!("{0}/{0}/{0}/{0}/", "p".repeat(250));
    name.extend(std::iter::repeat_n('f', len - name.len()));
    name
}

/// Writes files whose contents tell them apart.
fn write_all<'a>(env: &TestEnv, names: impl IntoIterator<Item = &'a str>) {
    for name in names {
        write_at(env, &format!("in/{name}"), format!("the file {name}"), THEN);
    }
}

/// Runs `b2 sync` twice: the second run has nothing to do.
fn twice(env: &TestEnv, arguments: &[&str], files: usize) {
    assert_eq!(sync(env, arguments).len(), files, "{arguments:?}");
    let again = summary(env, arguments);
    let done = ["uploaded", "downloaded", "copied", "deleted", "hidden", "skipped", "failed"];
    for what in done {
        assert_eq!(again[what], 0, "{arguments:?}: {again}");
    }
    assert_eq!(again["compared"], files, "{arguments:?}");
}

#[test]
fn awkward_names_go_up_down_and_across() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    let mut names = awkward();
    names.extend(TWINS.map(str::to_owned));
    write_all(&env, names.iter().map(String::as_str));
    let original = tree(&env, "in");
    assert_eq!(original.len(), names.len());

    twice(&env, &["--delete", "in", "b2://my-photos/from"], names.len());
    let listed = env.json(&["ls", "-r", "--json", "b2://my-photos/from"]);
    let listed: BTreeSet<_> = listed.as_array().unwrap().iter().map(name_of).collect();
    assert_eq!(listed, names.iter().map(|name| format!("from/{name}")).collect());

    for (from, to, out) in [
        ("b2://my-photos/from", "b2://my-photos/to", "out-same"),
        ("b2://my-photos/from", "b2://my-backup", "out-other"),
    ] {
        twice(&env, &["--delete", from, to], names.len());
        twice(&env, &["--delete", to, out], names.len());
        assert_eq!(tree(&env, out), original, "{to}");
    }
    // Over what is there already.
    assert!(sync(&env, &["--delete", "b2://my-photos/from", "in"]).is_empty());
}

fn name_of(file: &Value) -> String {
    file["fileName"].as_str().unwrap().to_owned()
}

#[test]
fn the_longest_name_fits_and_a_longer_one_fails_alone() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    let name = long(LONGEST);
    write_all(&env, [&*name, "short"]);
    twice(&env, &["in", "b2://my-photos"], 2);
    twice(&env, &["b2://my-photos", "b2://my-backup"], 2);
    twice(&env, &["b2://my-backup", "out"], 2);
    assert_eq!(tree(&env, "out"), tree(&env, "in"));

    // In a folder of a bucket, the name is too long.
    for (from, to) in [("in", "b2://my-photos/x"), ("b2://my-backup", "b2://my-photos/y")] {
        let (lines, errors) = fails(&env, &[from, to]);
        assert!(lines.len() == 1 && lines[0].ends_with(" short"), "{lines:?}");
        assert!(errors.contains("1026 bytes") && errors.contains("1 file failed"), "{errors}");
    }
    // B2 does not take it at all.
    write_all(&env, [&*long(LONGEST + 1)]);
    let (lines, errors) = fails(&env, &["in", "b2://my-photos"]);
    assert!(lines.is_empty() && errors.contains("1025 bytes"), "{errors}");
}

/// Creates files and folders with names that are not UTF-8 or not valid at B2.
fn write_unstorable(env: &TestEnv, folder: &str) -> usize {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let segment = "s".repeat(251);
    let names: [&[u8]; 7] = [
        b"latin-\xe9",
        b"euc-\xb8\xc0/below",
        b"back\\slash",
        b"folder\\/below",
        b"line\nbreak",
        b"del\x7f",
        segment.as_bytes(),
    ];
    for name in names {
        let path = env.path(folder).join(OsStr::from_bytes(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "1").unwrap();
    }
    names.len()
}

#[test]
fn what_b2_cannot_store_fails_alone() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/z/b", "1");
    put_at(&env, "gone", "1", THEN);
    let unstorable = write_unstorable(&env, "in");
    // All files were seen, so the others are removed.
    let delete = ["--delete", "--max-delete", "100%", "in", "b2://my-photos"];
    let (lines, errors) = fails(&env, &delete);
    assert_eq!(lines, ["delete gone", "upload a", "upload z/b"]);
    assert_eq!(errors.matches(": left out: ").count(), unstorable, "{errors}");
    assert!(errors.contains(&format!("{unstorable} files failed")), "{errors}");
    assert!(errors.contains("latin-\\xE9") && errors.contains("line\\nbreak"), "{errors}");
    // A run with nothing to do fails too, since these files are not at B2.
    let (lines, _) = fails(&env, &delete);
    assert!(lines.is_empty());
}

#[test]
fn what_b2_cannot_store_stays_in_a_local_destination() {
    let env = TestEnv::with_bucket();
    put_at(&env, "a", "1", THEN);
    let unstorable = write_unstorable(&env, "out");
    let output = env.b2(&["sync", "--delete", "b2://my-photos", "out"]).output().unwrap();
    assert_eq!(succeeded(&output), "dnload a\n");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.matches(": left out: ").count(), unstorable, "{errors}");
    assert_eq!(tree(&env, "out").len(), unstorable + 1);
}

#[test]
fn links_and_pipes_do_not_end_a_synchronization() {
    use std::os::unix::fs::symlink;

    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/sub/b", "2");
    env.write("outside/c", "3");
    symlink("..", env.path("in/sub/loop")).unwrap();
    symlink("self", env.path("in/self")).unwrap();
    symlink("../outside", env.path("in/away")).unwrap();
    symlink("../outside/c", env.path("in/file")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(env.path("in/pipe")).status().unwrap();
    assert!(made.success());
    let (lines, errors) = fails(&env, &["in", "b2://my-photos"]);
    assert_eq!(lines, ["upload a", "upload away/c", "upload file", "upload sub/b"]);
    for name in ["in/pipe", "in/self", "in/sub/loop"] {
        assert_eq!(errors.matches(&format!("{name}: left out")).count(), 1, "{errors}");
    }
    // Only the link that leads nowhere is a failure.
    assert!(errors.contains("1 file failed"), "{errors}");
    std::fs::remove_file(env.path("in/self")).unwrap();
    assert!(sync(&env, &["in", "b2://my-photos"]).is_empty());

    // No link is written through, and what it hides fails alone.
    put_at(&env, "good", "4", THEN);
    let (lines, errors) = fails(&env, &["--replace-newer", "b2://my-photos", "in"]);
    assert_eq!(lines, ["dnload good"]);
    assert!(
        errors.contains("in/away is a link") && errors.contains("in/file is a link"),
        "{errors}"
    );
    assert_eq!(
        (env.names("outside"), env.read("outside/c")),
        (vec!["c".to_owned()], b"3".to_vec())
    );
}

/// The superuser may read everything, so the command runs as another user if root runs the tests.
#[test]
fn what_may_not_be_read_fails_alone_and_nothing_is_removed() {
    use std::os::unix::fs::PermissionsExt;

    let env = TestEnv::with_bucket();
    for name in ["a", "closed/b", "open/c", "open/secret"] {
        env.write(&format!("in/{name}"), "1");
    }
    put_at(&env, "gone", "1", THEN);
    let limit = |name: &str, mode| {
        std::fs::set_permissions(env.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    limit("", 0o755);
    limit("in/closed", 0);
    limit("in/open/secret", 0);
    let arguments = ["sync", "--delete", "in", "b2://my-photos"];
    let output = env.unprivileged(&arguments).output().unwrap();
    limit("in/closed", 0o755);
    let errors = failed(&output, 1);
    assert_eq!(lines(&String::from_utf8(output.stdout).unwrap()), ["upload a", "upload open/c"]);
    for name in ["in/closed", "in/open/secret"] {
        assert!(errors.contains(&format!("{name}: left out: may not be read")), "{errors}");
    }
    assert!(errors.contains("2 files failed, 1 removals were not done"), "{errors}");
    assert_eq!(listed(&env), ["a", "gone", "open/c"]);
}

#[test]
fn a_name_that_is_a_file_and_a_folder_is_one_of_both_locally() {
    let env = TestEnv::with_bucket();
    let names = ["a", "a/b", "a/c/d", "z"];
    for name in names {
        put_at(&env, name, "1", THEN);
    }
    let (lines, errors) = fails(&env, &["--threads", "1", "b2://my-photos", "out"]);
    assert_eq!(lines, ["dnload a/b", "dnload a/c/d", "dnload z"]);
    assert!(errors.contains("a: there is also a folder with this name"), "{errors}");
    assert!(errors.contains("1 file failed"), "{errors}");
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    twice(&env, &["b2://my-photos", "b2://my-backup"], names.len());
}

#[test]
fn names_that_differ_in_normalization_are_different_files() {
    let env = TestEnv::with_bucket();
    write_all(&env, ["cafe\u{301}/e\u{301}", "plain"]);
    for name in ["caf\u{e9}/\u{e9}", "plain"] {
        put_at(&env, name, "composed", THEN);
    }
    let (composed, decomposed) = ("caf\u{e9}/\u{e9}", "cafe\u{301}/e\u{301}");
    let up = ["--compare-versions", "none", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &up).len(), 1);
    assert_eq!(listed(&env), [decomposed, composed, "plain"]);
    // Both stay separate, and neither has taken the place of the other.
    twice(&env, &["b2://my-photos", "out"], 3);
    assert_eq!(env.read(&format!("out/{composed}")), b"composed");
    assert_eq!(env.read(&format!("out/{decomposed}")), env.read(&format!("in/{decomposed}")));
    // What is removed has exactly the name that the source does not have.
    let delete = ["--delete", "--compare-versions", "none", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &delete).len(), 1);
    assert_eq!(listed(&env), [decomposed, "plain"]);
}
