//! Entries of a page that were not asked for.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::model::FileVersion;

/// Takes out what does not belong to the listing, and tells of each.
pub(crate) fn take_strangers<T>(
    entries: &mut Vec<T>,
    name: impl Fn(&T) -> &str,
    belongs: impl Fn(&T) -> bool,
) -> Vec<Error> {
    let mut strangers = Vec::new();
    entries.retain(|entry| {
        let belongs = belongs(entry);
        if !belongs {
            let message = format!(
                "'{}' is listed although it was not asked for; it is left out",
                shown(name(entry))
            );
            strangers
                .push(Error::new(ErrorKind::UnreadableEntry, message).with_subject(name(entry)));
        }
        belongs
    });
    strangers
}

/// Takes out what the page holds before, and tells of each.
pub(crate) fn take_repeated(files: &mut Vec<FileVersion>) -> Vec<Error> {
    let mut repeated = Vec::new();
    let mut seen = BTreeSet::new();
    files.retain(|file| {
        let is_new = seen.insert((file.file_name.clone(), file.file_id.clone()));
        if !is_new {
            let message = format!("'{}' is listed twice; once is enough", shown(&file.file_name));
            let error = Error::new(ErrorKind::UnreadableEntry, message);
            repeated.push(error.with_subject(&file.file_name));
        }
        is_new
    });
    repeated
}
