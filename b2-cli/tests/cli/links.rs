//! Downloads write nothing outside the destination folder.

#![cfg(unix)]

use std::os::unix::fs::symlink;

use b2_proto::time::Timestamp;
use serde_json::Value;

use crate::env::{TestEnv, failed};

fn put(env: &TestEnv, name: &str) {
    let now = Timestamp::from_millis(1_700_000_000_000);
    env.server.with(|service| service.put_file(now, "my-photos", name, "sent")).unwrap();
}

#[test]
fn no_link_in_the_destination_is_followed() {
    let env = TestEnv::with_bucket();
    for name in ["a", "file", "folder/x", "folder/new/", "lost", "pipe", "sub/deep/x", "sub/good"] {
        put(&env, name);
    }
    env.write("outside/old", "old");
    env.write("out/sub/good", "old");
    symlink("../outside", env.path("out/folder")).unwrap();
    symlink("../../outside", env.path("out/sub/deep")).unwrap();
    symlink("../outside/old", env.path("out/file")).unwrap();
    symlink("../outside/lost", env.path("out/lost")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(env.path("out/pipe")).status().unwrap();
    assert!(made.success());
    let arguments = ["--json", "file", "download", "-r", "b2://my-photos", "out"];
    let output = env.b2(&arguments).output().unwrap();
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &6.into()), "{errors}");
    for link in ["out/file", "out/folder", "out/lost", "out/sub/deep"] {
        assert!(errors.contains(&format!("{link} is a link")), "{link}: {errors}");
    }
    assert!(errors.contains("out/pipe is not a regular file"), "{errors}");
    assert_eq!(env.names("outside"), ["old"]);
    assert_eq!(env.read("outside/old"), b"old");
    assert_eq!(env.read("out/sub/good"), b"sent");

    // The destination itself may be a link.
    symlink("outside", env.path("link")).unwrap();
    env.ok(&["file", "download", "-r", "b2://my-photos/sub", "link"]);
    assert_eq!(env.names("outside"), ["deep", "good", "old"]);
}

#[test]
fn a_file_in_place_of_a_folder_is_reported() {
    let env = TestEnv::with_bucket();
    put(&env, "a");
    env.write("file", "old");
    for local in ["file", "file/below"] {
        let error = env.fails(&["file", "download", "-r", "b2://my-photos", local]);
        assert!(error.contains("not a folder") && error.contains("another path"), "{error}");
    }
    let error = env.fails(&["file", "download", "b2://my-photos/a", "file/"]);
    assert!(error.contains("not a folder"), "{error}");
    assert_eq!(env.read("file"), b"old");
    // A folder cannot be written to standard output.
    let output = env.b2(&["file", "download", "-r", "b2://my-photos", "-"]).output().unwrap();
    assert!(failed(&output, 2).contains("cannot receive a folder"));
    assert!(!env.path("-").exists());
}
