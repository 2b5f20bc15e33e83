//! `b2 file upload` of what is not what it was said to be.

use std::io::Write;
use std::process::{Child, Stdio};

use crate::world::{World, failed, fed};

const OTHER: &str = "0123456789012345678901234567890123456789";

fn unfinished(world: &World) -> String {
    world.ok(&["file", "large", "unfinished", "list", "b2://my-photos"])
}

/// Files that the system makes when they are read say that they have 0 bytes, or 4,096.
#[cfg(target_os = "linux")]
#[test]
fn files_of_unknown_length_are_read_to_their_end() {
    let world = World::with_bucket();
    let made = ["/proc/version", "/proc/self/cmdline", "/sys/kernel/cpu_byteorder"];
    for path in made.into_iter().filter(|path| std::path::Path::new(path).exists()) {
        world.ok(&["file", "upload", "my-photos", path, "made"]);
        let stored = world.server.with(|service| service.read_file("my-photos", "made").unwrap());
        match path {
            "/proc/self/cmdline" => assert!(stored.starts_with(b"/"), "{stored:?}"),
            _ => assert_eq!(stored, std::fs::read(path).unwrap(), "{path}"),
        }
    }
    world.ok(&["file", "upload", "my-photos", "/dev/null", "nothing"]);
    world.write("empty", "");
    world.ok(&["file", "upload", "my-photos", "empty", "empty"]);
    for name in ["nothing", "empty"] {
        assert_eq!(world.ok(&["file", "cat", &format!("b2://my-photos/{name}")]), "");
    }
    let output = fed(world.b2(&["file", "upload", "my-photos", "/dev/stdin", "fed"]), b"fed");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(world.ok(&["file", "cat", "b2://my-photos/fed"]), "fed");
}

#[test]
fn a_wrong_sha1_stores_nothing_and_is_named_beside_the_right_one() {
    let world = World::with_bucket();
    let right = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
    world.write("small", "hello");
    let small = ["file", "upload", "my-photos", "small", "a", "--sha1", OTHER];
    let errors = world.fails(&small);
    assert!(errors.contains(OTHER) && errors.contains(right), "{errors}");
    assert_eq!(world.requests("b2_upload_file"), 0);
    let output =
        fed(world.b2(&["file", "upload", "my-photos", "-", "a", "--sha1", OTHER]), b"hello");
    let errors = failed(&output, 1);
    assert!(errors.contains(OTHER) && errors.contains(right), "{errors}");
    assert_eq!(world.requests("b2_upload_file"), 0);

    let bytes = vec![7; 350_000];
    world.write("large", &bytes);
    let large = ["file", "upload", "my-photos", "large", "a", "--sha1", OTHER];
    let stream =
        ["file", "upload", "my-photos", "-", "a", "--part-size", "100000", "--sha1", OTHER];
    let of_info = format!("large_file_sha1={OTHER}");
    let info = ["file", "upload", "my-photos", "large", "a", "--info", &of_info];
    let outputs = [
        world.b2(&large).output().unwrap(),
        fed(world.b2(&stream), &bytes),
        world.b2(&info).output().unwrap(),
    ];
    for output in outputs {
        let errors = failed(&output, 1);
        assert!(errors.contains("the bytes have the SHA-1") && errors.contains(OTHER), "{errors}");
        assert!(!errors.contains("B2 keeps"), "nothing is left: {errors}");
    }
    assert_eq!(world.requests("b2_finish_large_file"), 0);
    assert_eq!(unfinished(&world), "");
    assert_eq!(world.ok(&["ls", "b2://my-photos"]), "");

    // The right one is kept with the file.
    let sha1 = b2_proto::hash::Sha1Digest::of(&bytes).to_hex();
    world.ok(&["file", "upload", "my-photos", "large", "a", "--sha1", &sha1]);
    let info = world.json(&["file", "info", "b2://my-photos/a"]);
    assert_eq!(info["fileInfo"]["large_file_sha1"], sha1.as_str());
}

