//! Sources that change, and disks that fill, while files are synchronized.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::proxy::TestProxy;

/// A folder with files of which the large one has several parts, and a proxy.
fn prepared() -> (TestProxy, TestEnv) {
    let (proxy, env) = TestProxy::with_bucket();
    for name in ["a", "b", "c", "sub/d"] {
        write_at(&env, &format!("in/{name}"), name, THEN);
    }
    write_at(&env, "in/large", vec![7; 350_000], THEN);
    (proxy, env)
}

/// Does something before the first request of an operation is handled.
fn before(proxy: &TestProxy, operation: &'static str, change: impl Fn() + Send + Sync + 'static) {
    let done = AtomicBool::new(false);
    proxy.intercept(move |request, forward| {
        if request.target.contains(operation) && !done.swap(true, Ordering::SeqCst) {
            change();
        }
        Some(forward())
    });
}

/// Arguments of a synchronization that removes, one file at a time.
const UP: [&str; 7] =
    ["--delete", "--max-delete", "100%", "--threads", "1", "in", "b2://my-photos"];

/// Checks that another run completes the synchronization.
fn completed(env: &TestEnv) {
    sync(env, &UP);
    assert!(sync(env, &UP).is_empty());
    sync(env, &["b2://my-photos", "out"]);
    assert!(tree(env, "out") == tree(env, "in"));
}

#[test]
fn a_file_that_vanishes_fails_alone_and_its_old_version_stays() {
    let (proxy, env) = prepared();
    put_at(&env, "c", "old", THEN - 10);
    let path = env.path("in/c");
    before(&proxy, "b2_upload_file", move || std::fs::remove_file(&path).unwrap());
    let (lines, errors) = fails(&env, &UP);
    assert_eq!(lines, ["upload a", "upload b", "upload large", "upload sub/d"]);
    assert!(errors.contains("in/c was removed") && errors.contains("1 file failed"), "{errors}");
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/c"]), "old");
    completed(&env);
}

#[test]
fn a_file_that_changes_before_it_is_opened_is_uploaded_as_it_is_then() {
    let (proxy, env) = prepared();
    let path = env.path("in/c");
    before(&proxy, "b2_upload_file", move || std::fs::write(&path, "changed").unwrap());
    assert_eq!(sync(&env, &UP).len(), 5);
    assert_eq!(env.ok(&["file", "cat", "b2://my-photos/c"]), "changed");
    completed(&env);
}

#[test]
fn a_file_that_changes_while_it_is_read_fails_alone() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("longer", |path| std::fs::write(path, vec![7; 400_000]).unwrap()),
        ("shorter", |path| std::fs::write(path, vec![7; 150_000]).unwrap()),
        ("replaced", |path| {
            std::fs::write(path.with_extension("new"), vec![8; 350_000]).unwrap();
            std::fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("removed", |path| std::fs::remove_file(path).unwrap()),
    ];
    for (title, change) in changes {
        let (proxy, env) = prepared();
        let path = env.path("in/large");
        before(&proxy, "b2_upload_part", move || change(&path));
        let (lines, errors) = fails(&env, &UP);
        assert_eq!(lines, ["upload a", "upload b", "upload c", "upload sub/d"], "{title}");
        assert!(errors.contains("large: ") && errors.contains("1 file failed"), "{errors}");
        assert_eq!(listed(&env), ["a", "b", "c", "sub/d"], "{title}");
        completed(&env);
    }
}

#[test]
fn a_source_that_vanishes_removes_nothing() {
    let (proxy, env) = prepared();
    sync(&env, &UP);
    let all = listed(&env);
    let (from, to) = (env.path("in"), env.path("elsewhere"));
    // After the command has checked that there is a folder, and before it is read.
    let renamed = (from.clone(), to.clone());
    before(&proxy, "b2_authorize_account", move || {
        std::fs::rename(&renamed.0, &renamed.1).unwrap();
    });
    let (lines, errors) = fails(&env, &UP);
    assert!(lines.is_empty() && errors.contains("in does not exist"), "{errors}");
    assert_eq!(listed(&env), all);
    // Nor if it is there, and empty.
    std::fs::create_dir(&from).unwrap();
    let (_, errors) = fails(&env, &UP);
    assert!(errors.contains("--allow-empty-source"), "{errors}");
    assert_eq!(listed(&env), all);

    // While files are uploaded.
    std::fs::remove_dir(&from).unwrap();
    std::fs::rename(&to, &from).unwrap();
    for name in ["a", "b", "c"] {
        write_at(&env, &format!("in/{name}"), "changed", THEN + 10);
    }
    let renamed = (from.clone(), to.clone());
    before(&proxy, "b2_upload_file", move || std::fs::rename(&renamed.0, &renamed.1).unwrap());
    let (_, errors) = fails(&env, &UP);
    assert!(errors.contains("in/c was removed"), "{errors}");
    assert_eq!(listed(&env), all);
    std::fs::rename(&to, &from).unwrap();
    completed(&env);
}

