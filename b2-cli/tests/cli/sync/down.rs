//! From a bucket to a local folder.

use super::*;

#[test]
fn files_are_downloaded_with_their_times() {
    let env = TestEnv::with_bucket();
    write_at(&env, "in/a", "1", THEN);
    write_at(&env, "in/sub/b", "22", THEN + 5);
    sync(&env, &["in", "b2://my-photos/pre"]);
    let out = ["b2://my-photos/pre", "out/new"];
    assert_eq!(sync(&env, &out), ["dnload a", "dnload sub/b"]);
    assert_eq!(env.read("out/new/sub/b"), b"22");
    assert_eq!((modified(&env, "out/new/a"), modified(&env, "out/new/sub/b")), (THEN, THEN + 5));
    assert!(sync(&env, &out).is_empty());
    assert_eq!(env.names("out/new"), ["a", "sub"]);
}

#[test]
fn local_files_that_the_bucket_does_not_have_are_deleted_on_request() {
    let env = TestEnv::with_bucket();
    for name in ["a", "b", "hidden"] {
        put_at(&env, name, "1", THEN);
    }
    env.ok(&["file", "hide", "b2://my-photos/hidden"]);
    env.write("out/hidden", "1");
    env.write("out/only-here", "1");
    assert_eq!(sync(&env, &["b2://my-photos", "out"]), ["dnload a", "dnload b"]);
    assert_eq!(env.names("out"), ["a", "b", "hidden", "only-here"]);
    assert_eq!(
        sync(&env, &["--delete", "b2://my-photos", "out"]),
        ["delete hidden", "delete only-here"]
    );
    assert_eq!(env.names("out"), ["a", "b"]);
}

#[test]
fn the_bucket_is_read_as_of_an_earlier_time() {
    let env = TestEnv::with_bucket();
    put_at(&env, "a", "old", THEN);
    put_at(&env, "a", "new", THEN + 100);
    put_at(&env, "b", "later", THEN + 100);
    let time = (THEN + 50).to_string();
    assert_eq!(sync(&env, &["--as-of", &time, "b2://my-photos", "then"]), ["dnload a"]);
    assert_eq!(env.read("then/a"), b"old");
    let date = ["--as-of", "2023-11-14T22:14:00Z", "b2://my-photos", "date"];
    assert_eq!(sync(&env, &date), ["dnload a"]);
    assert_eq!(sync(&env, &["b2://my-photos", "now"]), ["dnload a", "dnload b"]);
}

#[test]
fn downloads_take_options() {
    let env = TestEnv::with_bucket();
    let large: Vec<u8> = (0..350_000_u32).map(|n| (n % 251) as u8).collect();
    env.write("in/large", &large);
    sync(&env, &["in", "b2://my-photos"]);
    for (number, options) in [
        &["--threads", "2"][..],
        &["--sync-threads", "1", "--download-threads", "3"],
        &["--max-download-streams-per-file", "2", "--skip-hash-verification"],
        &["--write-buffer-size", "65536"],
    ]
    .iter()
    .enumerate()
    {
        let out = format!("out{number}");
        assert_eq!(
            sync(&env, &[options, &["b2://my-photos", out.as_str()][..]].concat()),
            ["dnload large"],
            "{options:?}"
        );
        assert_eq!(env.read(&format!("{out}/large")), large);
    }
}

#[test]
fn unsafe_names_fail_alone() {
    let env = TestEnv::with_bucket();
    for name in ["../up", "/abs", "a//b", "good"] {
        put_at(&env, name, "1", THEN);
    }
    let (lines, errors) = fails(&env, &["b2://my-photos", "sub/out"]);
    assert_eq!(lines, ["dnload good"]);
    assert!(errors.contains("../up: ") && errors.contains("3 files failed"), "{errors}");
    assert_eq!(env.names("sub"), ["out"]);
}
