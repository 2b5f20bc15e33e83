//! Whether what has arrived is what was uploaded.

use super::Download;
use crate::download::blocks::{Block, State};
use crate::download::options::{Downloaded, Verification};
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::machine::{Action, TaskId};

/// How often bytes that were damaged on the way are fetched again.
const MAX_DAMAGED: u32 = 2;

/// How far the sink's bytes are hashed.
#[derive(Debug, Default)]
pub(super) struct Digest {
    pub(super) running: Option<(TaskId, u64)>,
    pub(super) last: Option<(u64, Sha1Digest)>,
}

impl Download {
    pub(super) fn expected(&self) -> Option<Sha1Digest> {
        self.found.as_ref()?.expected
    }

    /// Bytes from the start of the window that have all arrived.
    fn arrived(&self) -> u64 {
        let done = self.blocks.iter().take_while(|block| block.state == State::Done);
        done.map(Block::len).sum()
    }

    /// Hashes what has arrived in one piece, and ends when that is everything.
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
                    let task = self.ids.next();
                    self.digest.running = Some((task, arrived));
                    self.outbox.start(task, Action::DigestSink { sink: self.sink, len: arrived });
                }
            }
            (None, _) => {}
        }
    }

    /// The bytes are not those that were uploaded. Where they can be written again, fetch them again.
    fn damaged(&mut self, expected: Sha1Digest, actual: Sha1Digest) {
        self.damaged += 1;
        let message = format!("the file arrived with the SHA-1 {actual} instead of {expected}");
        let error = Error::new(ErrorKind::ChecksumMismatch, message).with_attempts(self.damaged);
        if !self.options.random_access || self.damaged > MAX_DAMAGED {
            return self.end(Err(error));
        }
        // From the very start: what the answer said about the file may be wrong as well.
        self.digest = Digest::default();
        self.found = None;
        self.blocks.clear();
        self.started = false;
    }

    pub(super) fn complete(&mut self, verification: Verification) {
        if let Some(found) = &self.found {
            let bytes = found.window.end - found.window.start;
            self.end(Ok(Downloaded { version: found.version.clone(), bytes, verification }));
        }
    }
}
