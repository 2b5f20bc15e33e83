//! How to download, and what comes of it.

use alloc::boxed::Box;
use core::time::Duration;

use crate::call::Retrying;
use crate::hash::Sha1Digest;
use crate::model::DownloadVersion;
use crate::retry::RetryPolicy;

/// How to download a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// How many ranges are fetched at once, if the sink takes bytes in any order. Default: 4.
    pub parallel: usize,
    /// How many bytes one range has. A file that is not larger comes in one stream. Default: 32 MiB.
    pub block_size: u64,
    /// Whether the sink takes bytes in any order.
    pub random_access: bool,
    /// Whether the sink can be read back only when all bytes have been written, so that nothing is hashed before.
    pub read_back_late: bool,
    /// Whether to verify the SHA-1 of the whole file, where one is known. Default: yes.
    pub verify: bool,
    /// How long a download authorization lives, where one is needed. Default: 15 minutes; a longer download
    /// asks for another one.
    pub authorization_lifetime: Duration,
    /// How long to go on without progress, and how long to wait between attempts.
    pub retry: RetryPolicy,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            parallel: 4,
            block_size: 32 << 20,
            random_access: false,
            read_back_late: false,
            verify: true,
            authorization_lifetime: Duration::from_secs(900),
            retry: RetryPolicy::default(),
        }
    }
}

/// What a download says on the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DownloadEvent {
    /// The file was found; its bytes follow.
    Found(Box<DownloadVersion>),
    /// How far it is, in bytes.
    Progress {
        /// Bytes that have arrived. It goes back only when damaged bytes are fetched again.
        received: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A request failed and will be repeated.
    Retrying(Retrying),
}

impl From<Retrying> for DownloadEvent {
    fn from(retrying: Retrying) -> Self {
        Self::Retrying(retrying)
    }
}

/// What came of a download.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Downloaded {
    /// The file version.
    pub version: DownloadVersion,
    /// How many bytes have arrived.
    pub bytes: u64,
    /// What is known about their integrity.
    pub verification: Verification,
}

/// What is known about the integrity of downloaded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// They have the SHA-1 that B2 keeps for the file, or that the uploader noted in `large_file_sha1`.
    Verified(Sha1Digest),
    /// There is nothing to compare with: a range was asked for, or B2 knows no SHA-1 of the whole file.
    NotVerifiable,
    /// The caller did not want it.
    Skipped,
}
