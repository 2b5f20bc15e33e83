//! Runs steps, counts their tests and measures their time.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::summary::Summary;
use crate::Result;
use crate::cargo::{Workspace, cargo};

/// Runs steps, counts their tests and measures their time.
#[derive(Debug)]
pub(super) struct Runner {
    workspace: Workspace,
    summary: Summary,
    times: Vec<(&'static str, Duration)>,
}

impl Runner {
    pub(super) fn new(workspace: Workspace) -> Self {
        Self { workspace, summary: Summary::default(), times: Vec::new() }
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs a step and prints what it took.
    pub(super) fn step(
        &mut self,
        name: &'static str,
        step: fn(&mut Self) -> Result<()>,
    ) -> Result<()> {
        println!("\n==> {name}");
        std::io::stdout().flush()?;
        let start = Instant::now();
        let result = step(self);
        let time = start.elapsed();
        println!("<== {name}: {:.0} s", time.as_secs_f64());
        self.times.push((name, time));
        if result.is_err() {
            println!("\n{self}");
        }
        result
    }

    /// Runs cargo.
    pub(super) fn cargo<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<()> {
        self.run(cargo().args(arguments))
    }

    /// Runs a command.
    pub(super) fn run(&self, command: &mut Command) -> Result<()> {
        if command.current_dir(&self.workspace.root).status()?.success() {
            return Ok(());
        }
        Err(failed(command))
    }

    /// Runs cargo and counts the tests that it reports.
    pub(super) fn cargo_tests<S: AsRef<OsStr>>(
        &mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<()> {
        let mut command = cargo();
        command.args(arguments);
        self.tests(command)
    }

    /// Runs a command and counts the tests that it reports.
    pub(super) fn tests(&mut self, mut command: Command) -> Result<()> {
        command.current_dir(&self.workspace.root);
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        if let Some(output) = process.stdout.take() {
            for line in BufReader::new(output).lines() {
                let line = line?;
                println!("{line}");
                self.summary.add_line(&line);
            }
        }
        if process.wait()?.success() {
            return Ok(());
        }
        Err(failed(&command))
    }

    /// Returns the arguments of a cargo command for the fuzz targets. They share the workspace's target folder, so that
    /// common dependencies are built once.
    pub(super) fn fuzz(&self, command: &str, rest: &[&str]) -> Vec<String> {
        let target = self.workspace.target.display().to_string();
        let words = [command, "--manifest-path", "fuzz/Cargo.toml", "--target-dir", &target];
        words.iter().chain(rest).map(|word| (*word).to_owned()).collect()
    }
}

/// The time of each step and the number of tests.
impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut total = Duration::ZERO;
        for (name, time) in &self.times {
            writeln!(f, "{name:<14}{:>6.0} s", time.as_secs_f64())?;
            total += *time;
        }
        writeln!(f, "{:<14}{:>6.0} s", "total", total.as_secs_f64())?;
        write!(f, "{}", self.summary)
    }
}

fn failed(command: &Command) -> Box<dyn std::error::Error> {
    let words = command.get_args().map(OsStr::to_string_lossy);
    let words: Vec<_> = words.collect();
    format!("{} {} failed", command.get_program().display(), words.join(" ")).into()
}
