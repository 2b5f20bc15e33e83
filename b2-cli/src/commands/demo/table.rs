//! The results, as a table or as JSON.

use std::fmt;
use std::time::Duration;

use indicatif::DecimalBytes;
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;

/// The results of one phase.
#[derive(Debug)]
pub(super) struct Phase {
    name: &'static str,
    files: u64,
    bytes: Option<u64>,
    elapsed: Duration,
    retries: u64,
}

impl Phase {
    pub(super) fn new(
        name: &'static str,
        files: u64,
        bytes: Option<u64>,
        elapsed: Duration,
        retries: u64,
    ) -> Self {
        Self { name, files, bytes, elapsed, retries }
    }

    /// Returns the throughput in megabytes per second.
    fn rate(&self) -> Option<f64> {
        // The rate is rounded when it is printed.
        #[allow(clippy::cast_precision_loss)]
        let megabytes = self.bytes? as f64 / 1e6;
        Some(megabytes / self.elapsed.as_secs_f64().max(1e-6))
    }

    fn row(&self) -> [String; 6] {
        let dash = || "-".to_owned();
        [
            self.name.to_owned(),
            self.files.to_string(),
            self.bytes.map_or_else(dash, |bytes| DecimalBytes(bytes).to_string()),
            format!("{:.2}", self.elapsed.as_secs_f64()),
            self.rate().map_or_else(dash, |rate| format!("{rate:.1}")),
            self.retries.to_string(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "phase": self.name,
            "files": self.files,
            "bytes": self.bytes,
            "seconds": self.elapsed.as_secs_f64(),
            "megabytesPerSecond": self.rate(),
            "retries": self.retries,
        })
    }
}

/// One line for the end of the phase.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<11} done: {} files", self.name, self.files)?;
        write!(f, " in {:.2} s", self.elapsed.as_secs_f64())?;
        if self.retries > 0 {
            write!(f, ", {} requests retried", self.retries)?;
        }
        Ok(())
    }
}

/// The results of all phases.
#[derive(Debug)]
pub(super) struct Table {
    faults: Option<u64>,
    phases: Vec<Phase>,
}

impl Table {
    pub(super) fn new(faults: Option<u64>) -> Self {
        Self { faults, phases: Vec::new() }
    }

    pub(super) fn add(&mut self, phase: Phase) {
        self.phases.push(phase);
    }

    /// Prints the results, and fails if files differ.
    pub(super) fn print(&self, context: &Context, differing: &[String]) -> Result<(), CliError> {
        let output = &context.output;
        if output.is_json() {
            let phases: Vec<_> = self.phases.iter().map(Phase::json).collect();
            output.json(&json!({
                "identical": differing.is_empty(),
                "differing": differing,
                "faults": self.faults,
                "phases": phases,
            }))?;
        } else {
            let head = ["", "files", "bytes", "seconds", "MB/s", "retries"].map(str::to_owned);
            output.line(format!("  {}", columns(&head)))?;
            for phase in &self.phases {
                output.line(format!("  {}", columns(&phase.row())))?;
            }
        }
        let files = self.phases.iter().map(|phase| phase.files).max().unwrap_or_default();
        if differing.is_empty() {
            return output.line(format!("\n  All {files} files are identical, byte for byte."));
        }
        let shown = differing.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
        Err(CliError::message(format!(
            "{} of {files} downloaded files differ from the originals: {shown}",
            differing.len()
        )))
    }
}

fn columns(row: &[String; 6]) -> String {
    let [name, files, bytes, seconds, rate, retries] = row;
    format!("{name:<10}{files:>8}{bytes:>13}{seconds:>10}{rate:>10}{retries:>10}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let phase = Phase::new("upload", 3, Some(2_500_000), Duration::from_millis(500), 7);
        assert_eq!(
            columns(&phase.row()),
            "upload           3      2.50 MB      0.50       5.0         7"
        );
        let listing = Phase::new("list", 3, None, Duration::ZERO, 0);
        assert_eq!(columns(&listing.row()).len(), columns(&phase.row()).len());
    }
}
