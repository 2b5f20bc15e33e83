//! Commands that are interrupted by a signal.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use b2_sim::server::ServerOptions;
use serde_json::Value;

use crate::env::{TestEnv, failed, signal};

/// Returns an environment whose server stops at the second request of an operation, with a channel that reports that
/// request and one that lets it continue.
pub(crate) fn stop_at_second(operation: &'static str) -> (TestEnv, Receiver<()>, Sender<()>) {
    let (send_reached, reached) = channel();
    let (resume, resumed) = channel::<()>();
    let state = Mutex::new((0, send_reached, resumed));
    let env = TestEnv::with(ServerOptions {
        on_request: Some(Arc::new(move |exchange| {
            if exchange.operation == operation {
                let mut state = state.lock().unwrap();
                state.0 += 1;
                if state.0 == 2 {
                    state.1.send(()).unwrap();
                    // Returns when the test drops the sender.
                    let _ = state.2.recv();
                }
            }
        })),
        ..ServerOptions::default()
    });
    env.ok(&["bucket", "create", "my-photos", "allPrivate"]);
    (env, reached, resume)
}

fn start(env: &TestEnv, arguments: &[&str]) -> Child {
    env.b2(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn an_interrupted_folder_upload_reports_its_progress() {
    for name in ["INT", "TERM"] {
        let (env, reached, resume) = stop_at_second("b2_upload_file");
        for number in 0..5 {
            env.write(&format!("in/{number}"), "1");
        }
        let arguments = ["--json", "file", "upload", "--threads", "1", "-r", "my-photos", "in"];
        let child = start(&env, &arguments);
        reached.recv().unwrap();
        signal(&child, &format!("-{name}"));
        let output = child.wait_with_output().unwrap();
        drop(resume);
        let errors = failed(&output, 130);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["files"], &report["failed"]), (&1.into(), &0.into()), "{errors}");
        assert!(report["error"].as_str().unwrap().starts_with("Interrupted."), "{report}");
        assert!(errors.contains("The same command"), "{errors}");
    }
}

#[test]
fn an_interrupted_download_leaves_only_complete_files() {
    let (env, reached, resume) = stop_at_second("b2_download_file_by_id");
    for number in 0..5 {
        env.write(&format!("in/{number}"), "1");
    }
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    let child = start(&env, &["file", "download", "--threads", "1", "-r", "b2://my-photos", "out"]);
    reached.recv().unwrap();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    drop(resume);
    let errors = failed(&output, 130);
    assert!(errors.contains("The same command"), "{errors}");
    assert_eq!(env.names("out"), ["0"]);
}

#[test]
fn waiting_for_a_key_can_be_interrupted() {
    let env = TestEnv::new();
    let mut command = env.anonymous(&["account", "authorize", "some-id"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The command handles signals before it reads, and reads until this end of the pipe is closed.
    let _open = child.stdin.take();
    while !handles_interrupt(&child) {
        std::thread::yield_now();
    }
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Returns whether the process has a handler for SIGINT.
fn handles_interrupt(child: &Child) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) else {
        // Without `/proc` this cannot be checked; a signal without a handler then fails the test.
        return true;
    };
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = u64::from_str_radix(caught.unwrap_or_default().trim(), 16).unwrap_or_default();
    caught & 0b10 != 0
}

#[test]
fn an_interrupted_deletion_completes_what_it_has_started() {
    let (env, reached, resume) = stop_at_second("b2_delete_file_version");
    for number in 0..5 {
        env.write(&format!("in/{number}"), "1");
    }
    env.ok(&["file", "upload", "-r", "my-photos", "in"]);
    let mut child = start(&env, &["--json", "rm", "-r", "--threads", "1", "b2://my-photos"]);
    reached.recv().unwrap();
    signal(&child, "-INT");
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert!(line.contains("deletions that have started are completed"), "{line}");
    drop(resume);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["deleted"], &report["failed"]), (&2.into(), &0.into()));
    assert_eq!(env.ok(&["ls", "b2://my-photos"]), "2\n3\n4\n");
}
