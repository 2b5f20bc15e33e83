//! `b2 bucket` and `b2 ls` without a bucket.

use crate::world::{World, failed};

#[test]
fn a_bucket_comes_changes_and_goes() {
    let world = World::new();
    let id = world.ok(&[
        "bucket",
        "create",
        "my-photos",
        "allPrivate",
        "--lifecycle-rule",
        r#"{"fileNamePrefix": "tmp/", "daysFromHidingToDeleting": 1}"#,
    ]);
    let id = id.trim();
    let line = format!("{id}  allPrivate  my-photos\n");
    assert_eq!(world.ok(&["bucket", "list"]), line);
    assert_eq!(world.ok(&["ls"]), line);
    let updated = world.json(&["bucket", "update", "b2://my-photos", "allPublic"]);
    assert_eq!(updated["bucketType"], "allPublic");
    assert_eq!(updated["lifecycleRules"][0]["fileNamePrefix"], "tmp/");
    world.write("a", "12345");
    world.ok(&["file", "upload", "my-photos", "a", "a"]);
    let got = world.json(&["bucket", "get", "my-photos", "--show-size"]);
    assert_eq!((&got["fileCount"], &got["totalSize"]), (&1.into(), &5.into()));
    assert_eq!(world.json(&["--json", "bucket", "list"])[0]["bucketName"], "my-photos");

    let full = world.fails(&["bucket", "delete", "my-photos"]);
    assert!(full.contains("b2 rm --versions --recursive"), "{full}");
    world.ok(&["rm", "--versions", "-r", "b2://my-photos"]);
    world.ok(&["bucket", "delete", "my-photos"]);
    assert_eq!(world.ok(&["bucket", "list"]), "");
    assert_eq!(world.ok(&["bucket", "list", "--json"]), "[]\n");
}

#[test]
fn a_token_downloads_what_it_is_for() {
    let world = World::with_bucket();
    let token = world.ok(&["bucket", "get-download-auth", "my-photos", "--prefix", "a/"]);
    assert!(!token.trim().is_empty());
}

#[test]
fn the_encryption_mode_none_is_refused() {
    let world = World::with_bucket();
    world.write("a", "a");
    let create = ["bucket", "create", "my-logs", "allPrivate"];
    let update = ["bucket", "update", "my-photos"];
    let upload = ["file", "upload", "my-photos", "a", "a"];
    for (command, flag) in [
        (&create[..], "--default-server-side-encryption"),
        (&update[..], "--default-server-side-encryption"),
        (&upload[..], "--destination-server-side-encryption"),
    ] {
        let output = world.b2(&[command, &[flag, "none"]].concat()).output().unwrap();
        let error = failed(&output, 2);
        assert!(error.contains("'none'") && error.contains("SSE-B2"), "{error}");
    }
    let json = world.json(&[&update[..], &["--default-server-side-encryption", "SSE-B2"]].concat());
    assert_eq!(json["defaultServerSideEncryption"]["mode"], "SSE-B2");
}

#[test]
fn a_bucket_name_may_contain_dots() {
    let world = World::new();
    world.write("a", "a");
    world.ok(&["bucket", "create", "my.photos.2026", "allPrivate"]);
    world.ok(&["file", "upload", "my.photos.2026", "a", "b.c/a"]);
    assert_eq!(world.ok(&["ls", "-r", "b2://my.photos.2026"]), "b.c/a\n");
    world.ok(&["file", "download", "b2://my.photos.2026/b.c/a", "copy"]);
    assert_eq!(world.read("copy"), b"a");
}
