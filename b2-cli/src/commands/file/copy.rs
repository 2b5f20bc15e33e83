//! `b2 file server-side-copy` and `b2 file copy-by-id`.

use std::ops::Range;

use b2_native::Client;
use b2_proto::create::CopySource;
use clap::Args;

use super::create::create;
use crate::args::encryption::{DestinationEncryption, SourceEncryption};
use crate::args::new_file::{InfoFlags, LockFlags};
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::{FileUri, bucket_name};

/// The arguments of `b2 file server-side-copy`.
#[derive(Args, Debug)]
#[command(after_help = "\
The bytes do not pass this machine. A file of more than 5 GB is copied in parts, several at once; the same command resumes
a copy that was interrupted. Content type and file info are those of the source, unless both are given.

Examples:
  b2 file server-side-copy b2://my-photos/ship.jpg b2://my-backup/photos/ship.jpg
  b2 file server-side-copy --range 0,99 b2id://4_z... b2://my-photos/first-100-bytes")]
pub(crate) struct ServerSideCopy {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    source: FileUri,
    /// b2://BUCKET/NAME
    destination: FileUri,
    #[command(flatten)]
    options: CopyOptions,
}

/// The arguments of `b2 file copy-by-id`.
#[derive(Args, Debug)]
pub(crate) struct CopyById {
    /// The ID of the version to copy
    #[arg(value_name = "SOURCE_FILE_ID")]
    source: String,
    /// The bucket of the copy
    #[arg(value_parser = bucket_name, value_name = "DESTINATION_BUCKET")]
    bucket: String,
    /// The name of the copy
    name: String,
    #[command(flatten)]
    options: CopyOptions,
    /// Whether a warning about another command was printed already
    #[arg(skip)]
    has_warned: bool,
}

/// The options of a copy.
#[derive(Args, Debug)]
struct CopyOptions {
    /// Copy only these bytes, START,END, both included
    #[arg(long, value_name = "START,END", value_parser = values::range)]
    range: Option<Range<u64>>,
    /// The media type of the copy; needs --info, --no-info or one of the headers
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    #[command(flatten)]
    info: InfoFlags,
    /// Store no file info with the copy; needs --content-type
    #[arg(long, conflicts_with = "info")]
    no_info: bool,
    /// Accepted for compatibility: the metadata of the source is fetched where it is needed
    #[arg(long, hide = true)]
    fetch_metadata: bool,
    /// Accepted for compatibility: it follows from --content-type and --info
    #[arg(long, hide = true, value_name = "DIRECTIVE")]
    metadata_directive: Option<String>,
    #[command(flatten)]
    encryption: DestinationEncryption,
    #[command(flatten)]
    source_encryption: SourceEncryption,
    #[command(flatten)]
    lock: LockFlags,
    /// The size of the largest part; more is copied in parts [default: 5 GB]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    max_part_size: Option<u64>,
    /// The number of parts to copy at once
    #[arg(long, value_parser = values::threads)]
    threads: Option<u16>,
    /// Do not resume an interrupted copy of this file
    #[arg(long)]
    no_resume: bool,
}

/// Returns the version that a URI names, as the source of a copy.
pub(super) async fn source(
    client: &Client,
    uri: FileUri,
    encryption: &SourceEncryption,
) -> Result<CopySource, CliError> {
    let encryption = encryption.setting()?;
    let mut source = match uri {
        FileUri::Id(id) => CopySource::new(id),
        FileUri::Name { bucket, name } => {
            let mut head = client.bucket(&bucket).await?.download(&*name);
            if let Some(encryption) = &encryption {
                head = head.encryption(encryption.clone());
            }
            let version = head.head().await?;
            let Some(id) = version.file_id else {
                let message = format!("the server does not say which version of '{name}' it has");
                return Err(CliError::message(message));
            };
            CopySource::new(id)
        }
    };
    source.encryption = encryption;
    Ok(source)
}

impl ServerSideCopy {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let FileUri::Name { bucket, name } = &self.destination else {
            return Err(CliError::usage("the destination is a name: give b2://BUCKET/NAME"));
        };
        let client = context.client().await?;
        let source = source(&client, self.source, &self.options.source_encryption).await?;
        self.options.copy(context, &client, source, bucket, name).await
    }
}

impl CopyById {
    /// Returns the copy, which does not warn that the command is deprecated.
    pub(crate) fn without_warning(mut self) -> Self {
        self.has_warned = true;
        self
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        if !self.has_warned {
            context.warn(
                "WARNING: `copy-by-id` command is deprecated. Use `file server-side-copy` instead.",
            );
        }
        let id = FileUri::Id(self.source.into());
        let client = context.client().await?;
        let source = source(&client, id, &self.options.source_encryption).await?;
        self.options.copy(context, &client, source, &self.bucket, &self.name).await
    }
}

impl CopyOptions {
    async fn copy(
        self,
        context: &Context,
        client: &Client,
        source: CopySource,
        bucket: &str,
        name: &str,
    ) -> Result<(), CliError> {
        let (retention, info) = (self.lock.retention()?, self.info.info(context)?);
        if self.metadata_directive.is_some() {
            context.warn(
                "--metadata-directive is deprecated, the value of this argument is determined based on the existence of \
                 --content-type and --info.",
            );
        }
        let has_info = self.no_info || !info.is_empty();
        if self.content_type.is_some() != has_info {
            return Err(CliError::message(if has_info {
                "File info can be set only when content type is set\nGive --content-type, too."
            } else {
                "File info can be not set only when content type is not set\nGive --info or --no-info, too."
            }));
        }
        let total = self.range.as_ref().map(|range| range.end - range.start);
        let bucket = client.bucket(bucket).await?;
        let mut copy = bucket.copy(source, name).retry(context.retry_policy());
        copy = copy.resume(!self.no_resume);
        if let Some(range) = self.range {
            copy = copy.range(range);
        }
        if let Some(content_type) = self.content_type {
            copy = copy.content_type(content_type).info(info);
        }
        if let Some(encryption) = self.encryption.setting()? {
            copy = copy.encryption(encryption);
        }
        if let Some(retention) = retention {
            copy = copy.file_retention(retention);
        }
        if let Some(legal_hold) = self.lock.legal_hold() {
            copy = copy.legal_hold(legal_hold);
        }
        if let Some(bytes) = self.max_part_size {
            copy = copy.max_part_size(bytes);
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 0) {
            copy = copy.parallel(usize::from(threads));
        }
        let version = create(context, copy.start(), name, total, !self.no_resume).await?;
        context.output.json(&version.as_dict())
    }
}
