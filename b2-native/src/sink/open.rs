//! Files that are written in any order.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use b2_client::HostError;
use bytes::Bytes;

use super::{failed, io_failed};
use crate::blocking;
use crate::paths::display;

/// The maximum number of bytes of one read.
const MAX_READ: u64 = 256 * 1024;

/// An open file, with the path that it gets when it is complete.
pub(super) struct OpenFile {
    file: File,
    target: PathBuf,
}

impl OpenFile {
    pub(super) fn new(file: File, target: PathBuf) -> Self {
        Self { file, target }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    pub(super) async fn write(
        self: Arc<Self>,
        mut offset: u64,
        chunks: Vec<Bytes>,
    ) -> Result<(), HostError> {
        blocking::run(move || {
            for chunk in chunks {
                blocking::write_all_at(&self.file, &chunk, offset)
                    .map_err(|error| io_failed(&display(&self.target), error))?;
                offset += chunk.len() as u64;
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn read(self: Arc<Self>, offset: u64, max: u64) -> Result<Bytes, HostError> {
        blocking::run(move || {
            let size = usize::try_from(max.min(MAX_READ)).unwrap_or_default();
            let mut buffer = vec![0; size];
            let read = blocking::read_at(&self.file, &mut buffer, offset)
                .map_err(|error| io_failed(&display(&self.target), error))?;
            if read == 0 && max > 0 {
                let path = display(&self.target);
                return Err(failed(format!("{path}: bytes that were written are missing")));
            }
            buffer.truncate(read);
            Ok(buffer.into())
        })
        .await
    }
}
