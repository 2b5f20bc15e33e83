//! `b2 bucket` and `b2 ls` without a bucket.

use crate::env::{TestEnv, failed};

#[test]
fn a_bucket_comes_changes_and_goes() {
    let env = TestEnv::new();
    let id = env.ok(&[
        "bucket",
        "create",
        "my-photos",
        "allPrivate",
        "--lifecycle-rule",
        r#"{"fileNamePrefix": "tmp/", "daysFromHidingToDeleting": 1}"#,
    ]);
    let id = id.trim();
    let line = format!("{id}  allPrivate  my-photos\n");
    assert_eq!(env.ok(&["bucket", "list"]), line);
    assert_eq!(env.ok(&["ls"]), line);
    let updated = env.json(&["bucket", "update", "b2://my-photos", "allPublic"]);
    assert_eq!(updated["bucketType"], "allPublic");
    assert_eq!(updated["lifecycleRules"][0]["fileNamePrefix"], "tmp/");
    env.write("a", "12345");
    env.ok(&["file", "upload", "my-photos", "a", "a"]);
    let got = env.json(&["bucket", "get", "my-photos", "--show-size"]);
    assert_eq!((&got["fileCount"], &got["totalSize"]), (&1.into(), &5.into()));
    assert_eq!(env.json(&["--json", "bucket", "list"])[0]["bucketName"], "my-photos");

    let full = env.fails(&["bucket", "delete", "my-photos"]);
    assert!(full.contains("b2 rm --versions --recursive"), "{full}");
    env.ok(&["rm", "--versions", "-r", "b2://my-photos"]);
    env.ok(&["bucket", "delete", "my-photos"]);
    assert_eq!(env.ok(&["bucket", "list"]), "");
    assert_eq!(env.ok(&["bucket", "list", "--json"]), "[]\n");
}

#[test]
fn a_token_downloads_what_it_is_for() {
    let env = TestEnv::with_bucket();
    let token = env.ok(&["bucket", "get-download-auth", "my-photos", "--prefix", "a/"]);
    assert!(!token.trim().is_empty());
}

#[test]
fn the_encryption_mode_none_is_refused() {
    let env = TestEnv::with_bucket();
    env.write("a", "a");
    let create = ["bucket", "create", "my-logs", "allPrivate"];
    let update = ["bucket", "update", "my-photos"];
    let upload = ["file", "upload", "my-photos", "a", "a"];
    for (command, flag) in [
        (&create[..], "--default-server-side-encryption"),
        (&update[..], "--default-server-side-encryption"),
        (&upload[..], "--destination-server-side-encryption"),
    ] {
        let output = env.b2(&[command, &[flag, "none"]].concat()).output().unwrap();
        let error = failed(&output, 2);
        assert!(error.contains("'none'") && error.contains("SSE-B2"), "{error}");
    }
    let json = env.json(&[&update[..], &["--default-server-side-encryption", "SSE-B2"]].concat());
    assert_eq!(json["defaultServerSideEncryption"]["mode"], "SSE-B2");
}

#[test]
fn a_bucket_name_may_contain_dots() {
    let env = TestEnv::new();
    env.write("a", "a");
    env.ok(&["bucket", "create", "my.photos.2026", "allPrivate"]);
    env.ok(&["file", "upload", "my.photos.2026", "a", "b.c/a"]);
    assert_eq!(env.ok(&["ls", "-r", "b2://my.photos.2026"]), "b.c/a\n");
    env.ok(&["file", "download", "b2://my.photos.2026/b.c/a", "copy"]);
    assert_eq!(env.read("copy"), b"a");
}
