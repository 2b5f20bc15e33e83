//! Names from a server lead to no place outside the folder that is downloaded to.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use b2_proto::time::Timestamp;
use serde_json::Value;

use crate::world::{World, failed};

fn put(world: &World, name: &str) {
    let now = Timestamp::from_millis(1_700_000_000_000);
    world.server.with(|service| service.put_file(now, "my-photos", name, "sent")).unwrap();
}

#[test]
fn no_link_in_the_destination_is_followed() {
    let world = World::with_bucket();
    for name in ["a", "file", "folder/x", "folder/new/", "lost", "pipe", "sub/deep/x", "sub/good"] {
        put(&world, name);
    }
    world.write("outside/old", "old");
    world.write("out/sub/good", "old");
    symlink("../outside", world.path("out/folder")).unwrap();
    symlink("../../outside", world.path("out/sub/deep")).unwrap();
    symlink("../outside/old", world.path("out/file")).unwrap();
    symlink("../outside/lost", world.path("out/lost")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(world.path("out/pipe")).status().unwrap();
    assert!(made.success());
    let arguments = ["--json", "file", "download", "-r", "b2://my-photos", "out"];
    let output = world.b2(&arguments).output().unwrap();
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &6.into()), "{errors}");
    for link in ["out/file", "out/folder", "out/lost", "out/sub/deep"] {
        assert!(errors.contains(&format!("{link} is a link")), "{link}: {errors}");
    }
    assert!(errors.contains("out/pipe is no regular file"), "{errors}");
    assert_eq!(world.names("outside"), ["old"]);
    assert_eq!(world.read("outside/old"), b"old");
    assert_eq!(world.read("out/sub/good"), b"sent");

    // The folder itself may be a link: its user said so.
    symlink("outside", world.path("link")).unwrap();
    world.ok(&["file", "download", "-r", "b2://my-photos/sub", "link"]);
    assert_eq!(world.names("outside"), ["deep", "good", "old"]);
}

#[test]
fn a_file_where_a_folder_is_to_be_made_is_called_so() {
    let world = World::with_bucket();
    put(&world, "a");
    world.write("file", "old");
    for local in ["file", "file/below"] {
        let error = world.fails(&["file", "download", "-r", "b2://my-photos", local]);
        assert!(error.contains("not a folder") && error.contains("another path"), "{error}");
    }
    let error = world.fails(&["file", "download", "b2://my-photos/a", "file/"]);
    assert!(error.contains("not a folder"), "{error}");
    assert_eq!(world.read("file"), b"old");
    // Standard output takes not a folder.
    let output = world.b2(&["file", "download", "-r", "b2://my-photos", "-"]).output().unwrap();
    assert!(failed(&output, 2).contains("cannot receive a folder"));
    assert!(!world.path("-").exists());
}
