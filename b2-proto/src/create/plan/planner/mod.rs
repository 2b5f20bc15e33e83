//! From intents to parts.
//!
//! 1. [`lanes`] decides which intent gives which bytes, where intents overlap.
//! 2. [`parts`] divides them into parts that B2 accepts.

mod lanes;
mod parts;

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use lanes::{Fragment, Overlaps};
use parts::PartBuilder;

use super::{
    IntentSource, MAX_FILE_SIZE, MAX_PART_COUNT, PartContent, PartLimits, PlannedPart, RemoteRange,
    WriteIntent,
};
use crate::error::{Error, ErrorKind};
use crate::machine::{Origin, SourceId, Span};

/// The number of parts that a plan aims at when the recommended size would give more than B2 allows. The rest is left
/// for copies, which end a part early.
pub(crate) const AIMED_PARTS: u64 = 9_000;

/// An intent with a known length.
#[derive(Debug)]
struct Known {
    source: KnownSource,
    /// Its range in the new file.
    range: Range<u64>,
}

#[derive(Debug)]
enum KnownSource {
    /// A source, from this offset on.
    Local(SourceId, u64),
    /// A range of a file in B2.
    Remote(RemoteRange),
}

impl Known {
    fn is_remote(&self) -> bool {
        matches!(self.source, KnownSource::Remote(_))
    }

    /// Returns the remote range that gives a range of the new file.
    fn remote(&self, range: &Range<u64>) -> Option<RemoteRange> {
        let KnownSource::Remote(remote) = &self.source else {
            return None;
        };
        let start = remote.range.start + (range.start - self.range.start);
        Some(RemoteRange { range: start..start + (range.end - range.start), ..remote.clone() })
    }

    /// Returns the local bytes that give a range of the new file.
    fn local(&self, range: &Range<u64>) -> Option<Span> {
        let KnownSource::Local(source, offset) = self.source else {
            return None;
        };
        let start = offset + (range.start - self.range.start);
        let origin = Origin::Source(source);
        Some(Span { origin, range: start..start + (range.end - range.start) })
    }
}

/// The parts of a new file, all of which are known before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    parts: Vec<PlannedPart>,
}

impl Plan {
    /// Plans the parts of a file that is made of these intents, in any order. An intent without an offset follows the
    /// one before it in the list.
    ///
    /// Where intents overlap, a copy is preferred to an upload if it is large enough for `b2_copy_part`.
    ///
    /// ```
    /// use b2_proto::create::{CopySource, PartLimits, Plan, WriteIntent};
    /// use b2_proto::machine::SourceId;
    ///
    /// let limits = PartLimits { min: 5_000_000, recommended: 100_000_000, max: 5_000_000_000 };
    /// let mut log = CopySource::new("4_z1");
    /// log.length = Some(200_000_000);
    /// let appended = WriteIntent::local(SourceId(0), 200_000_000..200_000_100);
    /// let plan = Plan::new(vec![WriteIntent::remote(log), appended], &limits)?;
    /// assert_eq!(plan.cost().copied, 200_000_000);
    /// assert_eq!(plan.cost().uploaded, 100);
    /// # Ok::<(), b2_proto::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for no intents, one whose length is not known, and a range of the file that no intent
    /// covers; [`ErrorKind::MaxFileSizeExceeded`] for more than 10 TB or 10,000 parts.
    pub fn new(intents: Vec<WriteIntent>, limits: &PartLimits) -> Result<Self, Error> {
        let mut known = Vec::new();
        let mut end = 0;
        for intent in intents {
            let intent = Arc::new(resolve(intent, end)?);
            end = intent.range.end;
            known.push(intent);
        }
        if known.is_empty() {
            return Err(nothing());
        }
        known.sort_by_key(|intent| intent.range.start);
        let total = known.iter().map(|intent| intent.range.end).max().unwrap_or_default();
        let mut limits = *limits;
        limits.recommended =
            limits.recommended.max(total.div_ceil(AIMED_PARTS)).clamp(1, limits.max.max(1));
        loop {
            let parts = parts_of(&known, limits)?;
            if parts.len() as u64 <= MAX_PART_COUNT {
                return Ok(Self { parts });
            }
            if limits.recommended >= limits.max {
                return Err(too_many_parts());
            }
            limits.recommended = limits.recommended.saturating_mul(2).min(limits.max);
        }
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

    /// Returns the number of bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.len).sum()
    }
}

fn parts_of(known: &[Arc<Known>], limits: PartLimits) -> Result<Vec<PlannedPart>, Error> {
    let mut planner = Planner::with_growth(limits, false);
    for intent in known {
        planner.push_known(intent.clone())?;
    }
    planner.finish()?;
    Ok(planner.parts.into())
}

/// Plans the parts of a file whose intents come one by one, with a bounded look-ahead.
#[derive(Debug)]
pub struct Planner {
    overlaps: Overlaps,
    builder: PartBuilder,
    parts: VecDeque<PlannedPart>,
    /// The offset of the last intent, and the offset after it.
    last: Range<u64>,
    /// Whether there was an intent.
    is_begun: bool,
    is_finished: bool,
    /// The number of parts that were planned.
    count: u64,
    /// Whether too many parts are an error here. [`Plan::new`] tries larger parts instead.
    is_stream: bool,
}

