//! `b2 file upload`: unknown lengths, wrong SHA-1s, duplicate file info, and concurrent changes.

use std::io::Write;
use std::process::{Child, Stdio};

use crate::env::{TestEnv, failed, run_with_input};

const OTHER: &str = "0123456789012345678901234567890123456789";

fn unfinished(env: &TestEnv) -> String {
    env.ok(&["file", "large", "unfinished", "list", "b2://my-photos"])
}

/// The metadata of files in `/proc` and `/sys` has a length of 0 or 4,096 bytes, whatever they contain.
#[cfg(target_os = "linux")]
#[test]
fn files_of_unknown_length_are_read_to_their_end() {
    let env = TestEnv::with_bucket();
    let made = ["/proc/version", "/proc/self/cmdline", "/sys/kernel/cpu_byteorder"];
    for path in made.into_iter().filter(|path| std::path::Path::new(path).exists()) {
        env.ok(&["file", "upload", "my-photos", path, "made"]);
        let stored = env.server.with(|service| service.read_file("my-photos", "made").unwrap());
        match path {
            "/proc/self/cmdline" => assert!(stored.starts_with(b"/"), "{stored:?}"),
            _ => assert_eq!(stored, std::fs::read(path).unwrap(), "{path}"),
        }
    }
    env.ok(&["file", "upload", "my-photos", "/dev/null", "nothing"]);
    env.write("empty", "");
    env.ok(&["file", "upload", "my-photos", "empty", "empty"]);
    for name in ["nothing", "empty"] {
        assert_eq!(env.ok(&["file", "cat", &format!("b2://my-photos/{name}")]), "");
    }
    let output =
        run_with_input(env.b2(&["file", "upload", "my-photos", "/dev/stdin", "stdin"]), b"input");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/stdin"]), "input");
}

#[test]
fn a_wrong_sha1_is_reported_with_the_computed_one_and_nothing_is_stored() {
    let env = TestEnv::with_bucket();
    let right = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    env.write("small", "hello");
    let small = ["file", "upload", "my-photos", "small", "a", "--sha1", OTHER];
    let errors = env.fails(&small);
    assert!(errors.contains(OTHER) && errors.contains(right), "{errors}");
    assert_eq!(env.requests("b2_upload_file"), 0);
    let output = run_with_input(
        env.b2(&["file", "upload", "my-photos", "-", "a", "--sha1", OTHER]),
        b"hello",
    );
    let errors = failed(&output, 1);
    assert!(errors.contains(OTHER) && errors.contains(right), "{errors}");
    assert_eq!(env.requests("b2_upload_file"), 0);

    let bytes = vec![7; 350_000];
    env.write("large", &bytes);
    let large = ["file", "upload", "my-photos", "large", "a", "--sha1", OTHER];
    let stream =
        ["file", "upload", "my-photos", "-", "a", "--part-size", "100000", "--sha1", OTHER];
    let of_info = format!("large_file_sha1={OTHER}");
    let info = ["file", "upload", "my-photos", "large", "a", "--info", &of_info];
    let outputs = [
        env.b2(&large).output().unwrap(),
        run_with_input(env.b2(&stream), &bytes),
        env.b2(&info).output().unwrap(),
    ];
    for output in outputs {
        let errors = failed(&output, 1);
        assert!(errors.contains("the bytes have the SHA-1") && errors.contains(OTHER), "{errors}");
        assert!(!errors.contains("B2 keeps"), "nothing is left: {errors}");
    }
    assert_eq!(env.requests("b2_finish_large_file"), 0);
    assert_eq!(unfinished(&env), "");
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "");

    // The correct SHA-1 is stored with the file.
    let sha1 = b2_proto::hash::Sha1Digest::of(&bytes).to_hex();
    env.ok(&["file", "upload", "my-photos", "large", "a", "--sha1", &sha1]);
    let info = env.json(&["file", "info", "b2://my-photos/a"]);
    assert_eq!(info["fileInfo"]["large_file_sha1"], sha1.as_str());
}

