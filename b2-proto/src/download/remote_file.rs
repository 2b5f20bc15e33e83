//! The file that is downloaded, as its first response describes it.

use core::ops::Range;

use crate::error::{Error, ErrorKind, Target};
use crate::hash::Sha1Digest;
use crate::model::DownloadVersion;

/// The file, as the first response describes it.
#[derive(Debug)]
pub(super) struct RemoteFile {
    pub(super) version: DownloadVersion,
    /// The bytes that are downloaded.
    pub(super) range: Range<u64>,
    /// The SHA-1 that they must have, where it is known.
    pub(super) expected: Option<Sha1Digest>,
}

impl RemoteFile {
    /// Checks that a later response is of the same version.
    pub(super) fn is_same(&self, version: &DownloadVersion) -> Result<(), Error> {
        let (own, other) = (&self.version, version);
        if own.file_id != other.file_id || (own.file_id.is_none() && own.size != other.size) {
            let message = "the file was replaced while it was downloaded; download it again";
            return Err(Error::new(ErrorKind::FileChanged, message));
        }
        // A version never changes, so one of the two responses is wrong.
        if own.size != other.size || own.content_sha1 != other.content_sha1 {
            let message = format!(
                "it says that the file has {} bytes and the SHA-1 {}; an answer before said {} and {}",
                other.size, other.content_sha1, own.size, own.content_sha1
            );
            return Err(Error::invalid_response(Target::Download, message));
        }
        // With a SHA-1, other bytes are noticed in any case.
        if version.file_id.is_none() && self.expected.is_none() {
            let message = "the answers do not say which version they are of; \
                           for a page, the bucket's CORS rules must expose x-bz-file-id";
            return Err(Error::new(ErrorKind::Cors, message));
        }
        Ok(())
    }
}
