//! What a plan costs, and how it is shown.

use alloc::string::String;
use core::fmt::{self, Write as _};

use super::{MAX_DOWNLOAD, PartContent, Piece, Plan, PlannedPart, RemoteRange};
use crate::hash::Sha1Digest;
use crate::model::{EncryptionKey, EncryptionKeyId, EncryptionSetting};

/// What a plan costs, in bytes and calls. It is shown as one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanCost {
    /// Bytes that are uploaded.
    pub uploaded: u64,
    /// Bytes that B2 copies.
    pub copied: u64,
    /// Bytes that are downloaded, to be uploaded again.
    pub downloaded: u64,
    /// Calls of the API, without those that look for an unfinished file and those that fetch upload URLs.
    pub calls: u64,
}

impl fmt::Display for PlanCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uploaded, copied, downloaded, calls } = self;
        write!(
            f,
            "{uploaded} bytes up, {copied} bytes copied, {downloaded} bytes down, {calls} calls"
        )
    }
}

impl Plan {
    /// Returns what the plan costs.
    #[must_use]
    pub fn cost(&self) -> PlanCost {
        let mut cost = PlanCost::default();
        for part in self.parts() {
            cost.calls += 1;
            match &part.content {
                PartContent::Local(_) => cost.uploaded += part.len,
                PartContent::Copy(_) => cost.copied += part.len,
                PartContent::Mixed(pieces) => {
                    cost.uploaded += part.len;
                    for piece in pieces {
                        if let Piece::Remote(remote) = piece {
                            let len = remote.range.end - remote.range.start;
                            cost.calls += len.div_ceil(MAX_DOWNLOAD);
                            cost.downloaded += len;
                        }
                    }
                }
            }
        }
        if self.parts().len() > 1 {
            // Start and finish.
            cost.calls += 2;
        }
        cost
    }

    /// Returns the id of a plan with ranges of files in B2, and `None` if everything is local.
    ///
    /// Two plans have the same id if their parts have the same lengths and remote ranges. It is stored in the file info of
    /// the unfinished large file as `plan_id`, so that a later run can continue the file. Local bytes are not part of it:
    /// they are compared with the SHA-1s of the parts.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let is_local = |part: &PlannedPart| matches!(part.content, PartContent::Local(_));
        if self.parts().iter().all(is_local) {
            return None;
        }
        let mut text = String::new();
        for part in self.parts() {
            // Writing to a string does not fail.
            let _ = match &part.content {
                PartContent::Local(_) => writeln!(text, "upload {}", part.len),
                PartContent::Copy(remote) => writeln!(text, "copy {}", Canonical(remote)),
                PartContent::Mixed(pieces) => pieces.iter().try_for_each(|piece| match piece {
                    Piece::Local(span) => write!(text, "local {} ", span.len()),
                    Piece::Remote(remote) => write!(text, "remote {} ", Canonical(remote)),
                }),
            };
            text.push('\n');
        }
        Some(alloc::format!("2-{}", Sha1Digest::of(text.as_bytes())))
    }
}

/// A remote range as the id of a plan has it.
struct Canonical<'a>(&'a RemoteRange);

impl fmt::Display for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RemoteRange { file_id, range, encryption } = self.0;
        write!(f, "{} {}-{}", file_id.as_str().escape_debug(), range.start, range.end)?;
        match encryption.as_ref().and_then(EncryptionSetting::key).map(EncryptionKey::id) {
            Some(EncryptionKeyId::Id(id)) => write!(f, " {}", id.escape_debug()),
            _ => Ok(()),
        }
    }
}

/// One line for each part: its number, its range in the file, and where its bytes come from.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = 0;
        for (number, part) in (1..).zip(self.parts()) {
            let end = start + part.len;
            write!(f, "{number}: bytes {start}..{end}, ")?;
            match &part.content {
                PartContent::Local(_) => writeln!(f, "uploaded")?,
                PartContent::Copy(remote) => {
                    let RemoteRange { file_id, range, .. } = remote;
                    writeln!(f, "copied from {file_id}, bytes {}..{}", range.start, range.end)?;
                }
                PartContent::Mixed(pieces) => {
                    let remote = pieces.iter().filter(|piece| matches!(piece, Piece::Remote(_)));
                    writeln!(
                        f,
                        "uploaded, {} of {} pieces downloaded first",
                        remote.count(),
                        pieces.len()
                    )?;
                }
            }
            start = end;
        }
        Ok(())
    }
}
