//! Between buckets.

use super::*;

#[test]
fn files_are_copied_within_b2() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    put_at(&env, "a", "1", THEN);
    put_at(&env, "sub/b", "2", THEN);
    let copy = ["b2://my-photos", "b2://my-backup/photos"];
    assert_eq!(sync(&env, &copy), ["copy a", "copy sub/b"]);
    // The copies have the times of their sources.
    assert!(sync(&env, &copy).is_empty());
    assert_eq!(env.ok(&["ls", "-r", "b2://my-backup"]), "photos/a\nphotos/sub/b\n");
    assert_eq!(env.requests("b2_download_file_by_id"), 0);
    env.ok(&["rm", "b2://my-photos/a"]);
    let delete = [&["--delete"], &copy[..]].concat();
    assert_eq!(sync(&env, &delete), ["delete a"]);
}

#[test]
fn folders_of_one_bucket_may_be_synchronized() {
    let env = TestEnv::with_bucket();
    put_at(&env, "one/a", "1", THEN);
    assert_eq!(sync(&env, &["b2://my-photos/one", "b2://my-photos/two"]), ["copy a"]);
    assert_eq!(listed(&env), ["one/a", "two/a"]);
}
