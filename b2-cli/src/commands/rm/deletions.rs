//! Deletions of the files of a listing, several at once.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use b2_native::{Client, Error};
use b2_proto::ErrorKind;
use b2_proto::api::DeleteFileVersion;
use b2_proto::model::FileVersion;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::error::CliError;

/// The maximal number of failures in the final message.
const MAX_FAILURES: usize = 100;

/// How files are deleted.
#[derive(Debug)]
pub(super) struct Deletions<'a> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    /// Whether to delete files under governance retention.
    pub(super) bypass_governance: bool,
    /// The number of files to delete at once.
    pub(super) threads: usize,
    /// The number of files that are listed and not yet deleted, at most.
    pub(super) queue_size: usize,
    /// Whether the first failure ends the command.
    pub(super) fail_fast: bool,
}

/// What was deleted.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) deleted: u64,
    pub(super) failed: u64,
    /// The first failures.
    failures: Vec<Value>,
    /// The error that ended everything.
    pub(super) fatal: Option<Error>,
    /// Whether a signal stopped the command.
    interrupted: bool,
}

/// Why a file was not deleted.
enum Failure {
    /// It could not be listed.
    Listing(Error),
    Deleting(Box<FileVersion>, Error),
}

impl Deletions<'_> {
    /// Deletes the files of a listing until it ends, an error or a signal stops it. Deletions that have started are
    /// completed. Beside the page that the listing has, as many files are in memory as the queue has.
    pub(super) async fn run(
        &self,
        files: impl Stream<Item = Result<Box<FileVersion>, Error>>,
    ) -> Report {
        let bar = self.context.progress.count_of_found("deleted");
        let (running, stopped) = (Semaphore::new(self.threads), Cell::new(false));
        // The code that sets the flag polls the listing again.
        let stop = poll_fn(|_| if stopped.get() { Poll::Ready(()) } else { Poll::Pending });
        let deleting = files.take_until(stop).map(|version| {
            bar.inc_length(1);
            self.one(version, &running, &stopped)
        });
        let mut deleting = pin!(deleting.buffer_unordered(self.queue_size));
        let mut signal = pin!(self.context.interrupt.requested());
        let mut report = Report::default();
        loop {
            let done = tokio::select! {
                done = deleting.next() => done,
                () = &mut signal, if !report.interrupted => {
                    report.interrupted = true;
                    stopped.set(true);
                    self.context.note("Stopping; deletions that have started are completed.");
                    continue;
                }
            };
            match done {
                None => break,
                Some(Ok(false)) => {}
                Some(Ok(true)) => {
                    report.deleted += 1;
                    bar.inc(1);
                }
                Some(Err(failure)) => report.add(failure, self.context),
            }
        }
        bar.finish_and_clear();
        report
    }

    /// Deletes a file when fewer than the maximum are being deleted. Returns whether it was, which is not the case after
    /// the flag was set.
    async fn one(
        &self,
        version: Result<Box<FileVersion>, Error>,
        running: &Semaphore,
        stopped: &Cell<bool>,
    ) -> Result<bool, Failure> {
        let version = version.map_err(|error| {
            // The listing ends by itself at other errors, and what it has listed is deleted.
            if self.fail_fast && error.kind() == ErrorKind::UnreadableEntry {
                stopped.set(true);
            }
            Failure::Listing(error)
        })?;
        let _permit = running.acquire().await;
        if stopped.get() {
            return Ok(false);
        }
        match delete(self.client, &version, self.bypass_governance).await {
            Ok(()) => Ok(true),
            Err(error) => {
                if self.fail_fast || error.data().ends_everything() {
                    stopped.set(true);
                }
                Err(Failure::Deleting(version, error))
            }
        }
    }
}

impl Report {
    fn add(&mut self, failure: Failure, context: &Context) {
        let (message, failure) = match failure {
            Failure::Listing(error) if error.kind() != ErrorKind::UnreadableEntry => {
                self.fatal.get_or_insert(error);
                return;
            }
            Failure::Deleting(version, error) if error.data().ends_everything() => {
                if self.fatal.is_none() {
                    context.warn(failure_line(&version, &error));
                    self.fatal = Some(error);
                }
                return;
            }
            Failure::Listing(error) => {
                let name = error.subject().unwrap_or("an entry");
                (error.to_string(), json!({ "name": name, "error": error.to_string() }))
            }
            Failure::Deleting(version, error) => {
                let (name, id) = (&version.file_name, &version.file_id);
                (
                    failure_line(&version, &error),
                    json!({ "name": name, "fileId": id, "error": error.to_string() }),
                )
            }
        };
        self.failed += 1;
        context.warn(message);
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure);
        }
    }

    /// Returns whether nothing was found and nothing went wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.deleted + self.failed == 0 && self.fatal.is_none() && !self.interrupted
    }

    /// Prints the report if JSON is asked for, and returns the error of the command. `uri`: what was deleted.
    pub(super) fn finish(
        self,
        context: &Context,
        uri: &impl std::fmt::Display,
    ) -> Result<(), CliError> {
        let Self { deleted, failed, failures, fatal, interrupted } = self;
        if let Some(fatal) = fatal {
            if deleted + failed > 0 {
                context.warn(format!("{deleted} file versions were deleted, {failed} were not."));
            }
            return Err(fatal.into());
        }
        if context.output.is_json() {
            context.output.json(&json!({
                "deleted": deleted,
                "failed": failed,
                "failures": failures,
            }))?;
        }
        if interrupted {
            return Err(CliError::Interrupted(format!(
                "Interrupted. {deleted} file versions were deleted, {failed} could not be."
            )));
        }
        if failed == 0 {
            return Ok(());
        }
        let mut text = format!(
            "{failed} of {} file versions could not be deleted from {uri}; run the command again when the causes \
             are resolved:",
            deleted + failed,
        );
        for failure in &failures {
            let part = |name: &str| failure[name].as_str().unwrap_or_default();
            let name = crate::output::escaped(part("name"), true);
            text += &format!("\n  {name} ({}): {}", part("fileId"), part("error"));
        }
        let more = failed - failures.len() as u64;
        if more > 0 {
            text += &format!("\n  and {more} more");
        }
        Err(CliError::message(text))
    }
}

/// Deletes one version. A version that does not exist any more counts as deleted.
async fn delete(
    client: &Client,
    version: &FileVersion,
    bypass_governance: bool,
) -> Result<(), Error> {
    let mut call = DeleteFileVersion::new(version.file_id.clone(), &version.file_name);
    call.bypass_governance = bypass_governance;
    match client.call(call).await {
        Err(error) if error.kind() != ErrorKind::FileNotPresent => Err(error),
        _ => Ok(()),
    }
}

/// Returns the line about a version that could not be deleted, as Backblaze's tool has it.
fn failure_line(version: &FileVersion, error: &Error) -> String {
    let (name, id) = (&version.file_name, &version.file_id);
    format!("Deletion of file \"{name}\" ({id}) failed: {}", CliError::in_known_words(error))
}
