//! `b2 file download`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use b2_native::folder::local_path;
use b2_native::{Bucket, NativeSink, SaveFile, SaveOptions};
use b2_proto::download::{DownloadEvent, Downloaded, Verification};
use b2_proto::model::{
    DownloadVersion, EncryptionKeyId, EncryptionSetting, FileRetention, LegalHold,
};
use b2_proto::sync::BucketEncryption;
use clap::Args;
use serde_json::json;

use crate::args::encryption::SourceEncryption;
use crate::args::flags::WriteBuffer;
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::commands::sync::check_destination;
use crate::context::Context;
use crate::error::CliError;
use crate::folder::{DEFAULT_CONCURRENCY, FolderTransfer};
use crate::output::Output;
use crate::transfer;
use crate::uri::{B2Uri, FileUri};

/// The arguments of `b2 file download`.
#[derive(Args, Debug)]
#[command(after_help = "\
The data goes to a temporary file beside the destination, which is renamed when it is complete and verified.
If the path is a folder, or ends in a slash, the file gets its name in the bucket, and no other file is replaced.
If the path is a link, the file it points to is replaced or created.
Of a folder, all files are downloaded, also those that exist; `b2 sync` downloads only what has changed.

Examples:
  b2 file download b2://my-photos/2024/ship.jpg ship.jpg
  b2 file download b2://my-backups/dumps/mydb.sql - | psql mydb
  b2 file download --range 0,99 b2id://4_z... first-100-bytes
  b2 file download b2://my-photos/2024/ship.jpg new/    to new/2024/ship.jpg
  b2 file download -r b2://my-photos/2024 ./2024        a folder")]
pub(crate) struct Download {
    /// b2://BUCKET/NAME or b2id://FILE_ID; with -r b2://BUCKET or b2://BUCKET/FOLDER
    uri: B2Uri,
    /// The file to write, a folder to put it in, or - for standard output
    local: PathBuf,
    /// Download all files below a path into a folder
    #[arg(short, long, conflicts_with = "range")]
    recursive: bool,
    /// Only these bytes, START,END, both included
    #[arg(long, value_name = "START,END", value_parser = values::range)]
    range: Option<Range<u64>>,
    #[command(flatten)]
    flags: DownloadFlags,
}

/// The flags of downloads that do not depend on how the file is given.
#[derive(Args, Debug)]
pub(crate) struct DownloadFlags {
    /// The number of ranges of a file, or with -r of files, to download at once
    #[arg(long, value_parser = values::threads)]
    threads: Option<u16>,
    /// The number of ranges of a file to download at once, if it is less than --threads
    #[arg(long, value_name = "NUMBER", value_parser = values::threads)]
    max_download_streams_per_file: Option<u16>,
    /// Do not verify the SHA-1
    #[arg(long)]
    skip_hash_verification: bool,
    #[command(flatten)]
    buffer: WriteBuffer,
    #[command(flatten)]
    encryption: SourceEncryption,
}

impl DownloadFlags {
    /// Returns the number of ranges of one file to download at once, if a flag gives it.
    fn ranges(&self) -> Option<usize> {
        let given = [self.threads, self.max_download_streams_per_file];
        let limits = given.into_iter().flatten().filter(|number| *number > 0);
        limits.min().map(usize::from)
    }
}

impl Download {
    /// Returns the download of one file.
    pub(crate) fn one(uri: FileUri, local: PathBuf, flags: DownloadFlags) -> Self {
        Self { uri: uri.into(), local, recursive: false, range: None, flags }
    }

