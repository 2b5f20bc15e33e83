//! `b2 file move`, `b2 file update`, and `b2 file unhide` by an ID.

use crate::env::{TestEnv, failed};

fn upload(env: &TestEnv, content: &[u8], name: &str) -> String {
    env.write("content", content);
    let json = env.json(&["file", "upload", "--json", "my-photos", "content", name]);
    json["fileId"].as_str().unwrap().to_owned()
}

fn names(env: &TestEnv) -> String {
    env.ok(&["ls", "-r", "b2://my-photos"])
}

#[test]
fn a_file_is_moved_with_its_metadata() {
    let env = TestEnv::with_bucket();
    env.ok(&["bucket", "create", "my-archive", "allPrivate"]);
    env.write("a", "hello");
    let upload = ["file", "upload", "my-photos", "a", "a", "--info", "color=red"];
    env.ok(&[&upload[..], &["--content-type", "image/jpeg"]].concat());
    let moved = env.json(&["file", "move", "b2://my-photos/a", "b2://my-archive/b"]);
    assert_eq!((&moved["fileName"], &moved["size"]), (&"b".into(), &5.into()));
    assert_eq!(moved["fileInfo"]["color"], "red");
    assert_eq!(moved["contentType"], "image/jpeg");
    assert_eq!(names(&env), "");
    assert_eq!(env.ok(&["file", "cat", "b2://my-archive/b"]), "hello");
}

#[test]
fn a_large_file_is_moved_in_parts_and_its_source_hidden() {
    let env = TestEnv::with_bucket();
    let bytes: Vec<u8> = (0..250_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    let id = upload(&env, &bytes, "a");
    let uri = format!("b2id://{id}");
    env.ok(&["file", "move", "--hide", "--max-part-size", "100000", &uri, "b2://my-photos/b"]);
    assert!(env.requests("b2_copy_part") >= 2);
    assert_eq!(names(&env), "b\n");
    let stored = env.server.with(|service| service.read_file("my-photos", "b").unwrap());
    assert_eq!(stored, bytes);
    assert_eq!(env.json(&["file", "info", &uri])["fileName"], "a");
    // By the ID of a version of the name.
    env.ok(&["file", "unhide", &uri]);
    assert_eq!(names(&env), "a\nb\n");
}

#[test]
fn a_move_that_cannot_be_done_copies_nothing() {
    let env = TestEnv::with_bucket();
    let id = upload(&env, b"hello", "a");
    for (arguments, why) in [
        (&["b2://my-photos/a", "b2://my-photos/a"][..], "onto itself"),
        (&["b2://my-photos/missing", "b2://my-photos/b"], "missing"),
        (&["b2://my-photos/a", "b2://my-photos//b"], "slash"),
        (&["-r", "b2://my-photos/a", "b2://my-photos/a/b"], "would not end"),
        (&["-r", "b2://my-photos", "b2://my-photos/b"], "would not end"),
        (&["-r", "b2://my-photos/none", "b2://my-photos/b"], "nothing to move"),
    ] {
        let error = env.fails(&[&["file", "move"], arguments].concat());
        assert!(error.contains(why), "{error}");
    }
    let by_id = format!("b2id://{id}");
    for arguments in [
        &["b2://my-photos/a", &by_id][..],
        &["b2://my-photos", "b2://my-photos/b"],
        &["-r", &by_id, "b2://my-photos/b"],
        &["-r", "b2://my-photos/a", "b2://my-archive/b"],
        &["--hide", "--bypass-governance", "b2://my-photos/a", "b2://my-photos/b"],
    ] {
        failed(&env.b2(&[&["file", "move"], arguments].concat()).output().unwrap(), 2);
    }
    assert_eq!(env.requests("b2_copy_file"), 0);
    assert_eq!(names(&env), "a\n");
}

#[test]
fn a_folder_is_moved() {
    let env = TestEnv::with_bucket();
    for name in ["2024/a", "2024/b/c", "2024-other", "z"] {
        upload(&env, name.as_bytes(), name);
    }
    let report =
        env.json(&["file", "move", "--json", "-r", "b2://my-photos/2024", "b2://my-photos/old/24"]);
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &0.into()));
    assert_eq!(names(&env), "2024-other\nold/24/a\nold/24/b/c\nz\n");
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/old/24/b/c"]), "2024/b/c");

    // A name that would be renamed twice is not moved, and the others are.
    for name in ["x/y/y/1", "x/y/2"] {
        upload(&env, b"", name);
    }
    let error = env.fails(&["file", "move", "-r", "b2://my-photos/x/y", "b2://my-photos/x"]);
    assert!(error.contains("x/y/y/1") && error.contains("twice"), "{error}");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos/x"]), "x/2\nx/y/y/1\n");
}

#[test]
fn a_lock_is_changed() {
    let env = TestEnv::new();
    env.ok(&["bucket", "create", "--file-lock-enabled", "my-photos", "allPrivate"]);
    let id = upload(&env, b"hello", "a");
    let by_id = format!("b2id://{id}");
    assert_eq!(env.ok(&["file", "update", "--legal-hold", "on", "b2://my-photos/a"]), "");
    assert_eq!(env.json(&["file", "info", &by_id])["legalHold"], "on");
    let error = env.fails(&["file", "move", &by_id, "b2://my-photos/b"]);
    assert!(error.contains("legal hold"), "{error}");
    assert_eq!(env.requests("b2_copy_file"), 0);
    env.ok(&["file", "update", "--legal-hold", "off", &by_id]);

    let until = ["--file-retention-mode", "governance", "--retain-until", "4102444800"];
    let kept = env.json(&[&["file", "update", "--json"], &until[..], &[&by_id]].concat());
    assert_eq!(kept["fileRetention"]["mode"], "governance");
    let none = ["file", "update", "--file-retention-mode", "none"];
    env.fails(&[&none[..], &[&by_id]].concat());
    let error = env.fails(&["file", "move", &by_id, "b2://my-photos/b"]);
    assert!(error.contains("is still there"), "{error}");
    let moved = ["file", "move", "--bypass-governance", &by_id, "b2://my-photos/b"];
    let copies = env.requests("b2_copy_file");
    env.ok(&moved);
    assert_eq!(env.requests("b2_copy_file"), copies, "the copy was made before");
    assert_eq!(names(&env), "b\n");
}

#[test]
fn an_update_needs_something_to_change() {
    let env = TestEnv::with_bucket();
    for arguments in [
        &["b2://my-photos/a"][..],
        &["--bypass-governance", "b2://my-photos/a"],
        &["--retain-until", "4102444800", "b2://my-photos/a"],
        &["--file-retention-mode", "governance", "b2://my-photos/a"],
        &["--file-retention-mode", "none", "--retain-until", "4102444800", "b2://my-photos/a"],
        &["--file-retention-mode", "forever", "b2://my-photos/a"],
        &["--legal-hold", "on", "my-photos/a"],
    ] {
        failed(&env.b2(&[&["file", "update"], arguments].concat()).output().unwrap(), 2);
    }
    let error = env.fails(&["file", "update", "--legal-hold", "on", "b2://my-photos/a"]);
    assert!(error.contains("File not present: a\n"), "{error}");
}
