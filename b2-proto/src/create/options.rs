//! How to upload.

use crate::machine::{BodyStyle, OnCancel};
use crate::retry::RetryPolicy;

/// How to upload a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// How many parts of a large file are sent at once. Default: 4.
    pub parallel: usize,
    /// How large parts are, in bytes; by default what the account recommends (100 MB), and 10 MB for a
    /// stream. A file that would have more than 10,000 parts gets larger ones.
    pub part_size: Option<u64>,
    /// The largest part of a stream, in bytes: it is buffered in memory. Default: 100 MB.
    ///
    /// With the default a stream may have about 930 GB.
    pub max_stream_part: u64,
    /// Whether to look for an unfinished large file to go on with. Default: yes.
    pub resume: bool,
    /// Whether to read a large file once more, before it is sent, so that its SHA-1 can be kept as
    /// `large_file_sha1`. Default: no; every part is verified by B2 in any case.
    pub whole_sha1: bool,
    /// Whether to compare a given SHA-1 with the bytes, which are hashed for it. Default: yes. Without, one that was
    /// computed from these very bytes need not be computed again.
    pub verify_sha1: bool,
    /// What to do with an unfinished large file when the upload fails. Default: keep it for resuming.
    pub on_failure: OnCancel,
    /// How long to go on without progress, and how long to wait between attempts.
    pub retry: RetryPolicy,
    /// How the host sends a body.
    pub body_style: BodyStyle,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            parallel: 4,
            part_size: None,
            max_stream_part: 100_000_000,
            resume: true,
            whole_sha1: false,
            verify_sha1: true,
            on_failure: OnCancel::Keep,
            retry: RetryPolicy::default(),
            body_style: BodyStyle::default(),
        }
    }
}
