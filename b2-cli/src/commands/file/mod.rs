//! `b2 file`: files and their versions.

mod download;
mod large;
mod upload;

use std::time::Duration;

use b2_native::{DownloadBuilder, NativeSink};
use b2_proto::download::DownloadEvent;
use b2_proto::encoding::check_url_name;
use clap::{Args, Subcommand};
use serde_json::json;

use super::encryption;
use crate::context::Context;
use crate::failure::Failure;
use crate::transfer::{self, News};
use crate::uri::FileUri;

pub(crate) use large::{Large, LargeFile};

/// `b2 file`.
#[derive(Debug, Subcommand)]
pub(crate) enum File {
    /// Upload a file, a stream, or a folder
    Upload(Box<upload::Upload>),
    /// Download a file, or a folder
    Download(download::Download),
    /// Print the content of a file
    Cat(Cat),
    /// Print everything about a file
    Info {
        /// b2://BUCKET/NAME or b2id://FILE_ID
        uri: FileUri,
    },
    /// Hide a file: its name is gone, its versions stay
    Hide {
        /// b2://BUCKET/NAME
        uri: FileUri,
    },
    /// Show a hidden file again
    Unhide {
        /// b2://BUCKET/NAME
        uri: FileUri,
    },
    /// Print the URL of a file
    Url(Url),
    /// Look at large files that were never finished, and discard them
    #[command(subcommand)]
    Large(Large),
}

/// `b2 file cat`.
#[derive(Args, Debug)]
pub(crate) struct Cat {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    uri: FileUri,
    #[command(flatten)]
    encryption: encryption::Source,
}

/// `b2 file url`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  b2 file url b2://my-photos/ship.jpg
  b2 file url --with-auth --duration 3600 b2://my-photos/ship.jpg   anyone with the link can read the file

B2 binds a token to the beginning of names: one for ship.jpg also opens ship.jpg.bak.")]
pub(crate) struct Url {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    uri: FileUri,
    /// With a token, for a file of a private bucket; it also opens longer names that begin with this one
    #[arg(long)]
    with_auth: bool,
    /// For how long the token works, in seconds
    #[arg(long, default_value_t = 86_400)]
    duration: u64,
}

impl File {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Upload(upload) => upload.run(context).await,
            Self::Download(download) => download.run(context).await,
            Self::Cat(cat) => cat.run(context).await,
            Self::Info { uri } => {
                let json = match uri {
                    FileUri::Id(id) => context.client().await?.get_file_info(id).await?.to_json(),
                    FileUri::Name { bucket, name } => {
                        let bucket = context.bucket(&bucket).await?;
                        bucket.get_file_info_by_name(&name).await?.to_json()
                    }
                };
                context.output.json(&json)
            }
            Self::Hide { uri } => {
                let (bucket, name) = by_name(uri, "hidden")?;
                let marker = context.bucket(&bucket).await?.hide_file(name).await?;
                context.output.json(&marker.to_json())
            }
            Self::Unhide { uri } => {
                let (bucket, name) = by_name(uri, "shown again")?;
                let marker = context.bucket(&bucket).await?.unhide_file(&name).await?;
                context.output.json(&marker.to_json())
            }
            Self::Url(url) => url.run(context).await,
            Self::Large(large) => large.run(context).await,
        }
    }
}

impl Url {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let url = match self.uri {
            FileUri::Id(_) if self.with_auth => {
                return Err(Failure::told(
                    "--with-auth needs a name, b2://BUCKET/NAME: tokens are for names, not for ids",
                ));
            }
            FileUri::Id(id) => context.client().await?.get_download_url_for_file_id(id).await?,
            FileUri::Name { bucket, name } => {
                check_url_name(&name).map_err(|error| no_url(&bucket, &name, &error))?;
                let bucket = context.bucket(&bucket).await?;
                if self.with_auth {
                    let valid_for = Duration::from_secs(self.duration);
                    let url = bucket.get_download_url_with_auth(&name, valid_for).await?;
                    context.remark(format!(
                        "Its token opens every file of the bucket whose name begins with '{}': B2 binds tokens to \
                         the beginning of names. Give the file a name that begins no other if that is too much.",
                        crate::output::escaped(&name, true)
                    ));
                    url
                } else {
                    bucket.get_download_url(&name).await?
                }
            }
        };
        if context.output.is_json() {
            return context.output.json(&json!({ "url": url }));
        }
        context.output.always(url)
    }
}

impl Cat {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let encryption = self.encryption.setting()?;
        let mut download = builder(context, &self.uri).await?;
        if let Some(encryption) = encryption {
            download = download.encryption(encryption);
        }
        context.output.flush()?;
        let sink = NativeSink::writer(tokio::io::stdout());
        let transfer = download.retry(context.patience()).start(sink);
        let done = transfer::follow(context, transfer, |event| Ok(news_of(event)));
        done.await.map(drop).map_err(interrupted)
    }
}

/// A download of what the URI names.
async fn builder(context: &Context, uri: &FileUri) -> Result<DownloadBuilder, Failure> {
    Ok(match uri {
        FileUri::Id(id) => context.client().await?.download_file_by_id(id.clone()),
        FileUri::Name { bucket, name } => {
            context.bucket(bucket).await?.download_file_by_name(name.clone())
        }
    })
}

/// No URL can say the name of a file.
fn no_url(bucket: &str, name: &str, error: &b2_proto::Error) -> Failure {
    Failure::told(format!(
        "{}\n`b2 ls --long b2://{bucket}/{name}` shows the id, and `b2 file url b2id://FILE_ID` prints its URL; \
         a link with a token needs a file with another name.",
        error.message()
    ))
}

/// What a download tells about the connection.
fn news_of(event: DownloadEvent) -> News {
    match event {
        DownloadEvent::Found(_) => News::Works,
        DownloadEvent::Retrying(retrying) => News::Repeats(retrying),
        _ => News::Nothing,
    }
}

/// Somebody stopped a download.
fn interrupted(failure: Failure) -> Failure {
    match failure {
        Failure::B2(error) if error.kind() == b2_proto::ErrorKind::Cancelled => {
            Failure::Interrupted("Interrupted. Nothing of it was kept.".to_owned())
        }
        other => other,
    }
}

fn by_name(uri: FileUri, done: &str) -> Result<(String, String), Failure> {
    match uri {
        FileUri::Name { bucket, name } => Ok((bucket, name)),
        FileUri::Id(_) => {
            Err(Failure::usage(format!("only a name can be {done}: give b2://BUCKET/NAME")))
        }
    }
}
