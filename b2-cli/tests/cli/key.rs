//! `b2 key`, and what a key may not do.

use crate::world::{World, failed, succeeded};

#[test]
fn a_key_is_made_listed_used_and_deleted() {
    let world = World::with_bucket();
    let printed = world.ok(&[
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
    assert_eq!(world.ok(&["key", "list"]), format!("{id}   {:<20}\n", "reader"));
    let long = world.ok(&["key", "list", "--long"]);
    assert!(long.contains("my-photos") && long.contains("'a/'"), "{long}");

    let with_key = |arguments: &[&str]| {
        let mut command = world.b2(arguments);
        command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key);
        command.output().unwrap()
    };
    succeeded(&with_key(&["ls", "b2://my-photos/a/"]));
    world.write("x", "x");
    let error = failed(&with_key(&["file", "upload", "my-photos", "x", "a/x"]), 1);
    assert!(error.contains("writeFiles"), "{error}");
    assert_eq!(world.requests("b2_get_upload_url"), 0);
    let error = failed(&with_key(&["ls", "b2://others"]), 1);
    assert!(error.contains("my-photos"), "{error}");

    assert_eq!(world.ok(&["key", "delete", id]).trim(), id);
    let error = failed(&with_key(&["ls", "b2://my-photos/a/"]), 1);
    assert!(error.contains("key"), "{error}");
}

#[test]
fn all_capabilities_exclude_a_list_of_them() {
    let world = World::new();
    world.ok(&["key", "create", "everything", "--all-capabilities"]);
    failed(&world.b2(&["key", "create", "nothing"]).output().unwrap(), 2);
}
