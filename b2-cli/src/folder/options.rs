//! How the files of a folder are transferred.

use b2_proto::model::EncryptionSetting;
use b2_proto::retry::RetryPolicy;

/// The default number of files that are transferred at once. Each uses at most a few buffers of 256 KiB.
pub(crate) const DEFAULT_CONCURRENCY: usize = 24;

/// How the files of a folder are transferred.
#[derive(Clone, Debug)]
pub(crate) struct FolderOptions {
    /// The number of files that are transferred at once.
    pub(crate) concurrency: usize,
    /// The size of the parts of large files, in bytes.
    pub(crate) part_size: Option<u64>,
    /// Whether uploads resume unfinished large files.
    pub(crate) resume: bool,
    /// Whether the SHA-1 of downloads is verified.
    pub(crate) verify: bool,
    /// The encryption of downloaded files, if they need a key.
    pub(crate) encryption: Option<EncryptionSetting>,
    pub(crate) retry: RetryPolicy,
}

impl FolderOptions {
    pub(crate) fn new(retry: RetryPolicy) -> Self {
        Self {
            concurrency: DEFAULT_CONCURRENCY,
            part_size: None,
            resume: true,
            verify: true,
            encryption: None,
            retry,
        }
    }
}
