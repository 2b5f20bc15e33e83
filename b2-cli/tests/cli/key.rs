//! `b2 key`, and the limits of keys.

use crate::env::{TestEnv, failed, succeeded};

#[test]
fn a_key_is_created_listed_used_and_deleted() {
    let env = TestEnv::with_bucket();
    let printed = env.ok(&[
        "key",
        "create",
        "reader",
        "listBuckets,listFiles,readFiles",
        "--bucket",
        "my-photos",
        "--name-prefix",
        "a/",
    ]);
    let (id, key) = printed.trim().split_once(' ').unwrap();
    assert_eq!(env.ok(&["key", "list"]), format!("{id}   {:<20}\n", "reader"));
    let long = env.ok(&["key", "list", "--long"]);
    assert!(long.contains("my-photos") && long.contains("'a/'"), "{long}");

    let with_key = |arguments: &[&str]| {
        let mut command = env.b2(arguments);
        command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key);
        command.output().unwrap()
    };
    succeeded(&with_key(&["ls", "b2://my-photos/a/"]));
    env.write("x", "x");
    let error = failed(&with_key(&["file", "upload", "my-photos", "x", "a/x"]), 1);
    assert!(error.contains("writeFiles"), "{error}");
    assert_eq!(env.requests("b2_get_upload_url"), 0);
    let error = failed(&with_key(&["ls", "b2://others"]), 1);
    assert!(error.contains("my-photos"), "{error}");

    assert_eq!(env.ok(&["key", "delete", id]).trim(), id);
    let error = failed(&with_key(&["ls", "b2://my-photos/a/"]), 1);
    assert!(error.contains("key"), "{error}");
}

#[test]
fn all_capabilities_exclude_a_list_of_them() {
    let env = TestEnv::new();
    env.ok(&["key", "create", "everything", "--all-capabilities"]);
    failed(&env.b2(&["key", "create", "nothing"]).output().unwrap(), 2);
}
