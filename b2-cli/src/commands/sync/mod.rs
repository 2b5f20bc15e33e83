//! `b2 sync`.

mod flags;
mod place;
mod report;
mod shard;

use std::ffi::OsString;
use std::io::Read as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use b2_native::{Folder, NativeFolder, Synchronizer};
use b2_proto::sync::{
    BucketEncryption, Direction, NameRange, NewSync, Removals, ScanPolicies, Symlinks, SyncOptions,
};
use b2_proto::time::Timestamp;
use clap::Args;

use crate::args::encryption::{DestinationEncryption, SourceEncryption};
use crate::context::{Context, Limits};
use crate::error::CliError;
use crate::transfer;
use flags::{CompareFlags, RemovalFlags, SelectFlags, TransferFlags};
pub(crate) use place::check_destination;
use place::{Place, check_source};
use report::Printer;

const INTERRUPTED: &str =
    "Interrupted. What was transferred stays; the same command completes the synchronization.";

/// The arguments of `b2 sync`.
#[derive(Args, Debug)]
#[command(after_help = "\
Transfers the files of the source that the destination does not have, or has with another time. Nothing is removed
from the destination unless --delete, --keep-days or --keep-versions is given, and then only if both folders could be
read to their ends; old versions of a file only after the new one is stored.
One of the folders is in a bucket, or both are: between buckets, B2 copies the files. A run that was interrupted is
completed by the same command. The exit code is 1 if a file failed. Names are compared byte by byte, so that those which
differ only in Unicode normalization, as between macOS and other systems, are different files.

Regular expressions match from the start of a path, so `.*\\.tmp` leaves out `a.tmp` and `a.tmp2`; `$` matches the end.

Examples:
  b2 sync ./photos b2://my-photos/2026
  b2 sync --dry-run --explain --delete ./photos b2://my-photos/2026
  b2 sync --keep-days 30 --replace-newer ./photos b2://my-photos
  b2 sync b2://my-photos/2026 ./photos
  b2 sync --as-of 2026-11-01 b2://my-photos ./photos-of-november
  b2 sync b2://my-photos b2://my-backup/photos
  b2 sync --shards 8 ./photos b2://my-photos > shards   then on each machine, with N from 0 to 7:
  b2 sync --shard shards --index N")]
pub(crate) struct Sync {
    /// A folder, or b2://BUCKET/FOLDER
    #[arg(value_parser = place(), required_unless_present = "shard")]
    source: Option<Place>,
    /// A folder, or b2://BUCKET/FOLDER
    #[arg(value_parser = place(), required_unless_present = "shard")]
    destination: Option<Place>,
    /// Print what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the reason of each decision
    #[arg(long)]
    explain: bool,
    /// Print one line for each of this number of parts, which can run on different machines, and change nothing
    #[arg(long, value_name = "NUMBER")]
    #[arg(conflicts_with_all = ["shard", "files_from0", "dry_run", "explain"])]
    shards: Option<NonZeroU32>,
    /// Do a part that --shards has printed to this file; it names the folders. - for standard input
    #[arg(long, value_name = "FILE", requires = "index")]
    #[arg(conflicts_with = "files_from0")]
    shard: Option<PathBuf>,
    /// Which part of --shard to do, counted from 0
    #[arg(long, value_name = "NUMBER", requires = "shard")]
    index: Option<usize>,
    #[command(flatten)]
    compare: CompareFlags,
    #[command(flatten)]
    removal: RemovalFlags,
    #[command(flatten)]
    select: SelectFlags,
    #[command(flatten)]
    transfers: TransferFlags,
    #[command(flatten)]
    source_encryption: SourceEncryption,
    #[command(flatten)]
    destination_encryption: DestinationEncryption,
}

fn place() -> impl clap::builder::TypedValueParser<Value = Place> {
    use clap::builder::TypedValueParser as _;
    clap::builder::OsStringValueParser::new().try_map(Place::parse)
}

