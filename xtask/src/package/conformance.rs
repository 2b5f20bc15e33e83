//! `cargo xtask conformance`: tests the package in each JavaScript runtime.

use std::process::Command;

use super::Places;
use super::tools::Tools;
use crate::Result;
use crate::cargo::{cargo, run as succeed};

/// Runs the named tests of `b2-wasm/tests/run.mjs`, or all but `bundlers`. With `bundlers`, `--only=WORD` selects toolchains.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    succeed(&mut command(arguments)?)
}

/// Builds the simulator, and returns the command that runs the tests with the package that was built last.
pub(crate) fn command(arguments: &[String]) -> Result<Command> {
    let places = Places::new()?;
    let mut simulator = cargo();
    simulator.args(["build", "--workspace", "--example", "serve", "--bin", "b2"]);
    succeed(simulator.current_dir(&places.root))?;
    let mut tests = Command::new("node");
    tests.arg(places.root.join("b2-wasm/tests/run.mjs"));
    tests.arg("--package").arg(&places.package);
    tests.arg("--source").arg(super::assemble::source(&places));
    tests.arg("--simulator").arg(places.target.join("debug/examples/serve"));
    tests.arg("--b2").arg(places.target.join("debug/b2"));
    tests.arg("--tools").arg(places.target.join("npm-tools/node_modules"));
    let all = [
        "types", "node", "trap", "testing", "examples", "deno", "workerd", "hosts", "chromium",
        "uppy", "react", "host",
    ]
    .map(str::to_owned);
    let chosen = if arguments.is_empty() { &all } else { arguments };
    if chosen.iter().any(|place| place == "bundlers") {
        Tools::install(&places, "b2-wasm/tests/bundlers/package.json", "npm-bundlers")?;
        tests.arg("--bundlers").arg(places.target.join("npm-bundlers"));
    }
    if chosen.iter().any(|place| place == "host") {
        tests.arg("--host").arg(super::host::tests(&places)?);
    }
    tests.args(chosen);
    Ok(tests)
}
