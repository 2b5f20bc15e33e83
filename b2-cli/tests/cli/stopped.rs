//! What a person stops says what has become of it.

#![cfg(unix)]

use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use b2_sim::server::ServerOptions;
use serde_json::Value;

use crate::world::{World, failed, signal};

/// A server that waits before it answers the second request of this kind, and tells that it has come.
fn halting(operation: &'static str) -> (World, Receiver<()>, Sender<()>) {
    let (come, comes) = channel();
    let (go, goes) = channel::<()>();
    let state = Mutex::new((0, come, goes));
    let world = World::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            if exchange.operation == operation {
                let mut state = state.lock().unwrap();
                state.0 += 1;
                if state.0 == 2 {
                    state.1.send(()).unwrap();
                    // The test ends it, or has ended.
                    let _ = state.2.recv();
                }
            }
        })),
        ..ServerOptions::default()
    });
    world.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    (world, comes, go)
}

fn start(world: &World, arguments: &[&str]) -> Child {
    world.b2(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_folder_that_is_stopped_reports_what_was_done() {
    for name in ["INT", "TERM"] {
        let (world, comes, go) = halting("b2_upload_file");
        for number in 0..5 {
            world.write(&format!("in/{number}"), "1");
        }
        let arguments = ["--json", "file", "upload", "--threads", "1", "-r", "my-photos", "in"];
        let child = start(&world, &arguments);
        comes.recv().unwrap();
        signal(&child, &format!("-{name}"));
        let output = child.wait_with_output().unwrap();
        drop(go);
        let errors = failed(&output, 130);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["files"], &report["failed"]), (&1.into(), &0.into()), "{errors}");
        assert!(report["error"].as_str().unwrap().starts_with("Interrupted."), "{report}");
        assert!(errors.contains("The same command"), "{errors}");
    }
}

#[test]
fn a_download_that_is_stopped_leaves_whole_files_only() {
    let (world, comes, go) = halting("b2_download_file_by_id");
    for number in 0..5 {
        world.write(&format!("in/{number}"), "1");
    }
    world.ok(&["file", "upload", "-r", "my-photos", "in"]);
    let child =
        start(&world, &["file", "download", "--threads", "1", "-r", "b2://my-photos", "out"]);
    comes.recv().unwrap();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    drop(go);
    let errors = failed(&output, 130);
    assert!(errors.contains("The same command"), "{errors}");
    assert_eq!(world.names("out"), ["0"]);
}

#[test]
fn waiting_for_a_key_can_be_stopped() {
    let world = World::new();
    let mut command = world.anonymous(&["account", "authorize", "some-id"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It listens for signals before it reads, and it reads for as long as this end is open.
    let _open = child.stdin.take();
    while !listens(&child) {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Whether the process catches SIGINT by now.
fn listens(child: &Child) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) else {
        // Where nothing tells, a signal without a handler ends the process without a code.
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.unwrap_or_default().trim(), 16).unwrap_or_default();
    caught & 0b10 != 0
}
