//! `b2 rm`.

use b2_native::{Client, Error};
use b2_proto::ErrorKind;
use b2_proto::api::DeleteFileVersion;
use b2_proto::list::LsEntry;
use b2_proto::model::FileVersion;
use clap::Args;
use futures::{StreamExt, TryStreamExt, future};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;
use crate::listing::{EntryPrinter, ListArgs, all_readable, readable};
use crate::uri::B2Uri;

/// The maximal number of failures in the final message.
const MAX_FAILURES: usize = 100;

/// The arguments of `b2 rm`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without --versions only the newest version is deleted, and the version before it becomes visible. --recursive deletes
a folder; a path with a slash at the end deletes only the files directly in it. To delete a file whose own name ends in
a slash, give its ID. Deleted files cannot be restored: try --dry-run first.

Examples:
  b2 rm b2://my-photos/ship.jpg
  b2 rm --dry-run -r b2://my-photos/2023
  b2 rm --versions -r b2://my-photos        everything, including hidden files and old versions
  b2 rm b2id://4_z...                       exactly this version")]
pub(crate) struct Rm {
    /// b2://BUCKET/PATH or b2id://FILE_ID
    uri: B2Uri,
    #[command(flatten)]
    list: ListArgs,
    /// Print the files and delete nothing
    #[arg(long)]
    dry_run: bool,
    /// Also delete files under governance retention
    #[arg(long)]
    bypass_governance: bool,
    /// The number of files to delete at once
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    threads: u16,
    /// Accepted for compatibility, without effect
    #[arg(long, hide = true)]
    queue_size: Option<usize>,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
}

impl Rm {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match &self.uri {
            B2Uri::All => {
                Err(CliError::usage("b2:// means all buckets; give one: b2 rm -r b2://BUCKET"))
            }
            B2Uri::Id(id) => {
                let client = context.client().await?;
                let version = client.get_file_info(id.clone()).await?;
                if self.dry_run {
                    let mut printer = EntryPrinter::new(context, false, false);
                    printer.print(&LsEntry::File(Box::new(version)))?;
                    return printer.finish();
                }
                delete(&client, &version, self.bypass_governance).await?;
                self.summary(context, 1, 0, &[])
            }
            B2Uri::Path { bucket, path } => self.below(context, bucket, path).await,
        }
    }

    async fn below(&self, context: &Context, bucket: &str, path: &str) -> Result<(), CliError> {
        let bucket = context.bucket(bucket).await?;
        // Files of a folder are deleted only with a slash or --recursive.
        let exactly = !self.list.recursive && !path.is_empty() && !path.ends_with('/');
        let mut folders = false;
        let files = bucket.ls(self.list.options(path)).try_filter_map(|entry| {
            let wanted = match entry {
                LsEntry::File(version) if !exactly || version.file_name == path => Some(version),
                LsEntry::File(_) | LsEntry::Folder(_) => {
                    folders = true;
                    None
                }
            };
            future::ready(Ok(wanted))
        });
        if self.dry_run {
            let mut files = std::pin::pin!(files);
            let mut printer = EntryPrinter::new(context, false, false);
            let mut unreadable = 0;
            while let Some(version) = files.next().await {
                if let Some(version) = readable(context, version, &mut unreadable)? {
                    printer.print(&LsEntry::File(version))?;
                }
            }
            printer.finish()?;
            return all_readable(unreadable);
        }
        let bar = context.progress.count("deleted");
        let (mut deleted, mut failed) = (0_u64, 0_u64);
        let (mut failures, mut fatal) = (Vec::new(), None);
        {
            let deleting = files.map(|version| {
                let client = bucket.client().clone();
                async move {
                    let version = version.map_err(|error| (None, error))?;
                    let done = delete(&client, &version, self.bypass_governance).await;
                    done.map_err(|error| (Some(version), error))
                }
            });
            let mut deleting = std::pin::pin!(deleting.buffer_unordered(usize::from(self.threads)));
            while let Some(done) = deleting.next().await {
                match done {
                    Ok(()) => {
                        deleted += 1;
                        bar.inc(1);
                    }
                    Err((None, error)) if error.kind() == ErrorKind::UnreadableEntry => {
                        failed += 1;
                        context.warn(error.to_string());
                        if failures.len() < MAX_FAILURES {
                            let name = error.subject().unwrap_or("an entry").to_owned();
                            failures.push(json!({ "name": name, "error": error.to_string() }));
                        }
                        if self.fail_fast {
                            break;
                        }
                    }
                    // The listing failed. Deletions that have started continue.
                    Err((None, error)) => {
                        fatal.get_or_insert(error);
                    }
                    Err((Some(_), error)) if error.data().ends_everything() => {
                        fatal.get_or_insert(error);
                        break;
                    }
                    Err((Some(version), error)) => {
                        failed += 1;
                        let (name, id) = (&version.file_name, &version.file_id);
                        context.warn(format!("Deletion of file \"{name}\" ({id}) failed: {error}"));
                        if failures.len() < MAX_FAILURES {
                            failures.push(json!({
                                "name": name,
                                "fileId": id,
                                "error": error.to_string(),
                            }));
                        }
                        if self.fail_fast {
                            break;
                        }
                    }
                }
            }
        }
        bar.finish_and_clear();
        if let Some(fatal) = fatal {
            if deleted + failed > 0 {
                context.warn(format!("{deleted} file versions were deleted, {failed} were not."));
            }
            return Err(fatal.into());
        }
        if deleted + failed == 0 && !self.list.recursive && !path.is_empty() {
            let advice = if folders {
                "it is a folder; --recursive deletes all files in it"
            } else if self.list.versions {
                "there is no file and no folder with this name"
            } else {
                "there is no file with this name, or it is hidden; --versions also deletes hidden files"
            };
            return Err(CliError::message(format!("nothing to delete at {}: {advice}", self.uri)));
        }
        self.summary(context, deleted, failed, &failures)
    }

    fn summary(
        &self,
        context: &Context,
        deleted: u64,
        failed: u64,
        failures: &[Value],
    ) -> Result<(), CliError> {
        if context.output.is_json() {
            context.output.json(&json!({
                "deleted": deleted,
                "failed": failed,
                "failures": failures,
            }))?;
        }
        if failed == 0 {
            return Ok(());
        }
        let mut text = format!(
            "{failed} of {} file versions could not be deleted from {}; run the command again when the causes \
             are resolved:",
            deleted + failed,
            self.uri
        );
        for failure in failures {
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
async fn delete(client: &Client, version: &FileVersion, bypass: bool) -> Result<(), Error> {
    let mut call = DeleteFileVersion::new(version.file_id.clone(), &version.file_name);
    call.bypass_governance = bypass;
    match client.call(call).await {
        Err(error) if error.kind() != ErrorKind::FileNotPresent => Err(error),
        _ => Ok(()),
    }
}
