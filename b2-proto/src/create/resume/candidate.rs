//! Whether an unfinished large file is what an upload would make, and how much of it is there.

use alloc::vec::Vec;
use core::ops::Range;

use super::Found;
use crate::create::file::NewFile;
use crate::create::plan::{PartLimits, part_ranges};
use crate::hash::Sha1Digest;
use crate::model::{
    EncryptionSetting, FileId, FileInfo, FileRetention, LegalHold, Part, UnfinishedLargeFile,
};

/// Whether B2's unfinished file has the name and the properties of the one to be made.
///
/// What the key may not read counts as equal (b2sdk defect D6), and SSE-C keys are compared by what is
/// known of them (D5). A `large_file_sha1` of only one of the two is left out: another tool may have computed it,
/// or not. Two that differ are of different files.
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
    if listed.get(FileInfo::LARGE_FILE_SHA1).is_some() {
        let carried = listed.large_file_sha1();
        if carried.is_none() || wanted.large_file_sha1().is_some_and(|sha1| carried != Some(sha1)) {
            return false;
        }
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
    /// The SHA-1 of the whole file that it carries.
    sha1: Option<Sha1Digest>,
    parts: Vec<Part>,
}

impl Candidate {
    pub(super) fn new(file_id: FileId, sha1: Option<Sha1Digest>) -> Self {
        Self { file_id, sha1, parts: Vec::new() }
    }

    pub(super) fn add(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// As the parts of a file of `len` bytes: the planned ones, or those of the size that it was begun with, if
    /// more of it can be kept that way: its parts may come from another version, or another tool.
    ///
    /// `None` if it has parts beyond the end, which could not be taken back.
    pub(super) fn fit(self, len: u64, limits: &PartLimits) -> Option<Found> {
        let mut parts = self.against(len, limits);
        if let Some(size) = self.begun_with(limits) {
            let adopted = self.against(len, &PartLimits { recommended: size, ..*limits });
            if adopted.len() > 1 && listed(&adopted) > listed(&parts) {
                parts = adopted;
            }
        }
        let last = self.parts.iter().map(|part| part.part_number).max().unwrap_or_default();
        let fits = last as usize <= parts.len();
        fits.then_some(Found { file_id: self.file_id, sha1: self.sha1, parts })
    }

    /// The part size that it was begun with, if it is possible and another one than is planned.
    fn begun_with(&self, limits: &PartLimits) -> Option<u64> {
        let first = self.parts.iter().find(|part| part.part_number == 1)?;
        let size = first.content_length;
        let possible = (limits.min..=limits.max).contains(&size);
        (possible && size != limits.recommended).then_some(size)
    }

    /// The ranges of the parts, and the SHA-1 that B2 lists of those that have the right length.
    fn against(&self, len: u64, limits: &PartLimits) -> Vec<(Range<u64>, Option<Sha1Digest>)> {
        let ranges = part_ranges(len, limits).unwrap_or_default();
        let mut parts: Vec<_> = ranges.into_iter().map(|range| (range, None)).collect();
        for part in &self.parts {
            let index = (part.part_number as usize).wrapping_sub(1);
            if let Some((range, sha1)) = parts.get_mut(index)
                && range.end - range.start == part.content_length
            {
                *sha1 = part.sha1();
            }
        }
        parts
    }
}

/// How many parts B2 has.
fn listed(parts: &[(Range<u64>, Option<Sha1Digest>)]) -> usize {
    parts.iter().filter(|(_, sha1)| sha1.is_some()).count()
}
