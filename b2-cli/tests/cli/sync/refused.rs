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
fn combinations_of_options_that_contradict_each_other_are_refused() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("names", "a\0");
    env.write("part", "{}");
    let (up, down) = (["in", "b2://my-photos"], ["b2://my-photos", "out"]);
    let from_names = ["--files-from0", "names"];
    let sha1 = ["--compare-versions", "sha1"];
    for (one, other, folders, why) in [
        (&["--delete"][..], &["--keep-versions", "3"][..], &up, "cannot be used with"),
        (&["--keep-days", "3"], &["--keep-versions", "3"], &up, "cannot be used with"),
        (&["--keep-days", "0"], &["--max-delete", "3"], &up, "--max-delete needs --delete"),
        (&["--keep-days", "0"], &["--track-renames"], &up, "renames"),
        (&["--keep-versions", "0"], &[], &up, "0 is not in"),
        (&["--threads", "3"], &["--upload-threads", "3"], &up, "cannot be used with"),
        (&["--threads", "3"], &["--download-threads", "3"], &down, "cannot be used with"),
        (&sha1, &["--compare-threshold", "1"], &up, "threshold"),
        (&from_names, &["--delete"], &up, "nothing can be removed"),
        (&from_names, &["--keep-days", "3"], &up, "nothing can be removed"),
        (&from_names, &["--track-renames", "--delete"], &up, "nothing can be removed"),
        (&from_names, &["--shards", "3"], &up, "cannot be used with"),
        (&from_names, &["--shard", "part", "--index", "0"], &up, "cannot be used with"),
        (&["--shards", "3"], &["--shard", "part", "--index", "0"], &up, "cannot be used with"),
        (&["--shards", "3"], &["--dry-run"], &up, "cannot be used with"),
        (&["--shards", "3"], &["--explain"], &up, "cannot be used with"),
        (&["--shards", "0"], &[], &up, "zero"),
        (&["--no-traverse"], &["--keep-versions", "3"], &up, "nothing can be removed"),
        (&["--requests-per-second", "0"], &[], &up, "0 is not in"),
    ] {
        refused(&env, &[one, other, &folders[..]].concat(), why);
    }
    let many = ["in", "b2://my-photos", "out"];
    refused(&env, &many, "unexpected argument 'out'");
    refused(&env, &["--unknown", "in", "b2://my-photos"], "unexpected argument '--unknown'");
    assert!(!env.path("out").exists());
}

#[test]
fn a_key_without_a_capability_is_refused_before_anything_is_done() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
    write_at(&env, "in/a", "1", THEN);
    put_at(&env, "b", "1", THEN);
    put_at(&env, "c", "1", THEN);
    env.write("backup", "1");
    env.ok(&["file", "upload", "my-backup", "backup", "old"]);
    let all = ["listBuckets", "listFiles", "readFiles", "writeFiles", "deleteFiles"];
    let with = |capabilities: &[&str], arguments: &[&str]| {
        let made = env.ok(&["key", "create", "k", &capabilities.join(",")]);
        let (id, key) = made.trim().split_once(' ').unwrap();
        let mut command = env.b2(&[&["sync"], arguments].concat());
        command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key).output().unwrap()
    };
    let (up, down) = (["in", "b2://my-photos"], ["b2://my-photos", "out"]);
    let copy = ["b2://my-photos", "b2://my-backup"];
    let delete = ["--delete", "--max-delete", "100%"];
    for (options, folders, needs) in [
        (&[][..], up, &["listFiles", "writeFiles"][..]),
        (&delete, up, &["listFiles", "writeFiles", "deleteFiles"]),
        (&["--keep-days", "3"], up, &["listFiles", "writeFiles", "deleteFiles"]),
        (&["--keep-versions", "3"], up, &["listFiles", "writeFiles", "deleteFiles"]),
        (&["--dry-run", "--delete"], up, &["listFiles"]),
        (&["--no-traverse"], up, &["listFiles", "writeFiles"]),
        (&[], down, &["listFiles", "readFiles"]),
        (&delete, down, &["listFiles", "readFiles"]),
        (&[], copy, &["listFiles", "readFiles", "writeFiles"]),
        (&delete, copy, &["listFiles", "readFiles", "writeFiles", "deleteFiles"]),
    ] {
        let arguments = [options, &folders[..]].concat();
        let sent = |env: &TestEnv| {
            let is_work = |operation: &str| {
                ["list_file", "upload", "download", "copy", "hide", "delete_file"]
                    .iter()
                    .any(|part| operation.contains(part))
            };
            let service = |service: &mut b2_sim::Service| {
                service.log().filter(|exchange| is_work(&exchange.operation)).count()
            };
            env.server.with(service)
        };
        let before = sent(&env);
        for missing in needs {
            let others: Vec<_> = all.iter().copied().filter(|has| has != missing).collect();
            let errors = failed(&with(&others, &arguments), 1);
            assert!(errors.contains(missing), "{arguments:?} {missing}: {errors}");
            assert_eq!(sent(&env), before, "{arguments:?} {missing}");
            assert!(!env.path("out").exists(), "{arguments:?} {missing}");
        }
        // The others are not needed.
        let enough = [&["listBuckets"], needs].concat();
        succeeded(&with(&enough, &arguments));
        let _ = std::fs::remove_dir_all(env.path("out"));
    }
}
