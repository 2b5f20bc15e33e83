//! `cargo xtask test`: the steps of continuous integration, until one fails.

mod dependencies;
mod descendants;
mod features;
mod lanes;
mod peers;
mod runner;
mod summary;
mod targets;

use std::process::Command;

use crate::Result;
use crate::cargo::{WASM, Workspace, add_target, build_once, cargo};
use crate::package;
use runner::Runner;

/// Makes warnings errors.
const DENY_WARNINGS: &[&str] = &["--", "-D", "warnings"];

/// A step and its name.
type Step = (&'static str, fn(&mut Runner) -> Result<()>);

/// The steps that run first, one after the other: they take seconds.
const FIRST: &[Step] =
    &[("format", format), ("dependencies", dependencies::check), ("javascript", javascript)];

/// The npm package, and the steps that drive browsers and other runtimes, which need it. The modules of the package are
/// optimized one at a time, on one core; the other steps wait more than they compute.
const RUNTIMES: &[Step] = &[
    ("package", npm_package),
    ("conformance", conformance),
    ("attacks", attacks),
    ("page", page),
    ("peers", peers::check),
    // Its builds have a target folder of their own.
    ("wakers", wakers),
];

/// The steps that run beside them, which compile. Cargo builds one at a time in a profile of a target folder; the package has a
/// profile of its own, and what the other runtimes need is built by `tests`.
const BUILDS: &[Step] = &[
    ("lints", lints),
    ("tests", tests),
    ("fuzz", fuzz),
    ("wasm", wasm),
    ("docs", docs),
    ("targets", targets::check),
    ("features", features::check),
];

/// Runs `cargo xtask test [STEP]...`: all steps, two at once, or the named steps in order.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let steps = [FIRST, RUNTIMES, BUILDS].concat();
    let names: Vec<_> = steps.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = arguments.iter().find(|word| !names.contains(&word.as_str())) {
        return Err(format!("'{unknown}' is not a step; the steps are {}", names.join(", ")).into());
    }
    let mut runner = Runner::new(Workspace::find()?);
    let result = if arguments.is_empty() {
        build_once();
        runner.steps(FIRST).and_then(|()| lanes::run(&mut runner, RUNTIMES, BUILDS))
    } else {
        let named = |(name, _): &Step| arguments.iter().any(|word| word == name);
        runner.steps(&steps.into_iter().filter(named).collect::<Vec<_>>())
    };
    println!("\n{runner}");
    result
}

fn format(runner: &mut Runner) -> Result<()> {
    runner.cargo(["fmt", "--all", "--check"])?;
    runner.cargo(["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"])
}

/// Clippy, natively and for WebAssembly. Also checks that everything compiles.
fn lints(runner: &mut Runner) -> Result<()> {
    add_target(WASM)?;
    let deny = |words: &[&'static str]| [words, DENY_WARNINGS].concat();
    let wasm = |words: &[&'static str]| deny(&[&["clippy", "--target", WASM], words].concat());
    runner.cargo(deny(&["clippy", "--workspace", "--all-targets"]))?;
    runner.cargo(wasm(&["-p", "b2-proto", "-p", "b2-client", "--no-default-features"]))?;
    runner.cargo(wasm(&["-p", "b2-sim", "--no-default-features"]))?;
    runner.cargo(wasm(&["-p", "b2-wasm", "--all-targets"]))?;
    runner.cargo(runner.fuzz("clippy", &deny(&["--all-targets"])))
}

fn docs(runner: &mut Runner) -> Result<()> {
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    runner.run(&mut doc)
}

/// The fuzz targets with pseudorandom inputs.
fn fuzz(runner: &mut Runner) -> Result<()> {
    runner.cargo_tests(runner.fuzz("test", &[]))
}

fn tests(runner: &mut Runner) -> Result<()> {
    runner.cargo_tests(["test", "--workspace", "--no-fail-fast"])
}

/// The model test of the asynchronous driver: its threads in every order, by loom.
fn wakers(runner: &mut Runner) -> Result<()> {
    let mut tests = cargo();
    // With these flags nothing is shared with other steps, so it need not wait for their builds.
    tests.args(["test", "--target-dir"]).arg(runner.workspace().target.join("wakers"));
    tests.args(["--package", "b2-client", "--lib", "wakers::", "--", "--nocapture"]);
    tests.env("RUSTFLAGS", "--cfg b2_loom");
    runner.tests(tests)
}

/// The unit tests of `b2-proto` on a 32-bit WebAssembly target, run by the WASI of Node.
fn wasm(runner: &mut Runner) -> Result<()> {
    const TARGET: &str = "wasm32-wasip1";
    add_target(TARGET)?;
    let script = runner.workspace().root.join("xtask/wasi.mjs");
    let mut tests = cargo();
    tests.args(["test", "--package", "b2-proto", "--target", TARGET, "--all-features", "--lib"]);
    tests.env(
        "CARGO_TARGET_WASM32_WASIP1_RUNNER",
        format!("node --no-warnings {}", script.display()),
    );
    // Node 20 crashes when the memory of a program grows during a system call, so it starts large enough.
    tests.env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", "-Clink-arg=--initial-memory=536870912");
    runner.tests(tests)
}

/// The unit tests of JavaScript.
fn javascript(runner: &mut Runner) -> Result<()> {
    let mut node = Command::new("node");
    node.arg("--test");
    for folder in ["b2-wasm/tests/unit", "www/tests"] {
        // Node 20 accepts files and not folders here.
        for entry in std::fs::read_dir(runner.workspace().root.join(folder))? {
            node.arg(entry?.path());
        }
    }
    runner.run(&mut node)
}

fn npm_package(_: &mut Runner) -> Result<()> {
    package::run(&[])
}

/// The npm package in Node, Deno, workerd and Chromium.
fn conformance(runner: &mut Runner) -> Result<()> {
    runner.tests(package::conformance_command(&[])?)
}

/// Attacks on the gateway host of the npm package in Node.
fn attacks(runner: &mut Runner) -> Result<()> {
    runner.cargo_tests([
        // The whole workspace, so that dependencies have the features of the step `tests` and are not built again.
        "test",
        "--workspace",
        "--test",
        "attacks",
        "--no-fail-fast",
        "--",
        "--ignored",
    ])
}

/// The upload page in Chromium.
fn page(runner: &mut Runner) -> Result<()> {
    runner.cargo_tests([
        "test",
        "--workspace",
        "--test",
        "browser",
        "--no-fail-fast",
        "--",
        "--ignored",
        "--test-threads",
        "1",
    ])
}
