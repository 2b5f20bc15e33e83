//! The options of `b2 sync`.

use std::path::PathBuf;
use std::time::Duration;

use b2_proto::sync::{CompareBy, Direction, MaxRemovals, NewerFiles, Removals};
use b2_proto::time::Timestamp;
use clap::{Args, ValueEnum};

use crate::args::flags::WriteBuffer;
use crate::args::values;

/// The length of a day, in seconds.
const DAY: f64 = 86_400.0;

/// How two files are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compare {
    /// By the name: a file that exists is not transferred again
    #[value(name = "none")]
    None,
    /// By the time of the last modification
    #[value(name = "modTime")]
    ModTime,
    /// By the size
    #[value(name = "size")]
    Size,
    /// By the size and the SHA-1
    #[value(name = "sha1")]
    Sha1,
}

/// Options of the comparison.
#[derive(Args, Debug)]
#[command(next_help_heading = "Comparison")]
pub(crate) struct CompareFlags {
    /// How two files are compared
    #[arg(long, value_name = "HOW", default_value = "modTime", ignore_case = true)]
    compare_versions: Compare,
    /// Differences that do not count: milliseconds with modTime, bytes with size
    #[arg(long, value_name = "MILLIS", default_value_t = 0)]
    pub(crate) compare_threshold: u64,
    /// Leave files alone that are newer in the destination
    #[arg(long, conflicts_with = "replace_newer")]
    skip_newer: bool,
    /// Replace files that are newer in the destination
    #[arg(long)]
    replace_newer: bool,
    /// Upload only what was appended to a file, and let B2 copy the rest
    #[arg(long)]
    pub(crate) incremental_mode: bool,
    /// Look up each file in the destination instead of listing it, for few files and a large bucket
    #[arg(long)]
    pub(crate) no_traverse: bool,
}

impl CompareFlags {
    pub(crate) fn compare(&self) -> CompareBy {
        match self.compare_versions {
            Compare::None => CompareBy::None,
            Compare::ModTime => CompareBy::ModTime,
            Compare::Size => CompareBy::Size,
            Compare::Sha1 => CompareBy::Sha1,
        }
    }

    pub(crate) fn newer_files(&self) -> NewerFiles {
        match (self.skip_newer, self.replace_newer) {
            (true, _) => NewerFiles::Skip,
            (_, true) => NewerFiles::Replace,
            _ => NewerFiles::Fail,
        }
    }
}

/// Options of what the source does not have.
#[derive(Args, Debug)]
#[command(next_help_heading = "Removal of what the source does not have")]
pub(crate) struct RemovalFlags {
    /// Delete it from the destination, with its old versions
    #[arg(long, conflicts_with_all = ["keep_days", "keep_versions"])]
    delete: bool,
    /// Hide it, and delete versions that have not been visible for this number of days
    #[arg(long, value_name = "DAYS", value_parser = days, conflicts_with = "keep_versions")]
    keep_days: Option<Duration>,
    /// Hide it, and keep this number of versions of each file
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    keep_versions: Option<u32>,
    /// Remove nothing if more files than this would be removed: a number, or a percentage of the files of the destination
    /// [default: 50%]
    #[arg(long, value_name = "N|P%", value_parser = max_removals)]
    pub(crate) max_delete: Option<MaxRemovals>,
    /// Copy a file within the bucket if it was renamed locally
    #[arg(long)]
    pub(crate) track_renames: bool,
    /// Accept a source without files
    #[arg(long)]
    pub(crate) allow_empty_source: bool,
}

impl RemovalFlags {
    pub(crate) fn removals(&self) -> Removals {
        match (self.delete, self.keep_days, self.keep_versions) {
            (true, ..) => Removals::Delete,
            (_, Some(days), _) if !days.is_zero() => Removals::KeepFor(days),
            (_, _, Some(versions)) => Removals::KeepNewest(versions),
            _ => Removals::None,
        }
    }
}

