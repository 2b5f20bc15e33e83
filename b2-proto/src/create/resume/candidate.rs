//! Compares unfinished large files with the file to be uploaded.

use alloc::vec::Vec;

use super::remote_file::RemoteFile;
use super::wanted::WantedParts;
use crate::api::NewFile;
use crate::create::plan::PlannedPart;
use crate::hash::Sha1Digest;
use crate::model::{
    EncryptionSetting, FileId, FileInfo, FileRetention, LegalHold, Part, UnfinishedLargeFile,
};

/// Returns whether the unfinished file has the name and the properties of the one to be uploaded.
///
/// What the key may not read counts as equal (b2sdk defect D6), and SSE-C keys are compared by what is
/// known of them (D5). A `large_file_sha1` of only one of the two is left out: another tool may have computed it,
/// or not. Two that differ are of different files.
pub(super) fn is_the_same_file(file: &NewFile, listed: &UnfinishedLargeFile) -> bool {
    file.file_name == listed.file_name
        && same_info(file, &listed.file_info)
        && same_encryption(file.encryption.as_ref(), &listed.server_side_encryption)
        && same_retention(file.retention.as_ref(), &listed.file_retention)
        && same_hold(file.legal_hold, listed.legal_hold)
        && file.custom_upload_timestamp.is_none_or(|time| listed.upload_timestamp == Some(time))
}

fn same_info(file: &NewFile, listed: &FileInfo) -> bool {
    let mut wanted = file.file_info.clone();
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

/// An unfinished large file with the parts that B2 lists.
#[derive(Debug, Default)]
pub(super) struct ResumeCandidate {
    pub(super) file_id: FileId,
    /// The SHA-1 of the whole file that it carries.
    sha1: Option<Sha1Digest>,
    parts: Vec<Part>,
}

impl ResumeCandidate {
    pub(super) fn new(file_id: FileId, sha1: Option<Sha1Digest>) -> Self {
        Self { file_id, sha1, parts: Vec::new() }
    }

    pub(super) fn add(&mut self, parts: Vec<Part>) {
        self.parts.extend(parts);
    }

    /// Divides a file into parts: the planned ones, or parts of the size that the candidate was started with, if that
    /// is possible and more of it can be kept so. Its parts may come from another version, or another tool.
    ///
    /// Returns `None` if the candidate has parts beyond the end, since parts cannot be deleted.
    pub(super) fn fit(self, wanted: &WantedParts) -> Option<RemoteFile> {
        let mut parts = self.match_parts(wanted.parts());
        let first = self.parts.iter().find(|part| part.part_number == 1);
        if let Some(adopted) = first.and_then(|first| wanted.with_part_size(first.content_length)) {
            let adopted = self.match_parts(adopted);
            if adopted.len() > 1 && listed(&adopted) > listed(&parts) {
                parts = adopted;
            }
        }
        let last = self.parts.iter().map(|part| part.part_number).max().unwrap_or_default();
        let fits = last as usize <= parts.len();
        fits.then_some(RemoteFile { file_id: self.file_id, sha1: self.sha1, parts })
    }

    /// Adds the SHA-1s that B2 lists of parts with the right length.
    fn match_parts(&self, parts: Vec<PlannedPart>) -> Vec<(PlannedPart, Option<Sha1Digest>)> {
        let mut parts: Vec<_> = parts.into_iter().map(|part| (part, None)).collect();
        for part in &self.parts {
            let index = (part.part_number as usize).wrapping_sub(1);
            if let Some((planned, sha1)) = parts.get_mut(index)
                && planned.len == part.content_length
            {
                *sha1 = part.sha1();
            }
        }
        parts
    }
}

/// Returns the number of parts that B2 has.
fn listed(parts: &[(PlannedPart, Option<Sha1Digest>)]) -> usize {
    parts.iter().filter(|(_, sha1)| sha1.is_some()).count()
}
