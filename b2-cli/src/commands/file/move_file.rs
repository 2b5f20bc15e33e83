//! `b2 file move`.

use std::pin::pin;

use b2_proto::ErrorKind;
use b2_proto::create::{MovedSource, check_rename};
use b2_proto::encoding::check_file_name;
use clap::Args;
use futures::StreamExt;

use super::copy;
use super::create::create;
use crate::args::encryption::{DestinationEncryption, SourceEncryption};
use crate::args::new_file::LockFlags;
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::folder::Report;
use crate::uri::B2Uri;

/// The arguments of `b2 file move`.
#[derive(Args, Debug)]
#[command(after_help = "\
The file is copied within B2 and compared with the source, which is deleted after that. Content type and file info are
kept. If the command is interrupted, the same command completes it. Older versions of the source stay, and show again;
with --hide, all versions of the source stay and are hidden.

Examples:
  b2 file move b2://my-photos/ship.jpg b2://my-archive/2024/ship.jpg
  b2 file move -r b2://my-photos/2024 b2://my-photos/archive/2024     a folder with all its files")]
pub(crate) struct Move {
    /// b2://BUCKET/NAME or b2id://FILE_ID; with -r b2://BUCKET/FOLDER
    source: B2Uri,
    /// b2://BUCKET/NAME; with -r b2://BUCKET/FOLDER
    destination: B2Uri,
    /// Move all files of a folder, within a bucket
    #[arg(short, long, conflicts_with_all = ["legal_hold", "file_retention_mode", "retain_until"])]
    recursive: bool,
    /// Hide the source instead of deleting it
    #[arg(long, conflicts_with = "bypass_governance")]
    hide: bool,
    /// Delete the source even under governance retention
    #[arg(long)]
    bypass_governance: bool,
    #[command(flatten)]
    encryption: DestinationEncryption,
    #[command(flatten)]
    source_encryption: SourceEncryption,
    #[command(flatten)]
    lock: LockFlags,
    /// The size of the largest part; larger files are copied in parts [default: 5 GB]
    #[arg(long, value_name = "BYTES", value_parser = values::size, conflicts_with = "recursive")]
    max_part_size: Option<u64>,
    /// The number of parts, or with -r of files, to copy at once
    #[arg(long, value_parser = values::threads)]
    threads: Option<u16>,
}

impl Move {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        if self.recursive { self.folder(context).await } else { self.file(context).await }
    }

    fn moved_source(&self) -> MovedSource {
        if self.hide {
            MovedSource::Hide
        } else {
            MovedSource::Delete { bypass_governance: self.bypass_governance }
        }
    }

    async fn file(self, context: &Context) -> Result<(), CliError> {
        let source = self.source.clone().file().map_err(CliError::usage)?;
        let destination = self.destination.clone().file().map_err(CliError::usage)?;
        let (bucket, name) = super::by_name(destination, "the destination")?;
        check_file_name(&name)?;
        let retention = self.lock.retention()?;
        let encryption = self.encryption.setting()?;
        let client = context.client().await?;
        let source = copy::source(&client, source, &self.source_encryption).await?;
        let bucket = client.bucket(&bucket).await?;
        let mut new_move = bucket
            .move_file(source, &name)
            .moved_source(self.moved_source())
            .retry(context.retry_policy());
        if let Some(retention) = retention {
            new_move = new_move.file_retention(retention);
        }
        if let Some(legal_hold) = self.lock.legal_hold() {
            new_move = new_move.legal_hold(legal_hold);
        }
        if let Some(encryption) = encryption {
            new_move = new_move.encryption(encryption);
        }
        if let Some(bytes) = self.max_part_size {
            new_move = new_move.max_part_size(bytes);
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 0) {
            new_move = new_move.parallel(usize::from(threads));
        }
        let version = create(context, new_move.start(), &name, None, true).await?;
        context.output.json(&version.as_dict())
    }

    async fn folder(self, context: &Context) -> Result<(), CliError> {
        let (from_bucket, from) = folder_of(&self.source)?;
        let (bucket, to) = folder_of(&self.destination)?;
        if from_bucket != bucket {
            return Err(CliError::usage(
                "a folder is moved within its bucket; give the same bucket twice",
            ));
        }
        check_rename(&from, &to)?;
        let encryption = self.encryption.setting()?;
        let source_encryption = self.source_encryption.setting()?;
        let bucket = context.bucket(&bucket).await?;
        let mut renaming = bucket
            .rename_prefix(from.clone(), to)
            .moved_source(self.moved_source())
            .retry(context.retry_policy());
        if let Some(encryption) = encryption {
            renaming = renaming.encryption(encryption);
        }
        if let Some(encryption) = source_encryption {
            renaming = renaming.source_encryption(encryption);
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 0) {
            renaming = renaming.parallel(usize::from(threads));
        }
        let bar = context.progress.count("moved");
        let mut report = Report::new();
        let mut files = pin!(renaming.start());
        loop {
            let next = tokio::select! {
                biased;
                () = context.interrupt.requested() => {
                    let message = "Interrupted. The same command moves the files that are left.";
                    report.abort(CliError::Interrupted(message.to_owned()));
                    break;
                }
                next = files.next() => next,
            };
            match next {
                None => break,
                Some(Ok(file)) => match file.result {
                    Ok(version) => {
                        report.add_success(version.size);
                        bar.inc(1);
                    }
                    Err(error) => {
                        if !report.add_failure(context, &file.from, error.into()) {
                            break;
                        }
                    }
                },
                Some(Err(error)) if error.kind() == ErrorKind::UnreadableEntry => {
                    let name = error.subject().unwrap_or("a file").to_owned();
                    report.add_failure(context, &name, error.into());
                }
                Some(Err(error)) => report.abort(error.into()),
            }
        }
        bar.finish_and_clear();
        if report.files + report.failed == 0 && !report.is_aborted() {
            return Err(CliError::message(format!(
                "nothing to move at b2://{}/{from}: there is no file in this folder",
                bucket.name()
            )));
        }
        report.finish().print(context, "moved")
    }
}

/// Returns the bucket and the prefix of a folder.
fn folder_of(uri: &B2Uri) -> Result<(String, String), CliError> {
    let B2Uri::Path { bucket, path } = uri else {
        return Err(CliError::usage(format!("{uri} is not a folder; write b2://BUCKET/FOLDER")));
    };
    let is_prefix = path.is_empty() || path.ends_with('/');
    let prefix = if is_prefix { path.clone() } else { format!("{path}/") };
    Ok((bucket.clone(), prefix))
}
