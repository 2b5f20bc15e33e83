//! Entries of a page that were not requested.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::model::FileVersion;

/// Removes entries that were not requested, and returns an error for each.
pub(crate) fn take_unrequested<T>(
    entries: &mut Vec<T>,
    name: impl Fn(&T) -> &str,
    belongs: impl Fn(&T) -> bool,
) -> Vec<Error> {
    let mut unrequested = Vec::new();
    entries.retain(|entry| {
        let belongs = belongs(entry);
        if !belongs {
            let message = format!(
                "'{}' is listed although it was not asked for; it is left out",
                shown(name(entry))
            );
            unrequested
                .push(Error::new(ErrorKind::UnreadableEntry, message).with_subject(name(entry)));
        }
        belongs
    });
    unrequested
}

/// Removes files that are on the page already, and returns an error for each.
pub(crate) fn take_duplicates(files: &mut Vec<FileVersion>) -> Vec<Error> {
    let mut duplicates = Vec::new();
    let mut seen = BTreeSet::new();
    files.retain(|file| {
        let is_new = seen.insert((file.file_name.clone(), file.file_id.clone()));
        if !is_new {
            let message = format!("'{}' is listed twice; once is enough", shown(&file.file_name));
            let error = Error::new(ErrorKind::UnreadableEntry, message);
            duplicates.push(error.with_subject(&file.file_name));
        }
        is_new
    });
    duplicates
}
