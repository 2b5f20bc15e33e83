//! The decision for a pair of entries.

use alloc::vec::Vec;

use super::compare::{Compared, compare};
use super::entry::SyncEntry;
use super::keep::{Current, removals};
use super::options::{Direction, SyncOptions};
use super::reason::Reason;
use super::removal::Removal;
use crate::error::Error;
use crate::time::Timestamp;

/// What a pair of entries of the same name calls for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// Whether the file of the source is transferred.
    pub transfer: bool,
    /// Why it is transferred, or why not.
    pub reason: Reason,
    /// What is removed from the destination; after the transfer, if there is one, and only if it succeeded. First that
    /// the file is hidden, and then its versions, the newest first.
    pub removals: Vec<Removal>,
    /// Whether the destination loses a file that was visible.
    pub loses_file: bool,
}

/// What [`decide`] returns.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    /// The pair calls for this.
    Decision(Decision),
    /// The SHA-1 of the local file has to be compared first. `decide` is called again with the result.
    CompareContent,
}

/// Decides what a pair of entries of the same name calls for. At least one of them is given.
///
/// A file that is hidden in the destination counts as absent: it is transferred again, whatever its time was. A file that
/// is hidden in the source is removed as one that is absent there.
///
/// `now` is the wall-clock time, which decides how long versions have not been visible. `same_content` is the result of
/// a comparison that an earlier call has asked for.
///
/// # Errors
///
/// [`ErrorKind::DestinationNewer`](crate::ErrorKind::DestinationNewer) if the destination is newer and the options do
/// not say what happens then.
pub fn decide(
    options: &SyncOptions,
    direction: Direction,
    now: Timestamp,
    (source, destination): (Option<&SyncEntry>, Option<&SyncEntry>),
    same_content: Option<bool>,
) -> Result<Decided, Error> {
    let is_visible = |entry: Option<&SyncEntry>| entry.is_some_and(SyncEntry::is_visible);
    let (transfer, reason) = match (source, destination) {
        (None, _) => (false, Reason::NotInSource),
        (Some(source), _) if !source.is_visible() => (false, Reason::HiddenInSource),
        (Some(_), _) if !options.reads_destination() => (true, Reason::Always),
        (Some(_), None) => (true, Reason::New),
        (Some(_), Some(destination)) if !destination.is_visible() => (true, Reason::Hidden),
        (Some(source), Some(destination)) => {
            match compare(options, direction, (source, destination), same_content)? {
                Compared::Different(reason) => (true, reason),
                Compared::Same(reason) => (false, reason),
                Compared::NeedsContent => return Ok(Decided::CompareContent),
            }
        }
    };
    let current = match (transfer, is_visible(source)) {
        (true, _) => Current::Replaced,
        (false, true) => Current::Stays,
        (false, false) => Current::Unwanted,
    };
    let removals = destination
        .map_or_else(Vec::new, |destination| removals(options.removals, now, current, destination));
    let loses_file =
        current == Current::Unwanted && is_visible(destination) && !removals.is_empty();
    Ok(Decided::Decision(Decision { transfer, reason, removals, loses_file }))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
