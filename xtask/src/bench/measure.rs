//! Measures the time and memory of a process.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde_json::{Value, json};

use super::traffic::Traffic;
use crate::Result;

/// The time and memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Wall time in seconds.
    pub(crate) wall: f64,
    /// CPU time in seconds, of user and system.
    pub(crate) cpu: f64,
    /// The peak memory in bytes.
    pub(crate) peak: f64,
    /// The requests of the process.
    pub(crate) traffic: Traffic,
}

/// Runs a command to its end and measures it. Its output goes to `log`.
///
/// The system adds up the cost of all children of a process. Therefore the command is the only child of the process
/// `xtask measure`, which writes a report.
pub(crate) fn measure(xtask: &Path, log: &Path, command: &Command) -> Result<Cost> {
    let report = log.with_extension("json");
    let mut outer = Command::new(xtask);
    outer.arg("measure").arg(&report);
    outer.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    let output = File::create(log)?;
    outer.stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output);
    if !outer.status()?.success() {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        let shown = command.get_program().to_string_lossy().into_owned();
        return Err(format!("{shown} failed:\n{said}").into());
    }
    let report_json: Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    let number = |name: &str| report_json[name].as_f64().ok_or("a number is missing in the report");
    Ok(Cost {
        wall: number("wall")?,
        cpu: number("cpu")?,
        peak: number("peak")?,
        traffic: Traffic::default(),
    })
}

/// Runs `xtask measure REPORT PROGRAM ARGUMENTS...`.
pub(crate) fn run_measured(arguments: &[String]) -> Result<()> {
    let [report, program, arguments @ ..] = arguments else {
        return Err("measure needs a report and a program".into());
    };
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status()?;
    let wall = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("the command failed: {status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
    // The unit is KiB on Linux and bytes on macOS.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let report_json = json!({"wall": wall, "cpu": cpu, "peak": usage.max_rss() * unit});
    Ok(std::fs::write(report, report_json.to_string())?)
}

fn seconds(time: TimeVal) -> f64 {
    let micros = u64::try_from(time.tv_usec()).unwrap_or_default();
    let whole = u64::try_from(time.tv_sec()).unwrap_or_default();
    (Duration::from_secs(whole) + Duration::from_micros(micros)).as_secs_f64()
}