#[test]
fn a_file_that_vanishes_from_its_bucket_fails_alone() {
    for (to, operation) in [("out", "b2_download_file_by_id"), ("b2://my-backup", "b2_copy_file")] {
        let (proxy, env) = prepared();
        env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
        sync(&env, &UP);
        let remove = Mutex::new(env.b2(&["rm", "b2://my-photos/c"]));
        before(&proxy, operation, move || {
            succeeded(&remove.lock().unwrap().output().unwrap());
        });
        let (lines, errors) = fails(&env, &["--threads", "1", "b2://my-photos", to]);
        assert_eq!(lines.len(), 4, "{to}: {lines:?}");
        assert!(errors.contains("c: ") && errors.contains("1 file failed"), "{to}: {errors}");
        assert!(sync(&env, &["b2://my-photos", to]).is_empty(), "{to}");
    }
}

#[test]
fn a_local_destination_that_vanishes_is_completed_by_another_run() {
    let (proxy, env) = prepared();
    sync(&env, &UP);
    let path = env.path("out");
    before(&proxy, "b2_download_file_by_id", move || std::fs::remove_dir_all(&path).unwrap());
    let down = ["--threads", "1", "b2://my-photos", "out"];
    let (lines, errors) = fails(&env, &down);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(errors.contains("a: ") && errors.contains("1 file failed"), "{errors}");
    assert_eq!(sync(&env, &down), ["dnload a"]);
    assert!(tree(&env, "out") == tree(&env, "in"));
}

/// A shell that runs the command with a limit for the size of a file, of which programs are told
/// by an error.
#[cfg(target_os = "linux")]
const LIMITED: [&str; 4] = ["sh", "-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"];

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_to_its_end_leaves_nothing() {
    let (_proxy, env) = prepared();
    sync(&env, &UP);
    write_at(&env, "out/large", "an older file", THEN - 10);
    let down = ["sync", "--delete", "b2://my-photos", "out"];
    let output = env.wrapped(&LIMITED, &down).output().unwrap();
    let errors = failed(&output, 1);
    assert!(errors.contains("out/large: ") && errors.contains("1 file failed"), "{errors}");
    assert_eq!(env.names("out"), ["a", "b", "c", "large", "sub"]);
    assert_eq!(env.read("out/large"), b"an older file");
    env.ok(&down);
    assert!(tree(&env, "out") == tree(&env, "in"));
}

#[cfg(target_os = "linux")]
#[test]
fn what_does_not_fit_on_a_disk_fails_alone() {
    let (_proxy, env) = prepared();
    sync(&env, &UP);
    std::fs::create_dir(env.path("disk")).unwrap();
    let script = "mount -t tmpfs -o size=64k tmpfs disk; code=0; \"$@\" || code=$?; ls -AR disk >seen; exit $code";
    let program = ["unshare", "-Urm", "--", "sh", "-ec", script, "sh"];
    let probe = env.wrapped(&program, &["version"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not mount a file system of its own");
        return;
    }
    let output =
        env.wrapped(&program, &["sync", "--delete", "b2://my-photos", "disk"]).output().unwrap();
    let errors = failed(&output, 1);
    assert!(errors.contains("large: ") && errors.contains("350000 bytes"), "{errors}");
    assert_eq!(
        String::from_utf8(env.read("seen")).unwrap(),
        "disk:\na\nb\nc\nsub\n\ndisk/sub:\nd\n"
    );
}

/// The lines of what is done fill the pipe to a reader that does not read, so that the command waits in the middle.
#[cfg(target_os = "linux")]
#[test]
fn removals_of_local_files_that_are_interrupted_or_killed_are_completed() {
    use std::io::Read as _;
    use std::process::Stdio;

    for name in ["-INT", "-KILL"] {
        let env = TestEnv::with_bucket();
        put_at(&env, "a", "1", THEN);
        let long = "x".repeat(240);
        for number in 0..800 {
            env.write(&format!("out/{number}{long}"), "1");
        }
        let arguments = ["--delete", "--max-delete", "100%", "b2://my-photos", "out"];
        let mut command = env.b2(&[&["sync"], &arguments[..]].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The first line and the beginning of the first removal.
        let mut first = [0; 30];
        child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        assert!(first.starts_with(b"dnload a\ndelete "), "{}", String::from_utf8_lossy(&first));
        crate::env::signal(&child, name);
        let output = child.wait_with_output().unwrap();
        if name == "-KILL" {
            assert_eq!(output.status.code(), None);
            let left = env.names("out").len();
            assert!(left > 1 && left < 801, "{left}");
        } else {
            // When the output is read, the removals may end before the interrupt is seen.
            assert!(matches!(output.status.code(), Some(0 | 130)), "{output:?}");
        }
        assert_eq!(env.read("out/a"), b"1");
        env.ok(&[&["sync"], &arguments[..]].concat());
        assert_eq!(env.names("out"), ["a"]);
    }
}
