//! The SHA-1 of a whole file, given by the caller or stored with an unfinished file.

use crate::api::NewFile;
use crate::create::file::Content;
use crate::error::{Error, ErrorKind};
use crate::hash::Sha1Digest;
use crate::model::FileInfo;

/// Returns the SHA-1 that the content must have: the one given with it, or the one in the file info.
///
/// # Errors
///
/// [`ErrorKind::InvalidFileInfo`] if the entry in the file info is not a SHA-1, or is another one than the given.
pub(super) fn given_sha1(file: &NewFile, content: &Content) -> Result<Option<Sha1Digest>, Error> {
    let Some(text) = file.file_info.get(FileInfo::LARGE_FILE_SHA1) else {
        return Ok(content.sha1());
    };
    let invalid = |message| Error::new(ErrorKind::InvalidFileInfo, message);
    let Some(claimed) = file.file_info.large_file_sha1() else {
        return Err(invalid(format!(
            "the file info entry 'large_file_sha1' must be the SHA-1 of the file in 40 hex digits, not '{text}'"
        )));
    };
    match content.sha1() {
        Some(given) if given != claimed => Err(invalid(format!(
            "the file info entry 'large_file_sha1' is {claimed}, but the SHA-1 that is given is {given}; leave one of them out"
        ))),
        _ => Ok(Some(claimed)),
    }
}

/// Compares the SHA-1 of the bytes that were read with the one that was given.
///
/// # Errors
///
/// [`ErrorKind::ChecksumMismatch`], naming both.
pub(super) fn check_whole(given: Sha1Digest, read: Option<Sha1Digest>) -> Result<(), Error> {
    let message = match read {
        Some(read) if read == given => return Ok(()),
        Some(read) => format!(
            "the bytes have the SHA-1 {read}, not {given} as given, so the file was not stored; check the file and the SHA-1"
        ),
        None => {
            format!("the SHA-1 of the bytes was not computed, so {given} could not be verified")
        }
    };
    Err(Error::new(ErrorKind::ChecksumMismatch, message))
}
