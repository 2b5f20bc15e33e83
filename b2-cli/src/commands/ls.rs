//! `b2 ls`.

use b2_proto::list::LsEntry;
use clap::Args;
use futures::StreamExt;

use super::bucket;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{EntryPrinter, ListArgs, PATTERNS, all_readable, readable};
use crate::uri::B2Uri;

/// The number of folders whose first file is looked up at once, for JSON.
const FOLDERS_AT_ONCE: usize = 10;

/// The arguments of `b2 ls`.
#[derive(Args, Debug)]
#[command(after_help = format!("\
A path is a file, or else a folder; with --recursive both, if both exist. Folders are printed with a slash at the
end. In JSON, a folder is shown as the first file in it, as by Backblaze's tool, which takes one call for each folder.

{PATTERNS}

Examples:
  b2 ls                              all buckets
  b2 ls b2://my-photos               the top folder
  b2 ls -r --long b2://my-photos/2024
  b2 ls --versions b2://my-photos/ship.jpg
  b2 ls -r --with-wildcard 'b2://my-photos/2024/*.jp[eg]*'
  b2 ls -r --exclude '*/drafts/*' --include '*/drafts/final.*' b2://my-photos"))]
pub(crate) struct Ls {
    /// b2://BUCKET, b2://BUCKET/PATH or b2id://FILE_ID; without it, list the buckets
    #[arg(default_value = "b2://", hide_default_value = true)]
    uri: B2Uri,
    #[command(flatten)]
    list: ListArgs,
    /// Also print ID, action, upload time and size
    #[arg(short, long)]
    long: bool,
    /// Also print the replication status, with --long
    #[arg(long)]
    replication: bool,
}

impl Ls {
    /// Fails if an option is given that needs a bucket.
    fn check_all(&self) -> Result<(), CliError> {
        let given = [
            ("long", self.long),
            ("recursive", self.list.recursive),
            ("replication", self.replication),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(CliError::message(format!(
                "Cannot use --{option} option without specifying a bucket name\nGive it: b2 ls --{option} b2://BUCKET"
            ))),
            None => self.list.refuse(&self.uri),
        }
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        if self.long && context.output.is_json() {
            return Err(CliError::message("Cannot use --long and --json options together"));
        }
        self.list.check()?;
        match &self.uri {
            B2Uri::All => self.check_all()?,
            B2Uri::Id(_) => self.list.refuse(&self.uri)?,
            B2Uri::Path { .. } => {}
        }
        let printer = || EntryPrinter::new(context, self.long, self.replication);
        match self.uri {
            B2Uri::All => bucket::list_all(context).await,
            B2Uri::Id(id) => {
                let version = context.client().await?.get_file_info(id).await?;
                let mut printer = printer();
                printer.print(&LsEntry::File(Box::new(version)), None)?;
                printer.finish()
            }
            B2Uri::Path { bucket, path } => {
                let bucket = context.bucket(&bucket).await.map_err(CliError::in_listing)?;
                let is_json = context.output.is_json();
                let entries = bucket.ls(self.list.options(&path));
                let with_first = entries.map(async |entry| {
                    let first = match &entry {
                        Ok(LsEntry::Folder(name)) if is_json => {
                            self.list.first_file(&bucket, name).await?
                        }
                        _ => None,
                    };
                    Ok::<_, CliError>((entry, first))
                });
                let mut entries = std::pin::pin!(with_first.buffered(FOLDERS_AT_ONCE));
                let (mut printer, mut unreadable) = (printer(), 0);
                while let Some(entry) = entries.next().await {
                    let (entry, first) = entry?;
                    if let Some(entry) = readable(context, entry, &mut unreadable)? {
                        printer.print(&entry, first.as_deref())?;
                    }
                }
                printer.finish()?;
                all_readable(unreadable)
            }
        }
    }
}
