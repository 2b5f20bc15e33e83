//! Synchronizations that are interrupted or killed in each of their phases.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use super::*;
use crate::env::signal;
use crate::proxy::TestProxy;

/// How long a test waits for a request, which comes at once unless something is wrong.
const TOO_LONG: Duration = Duration::from_secs(60);

/// The files that the destination has and the source does not.
const GONE: [&str; 3] = ["gone-1", "gone-2", "gone-3"];

/// Where a synchronization is stopped: at a request that gets no response.
struct Accident {
    arguments: [&'static str; 2],
    operation: &'static str,
    /// Which request of the operation, counted from 1.
    number: usize,
    /// Whether the service handles the request.
    handled: bool,
}

const UP: [&str; 2] = ["in", "b2://my-photos"];
const DOWN: [&str; 2] = ["b2://my-photos", "out"];
const COPY: [&str; 2] = ["b2://my-photos", "b2://my-backup"];

const fn at(
    arguments: [&'static str; 2],
    operation: &'static str,
    number: usize,
    handled: bool,
) -> Accident {
    Accident { arguments, operation, number, handled }
}

const ACCIDENTS: [Accident; 20] = [
    at(UP, "b2_list_file_versions", 1, false),
    at(UP, "b2_upload_file", 1, false),
    at(UP, "b2_upload_file", 2, true),
    at(UP, "b2_start_large_file", 1, true),
    at(UP, "b2_upload_part", 1, false),
    at(UP, "b2_upload_part", 3, true),
    at(UP, "b2_finish_large_file", 1, false),
    at(UP, "b2_finish_large_file", 1, true),
    at(UP, "b2_delete_file_version", 2, false),
    at(UP, "b2_delete_file_version", 2, true),
    at(DOWN, "b2_list_file_names", 1, false),
    at(DOWN, "b2_download_file_by_id", 1, false),
    at(DOWN, "b2_download_file_by_id", 3, false),
    at(COPY, "b2_list_file_names", 1, false),
    at(COPY, "b2_list_file_versions", 1, false),
    at(COPY, "b2_copy_file", 1, false),
    at(COPY, "b2_copy_file", 2, true),
    at(COPY, "b2_copy_file", 5, true),
    at(COPY, "b2_delete_file_version", 1, true),
    at(COPY, "b2_delete_file_version", 3, false),
];

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n * n % 251) as u8).collect()
}

/// A folder with small files and a large one, a bucket with the same files where they are needed, and a destination with
/// files that are to be deleted.
fn prepared(arguments: [&str; 2]) -> (TestProxy, TestEnv) {
    let (proxy, env) = TestProxy::with_bucket();
    for (number, name) in ["a", "b", "sub/c", "z"].iter().enumerate() {
        write_at(&env, &format!("in/{name}"), name, THEN + number as u64);
    }
    write_at(&env, "in/large", content(350_000), THEN);
    if arguments != UP {
        sync(&env, &UP);
    }
    match arguments {
        UP => GONE.iter().for_each(|name| put_at(&env, name, "old", THEN)),
        DOWN => GONE.iter().for_each(|name| drop(env.write(&format!("out/{name}"), "old"))),
        _ => {
            env.ok(&["bucket", "create", "my-backup", "allPrivate"]);
            env.write("old", "old");
            for name in GONE {
                env.ok(&["file", "upload", "my-backup", "old", name]);
            }
        }
    }
    (proxy, env)
}

/// Lets a request of an operation wait for its response for ever, and returns what reports that request.
fn hang_at(proxy: &TestProxy, operation: &'static str, at: usize, handled: bool) -> Receiver<()> {
    let (send, reached) = sync_channel(1);
    let seen = AtomicUsize::new(0);
    proxy.intercept(move |request, forward| {
        let is_same = request.target.contains(operation);
        if !is_same || seen.fetch_add(1, Ordering::SeqCst) + 1 != at {
            return Some(forward());
        }
        if handled {
            forward();
        }
        send.send(()).unwrap();
        None
    });
    reached
}