impl Sync {
    pub(crate) async fn run(self, context: &Context) -> Result<(), CliError> {
        let (from, to, range) = self.folders()?;
        let mut job = NewSync::new(from.side(), to.side(), Timestamp::from_millis(0));
        let direction = job.direction().map_err(|error| usage(&error))?;
        self.check_direction(direction)?;
        job.options = self.options();
        job.options.range = range;
        job.policies = self.policies()?.into();
        job.names = self.names()?.map(Into::into);
        job.check().map_err(|error| usage(&error))?;
        let read = self.source_encryption.setting()?;
        let write = self.destination_encryption.setting()?;
        if let Place::Local(path) = &from {
            check_source(path)?;
        }
        if let Place::Local(path) = &to {
            check_destination(path)?;
        }

        let limits = Limits {
            transfers: self.transfers.transfers(direction),
            requests_per_second: self.transfers.requests_per_second,
        };
        let client = context.client_with(limits).await?;
        let mut encryption = BucketEncryption::new();
        let mut folders = Vec::new();
        for place in [&from, &to] {
            folders.push(match place {
                Place::Local(path) => {
                    let folder = NativeFolder::new(path);
                    Folder::local(if job.options.reads_sha1() {
                        folder.sha1_cache(context.sha1_cache()?)
                    } else {
                        folder
                    })
                }
                Place::Bucket { bucket, path } => {
                    let bucket = client.bucket(bucket).await?;
                    if let Some(read) = read.clone().filter(|_| folders.is_empty()) {
                        encryption = encryption.read(bucket.id().clone(), read);
                    }
                    if let Some(write) = write.clone().filter(|_| place == &to) {
                        encryption = encryption.write(bucket.id().clone(), write);
                    }
                    bucket.folder(path.as_str())
                }
            });
        }
        let [source, destination] =
            <[Folder; 2]>::try_from(folders).unwrap_or_else(|_| unreachable!());
        let names = job.names.clone();
        let mut synchronizer = client
            .sync(source, destination)
            .options(job.options)
            .policies(job.policies)
            .encryption(encryption)
            .symlinks(self.symlinks(direction))
            .retry(context.retry_policy());
        if let Some(names) = names {
            synchronizer = synchronizer.files_from(names.iter().cloned());
        }
        match self.shards {
            Some(count) => shard::print(context, &synchronizer, count, (&from, &to)).await,
            None => self.synchronize(context, synchronizer).await,
        }
    }

    /// Returns the source, the destination, and the range of names.
    fn folders(&self) -> Result<(Place, Place, NameRange), CliError> {
        if let (Some(path), Some(index)) = (&self.shard, self.index) {
            if self.source.is_some() {
                return Err(CliError::usage("--shard names the folders; leave them out"));
            }
            let shard = shard::load(path, index)?;
            let place = |text: &str| Place::parse(OsString::from(text)).map_err(CliError::usage);
            return Ok((place(&shard.source)?, place(&shard.destination)?, shard.range()));
        }
        match (&self.source, &self.destination) {
            (Some(from), Some(to)) => Ok((from.clone(), to.clone(), NameRange::ALL)),
            _ => Err(CliError::usage("give a source and a destination")),
        }
    }

    async fn synchronize(
        &self,
        context: &Context,
        synchronizer: Synchronizer,
    ) -> Result<(), CliError> {
        let calls = synchronizer.call_counter();
        let mut printer = Printer::new(context, self.dry_run);
        let done = transfer::synchronize(context, synchronizer, |event| printer.event(event)).await;
        let done = done.map_err(|error| error.or_interrupted(INTERRUPTED));
        printer.finish(done, calls.calls())
    }

    /// Returns how links are treated: as Backblaze's tool does it, links of a source are followed.
    fn symlinks(&self, direction: Direction) -> Symlinks {
        match direction {
            Direction::Up if self.select.exclude_all_symlinks => Symlinks::Ignore,
            Direction::Up => Symlinks::Follow,
            _ => Symlinks::Skip,
        }
    }

