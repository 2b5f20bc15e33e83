//! The arguments that only deprecated commands have.

use b2_proto::time::Timestamp;
use clap::Args;

use crate::args::values;
use crate::commands::file::DownloadFlags;
use crate::uri::{FileUri, bucket_name};

/// A bucket.
#[derive(Args, Debug)]
pub(crate) struct BucketName {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    pub(super) bucket: String,
}

/// The ID of a file.
#[derive(Args, Debug)]
pub(crate) struct Id {
    /// The ID of the file
    pub(super) id: String,
}

/// A file.
#[derive(Args, Debug)]
pub(crate) struct OneFile {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    pub(super) uri: FileUri,
}

/// A bucket and the name of a file in it.
#[derive(Args, Debug)]
pub(crate) struct FileOfBucket {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    pub(super) bucket: String,
    /// The name of the file
    pub(super) name: String,
}

impl From<FileOfBucket> for FileUri {
    fn from(FileOfBucket { bucket, name }: FileOfBucket) -> Self {
        Self::Name { bucket, name }
    }
}

/// The arguments of `b2 download-file-by-id`.
#[derive(Args, Debug)]
pub(crate) struct DownloadById {
    #[command(flatten)]
    pub(super) file: Id,
    /// The file to write
    pub(super) local: std::path::PathBuf,
    #[command(flatten)]
    pub(super) flags: DownloadFlags,
}

/// The arguments of `b2 download-file-by-name`.
#[derive(Args, Debug)]
pub(crate) struct DownloadByName {
    #[command(flatten)]
    pub(super) file: FileOfBucket,
    /// The file to write
    pub(super) local: std::path::PathBuf,
    #[command(flatten)]
    pub(super) flags: DownloadFlags,
}

/// Whether a URL has a token.
#[derive(Args, Debug)]
pub(crate) struct Token {
    /// Add a token, for private buckets
    #[arg(long)]
    pub(super) with_auth: bool,
    /// How long the token is valid, in seconds
    #[arg(long, default_value_t = 86_400)]
    pub(super) duration: u64,
}

/// The arguments of `b2 get-download-url-with-auth`.
#[derive(Args, Debug)]
pub(crate) struct UrlWithAuth {
    #[command(flatten)]
    pub(super) file: FileOfBucket,
    /// How long the token is valid, in seconds
    #[arg(long, default_value_t = 86_400)]
    pub(super) duration: u64,
}

/// The arguments of `b2 make-url`.
#[derive(Args, Debug)]
pub(crate) struct UrlOfId {
    #[command(flatten)]
    pub(super) file: Id,
    #[command(flatten)]
    pub(super) token: Token,
}

/// The arguments of `b2 make-friendly-url`.
#[derive(Args, Debug)]
pub(crate) struct UrlOfName {
    #[command(flatten)]
    pub(super) file: FileOfBucket,
    #[command(flatten)]
    pub(super) token: Token,
}

/// The arguments of `b2 update-file-legal-hold`.
#[derive(Args, Debug)]
pub(crate) struct LegalHold {
    /// The ID of the version, with or without the name of the file before it, and on or off
    #[arg(value_names = ["FILE_NAME", "FILE_ID", "ON|OFF"], num_args = 2..=3, required = true)]
    pub(super) words: Vec<String>,
}

/// The arguments of `b2 update-file-retention`.
#[derive(Args, Debug)]
pub(crate) struct Retention {
    /// The ID of the version, with or without the name of the file before it, and the mode: governance, compliance or none
    #[arg(value_names = ["FILE_NAME", "FILE_ID", "MODE"], num_args = 2..=3, required = true)]
    pub(super) words: Vec<String>,
    /// The end of the retention, in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    pub(super) retain_until: Option<Timestamp>,
    /// Shorten or remove a governance retention
    #[arg(long)]
    pub(super) bypass_governance: bool,
}
