//! Listings: which entries, and how they are printed.

use b2_native::{Bucket, Error};
use b2_proto::ErrorKind;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::FileVersion;
use clap::Args;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::args::filters::Filters;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::output::JsonArray;
use crate::uri::B2Uri;

/// What `--with-wildcard`, `--include` and `--exclude` mean by a pattern.
pub(crate) const PATTERNS: &str = "\
In patterns, * is any number of characters, ? is one character, and [a-z] and [!a-z] are one character of a set or not of
it; all of them match slashes too. Quote patterns, so that the shell does not expand them. Of several filters, the last
that matches a file decides. If all are --include, other files are left out.";

/// Arguments that select the entries of a bucket.
#[derive(Args, Clone, Debug)]
pub(crate) struct ListArgs {
    /// Include all versions and hidden files
    #[arg(long)]
    pub(crate) versions: bool,
    /// Include everything below the path
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// The path is a pattern of full names; needs --recursive
    #[arg(long, alias = "withWildcard")]
    pub(crate) with_wildcard: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

impl ListArgs {
    pub(crate) fn options(&self, path: &str) -> LsOptions {
        let mut options = LsOptions::new(path)
            .versions(self.versions)
            .recursive(self.recursive)
            .wildcard(self.with_wildcard);
        options.filters.clone_from(&self.filters.0);
        options
    }

    /// Fails if an argument needs another one.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        if self.with_wildcard && !self.recursive {
            return Err(CliError::message(
                "with_wildcard requires recursive to be turned on as well\nGive --recursive, too.",
            ));
        }
        Ok(())
    }

    /// Returns the first file of a folder that the filters leave in.
    pub(crate) async fn first_file(
        &self,
        bucket: &Bucket,
        folder: &str,
    ) -> Result<Option<Box<FileVersion>>, CliError> {
        let mut options = self.options(folder).recursive(true);
        if self.filters.0.is_empty() {
            options = options.page_size(1);
        }
        let mut files = std::pin::pin!(bucket.ls(options));
        Ok(match files.next().await.transpose()? {
            Some(LsEntry::File(version)) => Some(version),
            Some(LsEntry::Folder(_)) | None => None,
        })
    }

    /// Fails if an argument is given that selects files of a bucket, where `uri` is none.
    pub(crate) fn refuse(&self, uri: &B2Uri) -> Result<(), CliError> {
        let given = [
            ("--recursive", self.recursive),
            ("--versions", self.versions),
            ("--include and --exclude", !self.filters.0.is_empty()),
        ];
        match given.iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((option, _)) => Err(CliError::usage(format!(
                "{option} cannot be used with {uri}: give b2://BUCKET or b2://BUCKET/PATH"
            ))),
        }
    }
}

/// Returns an entry of a listing. An entry that cannot be read is counted and reported with a warning, and is `None`.
pub(crate) fn readable<T>(
    context: &Context,
    entry: Result<T, Error>,
    unreadable: &mut u64,
) -> Result<Option<T>, CliError> {
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

/// Fails if entries could not be read.
pub(crate) fn all_readable(unreadable: u64) -> Result<(), CliError> {
    match unreadable {
        0 => Ok(()),
        1 => Err(CliError::message("one entry was left out, for the reason above")),
        count => {
            Err(CliError::message(format!("{count} entries were left out, for the reasons above")))
        }
    }
}

/// Prints entries as lines or as JSON.
#[derive(Debug)]
pub(crate) struct EntryPrinter<'a> {
    context: &'a Context,
    array: Option<JsonArray<'a>>,
    long: bool,
    replication: bool,
}

impl<'a> EntryPrinter<'a> {
    pub(crate) fn new(context: &'a Context, long: bool, replication: bool) -> Self {
        Self {
            context,
            array: context.output.is_json().then(|| context.output.json_array()),
            long,
            replication,
        }
    }

    /// Prints an entry. `first`: the first file of a folder, as which JSON shows the folder.
    pub(crate) fn print(
        &mut self,
        entry: &LsEntry,
        first: Option<&FileVersion>,
    ) -> Result<(), CliError> {
        let output = &self.context.output;
        if let Some(array) = &mut self.array {
            return array.push(&entry_json(entry, first));
        }
        let name = output.quoted_name(entry.name());
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

    pub(crate) fn finish(self) -> Result<(), CliError> {
        self.array.map_or(Ok(()), JsonArray::finish)
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
            version.action,
            version.size
        )
    }
}

fn entry_json(entry: &LsEntry, first: Option<&FileVersion>) -> Value {
    match (entry, first) {
        (LsEntry::File(version), _) => version.as_dict(),
        (LsEntry::Folder(_), Some(first)) => first.as_dict(),
        // The files of the folder were deleted meanwhile.
        (LsEntry::Folder(name), None) => {
            json!({ "action": "folder", "fileId": null, "fileName": name, "size": 0 })
        }
    }
}