#[test]
fn two_entries_of_file_info_that_are_one_are_refused_before_anything_is_asked() {
    let world = World::with_bucket();
    world.write("a", "hello");
    world.write("folder/a", "hello");
    let sent = world.server.with(|service| service.log().count());
    let rows: [(&[&str], &str); 5] = [
        (&["--info", "Foo=1", "--info", "foo=2"], "'Foo' and 'foo'"),
        (&["--info", "a=1", "--info", "a=2"], "'a' is given twice"),
        (
            &["--info", "b2-cache-control=no-store", "--cache-control", "max-age=1"],
            "'b2-cache-control' is given twice",
        ),
        (
            &["--info", "B2-Expires=never", "--expires", "Sun, 06 Nov 1994 08:49:37 GMT"],
            "'B2-Expires' and 'b2-expires'",
        ),
        (&["--info", "large_file_sha1=abc"], "40 hex digits"),
    ];
    for (options, said) in rows {
        let errors = world.fails(&[&["file", "upload", "my-photos", "a", "a"], options].concat());
        assert!(errors.contains(said), "{errors}");
        if said != "40 hex digits" {
            let folder = ["file", "upload", "-r", "my-photos", "folder", "x"];
            let errors = world.fails(&[&folder, options].concat());
            assert!(errors.contains(said), "{errors}");
            assert_eq!(world.server.with(|service| service.log().count()), sent);
        }
    }
    let other = ["--sha1", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", "--info"];
    let info = format!("large_file_sha1={OTHER}");
    let errors =
        world.fails(&[&["file", "upload", "my-photos", "a", "a"], &other[..], &[&info]].concat());
    assert!(errors.contains("leave one of them out"), "{errors}");
    // What the caller says of the time of change counts.
    let time = ["--info", "src_last_modified_millis=5"];
    world.ok(&[&["file", "upload", "my-photos", "a", "a"], &time[..]].concat());
    world.ok(&[&["file", "upload", "-r", "my-photos", "folder", "x"], &time[..]].concat());
    for name in ["a", "x/a"] {
        let info = world.json(&["file", "info", &format!("b2://my-photos/{name}")]);
        assert_eq!(info["fileInfo"]["src_last_modified_millis"], "5");
    }
}

/// An upload from standard input that waits for more, of which B2 has some parts.
fn begun(world: &World) -> Child {
    let mut child = world
        .b2(&["file", "upload", "my-photos", "-", "dump", "--part-size", "1000"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.as_mut().unwrap().write_all(&[7; 3_500]).unwrap();
    while world.requests("b2_upload_part") == 0 {
        std::thread::yield_now();
    }
    child
}

#[test]
fn an_upload_whose_unfinished_file_another_process_cancels_says_so() {
    let world = World::with_bucket();
    let mut child = begun(&world);
    world.ok(&["file", "large", "unfinished", "cancel", "b2://my-photos"]);
    // The pipe may break: what is left is no longer wanted.
    let _ = child.stdin.take().unwrap().write_all(&[7; 5_000]);
    let errors = failed(&child.wait_with_output().unwrap(), 1);
    assert!(
        errors.contains("was cancelled by another process; start the upload again"),
        "{errors}"
    );
    assert!(!errors.contains("B2 keeps"), "nothing is left: {errors}");
}

/// Two commands with one file: the later one finds that it is finished.
#[test]
fn two_commands_that_upload_the_same_file_both_succeed() {
    let world = World::with_bucket();
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at / 7) as u8).collect();
    world.write("large", &bytes);
    let command = ["file", "upload", "my-photos", "large", "large", "--part-size", "1000"];
    let children: Vec<_> = (0..3)
        .map(|_| world.b2(&command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let stored = world.server.with(|service| service.read_file("my-photos", "large").unwrap());
    assert_eq!(stored, bytes);
}

#[test]
fn what_is_no_file_is_refused_before_anything_is_asked() {
    let world = World::with_bucket();
    let sent = world.server.with(|service| service.log().count());
    world.write("folder/a", "a");
    for (path, said) in [("folder", "is a folder"), ("missing", "missing")] {
        let errors = world.fails(&["file", "upload", "my-photos", path, "a"]);
        assert!(errors.contains(said), "{errors}");
    }
    #[cfg(unix)]
    {
        let _socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();
        let errors = world.fails(&["file", "upload", "my-photos", "socket", "a"]);
        assert!(errors.contains("is a socket"), "{errors}");
    }
    assert_eq!(world.server.with(|service| service.log().count()), sent);
}
