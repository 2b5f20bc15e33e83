//! Files below a folder, reached without following links.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use b2_client::Error;
use b2_proto::encoding::{file_name_as_path, file_name_as_windows_path};
use unicode_normalization::UnicodeNormalization;

use super::collisions::folded;
use super::directory::{Directory, EntryType, Links, Listed, Purpose, SystemFolder};

/// Returns the name of a file at B2 as a path below a folder, if this system can store it.
///
/// # Errors
///
/// [`ErrorKind::UnsafePath`](b2_proto::ErrorKind::UnsafePath) for a name that could leave the folder, such as `../a`, and,
/// on Windows, for names that it does not keep: of devices, with forbidden characters, and with a dot or a space at the
/// end.
pub fn local_path(name: &str) -> Result<&str, Error> {
    let checked = if cfg!(windows) { file_name_as_windows_path } else { file_name_as_path };
    Ok(checked(name)?)
}

/// Returns a name with the separators of this system.
pub(super) fn to_path(name: &str) -> PathBuf {
    name.split('/').collect()
}

/// Opens a file below a folder for reading, without following links below the folder.
pub(crate) fn open_below(root: &Path, name: &str) -> io::Result<File> {
    let (folder, last) = reach::<SystemFolder>(root, name)?;
    folder.open(last, Links::Keep).map_err(|error| explain_link(&folder, last, error))
}

/// Removes a file below a folder, without following links below the folder.
pub(super) fn remove_below(root: &Path, name: &str) -> io::Result<()> {
    let (folder, last) = reach::<SystemFolder>(root, name)?;
    folder.remove(last)
}

/// Opens the folder of a file, and returns it with the last part of the name.
fn reach<'a, D: Directory>(root: &Path, name: &'a str) -> io::Result<(D, &'a str)> {
    super::lookup::check_relative(name)
        .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
    let mut folder = D::root(root, Purpose::Pass)?;
    let (parents, last) = name.rsplit_once('/').unwrap_or(("", name));
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        let opened = folder.enter(part, Links::Keep, Purpose::Pass);
        folder = opened.map_err(|error| explain_link(&folder, part, error))?;
    }
    Ok((folder, last))
}

fn explain_link<D: Directory>(folder: &D, name: &str, error: io::Error) -> io::Error {
    match folder.stat(name, Links::Keep) {
        Ok(stat) if stat.kind == EntryType::Link => io::Error::other(format!(
            "'{}' is a link, and links are not followed",
            name.escape_debug()
        )),
        _ => error,
    }
}

/// Returns the path of another file or folder that this file system takes for the one with this name, because it compares
/// names without regard to case or Unicode normalization.
pub(super) fn other_spelling(root: &Path, name: &str) -> io::Result<Option<String>> {
    other_spelling_on::<SystemFolder>(root, name)
}

pub(super) fn other_spelling_on<D: Directory>(
    root: &Path,
    name: &str,
) -> io::Result<Option<String>> {
    let mut folder = D::root(root, Purpose::Pass)?;
    let mut parts = name.split('/').peekable();
    let mut above = String::new();
    while let Some(part) = parts.next() {
        if folder.stat(part, Links::Keep).is_err() {
            return Ok(None);
        }
        let is_found = |variant: &String| folder.stat(variant, Links::Keep).is_ok();
        if variants(part).iter().any(is_found)
            && let Some(other) = spelled(&D::root(&root.join(&above), Purpose::List)?, part)?
        {
            return Ok(Some(above + &other));
        }
        if parts.peek().is_some() {
            folder = folder.enter(part, Links::Keep, Purpose::Pass)?;
            above += part;
            above.push('/');
        }
    }
    Ok(None)
}

/// Returns other spellings of a name, which exist too where names are compared loosely.
fn variants(name: &str) -> Vec<String> {
    let other_case = name.chars().flat_map(|c| {
        let (lower, upper) = (c.to_lowercase(), c.to_uppercase());
        if c.is_uppercase() { lower.collect::<Vec<_>>() } else { upper.collect() }
    });
    let mut variants = vec![other_case.collect(), name.nfc().collect(), name.nfd().collect()];
    variants.retain(|variant: &String| variant != name);
    variants
}

/// Returns how a folder spells a name that it contains, if differently.
fn spelled<D: Directory>(folder: &D, name: &str) -> io::Result<Option<String>> {
    let key = folded(name);
    let mut other = None;
    let mut is_exact = false;
    folder.list(|listed| {
        if let Listed::Named(found, _) = listed {
            is_exact |= found == name;
            if other.is_none() && folded(found) == key {
                other = Some(found.to_owned());
            }
        }
        Ok(())
    })?;
    Ok(other.filter(|_| !is_exact))
}