    /// Returns whether a folder is downloaded.
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive
    }

    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let encryption = self.flags.encryption.setting()?;
        if self.recursive {
            return self.folder(context, encryption).await;
        }
        let uri = self.uri.clone().file().map_err(CliError::usage)?;
        if self.local.as_os_str() == "-" {
            context.output.flush()?;
            let sink = NativeSink::writer(tokio::io::stdout());
            return self.fetch(context, &uri, encryption, sink, None).await.map(drop);
        }
        let (path, created) = destination(context, &uri, &self.local).await?;
        let file = SaveFile::create(&path, SaveOptions::default()).await?;
        let downloaded = self.fetch(context, &uri, encryption, file.sink(), Some((&path, &file)));
        let downloaded = downloaded.await?;
        // If the rename fails, the temporary file with the data remains, so its folder must too.
        created.keep();
        file.commit(downloaded.version.mod_time()).await?;
        if context.output.is_json() {
            let mut json = downloaded.version.as_dict();
            json["outputPath"] = json!(path.to_string_lossy());
            json["verified"] = json!(matches!(downloaded.verification, Verification::Verified(_)));
            return context.output.json(&json);
        }
        match downloaded.verification {
            Verification::Verified(_) => context.output.line("Checksum matches")?,
            Verification::Skipped => {
                context.note("Checksum not verified: --skip-hash-verification is given");
            }
            Verification::NotVerifiable => {
                context.note("Checksum not verified: B2 has no SHA-1 for these bytes");
            }
        }
        context.output.line("Download finished")
    }

    /// Downloads to a sink. If the sink is a file, prints its path and checks the free space first.
    async fn fetch(
        &self,
        context: &Context,
        uri: &FileUri,
        encryption: Option<EncryptionSetting>,
        sink: NativeSink,
        saved: Option<(&Path, &SaveFile)>,
    ) -> Result<Downloaded, CliError> {
        let mut download = context
            .download(uri)
            .await?
            .retry(context.retry_policy())
            .verify(!self.flags.skip_hash_verification);
        if let Some(encryption) = encryption {
            download = download.encryption(encryption);
        }
        if let Some(range) = self.range.clone() {
            download = download.range(range);
        }
        if let Some(ranges) = self.flags.ranges() {
            download = download.parallel(ranges);
        }
        let bar = context.progress.bytes(&uri.to_string(), Some(0));
        let on_event = |event: DownloadEvent| {
            match &event {
                DownloadEvent::Found(version) => {
                    bar.set_length(version.content_length());
                    if let Some((path, file)) = saved {
                        file.check_space(version.content_length())?;
                        print_properties(&context.output, version, path)?;
                    }
                }
                DownloadEvent::Progress { received, total } => {
                    bar.set_length(*total);
                    if bar.position() < *received {
                        bar.set_message("");
                    }
                    bar.set_position(*received);
                }
                DownloadEvent::Retrying(retrying) => transfer::show_retry(&bar, retrying),
                _ => {}
            }
            Ok(event.into())
        };
        let done = transfer::run(context, download.start(sink), on_event).await;
        bar.finish_and_clear();
        let done = context.or_missing_bucket(uri, done).await;
        done.map_err(CliError::or_interrupted_download)
    }

    async fn folder(
        self,
        context: &Context,
        encryption: Option<EncryptionSetting>,
    ) -> Result<(), CliError> {
        let B2Uri::Path { bucket, path } = self.uri else {
            return Err(CliError::usage(
                "--recursive needs a bucket or a folder: b2://BUCKET or b2://BUCKET/FOLDER",
            ));
        };
        if self.local.as_os_str() == "-" {
            return Err(CliError::usage(
                "standard output cannot receive a folder; give a folder, or ./- for a folder with that name",
            ));
        }
        check_destination(&self.local)?;
        let bucket = context.bucket(&bucket).await?;
        let mut read = BucketEncryption::new();
        if let Some(encryption) = encryption {
            read = read.read(bucket.id().clone(), encryption);
        }
        let files = |folder: &str| {
            let verify = !self.flags.skip_hash_verification;
            bucket
                .client()
                .sync(bucket.folder(folder), self.local.as_path())
                .parallel(
                    self.flags
                        .threads
                        .filter(|threads| *threads > 0)
                        .map_or(DEFAULT_CONCURRENCY, usize::from),
                )
                .downloads(|options| options.verify = verify)
                .encryption(read.clone())
        };
        let (above, last) = path.rsplit_once('/').unwrap_or(("", &path));
        let prefix = if last.is_empty() { path.clone() } else { format!("{path}/") };
        let mut transfer = FolderTransfer::download(context, &prefix);
        let mut is_taken = false;
        let found = transfer.run_with(files(&path), |report, name, bytes| {
            is_taken |= name == last;
            report.add_success(bytes);
        });
        let found = found.await;
        // The path may also be the name of a file, in a folder that can be synchronized.
        let above_it = path.strip_suffix(last).unwrap_or_default();
        let is_in_folder = above_it.is_empty() || !(above.is_empty() || above.ends_with('/'));
        if !last.is_empty()
            && is_in_folder
            && !transfer.report().is_aborted()
            && is_allowed(&bucket, &path).await?
        {
            transfer.may_be_missing(above_it);
            let file = files(above).files_from([last]).dry_run(is_taken);
            let run = transfer.run_with(file, |report, _, bytes| match is_taken {
                false => report.add_success(bytes),
                true => {
                    let why = "another file of the download has this local path; download this file to another path";
                    report.add_failure(context, &path, CliError::message(why));
                }
            });
            run.await;
        }
        let report = transfer.finish();
        if found + report.files + report.failed == 0 && !report.is_aborted() {
            let name = bucket.name();
            if !path.is_empty() {
                return Err(CliError::message(format!(
                    "nothing to download at b2://{name}/{path}: there is no file and no folder with this name"
                )));
            }
            context.note(format!("The bucket {name} has no visible files."));
        }
        report.print(context, "downloaded")
    }
}

/// Returns whether the key may use the file of this name.
async fn is_allowed(bucket: &Bucket, name: &str) -> Result<bool, CliError> {
    Ok(bucket.client().authorization().await?.allowed.check_file_name(name).is_ok())
}

