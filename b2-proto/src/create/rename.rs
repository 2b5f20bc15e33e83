//! New names for files whose names have a common prefix.

use alloc::format;
use alloc::string::String;

use crate::error::{Error, ErrorKind};

/// Checks that all names with the prefix `from` can get the prefix `to`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] if the new names begin with the old prefix too, so that the renaming would not end.
pub fn check_rename(from: &str, to: &str) -> Result<(), Error> {
    if to.starts_with(from) {
        let message = format!(
            "names that begin with '{to}' begin with '{from}' too, so the renaming would not end; choose another prefix"
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}

/// Returns a name with the prefix `to` in the place of `from`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] if the name does not begin with `from`, or the new name does, so that it would be renamed
/// twice.
pub fn renamed(name: &str, from: &str, to: &str) -> Result<String, Error> {
    let invalid = |message| Error::new(ErrorKind::InvalidInput, message);
    let Some(rest) = name.strip_prefix(from) else {
        return Err(invalid(format!("'{name}' does not begin with '{from}'")));
    };
    let new = format!("{to}{rest}");
    if new.starts_with(from) {
        let message = format!(
            "the new name '{new}' begins with '{from}', so it would be renamed twice; move this file by itself"
        );
        return Err(invalid(message));
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_replaced_once() {
        assert_eq!(renamed("a/x", "a/", "b/").unwrap(), "b/x");
        assert_eq!(renamed("a/b/x", "a/b/", "a/").unwrap(), "a/x");
        assert_eq!(renamed("a/x", "a/", "").unwrap(), "x");
        for (name, from, to) in [("a/b/b/x", "a/b/", "a/"), ("c/x", "a/", "b/")] {
            let error = renamed(name, from, to).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_renaming_that_would_not_end_is_refused() {
        for (from, to) in [("a/", "a/"), ("a/", "a/b/"), ("", "b/"), ("", "")] {
            assert!(check_rename(from, to).is_err(), "{from} {to}");
        }
        for (from, to) in [("a/b/", "a/"), ("a/", "b/"), ("a/", "")] {
            assert!(check_rename(from, to).is_ok(), "{from} {to}");
        }
    }
}