impl Planner {
    /// Creates a planner that has no intents yet.
    #[must_use]
    pub fn new(limits: PartLimits) -> Self {
        Self::with_growth(limits, true)
    }

    fn with_growth(limits: PartLimits, is_stream: bool) -> Self {
        Self {
            overlaps: Overlaps::new(limits.min),
            builder: PartBuilder::new(limits, is_stream),
            parts: VecDeque::new(),
            last: 0..0,
            is_begun: false,
            is_finished: false,
            count: 0,
            is_stream,
        }
    }

    /// Takes the next intent, in the order of the offsets. One without an offset follows the one before.
    ///
    /// # Errors
    ///
    /// As those of [`Plan::new`], and [`ErrorKind::InvalidInput`] for an intent that begins before the one before.
    pub fn push(&mut self, intent: WriteIntent) -> Result<(), Error> {
        let known = resolve(intent, self.last.end)?;
        if known.range.start < self.last.start {
            let message = format!(
                "in a stream, the intents have to be in the order of their offsets: {} comes after {}",
                known.range.start, self.last.start
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.last = known.range.clone();
        self.push_known(Arc::new(known))
    }

    fn push_known(&mut self, intent: Arc<Known>) -> Result<(), Error> {
        if self.is_finished {
            let message = "the end of the intents was given already";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.is_begun = true;
        if intent.range.is_empty() {
            return Ok(());
        }
        let fragments = self.overlaps.push(intent)?;
        self.build(fragments)
    }

    /// Takes the end of the intents.
    ///
    /// # Errors
    ///
    /// As those of [`push`](Self::push), and [`ErrorKind::InvalidInput`] if there were no intents.
    pub fn finish(&mut self) -> Result<(), Error> {
        if !self.is_begun {
            return Err(nothing());
        }
        self.is_finished = true;
        let fragments = self.overlaps.finish();
        self.build(fragments)?;
        let parts = self.builder.finish();
        self.planned(parts)?;
        if self.count == 0 {
            // All intents are empty, and so is the file.
            let content = PartContent::Local(Vec::new());
            self.planned(vec![PlannedPart { content, len: 0 }])?;
        }
        Ok(())
    }

    /// Returns the next part, if it is decided.
    pub fn next_part(&mut self) -> Option<PlannedPart> {
        self.parts.pop_front()
    }

    fn build(&mut self, fragments: Vec<Fragment>) -> Result<(), Error> {
        for fragment in fragments {
            let parts = self.builder.push(fragment);
            self.planned(parts)?;
        }
        Ok(())
    }

    fn planned(&mut self, parts: Vec<PlannedPart>) -> Result<(), Error> {
        self.count += parts.len() as u64;
        if self.is_stream && self.count > MAX_PART_COUNT {
            return Err(too_many_parts());
        }
        self.parts.extend(parts);
        Ok(())
    }
}

/// Returns an intent with its length and its offset, which is `after` by default.
fn resolve(intent: WriteIntent, after: u64) -> Result<Known, Error> {
    let start = intent.destination_offset.unwrap_or(after);
    let Some(len) = intent.len() else {
        let message = "the length of a range is not known; ask B2 for the size of the file";
        let error = Error::new(ErrorKind::InvalidInput, message);
        return Err(match intent.source {
            IntentSource::Remote(source) => error.with_subject(source.file_id.as_str()),
            IntentSource::Local { .. } => error,
        });
    };
    if let IntentSource::Local { range, .. } = &intent.source
        && range.end < range.start
    {
        let message =
            format!("the range {}..{} of a source ends before it begins", range.start, range.end);
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let Some(end) = start.checked_add(len).filter(|end| *end <= MAX_FILE_SIZE) else {
        let message = format!(
            "a range of {len} bytes at the offset {start} ends beyond the largest file that B2 stores ({MAX_FILE_SIZE} bytes)"
        );
        return Err(Error::new(ErrorKind::MaxFileSizeExceeded, message));
    };
    let source = match intent.source {
        IntentSource::Local { source, range } => KnownSource::Local(source, range.start),
        IntentSource::Remote(source) => {
            let Some(source_end) = source.offset.checked_add(len) else {
                let message =
                    format!("a range of {len} bytes at {} is not possible", source.offset);
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            KnownSource::Remote(RemoteRange {
                file_id: source.file_id,
                range: source.offset..source_end,
                encryption: source.encryption,
            })
        }
    };
    Ok(Known { source, range: start..end })
}

fn nothing() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "there is nothing to make a file of; give at least one source",
    )
}

fn too_many_parts() -> Error {
    let message = "the file would have more than 10,000 parts, which is what B2 allows; choose larger parts, fewer sources, or a larger minimum, with which small ranges of files in B2 are joined";
    Error::new(ErrorKind::MaxFileSizeExceeded, message)
}
