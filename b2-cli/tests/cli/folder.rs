//! Uploads and downloads of folders.

use b2_proto::time::Timestamp;
use serde_json::Value;

use crate::env::{TestEnv, failed, succeeded};

fn put(env: &TestEnv, name: &str, bytes: &'static str) {
    let now = Timestamp::from_millis(1_700_000_000_000);
    env.server.with(|service| service.put_file(now, "my-photos", name, bytes)).unwrap();
}

/// Runs a command that must fail, and returns the JSON on its standard output and its standard error.
fn failing_json(env: &TestEnv, arguments: &[&str]) -> (Value, String) {
    let output = env.b2(arguments).output().unwrap();
    let errors = failed(&output, 1);
    (serde_json::from_slice(&output.stdout).unwrap(), errors)
}

#[test]
fn a_folder_is_uploaded_and_downloaded() {
    let env = TestEnv::with_bucket();
    let large: Vec<u8> = (0..350_000_u32).map(|n| (n % 251) as u8).collect();
    env.write("in/a", "1");
    env.write("in/sub/b", "22");
    env.write("in/sub/large", &large);
    env.write("in/empty", "");
    let report = env.json(&["--json", "file", "upload", "-r", "my-photos", "in", "pre"]);
    assert_eq!((&report["files"], &report["failed"]), (&4.into(), &0.into()));
    assert!(env.requests("b2_upload_part") >= 4);
    assert_eq!(
        env.ok(&["ls", "-r", "b2://my-photos"]),
        "pre/a\npre/empty\npre/sub/b\npre/sub/large\n"
    );
    env.ok(&["file", "download", "-r", "b2://my-photos/pre", "out"]);
    assert_eq!(env.read("out/sub/large"), large);
    assert_eq!(env.names("out"), ["a", "empty", "sub"]);
    let time = |name: &str| std::fs::metadata(env.path(name)).unwrap().modified().unwrap();
    let millis = |name: &str| time(name).duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    assert_eq!(millis("in/a"), millis("out/a"));
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/b\\c", "2");
    let error = env.fails(&["file", "upload", "-r", "my-photos", "in"]);
    if cfg!(unix) {
        assert!(error.contains("backslash") && error.contains("1 of 2 files"), "{error}");
        assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a\n");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_entry_that_cannot_be_uploaded_is_reported_and_the_others_are_uploaded() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/sub/b", "2");
    let odd = |bytes: &[u8]| env.path("in").join(OsStr::from_bytes(bytes));
    std::fs::write(odd(b"bad\xff"), "3").unwrap();
    std::fs::create_dir(odd(b"folder\xfe")).unwrap();
    std::fs::write(odd(b"folder\xfe/c"), "4").unwrap();
    symlink("..", env.path("in/sub/up")).unwrap();
    symlink("self", env.path("in/self")).unwrap();
    symlink("nowhere", env.path("in/broken")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(env.path("in/pipe")).status().unwrap();
    assert!(made.success());
    let (report, errors) =
        failing_json(&env, &["--json", "file", "upload", "-r", "my-photos", "in"]);
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &4.into()));
    let failures = report["failures"].as_array().unwrap();
    for (failure, (name, why)) in failures.iter().zip([
        ("bad\\xFF", "not UTF-8"),
        ("broken", "cannot be read"),
        ("folder\\xFE", "not UTF-8"),
        ("self", "cannot be read"),
    ]) {
        assert!(failure["name"].as_str().unwrap().ends_with(name), "{report}");
        assert!(failure["error"].as_str().unwrap().contains(why), "{report}");
    }
    for warning in ["in/pipe: left out", "in/sub/up: left out"] {
        assert!(errors.contains(warning), "{warning}: {errors}");
    }
    assert!(errors.contains("ERROR: 4 of 6 files or folders were not uploaded"), "{errors}");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a\nsub/b\n");
}

