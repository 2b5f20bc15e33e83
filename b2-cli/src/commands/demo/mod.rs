//! `b2 demo`: uploads a folder to a simulated B2 service, downloads it and compares every byte.

mod compare;
mod files;
mod generate;
mod table;

use std::path::{Path, PathBuf};
use std::time::Instant;

use b2_native::{Bucket, ClientBuilder};
use b2_proto::account::Credentials;
use b2_proto::api::CreateBucket;
use b2_proto::list::{LsEntry, LsOptions};
use b2_proto::model::BucketType;
use b2_sim::faults::Rates;
use b2_sim::server::{Server, ServerOptions, Storage};
use clap::Args;
use futures::TryStreamExt;
use indicatif::DecimalBytes;

use crate::args::values;
use crate::context::Context;
use crate::error::CliError;
use crate::folder::{DEFAULT_CONCURRENCY, FolderTransfer};
use crate::{log, transfer};
use files::DemoFile;
use table::{Phase, Table};

/// Larger files of the folder are left out, in bytes.
const MAX_FILE_SIZE: u64 = 100_000_000;

/// The folder of the bucket to which the folder is uploaded.
const FOLDER: &str = "folder";

/// The recommended part size of the service, in bytes. The generated file has several parts.
const PART_SIZE: u64 = 25_000_000;

/// The arguments of `b2 demo`.
#[derive(Args, Debug)]
#[command(after_help = "\
It needs no account and no network, and writes only to a temporary folder, which it removes at the end.

Examples:
  b2 demo                   the current folder
  b2 demo ~/Pictures
  b2 demo --faults 7        the same while a quarter of all requests fails")]
pub(crate) struct Demo {
    /// The folder to upload, without links, .git, target, node_modules and files over 100 MB [default: the current folder]
    path: Option<PathBuf>,
    /// Make requests fail at random; the same seed gives the same faults
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// The size of the generated file
    #[arg(long, value_name = "BYTES", default_value = "250M", value_parser = values::size)]
    size: u64,
    /// The number of files to transfer at once
    #[arg(long, default_value_t = DEFAULT_CONCURRENCY as u16)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

impl Demo {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let scratch = tempfile::Builder::new().prefix("b2-demo-").tempdir();
        let scratch = scratch.map_err(|error| {
            CliError::message(format!("no temporary folder can be created: {error}"))
        })?;
        let mut options = ServerOptions {
            storage: Storage::Disk(scratch.path().join("b2")),
            faults: self.faults.map(|seed| (seed, Rates::heavy())),
            ..ServerOptions::default()
        };
        options.config.recommended_part_size = PART_SIZE;
        let server = Server::bind("127.0.0.1:0", options)
            .await
            .map_err(|error| CliError::message(format!("the simulator cannot start: {error}")))?;
        let result = self.round_trip(context, &server, scratch.path()).await;
        server.set_faults(None);
        let stopped = server.shutdown().await;
        result?;
        stopped.map_err(|error| CliError::message(format!("the simulator could not stop: {error}")))
    }

    async fn round_trip(
        &self,
        context: &Context,
        server: &Server,
        scratch: &Path,
    ) -> Result<(), CliError> {
        let say = |text: String| context.output.line(text).and_then(|()| context.output.flush());
        say("Upload to a simulated B2 service, download and compare\n".to_owned())?;
        let faults = match self.faults {
            Some(seed) => format!(", with faults (seed {seed})"),
            None => String::new(),
        };
        say(format!("  simulator   {}{faults}", server.realm()))?;
        let root = self.root();
        let names = files::scan(context, &root, MAX_FILE_SIZE).await?;
        let generated = scratch.join("generated");
        std::fs::create_dir(&generated).map_err(|error| CliError::local(&generated, &error))?;
        generate::generate(context, &generated, self.size).await?;
        let mut files = Vec::new();
        for name in &names {
            // A file that is gone fails when it is uploaded.
            files.extend(DemoFile::find(root.join(name), format!("{FOLDER}/{name}")));
        }
        let path = generated.join(generate::NAME);
        let file = DemoFile::find(path.clone(), generate::NAME.to_owned());
        files.push(file.map_err(|error| CliError::local(&path, &error))?);
        let total: u64 = files.iter().map(|file| file.len).sum();
        let shown = root.canonicalize().unwrap_or_else(|_| root.clone());
        say(format!("  folder      {}", shown.display()))?;
        say(format!(
            "  files       {}, of {} in all, and a generated one of {}",
            files.len() - 1,
            DecimalBytes(total - self.size),
            DecimalBytes(self.size)
        ))?;
        let bucket = self.bucket(context, server).await?;
        say(format!("  bucket      {}", bucket.name()))?;

        let mut table = Table::new(self.faults);
        let before = retry_count();
        let parallel = usize::from(self.threads);
        // B2 does not compute the SHA-1 of large files. With it, damaged downloads are detected and repeated.
        let upload = |local: &Path, folder: &str| {
            let upload = bucket.client().sync(local, bucket.folder(folder));
            upload.parallel(parallel).uploads(|options| options.whole_sha1 = true)
        };
        let mut up = FolderTransfer::upload(context, &root);
        up.run(upload(&root, FOLDER).files_from(names)).await;
        if !up.report().is_aborted() {
            up.run(upload(&generated, "")).await;
        }
        let up = up.finish();
        // Other programs may write to the folder meanwhile.
        let before_changes = files.len();
        files.retain(DemoFile::is_unchanged);
        let changed = (before_changes - files.len()) as u64;
        if changed > 0 {
            context.note(format!("{changed} files changed meanwhile and are not counted."));
        }
        let phase =
            Phase::new("upload", up.files, Some(up.bytes), up.elapsed, retry_count() - before);
        if up.failed > changed || up.is_aborted() {
            up.fail_if_any_failed(context, "uploaded")?;
        }
        say(format!("  {phase}"))?;
        table.add(phase);

        let (start, before) = (Instant::now(), retry_count());
        let all = LsOptions::new("").recursive(true);
        let mut entries = std::pin::pin!(bucket.ls(all));
        let mut listed = 0;
        while let Some(entry) = entries.try_next().await? {
            listed += u64::from(matches!(entry, LsEntry::File(_)));
        }
        let phase = Phase::new("list", listed, None, start.elapsed(), retry_count() - before);
        say(format!("  {phase}"))?;
        table.add(phase);

        let before = retry_count();
        let back = scratch.join("back");
        let mut down = FolderTransfer::download(context, "");
        down.run(bucket.client().sync(bucket.folder(""), back.as_path()).parallel(parallel)).await;
        let down = down.finish();
        let downloaded = down.files;
        let phase = Phase::new(
            "download",
            downloaded,
            Some(down.bytes),
            down.elapsed,
            retry_count() - before,
        );
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

    async fn bucket(&self, context: &Context, server: &Server) -> Result<Bucket, CliError> {
        let credentials = server.credentials();
        let client = ClientBuilder::new(context.host()?)
            .retry(context.retry_policy())
            .credentials(Credentials {
                realm: server.realm().to_owned(),
                application_key_id: credentials.key_id.clone().into(),
                application_key: credentials.key.clone(),
            })
            .authorize()
            .await?;
        let bucket = CreateBucket::new("round-trip", BucketType::AllPrivate);
        match client.create_bucket(bucket).await {
            // The bucket exists if the response to the first attempt was lost.
            Err(error) if self.faults.is_none() => return Err(error.into()),
            _ => {}
        }
        Ok(client.bucket("round-trip").await?)
    }
}

fn retry_count() -> u64 {
    log::retry_count() + transfer::retry_count()
}
