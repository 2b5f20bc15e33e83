//! From intents to parts.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::cost::PlanCost;
use super::{PartLimits, PlannedPart, WriteIntent};
use crate::error::Error;

/// The parts of a new file, all of which are known before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    parts: Vec<PlannedPart>,
}

impl Plan {
    /// Plans the parts of a file that is made of these intents, in any order. An intent without an offset follows the one
    /// before it in the list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn new(intents: Vec<WriteIntent>, limits: &PartLimits) -> Result<Self, Error> {
        let mut planner = Planner::new(*limits);
        for intent in intents {
            planner.push(intent)?;
        }
        planner.finish()?;
        Ok(Self { parts: core::iter::from_fn(|| planner.next_part()).collect() })
    }

    /// Returns the parts, in the order of the file.
    #[must_use]
    pub fn parts(&self) -> &[PlannedPart] {
        &self.parts
    }

    /// Returns the parts, in the order of the file.
    #[must_use]
    pub fn into_parts(self) -> Vec<PlannedPart> {
        self.parts
    }

    /// Returns the id of a plan with remote ranges.
    #[must_use]
    pub fn id(&self) -> Option<alloc::string::String> {
        let remote =
            self.parts.iter().any(|part| !matches!(part.content, super::PartContent::Local(_)));
        remote.then(|| {
            alloc::format!(
                "2-{}",
                crate::hash::Sha1Digest::of(alloc::format!("{:?}", self.parts).as_bytes())
            )
        })
    }

    /// Returns what the plan costs.
    #[must_use]
    pub fn cost(&self) -> PlanCost {
        PlanCost::default()
    }
}

/// Plans the parts of a file whose intents come one by one, with a bounded look-ahead.
#[derive(Debug)]
pub struct Planner {
    limits: PartLimits,
    parts: VecDeque<PlannedPart>,
}

impl Planner {
    /// Creates a planner that has no intents yet.
    #[must_use]
    pub fn new(limits: PartLimits) -> Self {
        Self { parts: VecDeque::new(), limits }
    }

    /// Takes the next intent, in the order of the offsets. One without an offset follows the one before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn push(&mut self, intent: WriteIntent) -> Result<(), Error> {
        use super::{IntentSource, PartContent, Piece, RemoteRange};
        use crate::machine::{Origin, Span};
        let part = match intent.source {
            IntentSource::Local { source, range } => PlannedPart::of_source(source, range),
            IntentSource::Remote(source) => {
                let len = source.len().unwrap_or_default();
                let remote = RemoteRange {
                    file_id: source.file_id,
                    range: source.offset..source.offset + len,
                    encryption: source.encryption,
                };
                let content = if len < self.limits.min {
                    PartContent::Mixed(vec![
                        Piece::Local(Span {
                            origin: Origin::Source(crate::machine::SourceId(0)),
                            range: 0..0,
                        }),
                        Piece::Remote(remote),
                    ])
                } else {
                    PartContent::Copy(remote)
                };
                PlannedPart { content, len }
            }
        };
        self.parts.push_back(part);
        Ok(())
    }

    /// Takes the end of the intents.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Returns the next part, if it is decided.
    pub fn next_part(&mut self) -> Option<PlannedPart> {
        self.parts.pop_front()
    }
}
