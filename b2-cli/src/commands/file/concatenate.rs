//! `b2 file concatenate`.

use std::path::PathBuf;
use std::str::FromStr;

use b2_native::{Client, Piece, UploadBuilder};
use clap::Args;
use serde_json::json;

use super::copy;
use super::create::create;
use crate::args::encryption::{DestinationEncryption, SourceEncryption};
use crate::args::new_file::{InfoFlags, LockFlags};
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::FileUri;

/// The arguments of `b2 file concatenate`.
#[derive(Args, Debug)]
#[command(after_help = "\
The sources follow each other in the new file. What B2 has already is copied there; only files in B2 that are smaller than
the smallest part (5 MB) are downloaded and uploaded again with their neighbours. --dry-run prints what would be done.

Examples:
  b2 file concatenate b2://logs/monday b2://logs/tuesday b2://logs/week
  b2 file concatenate header.bin b2id://4_z... footer.bin b2://my-bucket/whole.bin")]
pub(crate) struct Concatenate {
    /// Local files, b2://BUCKET/NAME or b2id://FILE_ID, and at the end the new file, b2://BUCKET/NAME
    #[arg(required = true, num_args = 2.., value_name = "SOURCE... DESTINATION")]
    files: Vec<String>,
    /// Print the parts and what they cost, and create nothing
    #[arg(long)]
    dry_run: bool,
    /// The media type [default: selected by B2 from the name]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    #[command(flatten)]
    info: InfoFlags,
    #[command(flatten)]
    encryption: DestinationEncryption,
    #[command(flatten)]
    source_encryption: SourceEncryption,
    #[command(flatten)]
    lock: LockFlags,
    /// The size of the smallest part; smaller files in B2 are downloaded [default: 5 MB]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    min_part_size: Option<u64>,
    /// The size of parts that are uploaded [default: the size that B2 recommends, 100 MB]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    part_size: Option<u64>,
    /// The size of the largest part that is copied [default: 5 GB]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    max_part_size: Option<u64>,
    /// The number of parts to send and to copy at once
    #[arg(long, value_parser = values::threads)]
    threads: Option<u16>,
    /// Do not resume an interrupted run
    #[arg(long)]
    no_resume: bool,
}

/// A source: a file in B2, or a local one.
enum FileSource {
    Remote(FileUri),
    Local(PathBuf),
}

impl FromStr for FileSource {
    type Err = CliError;

    fn from_str(text: &str) -> Result<Self, CliError> {
        let is_remote = ["b2://", "b2id://"].iter().any(|scheme| {
            text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        if is_remote {
            return text.parse().map(Self::Remote).map_err(CliError::usage);
        }
        Ok(Self::Local(text.into()))
    }
}

impl Concatenate {
    pub(crate) async fn run(mut self, context: &Context) -> Result<(), CliError> {
        let destination = self.files.pop().unwrap_or_default();
        let FileSource::Remote(FileUri::Name { bucket, name }) = destination.parse()? else {
            return Err(CliError::usage(format!(
                "the last argument is the new file, b2://BUCKET/NAME, and not '{destination}'"
            )));
        };
        let retention = self.lock.retention()?;
        let sources = self.files.iter().map(|file| file.parse());
        let sources: Vec<FileSource> = sources.collect::<Result<_, _>>()?;
        let client = context.client().await?;
        let mut pieces = Vec::new();
        for source in sources {
            pieces.push(self.piece(&client, source).await?);
        }
        let bucket = client.bucket(&bucket).await?;
        let mut upload = bucket.concatenate(pieces, &*name).info(self.info.info(context)?);
        upload = self.options(context, upload)?;
        if let Some(retention) = retention {
            upload = upload.file_retention(retention);
        }
        if self.dry_run {
            return plan(context, upload).await;
        }
        let version = create(context, upload.start(), &name, None, !self.no_resume).await?;
        context.output.json(&version.as_dict())
    }

    /// Returns the piece that is a whole source.
    async fn piece(&self, client: &Client, source: FileSource) -> Result<Piece, CliError> {
        match source {
            FileSource::Local(path) => Ok(Piece::file(path)),
            FileSource::Remote(uri) => {
                Ok(Piece::remote(copy::source(client, uri, &self.source_encryption).await?))
            }
        }
    }

    fn options(&self, context: &Context, upload: UploadBuilder) -> Result<UploadBuilder, CliError> {
        let mut upload = upload.retry(context.retry_policy()).resume(!self.no_resume);
        if let Some(content_type) = &self.content_type {
            upload = upload.content_type(content_type);
        }
        if let Some(encryption) = self.encryption.setting()? {
            upload = upload.encryption(encryption);
        }
        if let Some(legal_hold) = self.lock.legal_hold() {
            upload = upload.legal_hold(legal_hold);
        }
        if let Some(bytes) = self.min_part_size {
            upload = upload.min_part_size(bytes);
        }
        if let Some(bytes) = self.part_size {
            upload = upload.part_size(bytes);
        }
        if let Some(bytes) = self.max_part_size {
            upload = upload.max_part_size(bytes);
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 0) {
            upload = upload.parallel(usize::from(threads));
        }
        Ok(upload)
    }
}

/// Prints the parts of the file and what they cost.
async fn plan(context: &Context, upload: UploadBuilder) -> Result<(), CliError> {
    let plan = upload.plan().await?;
    let cost = plan.cost();
    if !context.output.is_json() {
        for line in plan.to_string().lines() {
            context.output.line(line)?;
        }
        return context.output.line(format!("{} bytes in all: {cost}", plan.size()));
    }
    context.output.json(&json!({
        "size": plan.size(),
        "parts": plan.parts().len(),
        "uploaded": cost.uploaded,
        "copied": cost.copied,
        "downloaded": cost.downloaded,
        "calls": cost.calls,
    }))
}
