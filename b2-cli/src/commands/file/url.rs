//! `b2 file url`.

use std::time::Duration;

use b2_proto::encoding::check_url_name;
use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::error::CliError;
use crate::uri::FileUri;

/// The arguments of `b2 file url`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  b2 file url b2://my-photos/ship.jpg
  b2 file url --with-auth --duration 3600 b2://my-photos/ship.jpg   anyone with the link can read the file

A token is valid for all names with a prefix: the token of ship.jpg also downloads ship.jpg.bak.")]
pub(crate) struct Url {
    /// b2://BUCKET/NAME or b2id://FILE_ID
    uri: FileUri,
    /// Add a token, for private buckets; it is also valid for longer names that start with this one
    #[arg(long)]
    with_auth: bool,
    /// How long the token is valid, in seconds
    #[arg(long, default_value_t = 86_400)]
    duration: u64,
}

impl Url {
    /// Returns the URL of a file, with a token that is valid for a number of seconds if it is asked for.
    pub(crate) fn new(uri: FileUri, with_auth: bool, duration: u64) -> Self {
        Self { uri, with_auth, duration }
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let url = match self.uri {
            FileUri::Id(_) if self.with_auth => {
                return Err(CliError::message(
                    "--with-auth param cannot be used with `b2id://` urls. Please, use `b2://bucket/filename` url format \
                     instead\nTokens are valid for names, not for IDs.",
                ));
            }
            FileUri::Id(id) => context.client().await?.get_download_url_for_file_id(id).await?,
            FileUri::Name { bucket, name } => {
                check_url_name(&name).map_err(|error| no_url(&bucket, &name, &error))?;
                let bucket = context.bucket(&bucket).await?;
                if self.with_auth {
                    let valid_for = Duration::from_secs(self.duration);
                    let url = bucket.get_download_url_with_auth(&name, valid_for).await?;
                    context.note(format!(
                        "The token is valid for every file of the bucket whose name starts with '{}'.",
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
        context.output.print(url)
    }
}

/// The error for a name that URLs cannot contain.
fn no_url(bucket: &str, name: &str, error: &b2_proto::Error) -> CliError {
    CliError::message(format!(
        "{}\n`b2 ls --long b2://{bucket}/{name}` shows the ID, and `b2 file url b2id://FILE_ID` prints its URL; \
         a link with a token needs a file with another name.",
        error.message()
    ))
}
