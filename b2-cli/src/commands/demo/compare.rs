//! Compares downloaded files with the originals.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::files::DemoFile;
use crate::context::Context;
use crate::error::CliError;

const CHUNK: usize = 1 << 20;

/// Compares every byte and returns the names of the files that differ.
pub(super) async fn compare(
    context: &Context,
    files: Vec<DemoFile>,
    back: PathBuf,
) -> Result<Vec<String>, CliError> {
    let bar = context.progress.folder("compare", files.iter().map(|file| file.len).sum());
    let inside = bar.clone();
    let compared = tokio::task::spawn_blocking(move || {
        let (mut one, mut other) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut differing = Vec::new();
        for file in files {
            let copy = back.join(&file.name);
            // A file that cannot be read counts as different.
            let is_same = same(&file.path, &copy, &mut one, &mut other).unwrap_or(false);
            if !is_same && file.is_unchanged() {
                differing.push(file.name);
            }
            inside.inc(file.len);
        }
        differing
    })
    .await;
    bar.finish_and_clear();
    compared.map_err(|error| CliError::message(error.to_string()))
}

fn same(one: &Path, other: &Path, a: &mut [u8], b: &mut [u8]) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    loop {
        let read = fill(&mut one, a)?;
        if read != fill(&mut other, b)? || a[..read] != b[..read] {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_bytes_and_lengths_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let original = write("original", b"0123456789");
        let check = |copy: &Path| {
            let (mut a, mut b) = ([0; 4], [0; 4]);
            same(&original, copy, &mut a, &mut b).unwrap()
        };
        assert!(check(&write("same", b"0123456789")));
        assert!(!check(&write("other", b"0123456780")));
        assert!(!check(&write("longer", b"01234567890")));
        assert!(!check(&write("shorter", b"01234567")));
    }
}
