//! The options of a synchronization.

use core::time::Duration;

use crate::create::UploadOptions;
use crate::download::DownloadOptions;
use crate::error::{Error, ErrorKind};
use crate::machine::NameRange;
use crate::time::Timestamp;

/// Which side is local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a local folder to a bucket.
    Up,
    /// From a bucket to a local folder.
    Down,
    /// From a bucket to a bucket, or within one, by server-side copies.
    Copy,
}

/// What happens if the file in the destination is newer than that in the source (`NewerFileSyncMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NewerFiles {
    /// The file fails with [`ErrorKind::DestinationNewer`], and the others go on.
    #[default]
    Fail,
    /// The file is left alone.
    Skip,
    /// The file is replaced by the older one.
    Replace,
}

/// How two files are compared (`CompareVersionMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CompareBy {
    /// By the time of modification, in milliseconds. If the times are equal, by size.
    ///
    /// Times of a local file and of one in a bucket that differ by 1 ms are equal: Backblaze's tool rounds some times to
    /// the millisecond before or after.
    #[default]
    ModTime,
    /// By size.
    Size,
    /// By size, and then by SHA-1. A file whose SHA-1 B2 does not know is compared by size and time. A newer file in the
    /// destination with another content is replaced.
    Sha1,
    /// Not at all: a file that exists is not transferred again.
    None,
    /// Not at all: every file is transferred, and replaces the one in the destination, which is neither listed nor looked
    /// up. So a key that may only write files suffices for uploads.
    ///
    /// In a download, an empty file whose name ends in a slash creates a folder. Such files are not counted as
    /// transferred. Otherwise they are left out.
    Always,
}

/// What happens to files and versions of the destination that the source does not have (`KeepOrDeleteMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Removals {
    /// Nothing.
    #[default]
    None,
    /// Files that the source does not have are deleted, with all versions. Of the others, old versions are deleted.
    Delete,
    /// Files that the source does not have are hidden. Versions are deleted when they have not been visible for this
    /// long. Not for a local destination.
    KeepFor(Duration),
    /// Files that the source does not have are hidden. Of each file, this number of versions is kept, at least one. Not
    /// for a local destination.
    KeepNewest(u32),
}

impl Removals {
    /// Returns whether something of the destination may be removed or hidden.
    #[must_use]
    pub const fn is_none(self) -> bool {
        matches!(self, Self::None)
    }
}

/// The largest number of files that a synchronization removes or hides because the source does not have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MaxRemovals {
    /// This number of files.
    Files(u64),
    /// This percentage of the files of the destination.
    Percent(u8),
    /// Any number.
    Unlimited,
}

impl Default for MaxRemovals {
    fn default() -> Self {
        Self::Percent(50)
    }
}

impl MaxRemovals {
    /// Returns whether `removed` of `all` files are too many.
    #[must_use]
    pub fn is_exceeded(self, removed: u64, all: u64) -> bool {
        match self {
            Self::Files(max) => removed > max,
            Self::Percent(percent) => {
                u128::from(removed) * 100 > u128::from(all) * u128::from(percent)
            }
            Self::Unlimited => false,
        }
    }
}

