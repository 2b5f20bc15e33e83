//! Which files are looked at.

use super::*;

fn tree() -> TestEnv {
    let env = TestEnv::with_bucket();
    for name in ["a.tmp", "b.txt", "keep.tmp", "skip/c.txt", "skip2/d.txt"] {
        write_at(&env, &format!("in/{name}"), "1", THEN);
    }
    write_at(&env, "in/late.txt", "1", THEN + 1_000);
    env
}

#[test]
fn regular_expressions_leave_out_files_and_folders() {
    let env = tree();
    let uploads = |options: &[&str]| {
        let lines = sync(&env, &[options, &["--dry-run", "in", "b2://my-photos"]].concat());
        lines.iter().map(|line| line.trim_start_matches("upload ").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        uploads(&["--exclude-regex", r".*\.tmp$", "--exclude-dir-regex", "skip$"]),
        ["b.txt", "late.txt", "skip2/d.txt"]
    );
    assert_eq!(
        uploads(&[
            "--exclude-regex",
            r".*\.tmp",
            "--include-regex",
            "keep",
            "--exclude-dir-regex",
            "skip"
        ]),
        ["b.txt", "keep.tmp", "late.txt"]
    );
    let none = ["--exclude-regex", "b", "--exclude-regex", "[^b]", "in", "b2://my-photos"];
    assert!(fails(&env, &none).1.contains("--allow-empty-source"));
}

#[test]
fn what_is_left_out_is_not_deleted_from_the_destination() {
    let env = tree();
    sync(&env, &["in", "b2://my-photos"]);
    std::fs::remove_file(env.path("in/b.txt")).unwrap();
    let arguments = ["--delete", "--exclude-regex", r".*\.tmp", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &arguments), ["delete b.txt"]);
    assert!(listed(&env).contains(&"a.tmp".to_owned()));
}

#[test]
fn times_leave_out_files() {
    let env = tree();
    let time = (THEN + 500).to_string();
    let arguments = ["--exclude-if-modified-after", &time, "in", "b2://my-photos"];
    let lines = sync(&env, &arguments);
    assert!(lines.len() == 5 && !lines.contains(&"upload late.txt".to_owned()), "{lines:?}");
    put_at(&env, "x", "1", THEN);
    let arguments = ["--exclude-if-uploaded-after", &time, "b2://my-photos", "out"];
    assert_eq!(sync(&env, &arguments), ["dnload x"]);
}

#[test]
fn a_list_of_names_is_synchronized() {
    let env = tree();
    env.write("names", "b.txt\0skip/c.txt\0");
    let up = ["--files-from0", "names", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &up), ["upload b.txt", "upload skip/c.txt"]);
    let down = env.b2(&["sync", "--files-from0", "-", "b2://my-photos", "out"]);
    let output = crate::env::run_with_input(down, b"b.txt\0");
    assert_eq!(succeeded(&output), "dnload b.txt\n");
}

#[test]
fn a_name_that_the_source_does_not_have_fails_alone() {
    let env = tree();
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    sync(&env, &["in/skip", "b2://my-photos/skip"]);
    // A folder, a file in place of a folder, and what does not exist.
    env.write("names", "skip/c.txt\0skip\0skip/c.txt/d\0skip/missing\0missing/x\0");
    let (up, down) = (["in", "b2://my-photos/up"], ["b2://my-photos", "out"]);
    for folders in [up, down, ["b2://my-photos", "b2://my-backup"]] {
        let (lines, errors) = fails(&env, &[&["--files-from0", "names"], &folders[..]].concat());
        assert!(lines.len() == 1 && lines[0].ends_with(" skip/c.txt"), "{folders:?}: {lines:?}");
        for name in ["skip", "skip/c.txt/d", "skip/missing", "missing/x"] {
            let error = format!("{name}: the source has no file of this name\n");
            assert_eq!(
                errors.matches(&format!("\n{error}")).count()
                    + usize::from(errors.starts_with(&error)),
                1,
                "{folders:?}: {errors}"
            );
        }
        assert!(errors.contains("4 files failed"), "{folders:?}: {errors}");
    }
    // Also where there is none of them; what the rules leave out is no error.
    env.write("none", "missing\0");
    for folders in [up, down] {
        let (_, errors) = fails(&env, &[&["--files-from0", "none"], &folders[..]].concat());
        assert!(errors.contains("missing: the source has no file of this name"), "{errors}");
        assert!(errors.contains("1 file failed") && !errors.contains("empty"), "{errors}");
    }
    assert!(
        sync(
            &env,
            &["--files-from0", "none", "--exclude-regex", "missing", "in", "b2://my-photos"]
        )
        .is_empty()
    );
}
