//! The options, events and result of a download.

use alloc::boxed::Box;
use core::time::Duration;

use crate::call::Retrying;
use crate::hash::Sha1Digest;
use crate::model::DownloadVersion;
use crate::retry::RetryPolicy;

/// The options of a [`Download`](super::Download).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// The number of ranges that are downloaded at once, if the sink accepts bytes in any order. Default: 4.
    pub parallel: usize,
    /// The size of a range, in bytes. A file that is not larger is downloaded in one stream. Default: 32 MiB.
    pub block_size: u64,
    /// Whether the sink accepts bytes in any order. Default: no.
    pub random_access: bool,
    /// Whether bytes that were written can be replaced, so that a damaged file is downloaded again. Default: yes.
    pub rewritable: bool,
    /// Whether the sink can be read only after all bytes have been written, so that nothing is hashed before. Default:
    /// no.
    pub read_back_late: bool,
    /// Whether to verify the SHA-1 of the whole file, where one is known. Default: yes.
    pub verify: bool,
    /// How long a download authorization is valid, where one is needed. A longer download gets another one. Default: 15
    /// minutes.
    pub authorization_lifetime: Duration,
    /// When requests are repeated.
    pub retry: RetryPolicy,
}

impl Default for DownloadOptions {
    fn default() -> Self {
        Self {
            parallel: 4,
            block_size: 32 << 20,
            random_access: false,
            rewritable: true,
            read_back_late: false,
            verify: true,
            authorization_lifetime: Duration::from_secs(900),
            retry: RetryPolicy::default(),
        }
    }
}

/// An event of a download.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DownloadEvent {
    /// The file exists; its bytes follow.
    Found(Box<DownloadVersion>),
    /// Bytes have arrived.
    Progress {
        /// The number of bytes that have arrived. It decreases only when damaged bytes are downloaded again.
        received: u64,
        /// The number of bytes to download.
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

/// The result of a download.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Downloaded {
    /// The file version.
    pub version: DownloadVersion,
    /// The number of bytes that have arrived.
    pub bytes: u64,
    /// Whether they are the bytes that were uploaded.
    pub verification: Verification,
}

/// Whether downloaded bytes are the bytes that were uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// They have the SHA-1 that B2 stores for the file, or that was stored as `large_file_sha1`.
    Verified(Sha1Digest),
    /// There is no SHA-1 to compare with: a range was downloaded, or B2 has no SHA-1 of the whole file.
    NotVerifiable,
    /// Verification was not requested.
    Skipped,
}
