//! The parts that a file is to have.

use alloc::vec::Vec;

use crate::create::checkpoint::Checkpoint;
use crate::create::plan::{PartLimits, PlannedPart, part_ranges};
use crate::machine::SourceId;

/// The parts that a file is to have.
#[derive(Clone, Debug)]
pub(crate) enum WantedParts {
    /// Ranges of a source, whose sizes can be those of an earlier run.
    Source { source: SourceId, len: u64, limits: PartLimits },
    /// Exactly these parts.
    Plan(Vec<PlannedPart>),
}

impl WantedParts {
    /// Returns the number of bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Source { len, .. } => *len,
            Self::Plan(parts) => parts.iter().map(|part| part.len).sum(),
        }
    }

    /// Returns the parts.
    pub(crate) fn parts(&self) -> Vec<PlannedPart> {
        match self {
            Self::Source { source, len, limits } => {
                let ranges = part_ranges(*len, limits).unwrap_or_default();
                let part = |range| PlannedPart::of_source(*source, range);
                ranges.into_iter().map(part).collect()
            }
            Self::Plan(parts) => parts.clone(),
        }
    }

    /// Returns the parts with another recommended size, if that is possible.
    pub(super) fn with_part_size(&self, size: u64) -> Option<Vec<PlannedPart>> {
        match self {
            Self::Source { source, len, limits }
                if (limits.min..=limits.max).contains(&size) && size != limits.recommended =>
            {
                let limits = PartLimits { recommended: size, ..*limits };
                Some(Self::Source { source: *source, len: *len, limits }.parts())
            }
            _ => None,
        }
    }

    /// Returns the parts as the run that wrote the checkpoint has divided them.
    pub(crate) fn parts_of(&self, checkpoint: &Checkpoint) -> Vec<PlannedPart> {
        match self {
            Self::Source { source, limits, .. } => {
                let limits = PartLimits { recommended: checkpoint.part_size.max(1), ..*limits };
                Self::Source { source: *source, len: checkpoint.len, limits }.parts()
            }
            Self::Plan(parts) => parts.clone(),
        }
    }
}