#[test]
fn duplicate_file_info_is_refused_before_a_request() {
    let env = TestEnv::with_bucket();
    env.write("a", "hello");
    env.write("folder/a", "hello");
    let sent = env.server.with(|service| service.log().count());
    let rows: [(&[&str], &str); 4] = [
        (&["--info", "Foo=1", "--info", "foo=2"], "'Foo' and 'foo'"),
        (&["--info", "a=1", "--info", "a=2"], "'a' is given twice"),
        (
            &["--info", "B2-Expires=never", "--expires", "Sun, 06 Nov 1994 08:49:37 GMT"],
            "'B2-Expires' and 'b2-expires'",
        ),
        (&["--info", "large_file_sha1=abc"], "40 hex digits"),
    ];
    for (options, said) in rows {
        let errors = env.fails(&[&["file", "upload", "my-photos", "a", "a"], options].concat());
        assert!(errors.contains(said), "{errors}");
        if said != "40 hex digits" {
            let folder = ["file", "upload", "-r", "my-photos", "folder", "x"];
            let errors = env.fails(&[&folder, options].concat());
            assert!(errors.contains(said), "{errors}");
            assert_eq!(env.server.with(|service| service.log().count()), sent);
        }
    }
    let other = ["--sha1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "--info"];
    let info = format!("large_file_sha1={OTHER}");
    let errors =
        env.fails(&[&["file", "upload", "my-photos", "a", "a"], &other[..], &[&info]].concat());
    assert!(errors.contains("leave one of them out"), "{errors}");
    // A modification time in `--info` has precedence.
    let time = ["--info", "src_last_modified_millis=5"];
    env.ok(&[&["file", "upload", "my-photos", "a", "a"], &time[..]].concat());
    env.ok(&[&["file", "upload", "-r", "my-photos", "folder", "x"], &time[..]].concat());
    for name in ["a", "x/a"] {
        let info = env.json(&["file", "info", &format!("b2://my-photos/{name}")]);
        assert_eq!(info["fileInfo"]["src_last_modified_millis"], "5");
    }
}

/// Starts an upload from standard input, and returns once B2 has a part. The upload waits for more input.
fn start_upload(env: &TestEnv) -> Child {
    let mut child = env
        .b2(&["file", "upload", "my-photos", "-", "dump", "--part-size", "1000"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&[7; 3_500]).unwrap();
    while env.requests("b2_upload_part") == 0 {
        std::thread::yield_now();
    }
    child
}

#[test]
fn an_upload_that_another_process_cancels_is_reported() {
    let env = TestEnv::with_bucket();
    let mut child = start_upload(&env);
    env.ok(&["file", "large", "unfinished", "cancel", "b2://my-photos"]);
    // Fails if the command has closed the pipe.
    let _ = child.stdin.take().unwrap().write_all(&[7; 5_000]);
    let errors = failed(&child.wait_with_output().unwrap(), 1);
    assert!(
        errors.contains("was cancelled by another process; start the upload again"),
        "{errors}"
    );
    assert!(!errors.contains("B2 keeps"), "nothing is left: {errors}");
}

/// The command that finishes last finds that the file is finished.
#[test]
fn two_commands_that_upload_the_same_file_both_succeed() {
    let env = TestEnv::with_bucket();
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at / 7) as u8).collect();
    env.write("large", &bytes);
    let command = ["file", "upload", "my-photos", "large", "large", "--part-size", "1000"];
    let children: Vec<_> = (0..3)
        .map(|_| env.b2(&command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let stored = env.server.with(|service| service.read_file("my-photos", "large").unwrap());
    assert_eq!(stored, bytes);
}

#[test]
fn a_path_that_is_not_a_file_is_refused_before_a_request() {
    let env = TestEnv::with_bucket();
    let sent = env.server.with(|service| service.log().count());
    env.write("folder/a", "a");
    for (path, said) in [("folder", "is a folder"), ("missing", "missing")] {
        let errors = env.fails(&["file", "upload", "my-photos", path, "a"]);
        assert!(errors.contains(said), "{errors}");
    }
    #[cfg(unix)]
    {
        let _socket = std::os::unix::net::UnixListener::bind(env.path("socket")).unwrap();
        let errors = env.fails(&["file", "upload", "my-photos", "socket", "a"]);
        assert!(errors.contains("is a socket"), "{errors}");
    }
    assert_eq!(env.server.with(|service| service.log().count()), sent);
}
