//! What came of a folder: how many files moved, and which did not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;

/// How many failures are told while the transfer runs.
const TOLD_AT_ONCE: u64 = 20;

/// How many failures are listed at the end.
const LISTED: usize = 100;

/// The outcome of a transfer of a folder.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// How many files or folders failed.
    pub(crate) failed: u64,
    pub(crate) elapsed: Duration,
    begun: Instant,
    /// The names of the first that failed, and why.
    failures: Vec<(String, String)>,
    /// The first failure that concerns every file.
    fatal: Option<CliError>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            files: 0,
            bytes: 0,
            failed: 0,
            elapsed: Duration::ZERO,
            begun: Instant::now(),
            failures: Vec::new(),
            fatal: None,
        }
    }

    pub(super) fn add_success(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    /// Notes a failure and returns whether there is any use in going on.
    pub(super) fn add_failure(&mut self, context: &Context, name: &str, failure: CliError) -> bool {
        let ends = |error: &b2_native::Error| match self.files {
            0 => error.ends_what_has_not_begun(),
            _ => error.ends_everything(),
        };
        if matches!(&failure, CliError::B2(error) if ends(error)) {
            self.abort(failure);
            return false;
        }
        self.failed += 1;
        // One line for each.
        let why = failure.to_string().replace('\n', " ");
        if self.failed <= TOLD_AT_ONCE {
            context.warn(format!("{name}: {why}"));
        } else if self.failed == TOLD_AT_ONCE + 1 {
            context.warn("More failures follow; they are listed at the end.");
        }
        if self.failures.len() < LISTED {
            self.failures.push((name.to_owned(), why));
        }
        true
    }

    /// Notes what ends the whole transfer; the first such failure counts.
    pub(super) fn abort(&mut self, failure: CliError) {
        self.fatal.get_or_insert(failure);
    }

    /// Counts what was begun, or known, and came to no end, unless a person stopped it.
    pub(super) fn count_unfinished(&mut self, all: u64) {
        if self.fatal.as_ref().is_some_and(|fatal| !matches!(fatal, CliError::Interrupted(_))) {
            self.failed = self.failed.max(all.saturating_sub(self.files));
        }
    }

    /// Returns whether a failure that concerns every file has ended the transfer.
    pub(crate) fn is_aborted(&self) -> bool {
        self.fatal.is_some()
    }

    pub(super) fn finish(mut self) -> Self {
        self.elapsed = self.begun.elapsed();
        self
    }

    /// Tells a person or a program; fails if any file did.
    pub(crate) fn print(self, context: &Context, done: &str) -> Result<(), CliError> {
        if context.output.is_json() {
            context.output.json(&self.to_json())?;
        } else {
            context.output.line(format!(
                "{} files {done}, {}, in {:.1} s",
                self.files,
                indicatif::DecimalBytes(self.bytes),
                self.elapsed.as_secs_f64()
            ))?;
        }
        self.fail_if_any_failed(context, done)
    }

    fn to_json(&self) -> Value {
        let failures =
            self.failures.iter().map(|(name, error)| json!({"name": name, "error": error}));
        let mut json = json!({
            "files": self.files,
            "bytes": self.bytes,
            "failed": self.failed,
            "failures": failures.collect::<Vec<_>>(),
            "seconds": self.elapsed.as_secs_f64(),
        });
        if let Some(fatal) = &self.fatal {
            json["error"] = json!(fatal.to_string());
        }
        json
    }

    /// Fails with the list of what failed.
    pub(crate) fn fail_if_any_failed(self, context: &Context, done: &str) -> Result<(), CliError> {
        let list = (!self.failures.is_empty()).then(|| self.list(done));
        match (self.fatal, list) {
            (None, None) => Ok(()),
            (None, Some(list)) => Err(CliError::message(list)),
            (Some(fatal), list) => {
                if let Some(list) = list {
                    context.warn(list);
                }
                Err(fatal)
            }
        }
    }

    fn list(&self, done: &str) -> String {
        let mut text = format!(
            "{} of {} files or folders were not {done}; run the command again once the reasons are gone:",
            self.failed,
            self.files + self.failed
        );
        for (name, why) in &self.failures {
            text += &format!("\n  {}: {why}", crate::output::escaped(name, true));
        }
        let more = self.failed - self.failures.len() as u64;
        if more > 0 {
            text += &format!("\n  and {more} more");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_failures_is_bounded_and_says_how_many_there_are() {
        let mut report = Report::new();
        report.failed = 205;
        report.files = 5;
        report.failures = (0..LISTED).map(|n| (format!("a\n{n}"), "gone".to_owned())).collect();
        let list = report.list("uploaded");
        assert!(list.starts_with("205 of 210 files or folders were not uploaded"), "{list}");
        assert!(list.contains("\n  a\\x0a7: gone\n"), "{list}");
        assert!(list.ends_with("\n  and 105 more"), "{list}");
        assert_eq!(report.to_json()["failures"].as_array().map(Vec::len), Some(LISTED));
    }
}
