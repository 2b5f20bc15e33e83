//! What a synchronization prints while it runs and at its end.

use std::time::Instant;

use b2_proto::ErrorKind;
use b2_proto::api::{CallClass, Calls};
use b2_proto::sync::{Removal, SyncEvent, SyncReport, TransferKind};
use indicatif::{DecimalBytes, HumanCount, HumanDuration, ProgressBar};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;
use crate::output::{Output, escaped};
use crate::transfer::{self, Connection};

/// Prints the events of a synchronization, and its summary.
pub(super) struct Printer<'a> {
    context: &'a Context,
    bar: ProgressBar,
    start: Instant,
    dry_run: bool,
    report: SyncReport,
    /// The calls that a dry run has found to be needed.
    planned: Calls,
}

impl<'a> Printer<'a> {
    pub(super) fn new(context: &'a Context, dry_run: bool) -> Self {
        Self {
            context,
            bar: context.progress.sync(),
            start: Instant::now(),
            dry_run,
            report: SyncReport::default(),
            planned: Calls::default(),
        }
    }

    /// Prints an event.
    pub(super) fn event(&mut self, event: SyncEvent) -> Result<Connection, CliError> {
        match event {
            SyncEvent::Progress(report) => {
                self.report = report;
                self.progress();
                let found = report.source_files + report.destination_files;
                return Ok(if found > 0 { Connection::Works } else { Connection::Unknown });
            }
            SyncEvent::Retrying(retrying) => {
                transfer::show_retry(&self.bar, &retrying);
                return Ok(Connection::Retrying(retrying));
            }
            SyncEvent::Transferred { name, kind, bytes } => {
                self.planned.add(class_of(kind));
                let (word, event) = match kind {
                    TransferKind::Upload => ("upload", "upload"),
                    TransferKind::Download => ("dnload", "download"),
                    TransferKind::Copy => ("copy", "copy"),
                    TransferKind::Rename => ("rename", "rename"),
                    _ => ("transfer", "transfer"),
                };
                self.line(
                    word,
                    &name,
                    "",
                    || json!({"event": event, "name": name, "bytes": bytes}),
                )?;
            }
            SyncEvent::Removed(removal) => self.removed(&removal)?,
            SyncEvent::Explained { name, transfer, reason } => {
                let verb = if transfer { "transfer" } else { "leave" };
                let why = format!(": {verb}, {reason}");
                let reason = reason.as_str();
                self.line("explain", &name, &why, || {
                    json!({"event": "explain", "name": name, "transfer": transfer, "reason": reason})
                })?;
            }
            SyncEvent::Skipped(entry) => {
                let reason = entry.reason.to_string();
                self.context.warn(format!("WARNING: {}: left out: {reason}", entry.path));
                self.json(|| json!({"event": "skip", "path": entry.path, "reason": reason}))?;
            }
            SyncEvent::Failed { name, error } => {
                let error = CliError::from(*error);
                let name = if name.is_empty() { "the listing" } else { &name };
                self.context.warn(format!("{}: {error}", escaped(name, true)));
                self.json(
                    || json!({"event": "failure", "name": name, "error": error.to_string()}),
                )?;
            }
            SyncEvent::RemovalsDropped(error) => {
                let hint = match error.kind() {
                    ErrorKind::TooManyRemovals => {
                        "\n--max-delete N or --max-delete P% allows more."
                    }
                    _ => "",
                };
                self.context.warn(format!("{}{hint}", error.message()));
                self.json(|| json!({"event": "removalsDropped", "error": error.message()}))?;
            }
            _ => {}
        }
        Ok(Connection::Works)
    }

    fn removed(&mut self, removal: &Removal) -> Result<(), CliError> {
        let name = removal.name().to_owned();
        let action = match removal {
            Removal::DeleteLocal { .. } => "delete",
            Removal::DeleteVersion { .. } => {
                self.planned.add(CallClass::A);
                "delete"
            }
            _ => {
                self.planned.add(CallClass::A);
                "hide"
            }
        };
        let note = match removal {
            Removal::DeleteVersion { note, .. } => note.to_string(),
            _ => String::new(),
        };
        let shown = if note.is_empty() { String::new() } else { format!(" {note}") };
        // The columns of Backblaze's tool.
        let word = if action == "hide" { "hide  " } else { action };
        self.line(word, &name, &shown, || {
            let mut json = json!({"event": action, "name": name});
            if let Removal::DeleteVersion { file_id, .. } = removal {
                json["fileId"] = json!(file_id);
                json["note"] = json!(note.trim_matches(['(', ')']));
            }
            json
        })
    }