/// Runs a synchronization that removes, one file at a time, and sends it a signal when a request has been reached.
fn stopped(env: &TestEnv, arguments: [&str; 2], name: &str, reached: &Receiver<()>) -> Output {
    let mut command = env.b2(&[&["sync"], &deleting(arguments)[..]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if reached.recv_timeout(TOO_LONG).is_err() {
        child.kill().unwrap();
        panic!("the request was not sent: {:?}", child.wait_with_output().unwrap());
    }
    signal(&child, name);
    let output = child.wait_with_output().unwrap();
    if name == "-KILL" {
        assert_eq!(output.status.signal(), Some(9), "{output:?}");
    } else {
        let errors = failed(&output, 130);
        assert!(errors.contains("the same command completes"), "{errors}");
    }
    output
}

/// Returns the arguments of a synchronization that removes, one file at a time.
fn deleting(arguments: [&'_ str; 2]) -> [&'_ str; 7] {
    ["--delete", "--max-delete", "100%", "--threads", "1", arguments[0], arguments[1]]
}

/// Returns the files of a destination with their contents, without temporary files.
fn files_of(env: &TestEnv, destination: &str, copy: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    if destination != "out" {
        // An empty bucket is no source.
        env.ok(&["file", "download", "-r", destination, copy]);
        return tree(env, copy);
    }
    let mut files = if env.path("out").exists() { tree(env, "out") } else { BTreeMap::new() };
    files.retain(|path, _| !is_temporary(path));
    files
}

fn is_temporary(path: &Path) -> bool {
    b2_native::is_temporary(path.file_name().unwrap().to_str().unwrap())
}

/// Checks what an accident has left, and that the same command completes the synchronization.
fn completed_by_another_run(env: &TestEnv, arguments: [&str; 2], context: &str) {
    let source = tree(env, "in");
    let [_, destination] = arguments;
    for (path, bytes) in files_of(env, destination, "middle") {
        match source.get(&path) {
            Some(whole) => assert!(*whole == bytes, "{context}: {} is not whole", path.display()),
            None => assert!(GONE.contains(&path.to_str().unwrap()), "{context}: {path:?}"),
        }
    }
    env.ok(&[&["sync"], &deleting(arguments)[..]].concat());
    assert!(files_of(env, destination, "end") == source, "{context}");
    assert!(sync(env, &deleting(arguments)).is_empty(), "{context}");
    for bucket in ["b2://my-photos", "b2://my-backup"] {
        if bucket == destination {
            let unfinished = env.ok(&["file", "large", "unfinished", "list", bucket]);
            assert_eq!(unfinished, "", "{context}");
            let versions = env.ok(&["ls", "-r", "--versions", bucket]);
            assert_eq!(versions.lines().count(), source.len(), "{context}");
        }
    }
    if destination == "out" {
        // Temporary files of a run that was killed are not uploaded.
        assert_eq!(sync(env, &["out", "b2://my-photos/again"]).len(), source.len(), "{context}");
    }
}

fn survives(name: &str) {
    for accident in ACCIDENTS {
        let Accident { arguments, operation, number, handled } = accident;
        let context = format!("{name} {arguments:?} {operation} {number} {handled}");
        let (proxy, env) = prepared(arguments);
        let reached = hang_at(&proxy, operation, number, handled);
        stopped(&env, arguments, name, &reached);
        proxy.intercept(|_, forward| Some(forward()));
        if name == "-INT" && arguments == DOWN {
            assert!(!tree(&env, "out").keys().any(|path| is_temporary(path)), "{context}");
        }
        completed_by_another_run(&env, arguments, &context);
    }
}

#[test]
fn an_interrupt_in_each_phase_is_survived() {
    survives("-INT");
}

#[test]
fn a_kill_in_each_phase_is_survived() {
    survives("-KILL");
}

/// Sends half of the bytes of a file, and then nothing more.
fn hang_within(proxy: &TestProxy, bytes: usize) -> Receiver<()> {
    let (send, reached) = sync_channel(1);
    let is_cut = AtomicBool::new(false);
    proxy.intercept(move |request, forward| {
        if !request.target.contains("b2_download_file_by_id") {
            return Some(forward());
        }
        let answer = forward();
        if is_cut.load(Ordering::SeqCst) {
            // The request for the rest.
            send.send(()).unwrap();
            return None;
        }
        // The other files are smaller.
        let is_large = answer.len() > bytes;
        is_cut.store(is_large, Ordering::SeqCst);
        Some(if is_large { answer.cut(bytes) } else { answer })
    });
    reached
}

#[test]
fn a_download_that_ends_within_a_file_leaves_no_half_file() {
    for name in ["-INT", "-KILL"] {
        let (proxy, env) = prepared(DOWN);
        // An old file of this name stays until the new one is complete.
        write_at(&env, "out/large", "an older file", THEN - 10);
        let reached = hang_within(&proxy, 200_000);
        stopped(&env, DOWN, name, &reached);
        proxy.intercept(|_, forward| Some(forward()));
        let temporary: Vec<_> =
            tree(&env, "out").into_iter().filter(|(path, _)| is_temporary(path)).collect();
        assert_eq!(env.read("out/large"), b"an older file");
        assert_eq!(temporary.len(), usize::from(name == "-KILL"), "{name}");
        std::fs::remove_file(env.path("out/large")).unwrap();
        completed_by_another_run(&env, DOWN, name);
        assert_eq!(modified(&env, "out/large"), THEN);
    }
}
