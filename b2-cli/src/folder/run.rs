//! Transfers of all files of a folder, by the machine of `b2 sync`.

use std::path::Path;

use b2_native::Synchronizer;
use b2_proto::ErrorKind;
use b2_proto::sync::{CompareBy, SyncEvent, SyncReport};
use indicatif::ProgressBar;

use super::report::Report;
use crate::context::Context;
use crate::error::CliError;
use crate::transfer::{self, Connection};

/// The default number of files that are transferred at once. Each uses at most a few buffers of 256 KiB.
pub(crate) const DEFAULT_CONCURRENCY: usize = 24;

const UPLOAD_INTERRUPTED: &str = "Interrupted. Incomplete files were not stored. The same command uploads all files again, and \
                                  resumes large files.";
const DOWNLOAD_INTERRUPTED: &str =
    "Interrupted. Incomplete files were not kept. The same command downloads all files again.";

/// A transfer of all files of a folder: its progress and its report. It may take several runs.
pub(crate) struct FolderTransfer<'a> {
    context: &'a Context,
    bar: ProgressBar,
    /// What the names of a run are relative to, as messages show it.
    root: String,
    is_upload: bool,
    is_optional: bool,
    report: Report,
    /// The state of the current run.
    state: SyncReport,
}

impl<'a> FolderTransfer<'a> {
    /// Begins an upload of a local folder.
    pub(crate) fn upload(context: &'a Context, folder: &Path) -> Self {
        let root = folder.join("").display().to_string();
        Self::new(context, "upload", root, true)
    }

    /// Begins a download of the files whose names in the bucket start with `prefix`.
    pub(crate) fn download(context: &'a Context, prefix: &str) -> Self {
        Self::new(context, "download", prefix.to_owned(), false)
    }

    fn new(context: &'a Context, title: &str, root: String, is_upload: bool) -> Self {
        let bar = context.progress.folder(title, 0);
        let (report, state) = (Report::new(), SyncReport::default());
        Self { context, bar, root, is_upload, is_optional: false, report, state }
    }

    /// Sets that the next run is about a file that need not exist. Its name is relative to `prefix`.
    pub(crate) fn may_be_missing(&mut self, prefix: &str) {
        prefix.clone_into(&mut self.root);
        self.is_optional = true;
    }

    pub(crate) fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Runs a synchronization in which every file is transferred. Returns the number of files of its source.
    pub(crate) async fn run(&mut self, synchronizer: Synchronizer) -> u64 {
        self.run_with(synchronizer, |report, _, bytes| report.add_success(bytes)).await
    }

    /// Does the same. `transferred` is called with the name and the size of each file.
    pub(crate) async fn run_with(
        &mut self,
        synchronizer: Synchronizer,
        mut transferred: impl FnMut(&mut Report, &str, u64),
    ) -> u64 {
        let context = self.context;
        let synchronizer = synchronizer
            .compare(CompareBy::Always)
            .allow_empty_source(true)
            .retry(context.retry_policy());
        self.state = SyncReport::default();
        let done = transfer::synchronize(context, synchronizer, |event| {
            Ok(self.event(event, &mut transferred))
        });
        if let Err(error) = done.await {
            let text = if self.is_upload { UPLOAD_INTERRUPTED } else { DOWNLOAD_INTERRUPTED };
            self.report.abort(error.or_interrupted(text));
            self.report.count_unfinished(self.state.to_transfer - self.state.transferred);
        }
        self.state.source_files
    }

    /// Ends the transfer.
    pub(crate) fn finish(self) -> Report {
        self.bar.finish_and_clear();
        self.report.finish()
    }

    fn event(
        &mut self,
        event: SyncEvent,
        transferred: &mut impl FnMut(&mut Report, &str, u64),
    ) -> Connection {
        match event {
            SyncEvent::Progress(state) => return self.progress(state),
            SyncEvent::Retrying(retrying) => {
                transfer::show_retry(&self.bar, &retrying);
                return Connection::Retrying(retrying);
            }
            SyncEvent::Transferred { name, bytes, .. } => {
                transferred(&mut self.report, &name, bytes);
            }
            SyncEvent::Skipped(entry) => {
                let reason = &entry.reason;
                if reason.is_failure() || reason.is_unstorable() {
                    let failure = CliError::message(format!("it {reason}"));
                    self.report.add_failure(self.context, &entry.path, failure);
                } else {
                    self.context.warn(format!("{}: left out: it {reason}", entry.path));
                }
            }
            SyncEvent::Failed { error, .. }
                if self.is_optional && error.kind() == ErrorKind::FileNotPresent => {}
            SyncEvent::Failed { name, error } => {
                let name = match error.subject() {
                    _ if !name.is_empty() => format!("{}{name}", self.root),
                    Some(subject) if !subject.is_empty() => subject.to_owned(),
                    _ => "a file".to_owned(),
                };
                self.report.add_failure(self.context, &name, (*error).into());
            }
            _ => {}
        }
        Connection::Works
    }

    fn progress(&mut self, state: SyncReport) -> Connection {
        // Each run adds to the bar.
        let (total, moved) = (state.bytes_to_transfer, state.bytes_transferred);
        let before = (self.state.bytes_to_transfer, self.state.bytes_transferred);
        self.bar.inc_length(total.saturating_sub(before.0));
        let position = self.bar.position().saturating_add(moved).saturating_sub(before.1);
        if moved > before.1 {
            self.bar.set_message("");
        }
        self.bar.set_position(position);
        self.state = state;
        let listed = !self.is_upload && state.source_files > 0;
        if listed || moved > 0 { Connection::Works } else { Connection::Unknown }
    }
}
