//! Whether two files are different.

use super::entry::SyncEntry;
use super::options::{CompareBy, Direction, NewerFiles, SyncOptions};
use super::reason::Reason;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::model::FileVersion;

/// What a comparison finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// The files are different.
    Different(Reason),
    /// The files are the same, or are not to be transferred.
    Same(Reason),
    /// The SHA-1 of the local file is needed.
    NeedsContent,
}

use Compared::{Different, NeedsContent, Same};

/// Times of a local file and of a file in a bucket that differ by this many milliseconds are equal.
///
/// Backblaze's tool computes milliseconds with floating point, which for some times in a thousand gives the millisecond
/// before or after.
const ROUNDING_MILLIS: u64 = 1;

/// Compares two visible files of the same name.
///
/// # Errors
///
/// [`ErrorKind::DestinationNewer`] if the destination is newer and the options do not say what happens then.
pub(super) fn compare(
    options: &SyncOptions,
    direction: Direction,
    (source, destination): (&SyncEntry, &SyncEntry),
    same_content: Option<bool>,
) -> Result<Compared, Error> {
    let (from, to) = (source.size(), destination.size());
    match options.compare {
        CompareBy::None => Ok(Same(Reason::NotCompared)),
        CompareBy::Always => Ok(Different(Reason::Always)),
        CompareBy::Size if from.abs_diff(to) > options.compare_threshold => {
            Ok(Different(Reason::SizeDiffers))
        }
        CompareBy::Size => Ok(Same(Reason::Same)),
        CompareBy::Sha1 if from != to => Ok(Different(Reason::SizeDiffers)),
        CompareBy::Sha1 => {
            match same_content.map(Content::from).or_else(|| content(source, destination)) {
                Some(Content::Same) => Ok(Same(Reason::Same)),
                Some(Content::Different) => Ok(Different(Reason::ContentDiffers)),
                Some(Content::Unread) => Ok(NeedsContent),
                None => by_time(options, direction, 0, (source, destination)),
            }
        }
        CompareBy::ModTime => {
            by_time(options, direction, options.compare_threshold, (source, destination))
        }
    }
}

fn by_time(
    options: &SyncOptions,
    direction: Direction,
    threshold: u64,
    (source, destination): (&SyncEntry, &SyncEntry),
) -> Result<Compared, Error> {
    let tolerance = if direction == Direction::Copy { 0 } else { ROUNDING_MILLIS };
    let (from, to) = (source.modified(), destination.modified());
    if from.as_millis().abs_diff(to.as_millis()) <= threshold.max(tolerance) {
        return Ok(if source.size() == destination.size() {
            Same(Reason::Same)
        } else {
            Different(Reason::SizeDiffers)
        });
    }
    if from > to {
        return Ok(Different(Reason::Newer));
    }
    if is_copy_without_time(source, destination) {
        return Ok(Same(Reason::Same));
    }
    match options.newer_files {
        NewerFiles::Replace => Ok(Different(Reason::OlderReplaces)),
        NewerFiles::Skip => Ok(Same(Reason::NewerSkipped)),
        NewerFiles::Fail => {
            let name = shown(source.name());
            let message = format!(
                "source file is older than destination: {}{name} with a time of {} cannot be synced to {}{name} with a \
                 time of {}, unless newer files are skipped or replaced",
                scheme(source),
                from.as_millis(),
                scheme(destination),
                to.as_millis(),
            );
            Err(Error::new(ErrorKind::DestinationNewer, message).with_subject(source.name()))
        }
    }
}

/// Returns whether the destination is a copy of the source that has no time of modification, so that it has that of the
/// copy, as Backblaze's tool creates them.
fn is_copy_without_time(source: &SyncEntry, destination: &SyncEntry) -> bool {
    let (Some(from), Some(to)) = (remote(source), remote(destination)) else { return false };
    to.file_info.src_last_modified().is_none()
        && from.size == to.size
        && from.sha1().is_some()
        && from.sha1() == to.sha1()
}

/// What is known about the contents of two files of the same size.
enum Content {
    Same,
    Different,
    /// The SHA-1 of the local file is to be compared with the one in B2.
    Unread,
}

impl From<bool> for Content {
    fn from(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Different }
    }
}

/// Returns what is known about the contents; `None` if B2 does not know the SHA-1 of a file.
fn content(source: &SyncEntry, destination: &SyncEntry) -> Option<Content> {
    let sha1 = |entry| -> Option<Option<Sha1Digest>> {
        match remote(entry) {
            Some(version) => version.sha1().map(Some),
            None => Some(None),
        }
    };
    match (sha1(source)?, sha1(destination)?) {
        (Some(from), Some(to)) => Some(Content::from(from == to)),
        (None, Some(_)) | (Some(_), None) => Some(Content::Unread),
        (None, None) => None,
    }
}

fn remote(entry: &SyncEntry) -> Option<&FileVersion> {
    match entry {
        SyncEntry::Local(_) => None,
        SyncEntry::Remote(file) => file.newest(),
    }
}

const fn scheme(entry: &SyncEntry) -> &'static str {
    match entry {
        SyncEntry::Local(_) => "local://",
        SyncEntry::Remote(_) => "b2://",
    }
}

#[cfg(test)]
mod tests;
