//! Issued tokens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use b2_proto::time::Timestamp;

use crate::state::{DAY_MILLIS, Key};
use crate::wire::Refusal;

/// The minimum time between two removals of expired tokens.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

#[derive(Clone, Debug)]
pub(crate) struct AccountToken {
    pub(crate) key: Arc<Key>,
    pub(crate) expires: Timestamp,
}

/// The target of an upload URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Bucket(String),
    LargeFile(String),
}

#[derive(Clone, Debug)]
pub(crate) struct UploadToken {
    /// The number of the URL in the order of issue, from 1.
    pub(crate) number: u64,
    pub(crate) target: Target,
    pub(crate) pod: String,
    pub(crate) key: Arc<Key>,
    pub(crate) expires: Timestamp,
    /// Whether an upload is under way.
    pub(crate) busy: bool,
    /// Whether an upload failed or its connection broke, so that the URL is invalid.
    pub(crate) rejected: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct DownloadToken {
    pub(crate) key_id: String,
    pub(crate) bucket_id: String,
    pub(crate) prefix: String,
    pub(crate) expires: Timestamp,
    /// Query parameters that the download must repeat.
    pub(crate) overrides: BTreeMap<String, String>,
}

#[derive(Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) account: BTreeMap<String, AccountToken>,
    pub(crate) upload: BTreeMap<String, UploadToken>,
    pub(crate) download: BTreeMap<String, DownloadToken>,
    pub(crate) upload_urls: u64,
    pruned: Timestamp,
}

impl Tokens {
    /// Returns the expiry of a new token: a day from now.
    pub(crate) fn in_a_day(now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.as_millis() + DAY_MILLIS)
    }

    /// Returns the key of an account token.
    pub(crate) fn account(&self, token: &str, now: Timestamp) -> Result<&Arc<Key>, Refusal> {
        let token = self.account.get(token).ok_or_else(Refusal::bad_auth_token)?;
        if token.expires <= now || token.key.is_expired(now) {
            return Err(Refusal::expired_auth_token());
        }
        Ok(&token.key)
    }

    /// Removes all tokens of a key.
    pub(crate) fn forget_key(&mut self, key_id: &str) {
        self.account.retain(|_, token| token.key.id != key_id);
        self.upload.retain(|_, token| token.key.id != key_id);
        self.download.retain(|_, token| token.key_id != key_id);
    }

    /// Removes tokens that expired more than a day ago. Until then, requests with them are refused as expired.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        if now.saturating_since(self.pruned) < PRUNE_EVERY {
            return;
        }
        self.pruned = now;
        let keep = |expires: Timestamp| expires.as_millis() + DAY_MILLIS > now.as_millis();
        self.account.retain(|_, token| keep(token.expires));
        self.upload.retain(|_, token| keep(token.expires));
        self.download.retain(|_, token| keep(token.expires));
    }
}
