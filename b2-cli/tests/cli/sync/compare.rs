//! How files are compared.

use super::*;

#[test]
fn a_newer_destination_fails_is_skipped_or_replaced() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "older", THEN);
    put_at(&env, "a", "newer!", THEN + 100);
    let (lines, errors) = fails(&env, &["in", "b2://my-photos"]);
    assert!(lines.is_empty() && errors.contains("--replace-newer"), "{errors}");
    assert!(sync(&env, &["--skip-newer", "in", "b2://my-photos"]).is_empty());
    assert_eq!(sync(&env, &["--replace-newer", "in", "b2://my-photos"]), ["upload a"]);
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/a"]), "older");
}

#[test]
fn files_are_compared_by_time_size_sha1_or_not_at_all() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/same", "1234", THEN);
    write_at(&env, "in/content", "1234", THEN);
    write_at(&env, "in/size", "12345", THEN);
    sync(&env, &["in", "b2://my-photos"]);
    write_at(&env, "in/same", "1234", THEN + 2);
    write_at(&env, "in/content", "5678", THEN + 2);
    write_at(&env, "in/size", "123456", THEN + 2);
    let uploads = |options: &[&str]| {
        sync(&env, &[options, &["--dry-run", "in", "b2://my-photos"]].concat())
            .iter()
            .map(|line| line.trim_start_matches("upload ").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(uploads(&[]), ["content", "same", "size"]);
    assert_eq!(uploads(&["--compare-versions", "modTime"]), ["content", "same", "size"]);
    assert_eq!(uploads(&["--compare-versions", "size"]), ["size"]);
    assert_eq!(uploads(&["--compare-versions", "sha1"]), ["content", "size"]);
    assert!(uploads(&["--compare-versions", "none"]).is_empty());
    // With equal times, the sizes decide.
    assert_eq!(uploads(&["--compare-threshold", "2000"]), ["size"]);
    assert_eq!(uploads(&["--compare-threshold", "1999"]).len(), 3);
    assert!(uploads(&["--compare-versions", "size", "--compare-threshold", "1"]).is_empty());
}
