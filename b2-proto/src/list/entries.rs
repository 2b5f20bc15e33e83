//! Entries of a page that were not asked for.

use alloc::vec::Vec;

use crate::encoding::shown;
use crate::error::{Error, ErrorKind};

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
