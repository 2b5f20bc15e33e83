//! The configuration of a simulated service.

use std::num::NonZeroU32;
use std::time::Duration;

use b2_proto::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The configuration of a service. The default behaves like B2, with a fixed account.
#[derive(Clone, Debug)]
pub struct Config {
    /// The URL of the service, without a trailing slash. A server sets it once it knows its port.
    pub base_url: String,
    /// The master key of the first account. Its id is also the account id.
    pub credentials: Credentials,
    /// The seed of ids and tokens: the same seed and requests give the same ids.
    pub seed: u64,
    /// The recommended part size, in bytes.
    pub recommended_part_size: u64,
    /// The smallest part other than the last, in bytes.
    pub absolute_minimum_part_size: u64,
    /// The largest file, part or copy of a single request, in bytes.
    pub max_single_size: u64,
    /// What [`handle`](crate::Service::handle) does with the content of an upload.
    pub bodies: BodyPolicy,
    /// Whether uploads have a `contentMd5`, which takes more CPU time than the SHA-1. At B2 it may be null.
    pub md5: bool,
    /// What each account may use.
    pub caps: Caps,
    /// How many requests each account may make within a second; further ones are refused with 429 `too_many_requests` and a
    /// `Retry-After`. `None` is no limit. B2 has one of 500 for uploads and downloads; here all requests count.
    pub requests_per_second: Option<NonZeroU32>,
    /// Whether listings fill their pages.
    pub pages: Pages,
    /// The number of files that listings of an empty bucket contain, named by
    /// [`generated_name`](crate::generated_name). They do not exist otherwise: clients are measured with them.
    pub generated_names: u64,
    /// Whether the account may choose the upload timestamps of its files.
    pub custom_timestamps: bool,
    /// Whether errors have CORS headers, too. B2 does not document it, so pages must work without.
    pub cors_on_errors: bool,
    /// Whether files are [replicated](crate::Service::replicate) by the service itself. Otherwise they stay `PENDING`.
    pub replicate: bool,
    /// How long after their upload files are replicated.
    pub replication_delay: Duration,
    /// The largest number of buckets of an account.
    pub max_buckets: usize,
    /// The largest number of entries in the log. Older ones are removed.
    pub log_limit: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_url: "http://b2.test".to_owned(),
            credentials: Credentials::new("0123456789ab", "K000simulatedMasterKeyOfB2Sim00"),
            seed: 0,
            recommended_part_size: 100_000_000,
            absolute_minimum_part_size: 5_000_000,
            max_single_size: 5_000_000_000,
            bodies: BodyPolicy::Keep,
            md5: true,
            caps: Caps::default(),
            requests_per_second: None,
            pages: Pages::Full,
            generated_names: 0,
            custom_timestamps: true,
            cors_on_errors: true,
            replicate: false,
            replication_delay: Duration::ZERO,
            max_buckets: 100,
            log_limit: 100_000,
        }
    }
}

/// An application key: its id and the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The id of the key.
    pub key_id: String,
    /// The key.
    pub key: Secret,
}

impl Credentials {
    /// Creates credentials.
    #[must_use]
    pub fn new(key_id: impl Into<String>, key: impl Into<String>) -> Self {
        Self { key_id: key_id.into(), key: Secret::new(key) }
    }

    /// Returns the `Authorization` header for `b2_authorize_account`.
    #[must_use]
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.key_id, self.key.expose());
        format!("Basic {}", STANDARD.encode(pair))
    }
}

/// What happens to the content of an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyPolicy {
    /// It is stored in memory.
    #[default]
    Keep,
    /// It is hashed and discarded. Downloads send [`content::pattern`](crate::content::pattern) instead, so that a
    /// client that uploads this pattern can verify its downloads. A copied part of it has the digest of its ranges
    /// instead of its bytes, and no MD5, so that copies of any size take no time.
    Discard,
}

/// What each account may use; `None` is no cap. What exceeds a cap fails with 403. Days begin at midnight UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Caps {
    /// The number of bytes that the account may store. Uploads and copies above it fail with `storage_cap_exceeded`.
    pub storage: Option<u64>,
    /// The number of bytes that may be downloaded on one day. Downloads above it fail with `download_cap_exceeded`.
    pub download: Option<u64>,
    /// The number of calls, other than uploads and downloads, on one day. Those above it fail with
    /// `transaction_cap_exceeded`.
    pub transactions: Option<u64>,
}

/// How many entries the pages of listings have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// As many entries as requested, if there are enough.
    #[default]
    Full,
    /// Randomly fewer entries than requested, and sometimes none although there are more, as B2 may do. Clients must
    /// continue while there is a next name.
    Short,
}
