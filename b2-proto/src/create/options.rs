//! The options of an upload.

use crate::create::plan::AIMED_PARTS;
use crate::machine::{BodyStyle, OnCancel};
use crate::retry::RetryPolicy;

/// The options of an [`Upload`](super::Upload).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// The number of parts of a large file that are sent at once. Default: 4.
    pub parallel: usize,
    /// The size of the parts, in bytes. Default: what the account recommends (100 MB), and 10 MB for a stream. A file
    /// that would have more than 10,000 parts gets larger ones.
    pub part_size: Option<u64>,
    /// The size of the largest part of a stream, in bytes. Parts are buffered in memory. Default: 100 MB, with which a
    /// stream can have about 930 GB. The upload of a stream with a larger `part_size` is refused.
    pub max_stream_part: u64,
    /// The size of the smallest part, in bytes. A remote range that is smaller is downloaded and uploaded with its
    /// neighbours. Default: the minimum of the account (5 MB).
    pub min_part_size: Option<u64>,
    /// The size of the largest part, in bytes. Default: 5 GB. Parts that B2 copies are as large as possible, those that are
    /// uploaded have the size `part_size`.
    pub max_part_size: Option<u64>,
    /// The number of bytes of remote pieces that are held in memory at once. Default: 100 MB. One part may need more.
    pub max_buffered: u64,
    /// Whether to upload only what was appended to the current version of the file: if the content begins with its
    /// bytes, those are copied within B2. The content is hashed first, and its SHA-1 is stored as `large_file_sha1`.
    /// Default: no. Not for streams.
    pub incremental: bool,
    /// Whether a browser may hide headers of responses to downloads. See
    /// [`Download::headers_may_be_hidden`](crate::api::Download::headers_may_be_hidden). Default: no.
    pub headers_may_be_hidden: bool,
    /// Whether to look for an unfinished large file to resume. Default: yes. Streams are never resumed.
    pub resume: bool,
    /// Whether to store the SHA-1 of a large file as `large_file_sha1`. Unless it is given, the file is read once more
    /// before it is sent; a stream is refused then. Default: no. B2 verifies every part in any case.
    pub whole_sha1: bool,
    /// Whether to hash the content and compare it with a given SHA-1. Default: yes.
    pub verify_sha1: bool,
    /// What to do with an unfinished large file when the upload fails. Default: keep it, so that it can be resumed.
    pub on_failure: OnCancel,
    /// When requests are repeated.
    pub retry: RetryPolicy,
    /// How the host sends bodies.
    pub body_style: BodyStyle,
}

impl UploadOptions {
    /// Returns the part size that a stream of `len` bytes needs, if parts of the default sizes do not hold that many.
    /// [`max_stream_part`](Self::max_stream_part) has to be as large.
    #[must_use]
    pub fn part_size_of_stream(len: u64) -> Option<u64> {
        let needed = len.div_ceil(AIMED_PARTS);
        (needed > Self::default().max_stream_part).then_some(needed)
    }
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            parallel: 4,
            part_size: None,
            max_stream_part: 100_000_000,
            min_part_size: None,
            max_part_size: None,
            max_buffered: 100_000_000,
            incremental: false,
            headers_may_be_hidden: false,
            resume: true,
            whole_sha1: false,
            verify_sha1: true,
            on_failure: OnCancel::Keep,
            retry: RetryPolicy::default(),
            body_style: BodyStyle::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_stream_needs_larger_parts() {
        assert_eq!(UploadOptions::part_size_of_stream(900_000_000_000), None);
        assert_eq!(UploadOptions::part_size_of_stream(1_800_000_000_000), Some(200_000_000));
    }
}
