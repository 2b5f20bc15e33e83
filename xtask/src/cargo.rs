//! Runs cargo, rustup and other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::Result;

/// The target of browsers and edge runtimes.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Whether builds write no incremental data.
static BUILDS_ONCE: AtomicBool = AtomicBool::new(false);

/// Makes all later builds write no incremental data, which they would take longer for, and which only a later build reads.
/// `CARGO_INCREMENTAL` in the environment has precedence.
pub(crate) fn build_once() {
    BUILDS_ONCE.store(true, Ordering::Relaxed);
}

/// Returns a command of the cargo that runs this program.
pub(crate) fn cargo() -> Command {
    const INCREMENTAL: &str = "CARGO_INCREMENTAL";
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if BUILDS_ONCE.load(Ordering::Relaxed) && std::env::var_os(INCREMENTAL).is_none() {
        command.env(INCREMENTAL, "0");
    }
    command
}

/// The workspace of the current folder. Cargo is asked at run time: paths compiled into the program would be those of the
/// checkout that built it.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the workspace with `cargo metadata`.
    pub(crate) fn find() -> Result<Self> {
        let metadata = metadata(cargo().arg("metadata").arg("--no-deps"))?;
        let folder = |name: &str| {
            let folder = metadata[name].as_str().map(PathBuf::from);
            folder.ok_or_else(|| format!("cargo metadata has no {name}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// Returns the output of `cargo metadata` for the packages of the workspace.
    pub(crate) fn metadata(&self) -> Result<Value> {
        metadata(cargo().arg("metadata").arg("--no-deps").current_dir(&self.root))
    }

    /// Returns the output of `cargo metadata` for the workspace and its dependencies.
    pub(crate) fn metadata_with_dependencies(&self) -> Result<Value> {
        metadata(cargo().arg("metadata").arg("--all-features").current_dir(&self.root))
    }
}

fn metadata(command: &mut Command) -> Result<Value> {
    let output = command.arg("--format-version=1").stderr(Stdio::inherit()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Builds a binary in the release profile and returns its path.
pub(crate) fn build_release(package: &str, binary: &str) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--release", "--package", package, "--bin", binary]);
    command.arg("--message-format=json-render-diagnostics");
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{package} does not build").into());
    }
    let executables = String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == binary)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executables.ok_or_else(|| format!("cargo did not report the path of {binary}").into())
}

/// Adds a target to the toolchain, if rustup is installed and the target is not.
pub(crate) fn add_target(target: &str) -> Result<()> {
    match installed_targets() {
        Some(installed) if !installed.lines().any(|line| line == target) => {
            run(Command::new("rustup").args(["target", "add", target]))
        }
        _ => Ok(()),
    }
}

/// Returns whether rustup has installed a target.
pub(crate) fn has_target(target: &str) -> bool {
    installed_targets().is_some_and(|installed| installed.lines().any(|line| line == target))
}

/// Returns the output of `rustup target list`, if rustup is installed.
fn installed_targets() -> Option<String> {
    let output = Command::new("rustup").args(["target", "list", "--installed"]).output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}").into()) }
}
