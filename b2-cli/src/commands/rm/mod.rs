//! `b2 rm`.

mod by_id;
mod deletions;

use std::cell::Cell;
use std::pin::pin;

use b2_native::{Bucket, Client, Error};
use b2_proto::list::LsEntry;
use b2_proto::model::FileVersion;
use clap::Args;
use futures::{Stream, StreamExt, TryStreamExt, future, stream};

use crate::args::values;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{EntryPrinter, ListArgs, PATTERNS, all_readable, readable};
use crate::uri::B2Uri;
use deletions::Deletions;

pub(crate) use by_id::DeleteFileVersion;

/// The number of files to delete at once.
const DEFAULT_THREADS: u16 = 10;

/// The arguments of `b2 rm`.
#[derive(Args, Debug)]
#[command(after_help = format!("\
Without --versions only the newest version is deleted, and the version before it becomes visible. --recursive deletes
a folder; a path with a slash at the end deletes only the files directly in it. To delete a file whose own name ends in
a slash, give its ID. Deleted files cannot be restored: try --dry-run first.

{PATTERNS}

Files are listed while others are deleted. A file that cannot be deleted is reported, and the others are deleted.

Examples:
  b2 rm b2://my-photos/ship.jpg
  b2 rm --dry-run -r b2://my-photos/2023
  b2 rm -r --with-wildcard --dry-run 'b2://my-photos/2023/*.tmp'
  b2 rm -r --exclude '*' --include '*.tmp' b2://my-photos
  b2 rm --versions -r b2://my-photos        everything, including hidden files and old versions
  b2 rm b2id://4_z...                       exactly this version"))]
pub(crate) struct Rm {
    /// b2://BUCKET/PATH or b2id://FILE_ID
    uri: B2Uri,
    #[command(flatten)]
    list: ListArgs,
    /// Print the files and delete nothing
    #[arg(long, alias = "dryRun")]
    dry_run: bool,
    /// Also delete files under governance retention
    #[arg(long, alias = "bypassGovernance")]
    bypass_governance: bool,
    /// The number of files to delete at once
    #[arg(long, default_value = "10", value_parser = values::threads)]
    threads: u16,
    /// The number of files to list before they are deleted [default: twice --threads]
    #[arg(long, alias = "queueSize", value_name = "FILES")]
    #[arg(value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    queue_size: Option<u32>,
    /// Start no deletion after the first failure
    #[arg(long, alias = "failFast")]
    fail_fast: bool,
}

impl Rm {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        self.list.check()?;
        match &self.uri {
            B2Uri::All => {
                Err(CliError::usage("b2:// means all buckets; give one: b2 rm -r b2://BUCKET"))
            }
            B2Uri::Id(id) => {
                self.list.refuse(&self.uri)?;
                let client = context.client().await?;
                let version = client.get_file_info(id.clone()).await?;
                if self.dry_run {
                    let mut printer = EntryPrinter::new(context, false, false);
                    printer.print(&LsEntry::File(Box::new(version)), None)?;
                    return printer.finish();
                }
                let files = stream::iter([Ok(Box::new(version))]);
                let report = self.deletions(context, &client).run(files).await;
                report.finish(context, &self.uri)
            }
            B2Uri::Path { bucket, path } => self.below(context, bucket, path).await,
        }
    }

    async fn below(&self, context: &Context, bucket: &str, path: &str) -> Result<(), CliError> {
        let bucket = context.bucket(bucket).await.map_err(CliError::in_listing)?;
        let folders = Cell::new(false);
        let files = self.files(&bucket, path, &folders);
        if self.dry_run {
            return print(context, files).await;
        }
        let report = self.deletions(context, bucket.client()).run(files).await;
        if report.is_empty() && !self.list.recursive && !path.is_empty() {
            if folders.get() {
                return Err(CliError::message(format!(
                    "nothing was deleted at {}: it is a folder; --recursive deletes all files in it",
                    self.uri
                )));
            }
            // As with Backblaze's tool, it is no error that a file is gone already.
            context.note(self.nothing());
        }
        report.finish(context, &self.uri)
    }

    fn deletions<'a>(&self, context: &'a Context, client: &'a Client) -> Deletions<'a> {
        // 0 is the default, as in Backblaze's tool.
        let threads = usize::from(if self.threads == 0 { DEFAULT_THREADS } else { self.threads });
        Deletions {
            context,
            client,
            bypass_governance: self.bypass_governance,
            threads,
            queue_size: match self.queue_size {
                None | Some(0) => 2 * threads,
                Some(files) => files as usize,
            },
            fail_fast: self.fail_fast,
        }
    }

    /// Lists the files to delete, and sets the flag if there are folders besides.
    fn files(
        &self,
        bucket: &Bucket,
        path: &str,
        folders: &Cell<bool>,
    ) -> impl Stream<Item = Result<Box<FileVersion>, Error>> {
        // Files of a folder are deleted only with a slash or --recursive.
        let exactly = !self.list.recursive && !path.is_empty() && !path.ends_with('/');
        bucket.ls(self.list.options(path)).try_filter_map(move |entry| {
            let wanted = match entry {
                LsEntry::File(version) if !exactly || version.file_name == path => Some(version),
                LsEntry::File(_) | LsEntry::Folder(_) => {
                    folders.set(true);
                    None
                }
            };
            future::ready(Ok(wanted))
        })
    }

    /// Says why there is nothing to delete.
    fn nothing(&self) -> String {
        let advice = if !self.list.filters.0.is_empty() {
            "there is no file with this name, or the filters leave it out"
        } else if self.list.versions {
            "there is no file and no folder with this name"
        } else {
            "there is no file with this name, or it is hidden; --versions also deletes hidden files"
        };
        format!("nothing to delete at {}: {advice}", self.uri)
    }
}

/// Prints the files.
async fn print(
    context: &Context,
    files: impl Stream<Item = Result<Box<FileVersion>, Error>>,
) -> Result<(), CliError> {
    let mut files = pin!(files);
    let mut printer = EntryPrinter::new(context, false, false);
    let mut unreadable = 0;
    while let Some(version) = files.next().await {
        if let Some(version) = readable(context, version, &mut unreadable)? {
            printer.print(&LsEntry::File(version), None)?;
        }
    }
    printer.finish()?;
    all_readable(unreadable)
}
