//! Generates a large file with the same content on every machine.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use indicatif::ProgressBar;

use crate::context::Context;
use crate::error::CliError;

/// The size of a write, in bytes.
const CHUNK: usize = 1 << 20;

/// The name of the file.
pub(super) const NAME: &str = "generated.bin";

/// Generates the file in a folder.
pub(super) async fn generate(context: &Context, folder: &Path, len: u64) -> Result<(), CliError> {
    let path = folder.join(NAME);
    let bar = context.progress.bytes("generate", Some(len));
    let written = {
        let (path, bar) = (path.clone(), bar.clone());
        tokio::task::spawn_blocking(move || write(&path, len, &bar)).await
    };
    bar.finish_and_clear();
    written
        .map_err(|error| CliError::message(error.to_string()))?
        .map_err(|error| CliError::local(&path, &error))
}

fn write(path: &Path, len: u64, bar: &ProgressBar) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(CHUNK, File::create(path)?);
    let (mut left, mut state) = (len, 0x5eed_u64);
    let mut chunk = Vec::with_capacity(CHUNK);
    while left > 0 {
        chunk.clear();
        while chunk.len() < CHUNK {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // The low bits of a linear congruential generator have short periods.
            chunk.extend_from_slice(&(state ^ (state >> 29)).to_le_bytes());
        }
        let part = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        file.write_all(&chunk[..part])?;
        left -= part as u64;
        bar.inc(part as u64);
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str, len| {
            let path = folder.path().join(name);
            write(&path, len, &ProgressBar::hidden()).unwrap();
            std::fs::read(path).unwrap()
        };
        let (one, other) = (bytes("a", 2_500_001), bytes("b", 2_500_001));
        assert_eq!((one.len(), &one), (2_500_001, &other));
        assert_ne!(one[..1_000], one[1_048_576..1_049_576]);
    }
}
