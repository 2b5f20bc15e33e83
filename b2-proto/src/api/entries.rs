//! Entries of a page, each read by itself.

use alloc::vec::Vec;

use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::json::{FromJson, Place};

/// More entries than this are on no page of B2's.
const MAX_ENTRIES: usize = 10_000;

/// Reads the entries of a page, and an error for each that cannot be read. `name` is the field that names an entry.
pub(super) fn read_entries<T: FromJson>(list: &Place<'_>, name: &str) -> (Vec<T>, Vec<Error>) {
    let mut unreadable = Vec::new();
    if list.entries().len() > MAX_ENTRIES {
        list.is_not("a list of at most 10,000 entries");
        return (Vec::new(), unreadable);
    }
    let entries = list.read_each(|entry, error| {
        let message = match entry.known_text(name) {
            Some(known) => {
                format!("'{}' is listed in a way that cannot be read: {error}", shown(known))
            }
            None => format!("an entry of the listing cannot be read: {error}"),
        };
        let mut error = Error::new(ErrorKind::UnreadableEntry, message);
        if let Some(known) = entry.known_text(name) {
            error = error.with_subject(known);
        }
        unreadable.push(error);
    });
    (entries, unreadable)
}
