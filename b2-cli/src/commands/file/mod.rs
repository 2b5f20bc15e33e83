//! `b2 file`: files and their versions.

mod cat;
mod concatenate;
mod copy;
mod create;
mod download;
mod large;
mod move_file;
mod update;
mod upload;
mod url;

use clap::Subcommand;

use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::uri::{FileUri, bucket_name};

pub(crate) use cat::Cat;
pub(crate) use copy::CopyById;
pub(crate) use download::{Download, DownloadFlags};
pub(crate) use large::{Large, LargeFile, Unfinished};
pub(crate) use update::{Mode, Update};
pub(crate) use upload::Upload;
pub(crate) use url::Url;

/// The subcommands of `b2 file`.
#[derive(Debug, Subcommand)]
pub(crate) enum File {
    /// Upload a file, a stream, or a folder
    Upload(Box<Upload>),
    /// Download a file, or a folder
    Download(Download),
    /// Print the content of a file
    Cat(Cat),
    /// Move a file, or a folder
    Move(Box<move_file::Move>),
    /// Change the legal hold and the retention of a file
    Update(Update),
    /// Print the properties of a file
    Info {
        /// b2://BUCKET/NAME or b2id://FILE_ID
        uri: FileUri,
    },
    /// Copy a file within B2
    #[command(alias = "server_side_copy")]
    ServerSideCopy(Box<copy::ServerSideCopy>),
    /// Copy a version within B2, by its ID; deprecated, use server-side-copy
    #[command(alias = "copy_by_id", hide = true)]
    CopyById(Box<CopyById>),
    /// Create a file from others, in B2 and on this machine
    Concatenate(Box<concatenate::Concatenate>),
    /// Hide a file, whose versions remain
    Hide {
        /// b2://BUCKET/NAME
        uri: String,
        /// The name of the file, if a bucket is given before; deprecated
        #[arg(hide = true)]
        name: Option<String>,
    },
    /// Unhide a file
    Unhide {
        /// b2://BUCKET/NAME, or b2id://FILE_ID of a version of the name
        uri: FileUri,
        /// Delete the hide marker even under governance retention
        #[arg(long)]
        bypass_governance: bool,
    },
    /// Print the URL of a file
    Url(Url),
    /// List and cancel unfinished large files
    #[command(subcommand)]
    Large(Large),
}

impl File {
    /// Returns whether one thread runs the command as fast as several.
    pub(crate) fn needs_one_thread(&self) -> bool {
        match self {
            Self::Download(download) => !download.is_recursive(),
            Self::Upload(_) | Self::Move(_) | Self::Concatenate(_) => false,
            _ => true,
        }
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::Upload(upload) => upload.run(context).await,
            Self::Download(download) => download.run(context).await,
            Self::Cat(cat) => cat.run(context).await,
            Self::Move(command) => command.run(context).await,
            Self::Update(update) => update.run(context).await,
            Self::Info { uri } => {
                let json = match &uri {
                    FileUri::Id(id) => {
                        context.client().await?.get_file_info(id.clone()).await?.as_dict()
                    }
                    FileUri::Name { .. } => {
                        let version = context.download(&uri).await?.head().await;
                        let version = version.map_err(CliError::from);
                        context.or_missing_bucket(&uri, version).await?.as_dict()
                    }
                };
                context.output.json(&json)
            }
            Self::ServerSideCopy(copy) => copy.run(context).await,
            Self::CopyById(copy) => copy.run(context).await,
            Self::Concatenate(concatenate) => concatenate.run(context).await,
            Self::Hide { uri, name } => {
                let (bucket, name) = hidden(context, &uri, name)?;
                let marker = context.bucket(&bucket).await?.hide_file(name).await?;
                context.output.json(&marker.as_dict())
            }
            Self::Unhide { uri, bypass_governance } => {
                let (bucket, name) = match uri {
                    FileUri::Name { bucket, name } => (context.bucket(&bucket).await?, name),
                    FileUri::Id(id) => {
                        let client = context.client().await?;
                        let version = client.get_file_info(id).await?;
                        (client.bucket_by_id(&version.bucket_id).await?, version.file_name)
                    }
                };
                let marker = bucket.unhide_file(&name, bypass_governance).await?;
                context.output.json(&marker.as_dict())
            }
            Self::Url(url) => url.run(context).await,
            Self::Large(large) => large.run(context).await,
        }
    }
}

/// Returns the bucket and the name of the file that `b2 file hide` hides.
fn hidden(
    context: &Context,
    uri: &str,
    name: Option<String>,
) -> Result<(String, String), CliError> {
    match name {
        Some(_) if uri.contains("://") => Err(CliError::usage(
            "Both B2 URI and file name were provided, but only one is expected",
        )),
        Some(name) => {
            context.warn(
                "WARNING: \"bucketName fileName\" arguments syntax is deprecated, use \"b2://bucketName/fileName\" instead",
            );
            Ok((bucket_name(uri).map_err(CliError::usage)?, name))
        }
        None => by_name(uri.parse().map_err(CliError::usage)?, "what is hidden"),
    }
}

/// Returns the bucket and the name of a URI. `what`: its role in the command.
fn by_name(uri: FileUri, what: &str) -> Result<(String, String), CliError> {
    match uri {
        FileUri::Name { bucket, name } => Ok((bucket, name)),
        FileUri::Id(_) => {
            Err(CliError::usage(format!("{what} is a name, not an ID: give b2://BUCKET/NAME")))
        }
    }
}
