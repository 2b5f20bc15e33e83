//! Verifies that the bytes that have arrived are those that were uploaded.

use super::{Download, SinkDigest};
use crate::download::blocks::{Block, State};
use crate::download::options::{Downloaded, Verification};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::Action;

/// The number of times that damaged bytes are downloaded again.
const MAX_DAMAGED: u32 = 2;

impl Download {
    pub(super) fn expected(&self) -> Option<Sha1Digest> {
        self.remote_file.as_ref()?.expected
    }

    /// Returns the number of bytes from the start that have all arrived.
    fn arrived(&self) -> u64 {
        let done = self.blocks.iter().take_while(|block| block.state == State::Done);
        done.map(Block::len).sum()
    }

    /// Hashes the bytes that have arrived without a gap, and ends when they are all.
    pub(super) fn digest_or_end(&mut self) {
        let arrived = self.arrived();
        let complete = self.blocks.iter().all(|block| block.state == State::Done);
        match (self.expected(), self.digest.last) {
            (None, _) if complete => {
                let verification = if self.options.verify {
                    Verification::NotVerifiable
                } else {
                    Verification::Skipped
                };
                self.complete(verification);
            }
            (Some(expected), Some((len, digest))) if complete && len == arrived => {
                if digest == expected {
                    self.complete(Verification::Verified(digest));
                } else {
                    self.damaged(expected, digest);
                }
            }
            (Some(_), last) => {
                let hashed = last.map(|(len, _)| len);
                if self.digest.running.is_none()
                    && hashed != Some(arrived)
                    && (complete || (arrived > 0 && !self.options.read_back_late))
                {
                    let task = self.calls.ids().next();
                    self.digest.running = Some((task, arrived));
                    self.steps.start(task, Action::DigestSink { sink: self.sink, len: arrived });
                }
            }
            (None, _) => {}
        }
    }

    /// Downloads the bytes again where the sink can be overwritten, since they are not those that were uploaded.
    fn damaged(&mut self, expected: Sha1Digest, actual: Sha1Digest) {
        self.damaged += 1;
        let message = format!("the file arrived with the SHA-1 {actual} instead of {expected}");
        let error = Error::new(ErrorKind::ChecksumMismatch, message).with_attempts(self.damaged);
        let rewritable = self.options.random_access && self.options.rewritable;
        if !rewritable || self.damaged > MAX_DAMAGED {
            return self.end(Err(error));
        }
        // From the start, since what the response said about the file may be wrong as well.
        self.digest = SinkDigest::default();
        self.remote_file = None;
        self.blocks.clear();
        self.started = false;
    }

    pub(super) fn complete(&mut self, verification: Verification) {
        if let Some(file) = &self.remote_file {
            let bytes = file.range.end - file.range.start;
            self.end(Ok(Downloaded { version: file.version.clone(), bytes, verification }));
        }
    }
}