/// Returns the path of the downloaded file, and the folders that were created for it. If `local` is a folder, or ends
/// in a slash, the file gets its name in the bucket below it.
async fn destination(
    context: &Context,
    uri: &FileUri,
    local: &Path,
) -> Result<(PathBuf, CreatedFolders), CliError> {
    if !local.is_dir() && !has_trailing_slash(local) {
        return Ok((local.to_owned(), CreatedFolders::default()));
    }
    let name = match uri {
        FileUri::Name { name, .. } => name.clone(),
        FileUri::Id(id) => context.client().await?.get_file_info(id.clone()).await?.file_name,
    };
    let path = local.join(local_path(&name)?);
    let mut created = CreatedFolders::default();
    if let Some(parent) = path.parent() {
        created.create(parent)?;
    }
    Ok((unused(path), created))
}

/// Returns whether the path ends in a slash.
fn has_trailing_slash(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|last| std::path::is_separator(char::from(*last)))
}

/// Folders that were created for a file. Dropping this removes those that are empty, unless `keep` is called.
#[derive(Debug, Default)]
struct CreatedFolders(Vec<PathBuf>);

impl CreatedFolders {
    /// Creates a folder and its parents.
    fn create(&mut self, folder: &Path) -> Result<(), CliError> {
        let missing = folder.ancestors().take_while(|folder| {
            !folder.as_os_str().is_empty() && std::fs::symlink_metadata(folder).is_err()
        });
        self.0 = missing.map(Path::to_owned).collect();
        std::fs::create_dir_all(folder).map_err(|error| CliError::create_folder(folder, &error))
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for CreatedFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Returns the path, or a numbered path beside it if the path exists.
fn unused(path: PathBuf) -> PathBuf {
    if std::fs::symlink_metadata(&path).is_err() {
        return path;
    }
    let stem = path.file_stem().unwrap_or_default().to_owned();
    let numbered = |number: u64| {
        let mut name = stem.clone();
        name.push(format!("-{number}"));
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        path.with_file_name(name)
    };
    (1..)
        .map(numbered)
        .find(|path| std::fs::symlink_metadata(path).is_err())
        .unwrap_or_else(|| path.clone())
}

/// Prints the properties of the file in the format of Backblaze's tool.
fn print_properties(
    output: &Output,
    version: &DownloadVersion,
    path: &Path,
) -> Result<(), CliError> {
    let line = |label: &str, value: &str| output.line(format!("{label:<20} {value}"));
    line("File name:", version.file_name.as_deref().unwrap_or("-"))?;
    line("File id:", version.file_id.as_ref().map_or("-", |id| id.as_str()))?;
    let absolute = std::path::absolute(path);
    line("Output file path:", &absolute.as_deref().unwrap_or(path).to_string_lossy())?;
    line("File size:", &version.content_length().to_string())?;
    line("Content type:", version.content_type.as_deref().unwrap_or("-"))?;
    line("Content sha1:", &version.content_sha1.to_string())?;
    line("Encryption:", &encryption_text(&version.server_side_encryption))?;
    line("Retention:", &retention_text(&version.file_retention))?;
    line(
        "Legal hold:",
        match version.legal_hold {
            LegalHold::On => "on",
            LegalHold::Off => "off",
            LegalHold::Unset => "<unset>",
            LegalHold::Unknown => "<unauthorized to read>",
        },
    )?;
    for (label, value) in [
        ("CacheControl:", &version.cache_control),
        ("Expires:", &version.expires),
        ("ContentDisposition:", &version.content_disposition),
        ("ContentLanguage:", &version.content_language),
        ("ContentEncoding:", &version.content_encoding),
    ] {
        if let Some(value) = value {
            line(label, value)?;
        }
    }
    for (key, value) in version.file_info.iter() {
        line(&format!("INFO {key}:"), value)?;
    }
    Ok(())
}

fn encryption_text(encryption: &EncryptionSetting) -> String {
    match encryption {
        EncryptionSetting::None => "none".to_owned(),
        EncryptionSetting::SseB2 => "mode=SSE-B2, algorithm=AES256".to_owned(),
        EncryptionSetting::SseC(key) => match key.id() {
            EncryptionKeyId::Id(id) => format!("mode=SSE-C, algorithm=AES256, key_id={id}"),
            EncryptionKeyId::None | EncryptionKeyId::Unknown => {
                "mode=SSE-C, algorithm=AES256".to_owned()
            }
        },
        other => other.mode().unwrap_or("<unauthorized to read>").to_owned(),
    }
}

fn retention_text(retention: &FileRetention) -> String {
    match retention {
        FileRetention::None => "none".to_owned(),
        FileRetention::Until { mode, until } => format!("mode={mode}, retainUntil={until}+00:00"),
        FileRetention::Unknown => "<unauthorized to read>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ship.jpg");
        assert_eq!(unused(path.clone()), path);
        std::fs::write(&path, "old").unwrap();
        assert_eq!(unused(path.clone()), folder.path().join("ship-1.jpg"));
        std::fs::write(folder.path().join("ship-1.jpg"), "old").unwrap();
        assert_eq!(unused(path), folder.path().join("ship-2.jpg"));
    }
}
