//! The result of the transfer of a folder.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;

/// The maximal number of warnings while the transfer runs.
const MAX_WARNINGS: u64 = 20;

/// The maximal number of failures in the final message.
const MAX_FAILURES: usize = 100;

/// The result of the transfer of a folder.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// The number of files and folders that failed.
    pub(crate) failed: u64,
    pub(crate) elapsed: Duration,
    start: Instant,
    /// The names of the first files that failed, with the error.
    failures: Vec<(String, String)>,
    /// The first error that concerns every file.
    fatal: Option<CliError>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            files: 0,
            bytes: 0,
            failed: 0,
            elapsed: Duration::ZERO,
            start: Instant::now(),
            failures: Vec::new(),
            fatal: None,
        }
    }

    pub(crate) fn add_success(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }

    /// Adds the failure of a file. Returns whether the other files can still succeed.
    pub(crate) fn add_failure(&mut self, context: &Context, name: &str, failure: CliError) -> bool {
        let ends = |error: &b2_native::Error| match self.files {
            0 => error.data().ends_what_has_not_begun(),
            _ => error.data().ends_everything(),
        };
        if matches!(&failure, CliError::B2(error) if ends(error)) {
            self.abort(failure);
            return false;
        }
        self.failed += 1;
        let why = failure.to_string().replace('\n', " ");
        if self.failed <= MAX_WARNINGS {
            context.warn(format!("{name}: {why}"));
        } else if self.failed == MAX_WARNINGS + 1 {
            context.warn("More failures are listed at the end.");
        }
        if self.failures.len() < MAX_FAILURES {
            self.failures.push((name.to_owned(), why));
        }
        true
    }

    /// Sets the error that ends the whole transfer, if none is set.
    pub(crate) fn abort(&mut self, failure: CliError) {
        self.fatal.get_or_insert(failure);
    }

    /// Counts the files that were not transferred as failed, unless the transfer was interrupted.
    pub(super) fn count_unfinished(&mut self, unfinished: u64) {
        if self.fatal.as_ref().is_some_and(|fatal| !matches!(fatal, CliError::Interrupted(_))) {
            self.failed = self.failed.max(unfinished);
        }
    }

    /// Returns whether an error has ended the whole transfer.
    pub(crate) fn is_aborted(&self) -> bool {
        self.fatal.is_some()
    }

    pub(crate) fn finish(mut self) -> Self {
        self.elapsed = self.start.elapsed();
        self
    }

    /// Prints the result, and fails if any file failed.
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

    /// Fails with the list of failures, if there are any.
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
            "{} of {} files or folders were not {done}; run the command again when the causes are resolved:",
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
    fn the_list_of_failures_is_bounded() {
        let mut report = Report::new();
        report.failed = 205;
        report.files = 5;
        report.failures =
            (0..MAX_FAILURES).map(|n| (format!("a\n{n}"), "gone".to_owned())).collect();
        let list = report.list("uploaded");
        assert!(list.starts_with("205 of 210 files or folders were not uploaded"), "{list}");
        assert!(list.contains("\n  a\\x0a7: gone\n"), "{list}");
        assert!(list.ends_with("\n  and 105 more"), "{list}");
        assert_eq!(report.to_json()["failures"].as_array().map(Vec::len), Some(MAX_FAILURES));
    }
}