    /// Prints the line of an action, or its JSON.
    fn line(
        &self,
        word: &str,
        name: &str,
        after: &str,
        json: impl FnOnce() -> Value,
    ) -> Result<(), CliError> {
        if self.context.output.is_json() {
            return self.json(json);
        }
        // As Backblaze's tool does it, which does not quote the names that it downloads and copies.
        let name = match word {
            "dnload" | "copy" => self.context.output.quoted_name(name),
            _ => Output::shell_name(name).into(),
        };
        self.bar.suspend(|| self.context.output.line(format!("{word} {name}{after}")))
    }

    fn json(&self, json: impl FnOnce() -> Value) -> Result<(), CliError> {
        if self.context.output.is_json() {
            return self.context.output.json_line(&json());
        }
        Ok(())
    }

    fn progress(&self) {
        let report = &self.report;
        self.bar.set_length(report.bytes_to_transfer.max(report.bytes_transferred));
        self.bar.set_position(report.bytes_transferred);
        let scanned = HumanCount(report.source_files + report.destination_files);
        let left = match report.scanned {
            true if report.bytes_transferred > 0 => {
                format!("  {} left", HumanDuration(self.bar.eta()))
            }
            _ => String::new(),
        };
        self.bar.set_message(format!(
            "{scanned} scanned  {} compared  {} of {} files{left}",
            HumanCount(report.compared),
            HumanCount(report.transferred),
            HumanCount(report.to_transfer),
        ));
    }

    /// Prints the summary. Fails if something was not done.
    pub(super) fn finish(
        mut self,
        result: Result<SyncReport, CliError>,
        calls: Calls,
    ) -> Result<(), CliError> {
        self.bar.finish_and_clear();
        if let Ok(report) = &result {
            self.report = *report;
        }
        if self.context.output.is_json() {
            let mut json = json!(self.report);
            json["event"] = json!("summary");
            json["dryRun"] = json!(self.dry_run);
            json["complete"] = json!(result.as_ref().is_ok_and(SyncReport::is_complete));
            json["calls"] = json!(calls);
            if self.dry_run {
                json["plannedCalls"] = json!(self.planned);
            }
            json["seconds"] = json!(self.start.elapsed().as_secs_f64());
            if let Err(error) = &result {
                json["error"] = json!(error.to_string());
            }
            self.context.output.json_line(&json)?;
        } else {
            self.context.note(self.summary(calls));
        }
        let report = result?;
        if report.is_complete() {
            return Ok(());
        }
        Err(CliError::message(unfinished(&report)))
    }

    fn summary(&self, calls: Calls) -> String {
        let report = &self.report;
        let mut done = Vec::new();
        for (number, what) in [
            (report.uploaded, "uploaded"),
            (report.downloaded, "downloaded"),
            (report.copied - report.renamed, "copied"),
            (report.renamed, "renamed"),
            (report.hidden, "hidden"),
            (report.deleted, "deleted"),
            (report.skipped, "left out"),
            (report.failed, "failed"),
        ] {
            if number > 0 {
                done.push(format!("{} {what}", HumanCount(number)));
            }
        }
        if done.is_empty() {
            done.push("nothing to do".to_owned());
        }
        let bytes = if self.dry_run { report.bytes_to_transfer } else { report.bytes_transferred };
        let mut text = format!(
            "{} compared: {}; {} in {:.1} s; {}",
            files(report.compared),
            done.join(", "),
            DecimalBytes(bytes),
            self.start.elapsed().as_secs_f64(),
            shown(calls),
        );
        if self.dry_run {
            text += &format!(
                ".\nDry run: nothing was changed. The changes need at least {}",
                shown(self.planned)
            );
        }
        text + "."
    }
}

/// Returns the class of the call that transfers a small file.
fn class_of(kind: TransferKind) -> CallClass {
    match kind {
        TransferKind::Upload => CallClass::A,
        TransferKind::Download => CallClass::B,
        _ => CallClass::C,
    }
}

fn files(number: u64) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{} files", HumanCount(number)) }
}

fn shown(calls: Calls) -> String {
    let Calls { class_a, class_b, class_c, .. } = calls;
    format!("{class_a} class A, {class_b} class B and {class_c} class C calls")
}

fn unfinished(report: &SyncReport) -> String {
    let mut parts = Vec::new();
    if report.failed > 0 {
        parts.push(format!("{} failed", files(report.failed)));
    }
    if report.removals_dropped > 0 {
        parts.push(format!("{} removals were not done", report.removals_dropped));
    }
    format!(
        "the synchronization is incomplete: {}; run the command again when the causes are resolved",
        parts.join(", ")
    )
}
