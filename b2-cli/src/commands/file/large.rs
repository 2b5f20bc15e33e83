//! `b2 file large`: unfinished large files, whose parts are stored and billed.

use b2_native::{Bucket, Client, Error, Listing};
use b2_proto::ErrorKind;
use b2_proto::model::{FileId, UnfinishedLargeFile};
use clap::Subcommand;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::listing::{all_readable, readable};
use crate::uri::B2Uri;

/// The subcommands of `b2 file large`.
#[derive(Debug, Subcommand)]
pub(crate) enum Large {
    /// List the parts of an unfinished large file
    Parts {
        /// b2id://FILE_ID
        uri: B2Uri,
    },
    /// List and cancel unfinished large files
    #[command(subcommand)]
    Unfinished(Unfinished),
}

/// The subcommands of `b2 file large unfinished`.
#[derive(Debug, Subcommand)]
pub(crate) enum Unfinished {
    /// List the unfinished large files of a bucket
    List {
        /// b2://BUCKET, or b2://BUCKET/PREFIX
        uri: B2Uri,
    },
    /// Cancel one unfinished large file, or all of a bucket
    #[command(after_help = "\
Examples:
  b2 file large unfinished cancel b2id://4_z...
  b2 file large unfinished cancel b2://my-photos     all; running uploads fail")]
    Cancel {
        /// b2id://FILE_ID, b2://BUCKET or b2://BUCKET/PREFIX
        uri: B2Uri,
    },
}

/// The subcommands of `b2 large-file`, a shorter form of `b2 file large`.
#[derive(Debug, Subcommand)]
pub(crate) enum LargeFile {
    /// List the unfinished large files of a bucket
    List {
        /// b2://BUCKET, or b2://BUCKET/PREFIX
        uri: B2Uri,
    },
    /// List the parts of an unfinished large file
    Parts {
        /// b2id://FILE_ID
        uri: B2Uri,
    },
    /// Cancel one unfinished large file, or all of a bucket
    Cancel {
        /// b2id://FILE_ID, b2://BUCKET or b2://BUCKET/PREFIX
        uri: B2Uri,
    },
}

impl From<LargeFile> for Large {
    fn from(command: LargeFile) -> Self {
        match command {
            LargeFile::List { uri } => Self::Unfinished(Unfinished::List { uri }),
            LargeFile::Parts { uri } => Self::Parts { uri },
            LargeFile::Cancel { uri } => Self::Unfinished(Unfinished::Cancel { uri }),
        }
    }
}

/// The number of files to cancel at once.
const CONCURRENCY: usize = 10;

impl Large {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Parts { uri: B2Uri::Id(id) } => parts(context, id).await,
            Self::Parts { uri } => Err(CliError::usage(format!(
                "'{uri}' is not an unfinished file; write b2id://FILE_ID, as \
                 `b2 file large unfinished list` prints it"
            ))),
            Self::Unfinished(Unfinished::List { uri }) => list(context, uri).await,
            Self::Unfinished(Unfinished::Cancel { uri }) => cancel(context, uri).await,
        }
    }
}

async fn parts(context: &Context, id: FileId) -> Result<(), CliError> {
    let client = context.client().await?;
    let mut parts = std::pin::pin!(client.list_parts(id));
    let mut array = context.output.is_json().then(|| context.output.json_array());
    let mut unreadable = 0;
    while let Some(part) = parts.next().await {
        let Some(part) = readable(context, part, &mut unreadable)? else {
            continue;
        };
        let sha1 = part.content_sha1.to_text().unwrap_or_default();
        if let Some(array) = &mut array {
            array.push(&json!({
                "fileId": part.file_id,
                "partNumber": part.part_number,
                "contentLength": part.content_length,
                "contentSha1": sha1,
                "uploadTimestamp": part.upload_timestamp,
            }))?;
        } else {
            let (number, len) = (part.part_number, part.content_length);
            context.output.line(format!("{number:>5}  {len:>9}  {sha1}"))?;
        }
    }
    array.map_or(Ok(()), crate::output::JsonArray::finish)?;
    all_readable(unreadable)
}

