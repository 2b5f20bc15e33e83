//! What a simulated service can be told before it starts.

use b2_proto::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a service behaves. `Config::default()` is B2's own behaviour with a fixed account.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the service can be reached, without a slash at the end: the start of every URL it hands
    /// out. A server sets it once it knows its port.
    pub base_url: String,
    /// The account, which is also the id of its master key.
    pub credentials: Credentials,
    /// Where ids and tokens come from: the same seed and requests give the same ids.
    pub seed: u64,
    /// The part size that clients are told to use, in bytes.
    pub recommended_part_size: u64,
    /// The smallest part that may be followed by another, in bytes.
    pub absolute_minimum_part_size: u64,
    /// The largest file, part, or copy that one request can make, in bytes.
    pub max_single_size: u64,
    /// What [`handle`](crate::Service::handle) does with the bytes of an upload.
    pub bodies: BodyPolicy,
    /// Whether uploads get a `contentMd5`. It costs more than the SHA-1; B2 may answer `null`.
    pub md5: bool,
    /// Which of the account's caps are exceeded.
    pub caps: Caps,
    /// Whether listings fill their pages.
    pub pages: Pages,
    /// Whether the account may choose the upload timestamps of its files.
    pub custom_timestamps: bool,
    /// Whether errors carry CORS headers too. B2 does not say; a page must survive without.
    pub cors_on_errors: bool,
    /// How many buckets the account may have.
    pub max_buckets: usize,
    /// How many entries the log keeps; older ones drop out.
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
            pages: Pages::Full,
            custom_timestamps: true,
            cors_on_errors: true,
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
    /// A key and its id.
    #[must_use]
    pub fn new(key_id: impl Into<String>, key: impl Into<String>) -> Self {
        Self { key_id: key_id.into(), key: Secret::new(key) }
    }

    /// The `Authorization` header for `b2_authorize_account`.
    #[must_use]
    pub fn basic(&self) -> String {
        let pair = format!("{}:{}", self.key_id, self.key.expose());
        format!("Basic {}", STANDARD.encode(pair))
    }
}

/// What becomes of the bytes of an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyPolicy {
    /// They are kept in memory.
    #[default]
    Keep,
    /// They are hashed and dropped. A download then sends [`content::pattern`](crate::content::pattern)
    /// instead: a client that uploads this very pattern can still verify what it downloads.
    Discard,
}

/// Caps of the account that are exceeded; each makes calls fail with 403.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// `storage_cap_exceeded` for uploads and copies.
    pub storage: bool,
    /// `download_cap_exceeded` for downloads.
    pub download: bool,
    /// `transaction_cap_exceeded` for every call.
    pub transaction: bool,
}

/// How full the pages of listings are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// As many entries as were asked for, as long as there are any.
    #[default]
    Full,
    /// Shorter than asked for, at random, and sometimes empty although there are more: B2 may do so,
    /// and clients must stop only when there is no next name.
    Short,
}
