//! Whether an unfinished large file is what an upload would make, and how much of it is there.

use alloc::vec::Vec;
use core::ops::Range;

use crate::create::file::NewFile;
use crate::create::plan::{PartLimits, part_ranges};
use crate::hash::Sha1Digest;
use crate::model::{
    EncryptionSetting, FileId, FileInfo, FileRetention, LegalHold, Part, UnfinishedLargeFile,
};

/// Whether B2's unfinished file has the name and the properties of the one to be made.
///
/// What the key may not read counts as equal (b2sdk defect D6), and SSE-C keys are compared by what is
/// known of them (D5). `large_file_sha1` is left out: another tool may have computed it, or not.
pub(super) fn is_the_same_file(file: &NewFile, listed: &UnfinishedLargeFile) -> bool {
    file.name == listed.file_name
        && same_info(file, &listed.file_info)
        && same_encryption(file.encryption.as_ref(), &listed.server_side_encryption)
        && same_retention(file.retention.as_ref(), &listed.file_retention)
        && same_hold(file.legal_hold, listed.legal_hold)
        && file.upload_timestamp.is_none_or(|time| listed.upload_timestamp == Some(time))
}

fn same_info(file: &NewFile, listed: &FileInfo) -> bool {
    let mut wanted = file.info.clone();
    // B2 lists the key id of SSE-C that was added when the file was started.
    if let Some(encryption) = &file.encryption
        && encryption.add_key_id_to_file_info(&mut wanted).is_err()
    {
        return false;
    }
    let relevant = |(key, _): &(&str, &str)| *key != FileInfo::LARGE_FILE_SHA1;
    wanted.iter().filter(relevant).eq(listed.iter().filter(relevant))
}

fn same_encryption(wanted: Option<&EncryptionSetting>, listed: &EncryptionSetting) -> bool {
    wanted.is_none_or(|wanted| wanted.same_as(listed).unwrap_or(true))
}

fn same_retention(wanted: Option<&FileRetention>, listed: &FileRetention) -> bool {
    match (wanted, listed) {
        (_, FileRetention::Unknown) => true,
        (Some(wanted), listed) => wanted == listed,
        // The bucket's default may have been applied.
        (None, _) => true,
    }
}

fn same_hold(wanted: Option<LegalHold>, listed: LegalHold) -> bool {
    let on = |hold| hold == LegalHold::On;
    listed == LegalHold::Unknown || on(wanted.unwrap_or(LegalHold::Unset)) == on(listed)
}

/// An unfinished large file with the parts that B2 lists for it.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    pub(super) file_id: FileId,
    parts: Vec<Part>,
}

impl Candidate {
    pub(super) fn new(file_id: FileId) -> Self {
        Self { file_id, parts: Vec::new() }
    }

    pub(super) fn add(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// Whether it can become a file of `len` bytes: it has no parts beyond the end, which could not be
    /// taken back.
    pub(super) fn fits(&self, len: u64, limits: &PartLimits) -> bool {
        let last = self.parts.iter().map(|part| part.part_number).max().unwrap_or_default();
        last as usize <= self.ranges(len, limits).len()
    }

    /// How many bytes of it need not be sent again, if the local bytes are the same.
    pub(super) fn matching(&self, len: u64, limits: &PartLimits) -> u64 {
        if !self.fits(len, limits) {
            return 0;
        }
        let (ranges, matching) = self.against(len, limits);
        matching.iter().map(|(index, _)| ranges[*index].end - ranges[*index].start).sum()
    }

    /// The ranges of the parts, and those of the parts that have the right length.
    pub(super) fn against(
        &self,
        len: u64,
        limits: &PartLimits,
    ) -> (Vec<Range<u64>>, Vec<(usize, Sha1Digest)>) {
        let ranges = self.ranges(len, limits);
        let matching = self.matching_parts(&ranges);
        (ranges, matching)
    }

    fn matching_parts(&self, ranges: &[Range<u64>]) -> Vec<(usize, Sha1Digest)> {
        let parts = self.parts.iter().filter_map(|part| {
            let index = (part.part_number as usize).checked_sub(1)?;
            let range = ranges.get(index)?;
            (range.end - range.start == part.content_length).then_some((index, part.sha1()?))
        });
        parts.collect()
    }

    /// The planned ranges, or those of the part size that the candidate was begun with, if more of it
    /// can be kept that way: its parts may come from another version, or another tool.
    fn ranges(&self, len: u64, limits: &PartLimits) -> Vec<Range<u64>> {
        let planned = part_ranges(len, limits).unwrap_or_default();
        let first = self.parts.iter().find(|part| part.part_number == 1);
        let begun_with = first
            .map(|part| part.content_length)
            .filter(|size| (limits.min..=limits.max).contains(size) && *size != limits.recommended);
        let Some(size) = begun_with else {
            return planned;
        };
        let adopted = PartLimits { recommended: size, ..*limits };
        match part_ranges(len, &adopted) {
            Ok(ranges)
                if ranges.len() > 1
                    && self.matching_parts(&ranges).len() > self.matching_parts(&planned).len() =>
            {
                ranges
            }
            _ => planned,
        }
    }
}