    fn options(&self) -> SyncOptions {
        let mut options = SyncOptions::default();
        options.compare = self.compare.compare();
        options.compare_threshold = self.compare.compare_threshold;
        options.newer_files = self.compare.newer_files();
        options.incremental = self.compare.incremental_mode;
        options.no_traverse = self.compare.no_traverse;
        options.removals = self.removal.removals();
        options.max_removals = self.removal.max_delete.unwrap_or_default();
        options.track_renames = self.removal.track_renames;
        options.allow_empty_source = self.removal.allow_empty_source;
        options.dry_run = self.dry_run;
        options.explain = self.explain;
        options.as_of = self.select.as_of;
        options.parallel = self.transfers.files().unwrap_or(options.parallel);
        options.download.verify = !self.transfers.skip_hash_verification;
        if let Some(streams) = self.transfers.max_download_streams_per_file {
            options.download.parallel = usize::from(streams);
        }
        options
    }

    fn policies(&self) -> Result<ScanPolicies, CliError> {
        let select = &self.select;
        let mut policies = ScanPolicies::new()
            .exclude_dir_regexes(&select.exclude_dir_regex)
            .and_then(|policies| policies.exclude_file_regexes(&select.exclude_regex))
            .and_then(|policies| policies.include_file_regexes(&select.include_regex))
            .map_err(|error| usage(&error))?;
        if let Some(time) = select.exclude_if_modified_after {
            policies = policies.exclude_modified_after(time);
        }
        if let Some(time) = select.exclude_if_uploaded_after {
            policies = policies.exclude_uploaded_after(time);
        }
        Ok(policies)
    }

    /// Reads the names of `--files-from0`, in ascending order.
    fn names(&self) -> Result<Option<Vec<String>>, CliError> {
        let Some(path) = &self.select.files_from0 else { return Ok(None) };
        let bytes = read(path).map_err(|error| CliError::local(path, &error))?;
        let mut names = Vec::new();
        for name in bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let name = std::str::from_utf8(name).map_err(|_| {
                let shown = String::from_utf8_lossy(name);
                CliError::message(format!("{}: the name '{shown}' is not UTF-8", path.display()))
            })?;
            names.push(name.to_owned());
        }
        if names.is_empty() {
            return Err(CliError::message(format!("{}: there are no names", path.display())));
        }
        names.sort_unstable();
        names.dedup();
        Ok(Some(names))
    }

    /// Refuses options that do not apply to the direction. Those that only tune transfers are accepted in any direction, as
    /// by Backblaze's tool.
    fn check_direction(&self, direction: Direction) -> Result<(), CliError> {
        let (up, down) = (direction == Direction::Up, direction == Direction::Down);
        let select = &self.select;
        let local = "a local source";
        let from_bucket = "a source in a bucket";
        for (option, given, applies, needs) in [
            ("--exclude-all-symlinks", select.exclude_all_symlinks, up, local),
            (
                "--exclude-if-uploaded-after",
                select.exclude_if_uploaded_after.is_some(),
                !up,
                from_bucket,
            ),
            (
                "--source-server-side-encryption",
                self.source_encryption.is_given(),
                !up,
                from_bucket,
            ),
            (
                "--destination-server-side-encryption",
                self.destination_encryption.is_given(),
                !down,
                "a destination in a bucket",
            ),
            (
                "--max-delete",
                self.removal.max_delete.is_some(),
                self.removal.removals() != Removals::None,
                "--delete, --keep-days or --keep-versions",
            ),
        ] {
            if given && !applies {
                return Err(CliError::usage(format!("{option} needs {needs}")));
            }
        }
        Ok(())
    }
}

/// Converts the error of options that do not fit together.
fn usage(error: &b2_proto::Error) -> CliError {
    CliError::usage(error.message())
}

/// Reads a file, or standard input.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
