//! Runs steps, counts their tests and measures their time.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Step;
use super::lanes::Failure;
use super::summary::Summary;
use crate::Result;
use crate::cargo::{Workspace, cargo};

/// Where the output of steps goes.
#[derive(Debug)]
pub(super) enum Output {
    /// To the standard output, as it comes.
    Stream,
    /// To a temporary file, and from there to the standard output when the step ends.
    Capture(File),
}

impl Output {
    /// Returns an output that is printed when a step ends.
    pub(super) fn capture() -> io::Result<Self> {
        Ok(Self::Capture(tempfile::tempfile()?))
    }
}

/// Runs steps, counts their tests and measures their time.
#[derive(Debug)]
pub(super) struct Runner {
    workspace: Workspace,
    output: Output,
    failure: Failure,
    summary: Summary,
    start: Instant,
    times: Vec<(&'static str, Duration)>,
}

impl Runner {
    pub(super) fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            output: Output::Stream,
            failure: Failure::default(),
            summary: Summary::default(),
            start: Instant::now(),
            times: Vec::new(),
        }
    }

    /// Returns a runner for steps that run beside those of others, until one of them has failed.
    pub(super) fn lane(&self, failure: &Failure, output: Output) -> Self {
        Self { output, failure: failure.clone(), ..Self::new(self.workspace.clone()) }
    }

    /// Adds the tests and times of another runner.
    pub(super) fn add(&mut self, other: Self) {
        self.summary.add(other.summary);
        self.times.extend(other.times);
    }

    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Runs steps in order until one fails.
    pub(super) fn steps(&mut self, steps: &[Step]) -> Result<()> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    /// Runs a step and prints what it took.
    fn step(&mut self, (name, step): &Step) -> Result<()> {
        match self.output {
            Output::Stream => println!("\n==> {name}"),
            Output::Capture(_) => println!("\n==> {name}, printed when it ends"),
        }
        io::stdout().flush()?;
        let start = Instant::now();
        let result = step(self);
        let time = start.elapsed();
        self.times.push((name, time));
        let captured = self.take_captured(name)?;
        let failed = result.as_ref().err().map(|error| format!(": {error}")).unwrap_or_default();
        println!("{captured}<== {name}: {:.0} s{failed}", time.as_secs_f64());
        result
    }

    /// Returns what the step has printed into the file, under its name, and empties the file.
    fn take_captured(&mut self, name: &str) -> io::Result<String> {
        let Output::Capture(file) = &mut self.output else { return Ok(String::new()) };
        let mut bytes = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        // What a descendant still prints goes to the old file.
        *file = tempfile::tempfile()?;
        Ok(format!("\n==> output of {name}\n{}", String::from_utf8_lossy(&bytes)))
    }

    /// Prints a line of a step.
    pub(super) fn print(&self, line: &str) -> io::Result<()> {
        match &self.output {
            Output::Stream => println!("{line}"),
            Output::Capture(file) => writeln!(&mut &*file, "{line}")?,
        }
        Ok(())
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
        if let Output::Capture(file) = &self.output {
            command.stdout(file.try_clone()?);
        }
        if self.spawn(command)?.wait()?.success() {
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
        let mut process = self.spawn(command.stdout(Stdio::piped()))?;
        if let Some(output) = process.stdout.take() {
            for line in BufReader::new(output).lines() {
                let line = line?;
                self.print(&line)?;
                self.summary.add_line(&line);
            }
        }
        if process.wait()?.success() {
            return Ok(());
        }
        Err(failed(&command))
    }

    fn spawn(&self, command: &mut Command) -> Result<Child> {
        command.current_dir(&self.workspace.root);
        if let Output::Capture(file) = &self.output {
            command.stdin(Stdio::null()).stderr(file.try_clone()?);
        }
        self.failure.unless(|| command.spawn())
    }

    /// Returns the arguments of a cargo command for the fuzz targets. They share the workspace's target folder, so that
    /// common dependencies are built once.
    pub(super) fn fuzz(&self, command: &str, rest: &[&str]) -> Vec<String> {
        let target = self.workspace.target.display().to_string();
        let words = [command, "--manifest-path", "fuzz/Cargo.toml", "--target-dir", &target];
        words.iter().chain(rest).map(|word| (*word).to_owned()).collect()
    }
}

/// The time of each step, the time since the start, which is less than their sum if steps ran at once, and the number of
/// tests.
impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, time) in &self.times {
            writeln!(f, "{name:<14}{:>6.0} s", time.as_secs_f64())?;
        }
        writeln!(f, "{:<14}{:>6.0} s", "total", self.start.elapsed().as_secs_f64())?;
        write!(f, "{}", self.summary)
    }
}

fn failed(command: &Command) -> Box<dyn std::error::Error> {
    let words = command.get_args().map(OsStr::to_string_lossy);
    let words: Vec<_> = words.collect();
    format!("{} {} failed", command.get_program().display(), words.join(" ")).into()
}
