//! Running cargo, and other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Result;

/// A cargo command, with the cargo that runs this one.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The workspace that this program was started in, as cargo describes it at run time: a path compiled into the program
/// would lead to the checkout that built it.
pub(crate) struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks `cargo metadata`.
    pub(crate) fn find() -> Result<Self> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version=1"]);
        let output = command.stderr(Stdio::inherit()).output()?;
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let folder = |name: &str| {
            let folder = metadata[name].as_str().map(PathBuf::from);
            folder.ok_or_else(|| format!("cargo metadata has no {name}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }
}

/// Builds a binary as it would be installed, and says where it is.
pub(crate) fn release(package: &str, binary: &str) -> Result<PathBuf> {
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
    executables.ok_or_else(|| format!("cargo did not say where {binary} is").into())
}

/// The target of browsers and the edge.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Adds the target of browsers to the toolchain, if rustup says that it is missing.
pub(crate) fn wasm_target() -> Result<()> {
    let mut list = Command::new("rustup");
    let Ok(installed) = list.args(["target", "list", "--installed"]).output() else {
        // Whoever has no rustup has a toolchain of another kind, and the build will tell.
        return Ok(());
    };
    if String::from_utf8_lossy(&installed.stdout).lines().any(|target| target == WASM) {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", WASM]))
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name} cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}").into()) }
}
