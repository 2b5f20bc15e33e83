//! Local files: their names and SHA-1.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use sha1::{Digest, Sha1};

use super::wire::CHUNK;
use crate::Result;

/// Returns the SHA-1 of a file in hex digits.
pub(crate) fn sha1_of(path: &Path) -> Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha1::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(hasher)),
            len => hasher.update(&buffer[..len]),
        }
    }
}

/// Returns the names of the files below a folder, sorted, with their SHA-1.
pub(crate) fn sha1s_below(folder: &Path) -> Result<Vec<(String, String)>> {
    let names = files_below(folder)?.into_iter();
    names.map(|name| Ok((name.clone(), sha1_of(&folder.join(&name))?))).collect()
}

/// Returns the names of the files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(prefix) = folders.pop() {
        for entry in fs::read_dir(folder.join(&prefix))? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(format!("{name}/"));
            } else {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the hash in hex digits.
pub(crate) fn hex(hasher: Sha1) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
