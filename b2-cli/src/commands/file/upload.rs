//! `b2 file upload`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use b2_client::Source;
use b2_native::{LocalContent, NativeReader, UploadBuilder};
use b2_proto::encoding::{HeaderLimit, check_file_name, fits_url};
use b2_proto::hash::Sha1Digest;
use b2_proto::model::{EncryptionKeyId, EncryptionSetting};
use b2_proto::sync::{BucketEncryption, Symlinks};
use b2_proto::time::Timestamp;
use clap::Args;

use super::create::create;
use crate::args::encryption::{self, DestinationEncryption};
use crate::args::new_file::{InfoFlags, LockFlags};
use crate::args::values;
use crate::b2sdk::AsDict;
use crate::context::Context;
use crate::error::CliError;
use crate::folder::{DEFAULT_CONCURRENCY, FolderTransfer};
use crate::uri::bucket_name;

/// The arguments of `b2 file upload`.
#[derive(Args, Debug)]
#[command(after_help = "\
A large file is uploaded in parts, several at once. If the upload is interrupted, the same command resumes it.
Of a folder, all files are uploaded, also those that the bucket has; `b2 sync` uploads only what has changed. Links in it are
followed.

Examples:
  b2 file upload my-photos ship.jpg 2024/ship.jpg
  pg_dump mydb | b2 file upload my-backups - dumps/mydb.sql
  b2 file upload -r my-photos ./2024 2024               a folder")]
pub(crate) struct Upload {
    /// The bucket
    #[arg(value_parser = bucket_name)]
    bucket: String,
    /// The file, or - for standard input; with -r a folder
    local: PathBuf,
    /// The name in the bucket; with -r the folder in the bucket, or none for the top folder
    #[arg(required_unless_present = "recursive")]
    name: Option<String>,
    /// Upload a folder with all its files
    #[arg(short, long, conflicts_with_all = ["sha1", "whole_sha1", "custom_upload_timestamp"])]
    recursive: bool,
    /// The media type [default: selected by B2 from the name]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// The expected SHA-1 of the file; the upload fails if the content has another one
    #[arg(long, value_name = "HEX")]
    sha1: Option<Sha1Digest>,
    /// Read a large file before the upload to store its SHA-1 with it
    #[arg(long)]
    whole_sha1: bool,
    #[command(flatten)]
    info: InfoFlags,
    /// The upload timestamp to store, in milliseconds since 1970; few accounts may set it
    #[arg(long, value_name = "MILLIS")]
    custom_upload_timestamp: Option<u64>,
    /// The size of parts [default: the size that B2 recommends, 100 MB]
    #[arg(long, visible_alias = "min-part-size", value_name = "BYTES", value_parser = values::size)]
    part_size: Option<u64>,
    /// Accepted for compatibility, without effect: a stream waits for B2 without a limit
    #[arg(long, hide = true, value_name = "SECONDS", value_parser = values::seconds)]
    unused_buffer_timeout_seconds: Option<Duration>,
    /// The number of parts, or with -r of files, to send at once
    #[arg(long, value_parser = values::threads)]
    threads: Option<u16>,
    /// Do not resume an interrupted upload of this file
    #[arg(long)]
    no_resume: bool,
    #[command(flatten)]
    encryption: DestinationEncryption,
    #[command(flatten)]
    lock: LockFlags,
    /// Send only what was appended to the current version, and let B2 copy the rest
    #[arg(long, conflicts_with = "recursive")]
    incremental_mode: bool,
}

