//! `b2 demo`: a folder goes to a B2 on this machine and comes back, and every byte is compared.

mod compare;
mod generate;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use b2_native::{Bucket, Client, UploadBuilder};
use b2_proto::account::Credentials;
use b2_proto::api::CreateBucket;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::{BucketType, FileInfo};
use b2_sim::faults::Rates;
use b2_sim::server::{Server, ServerOptions, Storage};
use clap::Args;
use futures::TryStreamExt;
use indicatif::DecimalBytes;

use crate::args::values;
use crate::context::Context;
use crate::error::CliError;
use crate::folder::{self, Exclusions, FolderOptions, LocalFile, ScannedFolder};
use crate::{log, transfer};
use table::{Phase, Table};

/// Larger files of the folder are left out: the generated one is large enough.
const LARGEST: u64 = 100_000_000;

/// Small enough that the generated file has many parts.
const PART_SIZE: u64 = 25_000_000;

/// `b2 demo`.
#[derive(Args, Debug)]
#[command(after_help = "\
It needs no account and no network. Everything it writes is in a temporary folder, which is removed at the end.

Examples:
  b2 demo                   the current folder
  b2 demo ~/Pictures
  b2 demo --faults 7        the same while a quarter of all requests goes wrong")]
pub(crate) struct Demo {
    /// The folder to send; by default the current one. .git, target, node_modules and files over 100 MB stay out
    path: Option<PathBuf>,
    /// Let requests fail at random; the same seed gives the same faults
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// How large the generated file is
    #[arg(long, value_name = "BYTES", default_value = "250M", value_parser = values::size)]
    size: u64,
    /// How many files move at once
    #[arg(long, default_value_t = folder::DEFAULT_CONCURRENCY as u16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

impl Demo {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let scratch = tempfile::Builder::new().prefix("b2-demo-").tempdir();
        let scratch = scratch.map_err(|error| {
            CliError::message(format!("no temporary folder can be made: {error}"))
        })?;
        let mut options = ServerOptions {
            storage: Storage::Disk(scratch.path().join("b2")),
            faults: self.faults.map(|seed| (seed, Rates::storm())),
            ..ServerOptions::default()
        };
        options.config.recommended_part_size = PART_SIZE;
        let server = Server::bind("127.0.0.1:0", options)
            .await
            .map_err(|error| CliError::message(format!("the simulator cannot start: {error}")))?;
        let told = self.round_trip(context, &server, scratch.path()).await;
        server.set_faults(None);
        let stopped = server.shutdown().await;
        told?;
        stopped.map_err(|error| CliError::message(format!("the simulator could not stop: {error}")))
    }

    async fn round_trip(
        &self,
        context: &Context,
        server: &Server,
        scratch: &Path,
    ) -> Result<(), CliError> {
        let say = |text: String| context.output.line(text).and_then(|()| context.output.flush());
        say("A round trip through a B2 on this machine\n".to_owned())?;
        let weather = match self.faults {
            Some(seed) => format!(", in a storm of faults (seed {seed})"),
            None => String::new(),
        };
        say(format!("  simulator   {}{weather}", server.realm()))?;
        let found = self.files(context, scratch).await?;
        let mut files = found.files.clone();
        let total: u64 = files.iter().map(|file| file.len).sum();
        let root = self.root();
        let root = root.canonicalize().unwrap_or(root);
        say(format!("  folder      {}", root.display()))?;
        say(format!(
            "  files       {}, of {} in all, and a generated one of {}",
            files.len() - 1,
            DecimalBytes(total - self.size),
            DecimalBytes(self.size)
        ))?;
        let bucket = self.bucket(context, server).await?;
        say(format!("  bucket      {}", bucket.name()))?;

        let mut options = FolderOptions::new(context.retry_policy());
        options.concurrency = usize::from(self.threads);
        let mut table = Table::new(self.faults);
        let before = repeated();
        let info = FileInfo::new();
        // B2 knows no SHA-1 of a large file as a whole; with one, damage on the way back is seen and mended.
        let each = |upload: UploadBuilder| upload.whole_sha1(true);
        let up = folder::upload(context, &bucket, found, "", &options, &info, each).await;
        // Somebody may be writing to the folder, if only the output of this.
        let before_changes = files.len();
        files.retain(LocalFile::is_unchanged);
        let changed = (before_changes - files.len()) as u64;
        if changed > 0 {
            context.note(format!("{changed} files changed meanwhile, and do not count."));
        }
        let phase = Phase::new("upload", up.files, Some(up.bytes), up.elapsed, repeated() - before);
        if up.failed > changed || up.is_aborted() {
            up.fail_if_any_failed(context, "uploaded")?;
        }
        say(format!("  {phase}"))?;
        table.add(phase);

        let (start, before) = (Instant::now(), repeated());
        let all = LsOptions::new("").recursive(true);
        let mut entries = std::pin::pin!(bucket.ls(all));
        let mut listed = 0;
        while let Some(entry) = entries.try_next().await? {
            listed += u64::from(matches!(entry, LsEntry::File(_)));
        }
        let phase = Phase::new("list", listed, None, start.elapsed(), repeated() - before);
        say(format!("  {phase}"))?;
        table.add(phase);

        let before = repeated();
        let back = scratch.join("back");
        let down = folder::download(context, &bucket, "", &back, &options).await?;
        let downloaded = down.files;
        let phase =
            Phase::new("download", downloaded, Some(down.bytes), down.elapsed, repeated() - before);
        down.fail_if_any_failed(context, "downloaded")?;
        say(format!("  {phase}"))?;
        table.add(phase);

        let start = Instant::now();
        let differing = compare::compare(context, files, back).await?;
        let phase = Phase::new("compare", downloaded, Some(total), start.elapsed(), 0);
        say(format!("  {phase}\n"))?;
        table.add(phase);
        table.print(context, &differing)
    }

    fn root(&self) -> PathBuf {
        self.path.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// The files of the folder, and the generated one.
    async fn files(&self, context: &Context, scratch: &Path) -> Result<ScannedFolder, CliError> {
        let skip = Exclusions {
            folders: [".git", "target", "node_modules"].into(),
            larger_than: Some(LARGEST),
        };
        let mut found = folder::scan(context, &self.root(), skip).await?;
        // What cannot be read cannot be shown to come back.
        for (path, why) in found.failed.drain(..) {
            context.warn(format!("{path}: left out, {why}"));
        }
        for file in &mut found.files {
            file.name.insert_str(0, "folder/");
        }
        found.files.push(generate::generate(context, scratch, self.size).await?);
        Ok(found)
    }

    async fn bucket(&self, context: &Context, server: &Server) -> Result<Bucket, CliError> {
        let credentials = server.credentials();
        let client = Client::builder(context.host()?)
            .retry(context.retry_policy())
            .authorize(Credentials {
                realm: server.realm().to_owned(),
                application_key_id: credentials.key_id.clone().into(),
                application_key: credentials.key.clone(),
            })
            .await?;
        let bucket = CreateBucket::new("round-trip", BucketType::AllPrivate);
        match client.create_bucket(bucket).await {
            // The answer to the first attempt was lost: the bucket is there.
            Err(error) if self.faults.is_none() => return Err(error.into()),
            _ => {}
        }
        Ok(client.get_bucket_by_name("round-trip").await?)
    }
}

fn repeated() -> u64 {
    log::retry_count() + transfer::retry_count()
}
