//! `b2 sync` on small trees.

#[cfg(unix)]
mod accidents;
#[cfg(unix)]
mod changes;
mod compare;
mod copy;
mod down;
#[cfg(target_os = "linux")]
mod names;
mod plan;
mod refused;
mod removal;
mod select;
mod shards;
mod up;

#[cfg(unix)]
use std::collections::BTreeMap;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use b2_proto::time::Timestamp;
use serde_json::Value;

use crate::env::{TestEnv, failed, succeeded};

/// A time in the past, in seconds.
const THEN: u64 = 1_700_000_000;

/// Writes a file with this time of its last modification, in seconds.
fn write_at(env: &TestEnv, name: &str, bytes: impl AsRef<[u8]>, seconds: u64) {
    let path = env.write(name, bytes);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// Returns the time of the last modification of a local file, in seconds.
fn modified(env: &TestEnv, name: &str) -> u64 {
    let time: SystemTime = std::fs::metadata(env.path(name)).unwrap().modified().unwrap();
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Puts a file that was uploaded at this time, in seconds, into the bucket.
fn put_at(env: &TestEnv, name: &str, bytes: &'static str, seconds: u64) {
    let time = Timestamp::from_millis(seconds * 1_000);
    env.server.with(|service| service.put_file(time, "my-photos", name, bytes)).unwrap();
}

/// Runs `b2 sync` and returns its lines, sorted, since files are transferred side by side.
fn sync(env: &TestEnv, arguments: &[&str]) -> Vec<String> {
    lines(&env.ok(&[&["sync"], arguments].concat()))
}

fn lines(output: &str) -> Vec<String> {
    let mut lines: Vec<_> = output.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Runs `b2 sync`, which must fail with code 1, and returns its lines and its standard error.
fn fails(env: &TestEnv, arguments: &[&str]) -> (Vec<String>, String) {
    let output = env.b2(&[&["sync"], arguments].concat()).output().unwrap();
    let errors = failed(&output, 1);
    (lines(&String::from_utf8(output.stdout).unwrap()), errors)
}

/// Runs `b2 sync --json` and returns the summary.
fn summary(env: &TestEnv, arguments: &[&str]) -> Value {
    let output = env.b2(&[&["--json", "sync"], arguments].concat()).output().unwrap();
    let text = succeeded(&output);
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

/// Returns the names in the bucket.
fn listed(env: &TestEnv) -> Vec<String> {
    lines(&env.ok(&["ls", "-r", "b2://my-photos"]))
}

/// Returns the files below a local folder by their paths, with their contents.
#[cfg(unix)]
fn tree(env: &TestEnv, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    fn add(files: &mut BTreeMap<PathBuf, Vec<u8>>, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                add(files, root, &entry.path());
            } else {
                let name = entry.path().strip_prefix(root).unwrap().to_owned();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let (root, mut files) = (env.path(folder), BTreeMap::new());
    add(&mut files, &root, &root);
    files
}
