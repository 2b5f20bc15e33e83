//! What is refused before anything is sent.

use super::*;

fn refused(env: &TestEnv, arguments: &[&str], why: &str) {
    let before = env.server.with(|service| service.log().count());
    let output = env.b2(&[&["sync"], arguments].concat()).output().unwrap();
    let errors = failed(&output, 2);
    assert!(errors.contains(why), "{arguments:?}: {errors}");
    assert_eq!(env.server.with(|service| service.log().count()), before, "{arguments:?}");
}

#[test]
fn options_that_do_not_apply_are_refused_before_anything_is_sent() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    let (up, down) = (["in", "b2://my-photos"], ["b2://my-photos", "out"]);
    let copy = ["b2://my-photos", "b2://my-backup"];
    for (options, folders, why) in [
        (&["--keep-days", "3"][..], &down, "local destination"),
        (&["--keep-versions", "3"], &down, "local destination"),
        (&["--incremental-mode"], &down, "local source"),
        (&["--incremental-mode"], &copy, "local source"),
        (&["--as-of", "1700000000"], &up, "earlier time"),
        (&["--track-renames", "--delete"], &down, "local folder to a bucket"),
        (&["--track-renames"], &up, "removals"),
        (&["--no-traverse", "--delete"], &up, "nothing can be removed"),
        (&["--no-traverse"], &down, "file by file"),
        (&["--compare-versions", "none", "--compare-threshold", "5"], &up, "threshold"),
        (&["--include-regex", "a"], &up, "include"),
        (&["--exclude-regex", "("], &up, "regex"),
        (&["--exclude-all-symlinks"], &down, "--exclude-all-symlinks needs a local source"),
        (&["--exclude-if-uploaded-after", "1"], &up, "needs a source in a bucket"),
        (&["--source-server-side-encryption", "SSE-C"], &up, "needs a source in a bucket"),
        (
            &["--destination-server-side-encryption", "SSE-B2"],
            &down,
            "needs a destination in a bucket",
        ),
        (&["--download-threads", "3"], &up, "--download-threads needs a download"),
        (&["--upload-threads", "3"], &copy, "--upload-threads needs a local source"),
        (&["--max-download-streams-per-file", "3"], &up, "needs a download"),
        (&["--skip-hash-verification"], &copy, "needs a download"),
        (&["--max-delete", "3"], &up, "--max-delete needs --delete"),
        (&["--threads", "3", "--sync-threads", "3"], &up, "cannot be used with"),
        (&["--threads", "0"], &up, "0 is not in"),
        (&["--skip-newer", "--replace-newer"], &up, "cannot be used with"),
        (&["--delete", "--keep-days", "3"], &up, "cannot be used with"),
        (&["--keep-days", "-3"], &up, ""),
        (&["--compare-versions", "color"], &up, "invalid value"),
        (&["--max-delete", "200%"], &up, "percentage"),
    ] {
        refused(&env, &[options, &folders[..]].concat(), why);
    }
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    for (source, destination, why) in [
        ("in", "out", "must be in a bucket"),
        ("b2://my-photos", "b2://my-photos", "same folder"),
        ("b2://my-photos", "b2://my-photos/sub", "inside the other"),
        ("b2://my-photos/sub/", "b2://my-photos", "inside the other"),
        ("in", "b2://my-photos//x", "'//' not allowed"),
        ("in", "b2:", "give the bucket"),
        ("in", "s3://bucket", "not supported"),
        ("b2id://4_z1", "out", "not supported"),
        ("", "b2://my-photos", "empty"),
    ] {
        refused(&env, &[source, destination], why);
    }
    refused(&env, &["in"], "required");
}

#[test]
fn a_local_source_must_exist_and_is_not_created() {
    let env = TestEnv::with_bucket();
    env.write("file", "1");
    let (_, errors) = fails(&env, &["missing", "b2://my-photos"]);
    assert!(errors.contains("missing"), "{errors}");
    assert!(!env.path("missing").exists());
    let (_, errors) = fails(&env, &["file", "b2://my-photos"]);
    assert!(errors.contains("file is not a folder"), "{errors}");
    let (_, errors) = fails(&env, &["b2://my-photos", "file"]);
    assert!(errors.contains("file is not a folder"), "{errors}");
    assert_eq!(env.read("file"), b"1");
    let (_, errors) = fails(&env, &["--files-from0", "no-list", "file", "b2://my-photos"]);
    assert!(errors.contains("no-list"), "{errors}");
}

#[test]
fn a_key_that_may_not_list_or_delete_is_refused_at_once() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    put_at(&env, "b", "1", THEN);
    let with = |capabilities: &str, arguments: &[&str]| {
        let made = env.ok(&["key", "create", "k", capabilities]);
        let (id, key) = made.trim().split_once(' ').unwrap();
        let mut command = env.b2(&[&["sync"], arguments, &["in", "b2://my-photos"]].concat());
        command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key).output().unwrap()
    };
    let errors = failed(&with("listBuckets,writeFiles", &[]), 1);
    assert!(errors.contains("listFiles"), "{errors}");
    let errors = failed(&with("listBuckets,listFiles,writeFiles", &["--delete"]), 1);
    assert!(errors.contains("deleteFiles"), "{errors}");
    assert_eq!(env.requests("b2_upload_file"), 0);
    succeeded(&with("listBuckets,listFiles,writeFiles", &[]));
}
