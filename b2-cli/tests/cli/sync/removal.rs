//! What happens to files and versions that the source does not have.

use super::*;

/// A bucket with a file that the folder does not have, and one with an old version.
fn prepared() -> TestEnv {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "1", THEN + 10);
    write_at(&env, "in/b", "1", THEN);
    put_at(&env, "a", "0", THEN);
    put_at(&env, "b", "1", THEN);
    put_at(&env, "gone", "2", THEN);
    env
}

fn versions(env: &TestEnv) -> usize {
    env.ok(&["ls", "-r", "--versions", "b2://my-photos"]).lines().count()
}

#[test]
fn nothing_is_removed_by_default() {
    let env = prepared();
    assert_eq!(sync(&env, &["in", "b2://my-photos"]), ["upload a"]);
    assert_eq!((listed(&env).len(), versions(&env)), (3, 4));
}

#[test]
fn files_and_old_versions_are_deleted() {
    let env = prepared();
    assert_eq!(
        sync(&env, &["--delete", "in", "b2://my-photos"]),
        ["delete a (old version)", "delete gone", "upload a"]
    );
    assert_eq!((listed(&env).len(), versions(&env)), (2, 2));
}

#[test]
fn versions_are_kept_for_days() {
    let env = prepared();
    assert_eq!(
        sync(&env, &["--keep-days", "1", "in", "b2://my-photos"]),
        ["hide   gone", "upload a"]
    );
    assert_eq!(listed(&env), ["a", "b"]);
    assert_eq!(versions(&env), 5);
    // 0 days means that nothing is removed.
    put_at(&env, "more", "1", THEN);
    assert!(sync(&env, &["--keep-days", "0", "in", "b2://my-photos"]).is_empty());
}

#[test]
fn a_number_of_versions_is_kept() {
    let env = prepared();
    for seconds in [1, 2, 3] {
        put_at(&env, "b", "0", THEN + seconds);
    }
    write_at(&env, "in/b", "0", THEN + 3);
    let lines = sync(&env, &["--keep-versions", "2", "in", "b2://my-photos"]);
    assert!(lines.contains(&"hide   gone".to_owned()), "{lines:?}");
    assert!(lines.contains(&"delete b (old version)".to_owned()), "{lines:?}");
}

#[test]
fn too_many_removals_are_refused() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    for name in ["1", "2", "3"] {
        put_at(&env, name, "1", THEN);
    }
    for options in [&["--delete"][..], &["--delete", "--max-delete", "2"]] {
        let (_, errors) = fails(&env, &[options, &["in", "b2://my-photos"]].concat());
        assert!(errors.contains("--max-delete") && errors.contains("3 removals"), "{errors}");
        assert_eq!(listed(&env).len(), 4);
    }
    let lines = sync(&env, &["--delete", "--max-delete", "3", "in", "b2://my-photos"]);
    assert_eq!(lines, ["delete 1", "delete 2", "delete 3"]);
}

#[test]
fn an_empty_source_is_refused() {
    let env = TestEnv::with_bucket();
    std::fs::create_dir(env.path("in")).unwrap();
    put_at(&env, "a", "1", THEN);
    let (_, errors) = fails(&env, &["--delete", "in", "b2://my-photos"]);
    assert!(errors.contains("--allow-empty-source"), "{errors}");
    assert_eq!(listed(&env), ["a"]);
    let allowed =
        ["--delete", "--allow-empty-source", "--max-delete", "100%", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &allowed), ["delete a"]);
}

#[test]
fn an_empty_bucket_is_refused_only_where_everything_would_be_removed() {
    let env = TestEnv::with_bucket();
    env.write("out/a", "1");
    assert!(sync(&env, &["b2://my-photos", "out"]).is_empty());
    let (_, errors) = fails(&env, &["--delete", "b2://my-photos", "out"]);
    assert!(errors.contains("--allow-empty-source"), "{errors}");
    assert!(env.path("out/a").exists());
    let allowed =
        ["--delete", "--allow-empty-source", "--max-delete", "100%", "b2://my-photos", "out"];
    assert_eq!(sync(&env, &allowed), ["delete a"]);
}