/// Root ignores permissions, so the command runs as another user if root runs the tests.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_and_a_file_without_permission_fail_alone() {
    use std::os::unix::fs::PermissionsExt;

    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/closed/b", "2");
    env.write("in/open/unreadable", "3");
    env.write("in/open/c", "4");
    let mode = |name: &str, mode| {
        std::fs::set_permissions(env.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    mode("in/closed", 0o000);
    mode("in/open/unreadable", 0o000);
    mode("", 0o755);
    let output =
        env.unprivileged(&["--json", "file", "upload", "-r", "my-photos", "in"]).output().unwrap();
    mode("in/closed", 0o755);
    let errors = failed(&output, 1);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &2.into()), "{errors}");
    assert!(errors.contains("in/closed") && errors.contains("in/open/unreadable"), "{errors}");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a\nopen/c\n");
}

#[test]
fn a_missing_bucket_is_reported_before_the_folder_is_read() {
    let env = TestEnv::new();
    env.write("in/b\\c", "would be reported if the folder were read");
    let error = env.fails(&["file", "upload", "-r", "no-such-bucket", "in"]);
    assert!(error.contains("no-such-bucket") && !error.contains("b\\c"), "{error}");
}

#[test]
fn an_empty_folder_is_reported() {
    let env = TestEnv::with_bucket();
    std::fs::create_dir(env.path("in")).unwrap();
    let output = env.b2(&["file", "upload", "-r", "my-photos", "in"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.contains("in: there are no files"), "{errors}");
}

#[test]
fn a_storage_cap_ends_the_upload_of_a_folder_with_one_message() {
    let env = TestEnv::with_bucket();
    for number in 0..50 {
        env.write(&format!("in/{number}"), "1");
    }
    env.server.with(|service| service.config_mut().caps.storage = Some(0));
    let arguments = ["--json", "file", "upload", "--threads", "2", "-r", "my-photos", "in"];
    let (report, errors) = failing_json(&env, &arguments);
    assert_eq!(report["files"], 0);
    assert!(report["error"].as_str().unwrap().contains("cap"), "{report}");
    assert_eq!(errors.matches("Storage cap exceeded").count(), 1, "{errors}");
    assert!(env.requests("b2_upload_file") + env.requests("b2_get_upload_url") <= 8);
}

#[test]
fn a_placeholder_creates_a_folder() {
    let env = TestEnv::with_bucket();
    put(&env, "photos/", "");
    put(&env, "photos/a", "1");
    put(&env, "empty/", "");
    let report = env.json(&["--json", "file", "download", "-r", "b2://my-photos", "out"]);
    assert_eq!((&report["files"], &report["failed"]), (&1.into(), &0.into()));
    assert_eq!(env.names("out"), ["empty", "photos"]);
    assert_eq!(env.names("out/photos"), ["a"]);
    env.ok(&["file", "download", "-r", "b2://my-photos/photos", "below"]);
    assert_eq!(env.names("below"), ["a"]);

    put(&env, "full/", "bytes");
    let error = env.fails(&["file", "download", "-r", "b2://my-photos", "again"]);
    assert!(error.contains("full/") && error.contains("5 bytes"), "{error}");
    assert_eq!(env.names("again"), ["empty", "full", "photos"]);
}

/// A name may be a file and a folder at B2. The file is refused, whichever is downloaded first.
#[test]
fn a_name_that_is_also_a_folder_is_reported() {
    let env = TestEnv::with_bucket();
    for (name, bytes) in
        [("abc", "file"), ("abc.txt", "between"), ("abc/x", "1"), ("abc/y/z", "2"), ("d", "3")]
    {
        put(&env, name, bytes);
    }
    for _ in 0..3 {
        let (report, errors) =
            failing_json(&env, &["--json", "file", "download", "-r", "b2://my-photos", "out"]);
        assert_eq!((&report["files"], &report["failed"]), (&4.into(), &1.into()), "{errors}");
        assert_eq!(report["failures"][0]["name"], "abc");
        assert_eq!(env.names("out"), ["abc", "abc.txt", "d"]);
        assert_eq!(env.names("out/abc"), ["x", "y"]);
    }
    // As the given path, both are downloaded.
    env.ok(&["file", "download", "-r", "b2://my-photos/abc", "both"]);
    assert_eq!(env.names("both"), ["abc", "x", "y"]);
    assert_eq!(env.read("both/abc"), b"file");
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos/abc"]), "abc\nabc/x\nabc/y/z\n");
}

#[test]
fn a_file_in_the_way_fails_alone() {
    let env = TestEnv::with_bucket();
    for name in ["a/b", "c", "d"] {
        put(&env, name, "1");
    }
    env.write("out/a", "a file in place of a folder");
    env.write("out/c/keep", "a folder in place of a file");
    let (report, errors) =
        failing_json(&env, &["--json", "file", "download", "-r", "b2://my-photos", "out"]);
    assert_eq!((&report["files"], &report["failed"]), (&1.into(), &2.into()), "{errors}");
    assert_eq!(env.names("out"), ["a", "c", "d"]);
}

#[test]
fn unsafe_names_are_refused_and_counted() {
    let env = TestEnv::with_bucket();
    for name in ["../up", "/abs", "a//b", "./c", "x/..", "nul\0", "good", "a\\..\\..\\b"] {
        put(&env, name, "1");
    }
    std::fs::create_dir(env.path("sub")).unwrap();
    let (report, errors) =
        failing_json(&env, &["--json", "file", "download", "-r", "b2://my-photos", "sub/out"]);
    assert_eq!((&report["files"], &report["failed"]), (&1.into(), &7.into()), "{errors}");
    assert_eq!(env.names("sub/out"), ["good"]);
    assert_eq!(env.names("sub"), ["out"]);
}

#[test]
fn a_missing_folder_is_an_error() {
    let env = TestEnv::with_bucket();
    let error = env.fails(&["file", "download", "-r", "b2://my-photos/none", "out"]);
    assert!(error.contains("b2://my-photos/none"), "{error}");
    assert!(!env.path("out").exists());
}

/// Files that are removed after the scan do not stop the others.
#[test]
fn a_file_that_vanishes_after_the_scan_fails_alone() {
    use std::sync::{Arc, Once};

    use b2_sim::server::ServerOptions;

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    std::fs::create_dir(&root).unwrap();
    for name in ["a", "b", "z"] {
        std::fs::write(root.join(name), name).unwrap();
    }
    let (vanishing, once) = (root.join("z"), Once::new());
    let env = TestEnv::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            if exchange.operation == "b2_get_upload_url" {
                once.call_once(|| std::fs::remove_file(&vanishing).unwrap());
            }
        })),
        ..ServerOptions::default()
    });
    env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    let arguments =
        ["--json", "file", "upload", "--threads", "1", "-r", "my-photos", root.to_str().unwrap()];
    let (report, errors) = failing_json(&env, &arguments);
    assert_eq!((&report["files"], &report["failed"]), (&2.into(), &1.into()), "{errors}");
    assert!(errors.contains("z was removed"), "{errors}");
}

