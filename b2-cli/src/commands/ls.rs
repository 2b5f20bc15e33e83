//! `b2 ls`: what is in a bucket.

use b2_native::Error;
use b2_proto::ErrorKind;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::FileVersion;
use clap::Args;
use futures::StreamExt;
use serde_json::{Value, json};

use super::bucket;
use crate::context::Context;
use crate::failure::Failure;
use crate::uri::B2Uri;

/// `b2 ls`.
#[derive(Args, Debug)]
#[command(after_help = "\
A path names a file, or else a folder; with --recursive both, if there are both. Folders are printed with a slash at
the end.

Examples:
  b2 ls                              the buckets
  b2 ls b2://my-photos               what is at the top
  b2 ls -r --long b2://my-photos/2024
  b2 ls --versions b2://my-photos/ship.jpg")]
pub(crate) struct Ls {
    /// b2://BUCKET, b2://BUCKET/PATH or b2id://FILE_ID; without it the buckets are listed
    #[arg(default_value = "b2://", hide_default_value = true)]
    uri: B2Uri,
    #[command(flatten)]
    what: What,
    /// Also print id, action, time of upload and size
    #[arg(short, long, conflicts_with = "json")]
    long: bool,
    /// Also print how far replication is; needs --long
    #[arg(long, requires = "long")]
    replication: bool,
}

/// Which entries of a bucket.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct What {
    /// All versions, not only the newest, and hidden files
    #[arg(long)]
    pub(crate) versions: bool,
    /// Everything below the path
    #[arg(short, long)]
    pub(crate) recursive: bool,
}

impl What {
    pub(crate) fn options(self, path: &str) -> LsOptions {
        LsOptions::new(path).versions(self.versions).recursive(self.recursive)
    }
}

impl Ls {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let mut lister = Lister::new(context, self.long, self.replication);
        match self.uri {
            B2Uri::All if self.long || self.what.recursive || self.what.versions => {
                Err(Failure::told(
                    "--long, --recursive and --versions need a bucket: b2 ls b2://BUCKET",
                ))
            }
            B2Uri::All => bucket::list_all(context).await,
            B2Uri::Id(id) => {
                let version = context.client().await?.get_file_info(id).await?;
                lister.print(&LsEntry::File(Box::new(version)))?;
                lister.end()
            }
            B2Uri::Path { bucket, path } => {
                let bucket = context.bucket(&bucket).await?;
                let mut entries = std::pin::pin!(bucket.ls(self.what.options(&path)));
                let mut unreadable = 0;
                let mut ended = Ok(());
                while let Some(entry) = entries.next().await {
                    match readable(context, entry, &mut unreadable) {
                        Ok(Some(entry)) => lister.print(&entry)?,
                        Ok(None) => {}
                        Err(failure) => {
                            // What was printed so far stays JSON.
                            ended = Err(failure);
                            break;
                        }
                    }
                }
                lister.end()?;
                ended.and_then(|()| all_readable(unreadable))
            }
        }
    }
}

/// An entry of a listing. One that cannot be read is told and counted, and the listing goes on.
pub(crate) fn readable<T>(
    context: &Context,
    entry: Result<T, Error>,
    unreadable: &mut u64,
) -> Result<Option<T>, Failure> {
    match entry {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.kind() == ErrorKind::UnreadableEntry => {
            *unreadable += 1;
            context.warn(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Fails if an entry could not be read.
pub(crate) fn all_readable(unreadable: u64) -> Result<(), Failure> {
    match unreadable {
        0 => Ok(()),
        1 => Err(Failure::told("one entry was left out, for the reason above")),
        count => {
            Err(Failure::told(format!("{count} entries were left out, for the reasons above")))
        }
    }
}

/// Prints entries, in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Lister<'a> {
    context: &'a Context,
    array: Option<crate::output::JsonArray<'a>>,
    long: bool,
    replication: bool,
}

impl<'a> Lister<'a> {
    pub(crate) fn new(context: &'a Context, long: bool, replication: bool) -> Self {
        Self {
            context,
            array: context.output.is_json().then(|| context.output.array()),
            long,
            replication,
        }
    }

    pub(crate) fn print(&mut self, entry: &LsEntry) -> Result<(), Failure> {
        let output = &self.context.output;
        if let Some(array) = &mut self.array {
            return array.push(&json_of(entry));
        }
        let name = output.name(entry.name());
        if !self.long {
            return output.line(name);
        }
        match entry {
            LsEntry::File(version) => output.line(self.long_line(version, &name)),
            LsEntry::Folder(_) => {
                let status = if self.replication { "  -" } else { "" };
                output.line(format!(
                    "{:>83}  {:>6}  {:>10}  {:>8}  {:>9}{status}  {name}",
                    "-", "-", "-", "-", 0
                ))
            }
        }
    }

    pub(crate) fn end(self) -> Result<(), Failure> {
        self.array.map_or(Ok(()), crate::output::JsonArray::end)
    }

    fn long_line(&self, version: &FileVersion, name: &str) -> String {
        let uploaded = version.upload_timestamp.map(|time| time.to_string());
        let (date, time) =
            uploaded.as_deref().and_then(|text| text.split_once(' ')).unwrap_or(("-", "-"));
        let status = match (&version.replication_status, self.replication) {
            (_, false) => String::new(),
            (Some(status), true) => format!("  {status}"),
            (None, true) => "  -".to_owned(),
        };
        format!(
            "{:>83}  {:>6}  {date:>10}  {time:>8}  {:>9}{status}  {name}",
            version.file_id.as_str(),
            version.action.as_str(),
            version.size
        )
    }
}

fn json_of(entry: &LsEntry) -> Value {
    match entry {
        LsEntry::File(version) => version.to_json(),
        // Unlike in Backblaze's tool, a folder can be told from a file.
        LsEntry::Folder(name) => {
            json!({ "action": "folder", "fileId": null, "fileName": name, "size": 0 })
        }
    }
}