async fn list(context: &Context, uri: B2Uri) -> Result<(), CliError> {
    let (bucket, prefix) = bucket_and_prefix(uri)?;
    let bucket = context.bucket(&bucket).await?;
    let mut files = std::pin::pin!(list_unfinished(&bucket, prefix.as_deref()));
    let mut array = context.output.is_json().then(|| context.output.json_array());
    let mut unreadable = 0;
    while let Some(file) = files.next().await {
        let Some(file) = readable(context, file, &mut unreadable)? else {
            continue;
        };
        if let Some(array) = &mut array {
            array.push(&json_of(&file))?;
            continue;
        }
        let mut line = format!(
            "{} {} {}",
            file.file_id,
            context.output.quoted_name(&file.file_name),
            file.content_type.as_deref().unwrap_or("-")
        );
        for (key, value) in file.file_info.iter() {
            line += &format!(" {key}={value}");
        }
        context.output.line(line)?;
    }
    array.map_or(Ok(()), crate::output::JsonArray::finish)?;
    all_readable(unreadable)
}

async fn cancel(context: &Context, uri: B2Uri) -> Result<(), CliError> {
    if let B2Uri::Id(id) = uri {
        let client = context.client().await?;
        client.cancel_large_file(id.clone()).await?;
        return print_cancelled(context, &[id]);
    }
    let (bucket, prefix) = bucket_and_prefix(uri)?;
    let bucket = context.bucket(&bucket).await?;
    let client = bucket.client();
    let mut files = std::pin::pin!(list_unfinished(&bucket, prefix.as_deref()));
    let (mut all, mut unreadable) = (Vec::new(), 0);
    while let Some(file) = files.next().await {
        all.extend(readable(context, file, &mut unreadable)?);
    }
    let cancelling = all.into_iter().map(|file| cancel_one(client, file.file_id));
    let cancelling = futures::stream::iter(cancelling).buffer_unordered(CONCURRENCY);
    let ids: Vec<_> = cancelling.try_collect().await?;
    print_cancelled(context, &ids)?;
    all_readable(unreadable)
}

/// Cancels one file. A file that does not exist any more, or was finished meanwhile, is not an error.
async fn cancel_one(client: &Client, id: FileId) -> Result<FileId, Error> {
    match client.cancel_large_file(id.clone()).await {
        Err(error) if error.kind() != ErrorKind::FileNotPresent => Err(error),
        _ => Ok(id),
    }
}

fn print_cancelled(context: &Context, ids: &[FileId]) -> Result<(), CliError> {
    if context.output.is_json() {
        return context.output.json(&json!({ "canceled": ids }));
    }
    for id in ids {
        context.output.line(format!("{id} canceled"))?;
    }
    Ok(())
}

fn json_of(file: &UnfinishedLargeFile) -> Value {
    json!({
        "fileId": file.file_id,
        "fileName": file.file_name,
        "bucketId": file.bucket_id,
        "contentType": file.content_type,
        "fileInfo": file.file_info,
        "uploadTimestamp": file.upload_timestamp,
        "serverSideEncryption": file.server_side_encryption.as_dict(),
    })
}

fn bucket_and_prefix(uri: B2Uri) -> Result<(String, Option<String>), CliError> {
    match uri {
        B2Uri::Path { bucket, path } => Ok((bucket, Some(path).filter(|path| !path.is_empty()))),
        other => Err(CliError::usage(format!("'{other}' is not a bucket; write b2://BUCKET"))),
    }
}

/// Lists the unfinished large files whose names start with `prefix`.
fn list_unfinished(bucket: &Bucket, prefix: Option<&str>) -> Listing<UnfinishedLargeFile> {
    let files = bucket.list_unfinished_large_files();
    match prefix {
        Some(prefix) => files.prefix(prefix).into_listing(),
        None => files.into_listing(),
    }
}