#[test]
fn an_invalid_folder_in_the_bucket_is_refused_with_one_message() {
    let env = TestEnv::with_bucket();
    for number in 0..30 {
        env.write(&format!("in/{number}"), "1");
    }
    for (prefix, why) in [
        ("/a", "slash"),
        ("/", "slash"),
        ("a//b", "slashes"),
        ("a//", "slash"),
        ("a\\b", "backslash"),
    ] {
        let error = env.fails(&["file", "upload", "-r", "my-photos", "in", prefix]);
        assert!(error.contains(why) && error.lines().count() == 1, "{prefix}: {error}");
    }
    assert_eq!(env.requests("b2_get_upload_url"), 0);
}

/// The metadata of files in `/proc` has a length of 0.
#[cfg(target_os = "linux")]
#[test]
fn a_file_of_unknown_length_in_a_folder_is_read_to_its_end() {
    let env = TestEnv::with_bucket();
    env.write("in/empty", "");
    std::os::unix::fs::symlink("/proc/version", env.path("in/version")).unwrap();
    let report = env.json(&["--json", "file", "upload", "-r", "my-photos", "in"]);
    assert_eq!(report["files"], 2);
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/empty"]), "");
    let version = std::fs::read_to_string("/proc/version").unwrap();
    assert_eq!(report["bytes"], version.len());
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/version"]), version);
}

