//! `cargo xtask test`: everything that CI checks, in order, until something fails.

mod summary;
mod wasm;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use summary::Summary;

use crate::Result;
use crate::cargo::{Workspace, cargo};
use crate::package;

/// The crates that must run where there is neither a socket nor a file.
const PORTABLE: &[&str] = &["b2-proto", "b2-client"];

/// `cargo xtask test`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if let Some(unknown) = arguments.first() {
        return Err(format!("test takes no arguments, and not {unknown}").into());
    }
    let begun = Instant::now();
    let mut summary = Summary::default();
    step("formatting")?;
    check(["fmt", "--all", "--check"])?;
    check(["fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"])?;

    step("lints")?;
    let deny = ["--", "-D", "warnings"];
    let native = ["clippy", "--workspace", "--all-targets"];
    check(native.into_iter().chain(deny))?;
    check(wasm::packages(&["clippy"], PORTABLE).chain(deny))?;
    let gateway = ["clippy", "--no-default-features", "--features", "gateway"];
    check(wasm::packages(&gateway, &["b2-wasm"]).chain(deny))?;
    check(wasm::packages(&["clippy", "--all-targets"], &["b2-wasm"]).chain(deny))?;
    // The workspace's target folder, so that what the fuzz targets need is not built twice.
    let workspace = Workspace::find()?;
    let target = workspace.target.to_str().ok_or("the target folder's path is not UTF-8")?;
    let fuzz = |command| {
        let manifest = [command, "--manifest-path", "fuzz/Cargo.toml"];
        manifest.into_iter().chain(["--target-dir", target])
    };
    check(fuzz("clippy").chain(["--all-targets"]).chain(deny))?;

    step("builds for wasm32")?;
    check(wasm::packages(&["build"], PORTABLE))?;
    check(wasm::packages(&["build", "--no-default-features"], &["b2-sim"]))?;
    for package in PORTABLE.iter().chain(&["b2-wasm"]) {
        wasm::check_dependencies(package)?;
    }

    step("documentation")?;
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    succeed(doc.env("RUSTDOCFLAGS", "-D warnings"))?;

    step("fuzz targets, on inputs that are always the same")?;
    tests(fuzz("test"), &mut summary)?;

    step("tests")?;
    tests(["test", "--workspace", "--no-fail-fast"], &mut summary)?;

    step("models and sentences of the package and the page")?;
    let mut units = Command::new("node");
    units.arg("--test");
    for folder in ["b2-wasm/tests/unit", "www/tests"] {
        // Named one by one: not every version of Node takes a folder.
        for entry in std::fs::read_dir(workspace.root.join(folder))? {
            units.arg(entry?.path());
        }
    }
    succeed(&mut units)?;

    step("the npm package")?;
    package::run(&[])?;

    step("the npm package wherever JavaScript runs")?;
    counted(package::conformance_command(&[])?, &mut summary)?;

    step("attacks on the package's host in Node")?;
    let attacks = ["test", "--package", "b2-tests", "--test", "attacks", "--no-fail-fast"];
    tests(attacks.into_iter().chain(["--", "--ignored"]), &mut summary)?;

    step("the page in Chromium")?;
    let page = ["test", "--package", "b2-tests", "--test", "browser", "--no-fail-fast"];
    tests(page.into_iter().chain(["--", "--ignored", "--test-threads", "1"]), &mut summary)?;

    println!("\nAll of it in {} s.", begun.elapsed().as_secs());
    println!("{summary}");
    Ok(())
}

fn step(name: &str) -> Result<()> {
    println!("\n==> {name}");
    Ok(std::io::stdout().flush()?)
}

/// Runs cargo.
fn check<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<()> {
    succeed(cargo().args(arguments))
}

fn succeed(command: &mut Command) -> Result<()> {
    if command.status()?.success() {
        return Ok(());
    }
    Err(failed(command))
}

/// Runs tests, shows what they print, and counts them.
fn tests<'a>(arguments: impl IntoIterator<Item = &'a str>, summary: &mut Summary) -> Result<()> {
    let mut command = cargo();
    command.args(arguments);
    counted(command, summary)
}

fn counted(mut command: Command, summary: &mut Summary) -> Result<()> {
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    if let Some(output) = process.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            summary.saw(&line);
        }
    }
    if process.wait()?.success() {
        return Ok(());
    }
    println!("\n{summary}");
    Err(failed(&command))
}

fn failed(command: &Command) -> Box<dyn std::error::Error> {
    let words = command.get_args().map(OsStr::to_string_lossy);
    let words: Vec<_> = words.collect();
    format!("{} {} failed", command.get_program().display(), words.join(" ")).into()
}