/// The options of a [`Sync`](super::Sync).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncOptions {
    /// How two files are compared. Default: by time.
    pub compare: CompareBy,
    /// Times that differ by at most this many milliseconds, or sizes by this many bytes, are equal. Default: 0. Not with
    /// [`CompareBy::Sha1`], [`CompareBy::None`] and [`CompareBy::Always`].
    pub compare_threshold: u64,
    /// What happens if the destination is newer. Default: the file fails.
    pub newer_files: NewerFiles,
    /// What happens to what the source does not have. Default: nothing.
    pub removals: Removals,
    /// The largest number of files to remove. Default: half of those in the destination.
    pub max_removals: MaxRemovals,
    /// Whether a source without any file is accepted. Default: no if the source is local, since it may be a wrong
    /// folder, or if there are removals, since everything would be removed.
    pub allow_empty_source: bool,
    /// Whether nothing is changed, and what would be done is only reported. Default: no.
    pub dry_run: bool,
    /// Whether to upload only what was appended to a file. Default: no.
    pub incremental: bool,
    /// Whether a new file is copied within the destination bucket if a file that is about to be removed has the same
    /// size and SHA-1, instead of being uploaded. Default: no.
    ///
    /// [`max_held_removals`](Self::max_held_removals) new files and as many removals are held to be matched. Of more files
    /// than that, the new ones are uploaded, and the others are not searched. If a new file fails, the files that it may have
    /// been before are not removed.
    pub track_renames: bool,
    /// The names to synchronize. Default: all.
    pub range: NameRange,
    /// The bucket as it was at this time. Only where the source is a bucket. Default: as it is.
    pub as_of: Option<Timestamp>,
    /// Whether the destination is looked up file by file instead of listed: for few files and a large bucket. Then
    /// nothing is removed. Default: no.
    pub no_traverse: bool,
    /// Whether each decision is reported with its reason. Default: no.
    pub explain: bool,
    /// The number of files that are worked on at once. Default: 10.
    pub parallel: usize,
    /// The number of removals that are held in memory; more of them are spilled by the host. Default: 10,000.
    pub max_held_removals: usize,
    /// The number of names between two [checkpoints](super::SyncEvent::Checkpoint). Default: 1,000.
    pub checkpoint_every: u64,
    /// The options of each upload and copy.
    pub upload: UploadOptions,
    /// The options of each download.
    pub download: DownloadOptions,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            compare: CompareBy::default(),
            compare_threshold: 0,
            newer_files: NewerFiles::default(),
            removals: Removals::default(),
            max_removals: MaxRemovals::default(),
            allow_empty_source: false,
            dry_run: false,
            incremental: false,
            track_renames: false,
            range: NameRange::ALL,
            as_of: None,
            no_traverse: false,
            explain: false,
            parallel: 10,
            max_held_removals: 10_000,
            checkpoint_every: 1_000,
            upload: UploadOptions::default(),
            download: DownloadOptions::default(),
        }
    }
}

impl SyncOptions {
    /// Returns whether the SHA-1 of local files may be needed, so that a cache of them is of use.
    #[must_use]
    pub fn reads_sha1(&self) -> bool {
        self.compare == CompareBy::Sha1 || self.track_renames
    }

    /// Returns whether the destination is listed or looked up, to be compared with the source.
    #[must_use]
    pub fn reads_destination(&self) -> bool {
        self.compare != CompareBy::Always
    }

    /// Checks that the options fit together and apply to the direction.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`], which names the option.
    pub fn check(&self, direction: Direction) -> Result<(), Error> {
        let invalid = |message: &str| Err(Error::new(ErrorKind::InvalidInput, message));
        let keeps = matches!(self.removals, Removals::KeepFor(_) | Removals::KeepNewest(_));
        if keeps && direction == Direction::Down {
            return invalid("old versions cannot be kept in a local destination");
        }
        if self.removals == Removals::KeepNewest(0) {
            return invalid("the number of versions to keep must be at least 1");
        }
        if self.compare_threshold > 0
            && !matches!(self.compare, CompareBy::ModTime | CompareBy::Size)
        {
            return invalid("a threshold applies to comparison by time or size only");
        }
        if !self.reads_destination() {
            self.check_without_destination()?;
        }
        if self.incremental && direction != Direction::Up {
            return invalid("incremental uploads need a local source");
        }
        if self.as_of.is_some() && direction == Direction::Up {
            return invalid("only a bucket can be read as of an earlier time");
        }
        if self.track_renames && direction != Direction::Up {
            return invalid("renames are tracked only from a local folder to a bucket");
        }
        if self.track_renames && self.removals.is_none() {
            return invalid("renames are found among the files to remove; ask for removals too");
        }
        if self.no_traverse && !self.removals.is_none() {
            return invalid("without a listing of the destination nothing can be removed");
        }
        if self.no_traverse && direction == Direction::Down {
            return invalid("only a bucket is looked up file by file");
        }
        if matches!(self.max_removals, MaxRemovals::Percent(percent) if percent > 100) {
            return invalid("the percentage of files to remove must be at most 100");
        }
        if matches!((&self.range.start, &self.range.end), (Some(start), Some(end)) if start >= end)
        {
            return invalid("the range of names is empty: its end is not behind its start");
        }
        if self.parallel == 0 {
            return invalid("the number of parallel files must be at least 1");
        }
        Ok(())
    }

    /// Refuses options that need the files of the destination.
    fn check_without_destination(&self) -> Result<(), Error> {
        for (given, what) in [
            (!self.removals.is_none(), "nothing can be removed"),
            (self.newer_files != NewerFiles::Fail, "newer files are not found"),
            (self.no_traverse, "there is nothing to look up"),
            (self.incremental, "uploads cannot be incremental"),
        ] {
            if given {
                let message = format!(
                    "where every file is transferred, the destination is not read, so {what}"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
