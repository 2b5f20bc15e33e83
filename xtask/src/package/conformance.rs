//! `cargo xtask conformance`: tests the package in each JavaScript runtime.

use std::process::Command;

use super::Places;
use crate::Result;
use crate::cargo::{cargo, run as succeed};

/// Runs `b2-wasm/tests/conformance.mjs` in the named runtimes, or in all.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    succeed(&mut command(arguments)?)
}

/// Builds the package and the simulator, and returns the command that runs the tests.
pub(crate) fn command(arguments: &[String]) -> Result<Command> {
    let places = Places::new()?;
    let mut simulator = cargo();
    simulator.args(["build", "--workspace", "--example", "serve"]);
    succeed(simulator.current_dir(&places.root))?;
    let mut tests = Command::new("node");
    tests.arg(places.root.join("b2-wasm/tests/run.mjs"));
    tests.arg("--package").arg(&places.package);
    tests.arg("--source").arg(super::assemble::source(&places));
    tests.arg("--simulator").arg(places.target.join("debug/examples/serve"));
    tests.arg("--tools").arg(places.target.join("npm-tools/node_modules"));
    let all = [
        "types", "node", "trap", "testing", "deno", "workerd", "hosts", "chromium", "uppy",
        "react", "host",
    ]
    .map(str::to_owned);
    let chosen = if arguments.is_empty() { &all } else { arguments };
    if chosen.iter().any(|place| place == "host") {
        tests.arg("--host").arg(super::host::tests(&places)?);
    }
    tests.args(chosen);
    Ok(tests)
}