/// Opening a pipe would block until another process writes to it.
#[cfg(unix)]
#[test]
fn a_file_that_becomes_a_pipe_after_the_scan_fails_alone() {
    use std::sync::{Arc, Once};

    use b2_sim::server::ServerOptions;

    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    std::fs::create_dir(&root).unwrap();
    for name in ["a", "z"] {
        std::fs::write(root.join(name), name).unwrap();
    }
    let (swapped, once) = (root.join("z"), Once::new());
    let env = TestEnv::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            if exchange.operation == "b2_get_upload_url" {
                once.call_once(|| {
                    std::fs::remove_file(&swapped).unwrap();
                    assert!(
                        std::process::Command::new("mkfifo")
                            .arg(&swapped)
                            .status()
                            .unwrap()
                            .success()
                    );
                });
            }
        })),
        ..ServerOptions::default()
    });
    env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    let arguments =
        ["--json", "file", "upload", "--threads", "1", "-r", "my-photos", root.to_str().unwrap()];
    let (report, errors) = failing_json(&env, &arguments);
    assert_eq!((&report["files"], &report["failed"]), (&1.into(), &1.into()), "{errors}");
    assert!(errors.contains("z is a pipe now"), "{errors}");
}

#[test]
fn a_key_that_may_only_write_files_uploads_a_folder_again_and_again() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("in/sub/b", "2");
    let printed =
        env.ok(&["key", "create", "--bucket", "my-photos", "k", "listBuckets,writeFiles"]);
    let (id, key) = printed.trim().split_once(' ').unwrap();
    for _ in 0..2 {
        let mut command = env.b2(&["--json", "file", "upload", "-r", "my-photos", "in", "pre"]);
        command.env("B2_APPLICATION_KEY_ID", id).env("B2_APPLICATION_KEY", key);
        let report: Value = serde_json::from_str(&succeeded(&command.output().unwrap())).unwrap();
        assert_eq!((&report["files"], &report["bytes"]), (&2.into(), &2.into()));
    }
    assert_eq!(env.requests("b2_list_file_names") + env.requests("b2_list_file_versions"), 0);
    let versions = env.ok(&["ls", "-r", "--versions", "b2://my-photos"]);
    assert_eq!(versions, "pre/a\npre/a\npre/sub/b\npre/sub/b\n");
}

#[test]
fn uploaded_files_get_the_type_and_the_file_info() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    let options = ["--content-type", "text/x-note", "--info", "color=red"];
    env.ok(&[&["file", "upload", "-r", "my-photos", "in"], &options[..]].concat());
    let info = env.json(&["file", "info", "b2://my-photos/a"]);
    assert_eq!(info["contentType"], "text/x-note");
    assert_eq!(info["fileInfo"]["color"], "red");
    assert!(info["fileInfo"]["src_last_modified_millis"].is_string(), "{info}");
}

#[cfg(unix)]
#[test]
fn links_in_an_uploaded_folder_are_followed() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    env.write("outside/sub/b", "2");
    std::os::unix::fs::symlink("../outside", env.path("in/folder")).unwrap();
    std::os::unix::fs::symlink("../outside/sub/b", env.path("in/file")).unwrap();
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    assert_eq!(env.ok(&["ls", "-r", "b2://my-photos"]), "a\nfile\nfolder/sub/b\n");
}

#[test]
fn the_path_of_a_file_is_downloaded_beside_its_folder() {
    let env = TestEnv::with_bucket();
    put(&env, "x/one", "1");
    env.ok(&["file", "download", "-r", "b2://my-photos/x/one", "out"]);
    assert_eq!(env.read("out/one"), b"1");

    // Two files would get the same path.
    put(&env, "photos", "file");
    put(&env, "photos/photos", "below");
    let (report, errors) =
        failing_json(&env, &["--json", "file", "download", "-r", "b2://my-photos/photos", "two"]);
    assert_eq!((&report["files"], &report["failed"]), (&1.into(), &1.into()), "{errors}");
    assert_eq!(report["failures"][0]["name"], "photos");
    assert_eq!(env.read("two/photos"), b"below");
}