impl Upload {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        if self.recursive {
            return self.folder(context).await;
        }
        let name = self.name.as_deref().unwrap_or_default();
        check_file_name(name)?;
        let retention = self.lock.retention()?;
        let encryption = self.encryption(context)?;
        let info = self.info.info(context)?;
        info.check(name, HeaderLimit::Ordinary)?;
        let from = open(&self.local, &self.bucket).await?;
        let bucket = context.bucket(&self.bucket).await?;
        let (mut upload, total) = match from {
            LocalContent::File(source) => {
                let (total, modified) = (source.len(), source.modified());
                let upload = bucket.upload(source, name);
                (
                    match modified.and_then(timestamp) {
                        Some(time) => upload.src_last_modified(time),
                        None => upload,
                    },
                    Some(total),
                )
            }
            LocalContent::Stream(_) if self.incremental_mode => {
                return Err(CliError::message(
                    "incremental mode is not supported for streamed sources; --incremental-mode requires a regular file to \
                     diff against a previous upload",
                ));
            }
            LocalContent::Stream(reader) => (bucket.upload_reader(reader, name), None),
        };
        upload = self.options(context, upload.info(info));
        if let Some(retention) = retention {
            upload = upload.file_retention(retention);
        }
        if let Some(encryption) = encryption {
            upload = upload.encryption(encryption);
        }
        let version = create(context, upload.start(), name, total, total.is_some()).await?;
        if !context.output.is_json() {
            let id = version.file_id.clone();
            let by_id = bucket.client().get_download_url_for_file_id(id).await?;
            if fits_url(&version.file_name) {
                let by_name = bucket.get_download_url(&version.file_name).await?;
                context.output.line(format!("URL by file name: {by_name}"))?;
            } else {
                context.output.line(
                    "URL by file name: none, because URLs cannot contain the dots of this name",
                )?;
            }
            context.output.line(format!("URL by fileId: {by_id}"))?;
        }
        context.output.json(&version.as_dict())
    }

    fn encryption(&self, context: &Context) -> Result<Option<EncryptionSetting>, CliError> {
        let setting = self.encryption.setting()?;
        if let Some(EncryptionSetting::SseC(key)) = &setting
            && !matches!(key.id(), EncryptionKeyId::Id(_))
        {
            context.note(format!(
                "The file will not record which key it needs; set {} to a name of the key to record it.",
                encryption::DESTINATION_KEY_ID
            ));
        }
        Ok(setting)
    }

    fn options(&self, context: &Context, upload: UploadBuilder) -> UploadBuilder {
        let mut upload = upload
            .retry(context.retry_policy())
            .whole_sha1(self.whole_sha1)
            .incremental(self.incremental_mode);
        if self.no_resume {
            upload = upload.resume(false);
        }
        if let Some(content_type) = &self.content_type {
            upload = upload.content_type(content_type);
        }
        if let Some(sha1) = self.sha1 {
            upload = upload.sha1(sha1);
        }
        if let Some(part_size) = self.part_size {
            upload = upload.part_size(part_size);
        }
        if let Some(threads) = self.threads.filter(|threads| *threads > 0) {
            upload = upload.parallel(usize::from(threads));
        }
        if let Some(millis) = self.custom_upload_timestamp {
            upload = upload.custom_upload_timestamp(Timestamp::from_millis(millis));
        }
        match self.lock.legal_hold() {
            Some(legal_hold) => upload.legal_hold(legal_hold),
            None => upload,
        }
    }

    async fn folder(self, context: &Context) -> Result<(), CliError> {
        if !self.local.is_dir() {
            return Err(CliError::message(format!(
                "{} is not a folder; leave out --recursive to upload a file",
                self.local.display()
            )));
        }
        let retention = self.lock.retention()?;
        let encryption = self.encryption(context)?;
        let info = self.info.info(context)?;
        info.check("", HeaderLimit::Ordinary)?;
        let prefix = self.name.as_deref().unwrap_or_default();
        if !prefix.is_empty() {
            check_file_name(
                prefix.strip_suffix('/').filter(|name| !name.is_empty()).unwrap_or(prefix),
            )?;
        }
        let bucket = context.bucket(&self.bucket).await?;
        let mut files = bucket
            .client()
            .sync(self.local.as_path(), bucket.folder(prefix))
            .symlinks(Symlinks::Follow)
            .parallel(
                self.threads
                    .filter(|threads| *threads > 0)
                    .map_or(DEFAULT_CONCURRENCY, usize::from),
            )
            .uploads(|options| {
                options.part_size = self.part_size;
                options.resume = !self.no_resume;
            })
            .info(info);
        if let Some(content_type) = &self.content_type {
            files = files.content_type(content_type);
        }
        if let Some(legal_hold) = self.lock.legal_hold() {
            files = files.legal_hold(legal_hold);
        }
        if let Some(retention) = retention {
            files = files.file_retention(retention);
        }
        if let Some(encryption) = encryption {
            files =
                files.encryption(BucketEncryption::new().write(bucket.id().clone(), encryption));
        }
        let mut transfer = FolderTransfer::upload(context, &self.local);
        let found = transfer.run(files).await;
        let report = transfer.finish();
        if found + report.failed == 0 && !report.is_aborted() {
            context.warn(format!("{}: there are no files in this folder", self.local.display()));
        }
        report.print(context, "uploaded")
    }
}

/// Returns a modification time, if it is after 1970.
fn timestamp(time: SystemTime) -> Option<Timestamp> {
    let millis = time.duration_since(UNIX_EPOCH).ok()?.as_millis();
    u64::try_from(millis).ok().map(Timestamp::from_millis)
}

/// Opens the file or standard input.
async fn open(path: &Path, bucket: &str) -> Result<LocalContent, CliError> {
    if path.as_os_str() == "-" {
        return Ok(LocalContent::Stream(NativeReader::new(tokio::io::stdin())));
    }
    if path.is_dir() {
        let shown = path.display();
        return Err(CliError::message(format!(
            "Invalid upload source: {shown}\n{shown} is a folder; `b2 file upload --recursive {bucket} {shown} PREFIX` uploads its files"
        )));
    }
    LocalContent::open(path).await.map_err(|error| {
        let shown = path.display();
        CliError::message(format!("Invalid upload source: {shown}\n{}", CliError::from(error)))
    })
}