/// Options that select files.
#[derive(Args, Debug)]
#[command(next_help_heading = "Selection of files")]
pub(crate) struct SelectFlags {
    /// Leave out files that match, from the start of the path; may be given several times
    #[arg(long, value_name = "REGEX")]
    pub(crate) exclude_regex: Vec<String>,
    /// Keep files that match although --exclude-regex leaves them out
    #[arg(long, value_name = "REGEX")]
    pub(crate) include_regex: Vec<String>,
    /// Leave out folders that match, with everything in them
    #[arg(long, value_name = "REGEX")]
    pub(crate) exclude_dir_regex: Vec<String>,
    /// Leave out files of the source that were modified after this time, in seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    pub(crate) exclude_if_modified_after: Option<Timestamp>,
    /// Leave out versions of a source in a bucket that were uploaded after this time
    #[arg(long, value_name = "TIME", value_parser = values::timestamp)]
    pub(crate) exclude_if_uploaded_after: Option<Timestamp>,
    /// Leave out symbolic links; by default they are followed
    #[arg(long)]
    pub(crate) exclude_all_symlinks: bool,
    /// Synchronize only the files named in this file, each followed by a NUL; - for standard input. A name that the source
    /// does not have is an error, and the others are synchronized
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from0: Option<PathBuf>,
    /// Read the bucket of the source as it was at this time: seconds since 1970, or 2026-11-29T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) as_of: Option<Timestamp>,
}

/// Options of transfers.
#[derive(Args, Debug)]
#[command(next_help_heading = "Transfers")]
pub(crate) struct TransferFlags {
    /// The number of files to work on, and of transfers, at once
    #[arg(long, value_name = "NUMBER", value_parser = threads())]
    #[arg(conflicts_with_all = ["sync_threads", "download_threads", "upload_threads"])]
    threads: Option<u16>,
    /// The number of files to work on at once [default: 10]
    #[arg(long, value_name = "NUMBER", value_parser = threads())]
    sync_threads: Option<u16>,
    /// The number of files and ranges to download at once
    #[arg(long, value_name = "NUMBER", value_parser = threads())]
    pub(crate) download_threads: Option<u16>,
    /// The number of files and parts to upload at once
    #[arg(long, value_name = "NUMBER", value_parser = threads())]
    pub(crate) upload_threads: Option<u16>,
    /// The number of ranges of one file to download at once
    #[arg(long, value_name = "NUMBER", value_parser = threads())]
    pub(crate) max_download_streams_per_file: Option<u16>,
    /// The number of requests per second; B2 limits the requests of an account
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) requests_per_second: Option<u32>,
    /// Do not verify the SHA-1 of downloads
    #[arg(long)]
    pub(crate) skip_hash_verification: bool,
    #[command(flatten)]
    buffer: WriteBuffer,
}

impl TransferFlags {
    /// Returns the number of files to work on at once.
    pub(crate) fn files(&self) -> Option<usize> {
        self.sync_threads.or(self.threads).map(usize::from)
    }

    /// Returns the number of transfers at once in a direction.
    pub(crate) fn transfers(&self, direction: Direction) -> Option<usize> {
        let given = match direction {
            Direction::Down => self.download_threads,
            Direction::Up => self.upload_threads,
            Direction::Copy => None,
        };
        given.or(self.threads).map(usize::from)
    }
}

fn threads() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=1_000)
}

/// Parses a number of days, which may have a fraction.
fn days(text: &str) -> Result<Duration, String> {
    let days: f64 = text.parse().map_err(|_| format!("'{text}' is not a number of days"))?;
    Duration::try_from_secs_f64(days * DAY).map_err(|error| error.to_string())
}

/// Parses a number of files, or a percentage.
fn max_removals(text: &str) -> Result<MaxRemovals, String> {
    let invalid = || format!("'{text}' is not a number of files, and not a percentage such as 10%");
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse::<u8>() {
            Ok(percent) if percent < 100 => Ok(MaxRemovals::Percent(percent)),
            Ok(100) => Ok(MaxRemovals::Unlimited),
            _ => Err(invalid()),
        },
        None => text.parse().map(MaxRemovals::Files).map_err(|_| invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_days_and_of_removals_are_checked() {
        assert_eq!(days("0.5"), Ok(Duration::from_secs(43_200)));
        assert_eq!(max_removals("7"), Ok(MaxRemovals::Files(7)));
        assert_eq!(max_removals("10%"), Ok(MaxRemovals::Percent(10)));
        assert_eq!(max_removals("100%"), Ok(MaxRemovals::Unlimited));
        for text in ["", "-1", "nan", "1e300", "x"] {
            assert!(days(text).is_err(), "{text}");
        }
        for text in ["", "-1", "101%", "%", "1.5"] {
            assert!(max_removals(text).is_err(), "{text}");
        }
    }
}
