//! From a local folder to a bucket.

use super::*;

#[test]
fn new_and_changed_files_are_uploaded_once() {
    let env = TestEnv::with_bucket();
    let large: Vec<u8> = (0..350_000_u32).map(|n| (n % 251) as u8).collect();
    env.write("in/a", "1");
    env.write("in/sub/large", &large);
    write_at(&env, "in/sub/old", "22", THEN);
    let all = ["upload a", "upload sub/large", "upload sub/old"];
    assert_eq!(sync(&env, &["in", "b2://my-photos/pre"]), all);
    assert_eq!(listed(&env), ["pre/a", "pre/sub/large", "pre/sub/old"]);
    assert!(env.requests("b2_upload_part") >= 4);
    let again = env.b2(&["sync", "in", "b2://my-photos/pre"]).output().unwrap();
    assert_eq!(succeeded(&again), "");
    let errors = String::from_utf8(again.stderr).unwrap();
    assert!(errors.contains("3 files compared: nothing to do"), "{errors}");
    assert!(errors.contains("0 class A, 0 class B and 1 class C calls"), "{errors}");

    write_at(&env, "in/a", "3", THEN + 4_000_000_000);
    env.write("in/b", "4");
    assert_eq!(sync(&env, &["in", "b2:my-photos/pre/"]), ["upload a", "upload b"]);
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/pre/a"]), "3");
}

#[test]
fn links_are_followed_or_left_out() {
    #[cfg(unix)]
    {
        let env = TestEnv::with_bucket();
        env.write("in/a", "1");
        env.write("outside/b", "2");
        std::os::unix::fs::symlink("../outside", env.path("in/link")).unwrap();
        let without = ["--exclude-all-symlinks", "in", "b2://my-photos/without"];
        assert_eq!(sync(&env, &without), ["upload a"]);
        assert_eq!(sync(&env, &["in", "b2://my-photos/with"]), ["upload a", "upload link/b"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_uploaded_is_a_warning_once() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    std::os::unix::fs::symlink("nowhere", env.path("in/broken")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(env.path("in/pipe")).status().unwrap();
    assert!(made.success());
    let output = env.b2(&["sync", "in", "b2://my-photos"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    for name in ["in/broken", "in/pipe"] {
        assert_eq!(errors.matches(&format!("{name}: left out")).count(), 1, "{errors}");
    }
    assert_eq!(output.stdout, b"upload a\n");
}

#[test]
fn new_files_are_encrypted() {
    let env = TestEnv::with_bucket();
    env.write("in/a", "1");
    let arguments = ["--destination-server-side-encryption", "SSE-C", "in", "b2://my-photos"];
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let mut command = env.b2(&[&["sync"], &arguments[..]].concat());
    succeeded(&command.env("B2_DESTINATION_SSE_C_KEY_B64", key).output().unwrap());
    let (_, errors) = fails(&env, &["b2://my-photos", "out"]);
    assert!(errors.contains("a: ") && errors.contains("1 file failed"), "{errors}");
    let arguments = ["sync", "--source-server-side-encryption", "SSE-C", "b2://my-photos", "out"];
    let mut command = env.b2(&arguments);
    let output = command.env("B2_SOURCE_SSE_C_KEY_B64", key).output().unwrap();
    assert_eq!(succeeded(&output), "dnload a\n");
    // Without its key, none is asked for.
    let output = env.b2(&arguments).output().unwrap();
    assert!(failed(&output, 2).contains("B2_SOURCE_SSE_C_KEY_B64"));
}

#[test]
fn only_what_was_appended_is_uploaded() {
    let env = TestEnv::with_bucket();
    let log: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    write_at(&env, "in/log", &log, THEN);
    sync(&env, &["--incremental-mode", "in", "b2://my-photos"]);
    let more = [&log[..], &[7; 100_000]].concat();
    write_at(&env, "in/log", &more, THEN + 10);
    assert_eq!(sync(&env, &["--incremental-mode", "in", "b2://my-photos"]), ["upload log"]);
    assert!(env.requests("b2_copy_part") > 0);
    sync(&env, &["b2://my-photos", "out"]);
    assert_eq!(env.read("out/log"), more);
}

#[test]
fn a_renamed_file_is_copied() {
    let env = TestEnv::with_bucket();
    let photo: Vec<u8> = (0..50_000_u32).map(|n| (n % 241) as u8).collect();
    for name in ["a", "b", "c"] {
        env.write(&format!("in/{name}"), [&photo[..], name.as_bytes()].concat());
    }
    sync(&env, &["in", "b2://my-photos"]);
    std::fs::rename(env.path("in/a"), env.path("in/z")).unwrap();
    let uploads = env.requests("b2_upload_file");
    let arguments = ["--track-renames", "--delete", "in", "b2://my-photos"];
    assert_eq!(sync(&env, &arguments), ["delete a", "rename z"]);
    assert_eq!(env.requests("b2_upload_file"), uploads);
    assert_eq!(listed(&env), ["b", "c", "z"]);
}

#[test]
fn a_few_files_are_looked_up_without_a_listing() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "1", THEN);
    write_at(&env, "in/b", "2", THEN);
    sync(&env, &["in", "b2://my-photos"]);
    write_at(&env, "in/b", "3", THEN + 1);
    assert_eq!(sync(&env, &["--no-traverse", "in", "b2://my-photos"]), ["upload b"]);
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "older", THEN);
    env.write("in/b", "1");
    put_at(&env, "a", "newer", THEN + 1_000);
    let (lines, errors) = fails(&env, &["in", "b2://my-photos"]);
    assert_eq!(lines, ["upload b"]);
    assert!(errors.contains("a: ") && errors.contains("--skip-newer"), "{errors}");
    assert!(errors.contains("the synchronization is incomplete: 1 file failed"), "{errors}");
}
