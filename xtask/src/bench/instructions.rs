//! Counts the instructions of this project's command with callgrind.
//!
//! Unlike times, counts hardly depend on the machine and on what else it does. They are those of the process in user mode:
//! neither the system nor the server counts. SHA-1 counts more than on a processor that has instructions for it, since
//! valgrind does not offer them to programs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Bench;
use super::clients::Kind;
use super::job::Job;
use super::settings::{Counts, Settings};
use super::sim::Sim;
use crate::Result;
use crate::cargo::Workspace;

/// The jobs whose instructions are counted.
const JOBS: [Job; 9] = [
    Job::Start,
    Job::List,
    Job::DownloadOne,
    Job::UploadLarge,
    Job::DownloadLarge,
    Job::DownloadHashed,
    Job::UploadSmall,
    Job::DownloadSmall,
    Job::SyncUnchanged,
];

/// The file with the recorded counts, below the root of the workspace.
const FILE: &str = "tests/benches/instructions.tsv";

/// The first line of the file.
const TITLE: &str = "job\tmillions of instructions";

/// Returns the settings of what is counted. The files are small, since valgrind is about fifty times as slow.
pub(super) fn settings(settings: Settings) -> Settings {
    Settings { size: 120_000_000, files: 200, file_size: 1 << 10, sync_files: 2_000, ..settings }
}

/// Returns whether valgrind is installed.
pub(super) fn is_possible() -> bool {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    valgrind.status().is_ok_and(|status| status.success())
}

/// Counts the instructions of all jobs, and prints or records the counts.
pub(super) fn run(bench: &mut Bench, counts: Counts) -> Result<()> {
    let file = Workspace::find()?.root.join(FILE);
    let recorded = fs::read_to_string(&file).unwrap_or_default();
    let mut counted = Vec::new();
    println!("| millions of instructions | recorded | now | difference |\n|---|---:|---:|---:|");
    for job in JOBS {
        let name = job.name(&bench.settings);
        let millions = bench.count(job)? as f64 / 1e6;
        println!("{}", row(&name, count_of(&recorded, &name), millions));
        counted.push((name, millions));
    }
    if counts == Counts::Record {
        let mut text = format!("{TITLE}\n");
        for (name, millions) in counted {
            writeln!(text, "{name}\t{millions:.1}")?;
        }
        fs::write(file, text)?;
    }
    Ok(())
}

/// Returns the count of a job in the text of the file.
fn count_of(recorded: &str, name: &str) -> Option<f64> {
    let lines = recorded.lines().filter_map(|line| line.split_once('\t'));
    lines.filter(|(job, _)| *job == name).find_map(|(_, count)| count.parse().ok())
}

fn row(name: &str, recorded: Option<f64>, now: f64) -> String {
    match recorded {
        Some(before) => {
            let percent = (now / before - 1.0) * 100.0;
            format!("| {name} | {before:.1} | {now:.1} | {percent:+.1} % |")
        }
        None => format!("| {name} | | {now:.1} | |"),
    }
}

impl Bench {
    /// Counts the instructions of one job of this project's command.
    fn count(&mut self, job: Job) -> Result<u64> {
        let Some(client) = self.clients.iter().find(|client| client.kind == Kind::Ours).cloned()
        else {
            return Err("the command was not found".into());
        };
        if job == Job::SyncUnchanged {
            self.data.write_tree(&self.folder, &self.settings)?;
        }
        let sim = Sim::start(&self.ours, !job.is_stored(), &self.folder.join("requests"), None)?;
        let mut account = sim.account()?;
        self.prepare(job, &sim, &mut account)?;
        let (local, remote) = self.places(job, client.kind, 0)?;
        let command = client.command(job, &local, &remote, &account)?;
        let command = command.ok_or("the command does not have this job")?;
        if job == Job::DownloadSmall {
            fs::create_dir(&local)?;
        }
        let log = self.folder.join("valgrind");
        let mut valgrind = valgrind(&command, &log, &self.folder.join("callgrind"));
        sim.environment(&self.folder, &mut valgrind);
        let output = valgrind.output()?;
        let said = fs::read_to_string(&log)?;
        if !output.status.success() {
            let printed = String::from_utf8_lossy(&output.stderr);
            return Err(format!("valgrind failed: {}\n{printed}{said}", output.status).into());
        }
        job.check(&self.data, &mut account, &local, &remote)?;
        if job.is_download() && job != Job::DownloadSmall {
            fs::remove_file(&local)?;
        }
        collected(&said).ok_or_else(|| format!("callgrind counted nothing:\n{said}").into())
    }
}

/// Returns a command that runs another one in callgrind.
fn valgrind(command: &Command, log: &Path, out: &Path) -> Command {
    let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--tool=callgrind");
    valgrind.arg(option("log-file", log)).arg(option("callgrind-out-file", out));
    valgrind.arg(command.get_program()).args(command.get_args());
    valgrind.stdin(Stdio::null());
    valgrind
}

/// Returns the count in the log of callgrind: `==123== Collected : 4567`.
fn collected(log: &str) -> Option<u64> {
    let line = log.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_the_log() {
        let log = "==9== Events    : Ir\n==9== Collected : 4567\n==9== I   refs:      4,567\n";
        assert_eq!(collected(log), Some(4_567));
        assert_eq!(collected("==9== Events    : Ir\n"), None);
    }

    #[test]
    fn counts_are_compared_with_those_of_the_same_job() {
        let recorded = format!("{TITLE}\nlist a folder\t20.0\nlist a folder twice\t40.0\n");
        let text = |name: &str| row(name, count_of(&recorded, name), 21.0);
        assert_eq!(text("list a folder"), "| list a folder | 20.0 | 21.0 | +5.0 % |");
        assert_eq!(text("other"), "| other | | 21.0 | |");
    }
}
