//! The division of a file into parts, from what it is made of, sizes and limits.

mod cost;
#[cfg(test)]
#[path = "tests.rs"]
mod plan_tests;
mod planner;
#[cfg(test)]
mod vectors;

use alloc::vec::Vec;
use core::ops::Range;

use crate::account::Authorization;
use crate::api::{MAX_PARTS, MAX_UPLOAD};
use crate::error::{Error, ErrorKind};
use crate::machine::{BufferId, Origin, SourceId, Span};
pub use crate::machine::{CopySource, IntentSource, WriteIntent};
use crate::model::{EncryptionSetting, FileId};

pub use cost::PlanCost;
pub(crate) use planner::AIMED_PARTS;
pub use planner::{Plan, Planner};

/// The size of the largest file that B2 stores, in bytes: 10 TB.
pub const MAX_FILE_SIZE: u64 = 10_000_000_000_000;
const MAX_PART_COUNT: u64 = MAX_PARTS as u64;

/// The maximum number of bytes of a remote piece that one request downloads.
pub(crate) const MAX_DOWNLOAD: u64 = 10_000_000;

/// The possible sizes of parts, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartLimits {
    /// The minimum size of all parts but the last.
    pub min: u64,
    /// The size of parts, unless there would be too many.
    pub recommended: u64,
    /// The maximum size.
    pub max: u64,
}

impl PartLimits {
    /// Returns the limits of the account, with the part size of the caller, if it is given.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a part size that B2 does not allow.
    pub fn new(authorization: &Authorization, part_size: Option<u64>) -> Result<Self, Error> {
        Self::with_sizes(authorization, None, part_size, None)
    }

    /// Returns the limits of the account, with those of the caller that are given. The size that the account recommends is
    /// raised to a given minimum and lowered to a given maximum.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for sizes that B2 does not allow or that contradict each other. The largest part has to
    /// be at least twice as large as the smallest, so that any file can be divided.
    pub fn with_sizes(
        authorization: &Authorization,
        min: Option<u64>,
        recommended: Option<u64>,
        max: Option<u64>,
    ) -> Result<Self, Error> {
        let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
        let allowed = authorization.absolute_minimum_part_size.clamp(1, MAX_UPLOAD);
        let given = [min, recommended, max];
        if let Some(size) =
            given.into_iter().flatten().find(|size| !(allowed..=MAX_UPLOAD).contains(size))
        {
            return invalid(format!(
                "a part size of {size} bytes is not possible: B2 allows {allowed} to {MAX_UPLOAD}"
            ));
        }
        let (min, max) = (min.unwrap_or(allowed), max.unwrap_or(MAX_UPLOAD));
        if max / 2 < min && (given[0].is_some() || given[2].is_some()) {
            return invalid(format!(
                "the largest part ({max} bytes) has to be at least twice as large as the smallest ({min} bytes)"
            ));
        }
        let recommended =
            recommended.unwrap_or(authorization.recommended_part_size.clamp(min, max));
        if !(min..=max).contains(&recommended) {
            return invalid(format!(
                "a part size of {recommended} bytes is not between the smallest ({min}) and the largest ({max})"
            ));
        }
        Ok(Self { min, recommended, max })
    }

    /// Returns the size of part `number` of a stream whose length is not known.
    ///
    /// It doubles every 1,000 parts, so that 10,000 parts reach 10 TB while a short stream takes little
    /// memory; it never exceeds `largest`.
    #[must_use]
    pub fn stream_part_size(&self, number: u64, largest: u64) -> u64 {
        let doublings = u32::try_from(number.saturating_sub(1) / 1_000).unwrap_or(u32::MAX).min(20);
        let grown = self.recommended.saturating_mul(1 << doublings);
        grown.min(largest.max(self.recommended)).min(self.max)
    }
}

/// A part of a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedPart {
    /// The source of the bytes.
    pub content: PartContent,
    /// The number of bytes.
    pub len: u64,
}

/// The source of the bytes of a part.
///
/// Exhaustive, since a sender of parts must handle every variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartContent {
    /// Bytes that the driver reads, one span after the other.
    Local(Vec<Span>),
    /// A range of a file that B2 has, copied by `b2_copy_part` or `b2_copy_file`.
    Copy(RemoteRange),
    /// Pieces one after the other, some of them remote ranges that B2 allows no copy of: they are downloaded, and
    /// uploaded with the others.
    Mixed(Vec<Piece>),
}

/// A piece of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes that the driver reads.
    Local(Span),
    /// A range of a file that B2 has.
    Remote(RemoteRange),
}

/// A range of a file that B2 has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRange {
    /// The file version.
    pub file_id: FileId,
    /// The range of its bytes.
    pub range: Range<u64>,
    /// The encryption of the file. It is needed for SSE-C only.
    pub encryption: Option<EncryptionSetting>,
}

impl PlannedPart {
    /// Creates a part that is a range of a source.
    #[must_use]
    pub fn of_source(source: SourceId, range: Range<u64>) -> Self {
        let len = range.end - range.start;
        Self {
            content: PartContent::Local(vec![Span { origin: Origin::Source(source), range }]),
            len,
        }
    }

    /// Creates a part that is a buffer.
    #[must_use]
    pub fn of_buffer(buffer: BufferId, len: u64) -> Self {
        let span = Span { origin: Origin::Buffer(buffer), range: 0..len };
        Self { content: PartContent::Local(vec![span]), len }
    }
}

/// Returns the ranges of the parts of a file of `len` bytes. With one range, the file is not a large file.
///
/// All parts have the same size but the last, to which a remainder smaller than the minimum is added. A file too large
/// for 10,000 parts of the recommended size gets larger ones.
///
/// # Errors
///
/// [`ErrorKind::MaxFileSizeExceeded`] above 10 TB.
pub fn part_ranges(len: u64, limits: &PartLimits) -> Result<Vec<Range<u64>>, Error> {
    if len > MAX_FILE_SIZE {
        let message = format!("{len} bytes are more than B2 stores in one file ({MAX_FILE_SIZE})");
        return Err(Error::new(ErrorKind::MaxFileSizeExceeded, message));
    }
    let size = limits.recommended.max(len.div_ceil(MAX_PART_COUNT - 1)).clamp(1, limits.max);
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut start = 0;
    while start < len {
        let left = len - start;
        let takes_all = left <= size || (left < size + limits.min && left <= limits.max);
        let end = if takes_all { len } else { start + size };
        ranges.push(start..end);
        start = end;
    }
    if ranges.is_empty() {
        ranges.push(0..0);
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PartLimits =
        PartLimits { min: 5_000_000, recommended: 100_000_000, max: MAX_UPLOAD };

    fn lens(len: u64, limits: &PartLimits) -> Vec<u64> {
        part_ranges(len, limits).unwrap().iter().map(|range| range.end - range.start).collect()
    }

    #[test]
    fn the_boundaries_of_the_reference() {
        for len in [0, 1, 4_999_999, 99_999_999, 100_000_001, 104_999_999] {
            assert_eq!(lens(len, &LIMITS), [len]);
        }
        assert_eq!(lens(105_000_000, &LIMITS), [100_000_000, 5_000_000]);
        assert_eq!(lens(200_000_000, &LIMITS), [100_000_000, 100_000_000]);
        assert_eq!(lens(204_999_999, &LIMITS), [100_000_000, 104_999_999]);
        assert_eq!(lens(205_000_000, &LIMITS), [100_000_000, 100_000_000, 5_000_000]);
    }

    #[test]
    fn no_part_exceeds_five_gigabytes() {
        // b2sdk defect D25: it made one part of 5,004,999,999 bytes of this.
        let limits = PartLimits { recommended: MAX_UPLOAD, ..LIMITS };
        assert_eq!(lens(5_004_999_999, &limits), [MAX_UPLOAD, 4_999_999]);
    }

    #[test]
    fn ten_terabytes_fit_in_ten_thousand_parts() {
        assert!(lens(MAX_FILE_SIZE, &LIMITS).len() <= 10_000);
        let error = part_ranges(MAX_FILE_SIZE + 1, &LIMITS).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
    }

    #[test]
    fn the_parts_of_a_stream_grow_to_ten_terabytes() {
        // b2sdk defect D26: it failed at part 10,001.
        let limits = PartLimits { recommended: 10_000_000, ..LIMITS };
        let total: u64 =
            (1..=MAX_PART_COUNT).map(|number| limits.stream_part_size(number, u64::MAX)).sum();
        assert!(total >= MAX_FILE_SIZE, "{total}");
        assert_eq!(limits.stream_part_size(9_999, 20_000_000), 20_000_000);
    }

    proptest::proptest! {
        #[test]
        fn parts_cover_the_file_exactly_within_the_limits(
            len in proptest::prop_oneof![0..=MAX_FILE_SIZE, 0..1_000_000_000_u64, 0..1_000_u64],
            min in 1..=5_000_000_u64,
            recommended in proptest::prop_oneof![1..=MAX_UPLOAD, 1..=200_000_000_u64],
        ) {
            let limits = PartLimits { min, recommended: recommended.max(min), max: MAX_UPLOAD };
            let ranges = part_ranges(len, &limits).unwrap();
            let mut end = 0;
            for (index, range) in ranges.iter().enumerate() {
                proptest::prop_assert_eq!(range.start, end);
                let (size, last) = (range.end - range.start, index + 1 == ranges.len());
                proptest::prop_assert!(size <= limits.max);
                let smallest = if last { len.min(1) } else { min };
                proptest::prop_assert!(size >= smallest);
                end = range.end;
            }
            proptest::prop_assert_eq!(end, len);
            proptest::prop_assert!(ranges.len() <= 10_000);
        }
    }
}
