//! Upload URLs, and the pool of unused ones.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{BucketId, FileId};
use crate::secret::Secret;
use crate::time::Instant;

/// What an upload URL uploads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UrlKey {
    /// Files, into a bucket.
    Bucket(BucketId),
    /// Parts, of an unfinished large file.
    LargeFile(FileId),
}

/// An upload URL and its token, for one upload at a time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadUrl {
    /// The URL.
    #[serde(rename = "uploadUrl")]
    pub url: String,
    /// The token of the URL.
    #[serde(rename = "authorizationToken")]
    pub token: Secret,
}

/// Shows the host only: the rest names the account's buckets, and may hold a token.
impl fmt::Debug for UploadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.split('/').nth(2).unwrap_or_default();
        f.debug_struct("UploadUrl").field("host", &host).finish_non_exhaustive()
    }
}

/// An upload URL lives for 24 hours.
pub(super) const MAX_AGE: Duration = Duration::from_secs(23 * 3_600);

/// The maximum number of unused URLs of one destination.
const MAX_FREE: usize = 64;

/// Unused upload URLs by destination.
///
/// A URL leaves the pool while it is in use and returns after a successful upload. The last one returned is used first,
/// because its connection is most likely open.
#[derive(Debug, Default)]
pub struct UrlPool {
    free: Vec<(UrlKey, Vec<(Instant, UploadUrl)>)>,
}

impl UrlPool {
    /// Takes a URL for exclusive use.
    pub fn take(&mut self, now: Instant, key: &UrlKey) -> Option<UploadUrl> {
        let at = self.position(key)?;
        let free = &mut self.free[at].1;
        let taken = free.pop().filter(|(since, _)| now.saturating_since(*since) < MAX_AGE);
        // The one on top is the youngest, so when it is too old all are.
        if taken.is_none() || free.is_empty() {
            self.free.swap_remove(at);
        }
        taken.map(|(_, url)| url)
    }

    /// Returns a URL to the pool.
    pub fn keep(&mut self, now: Instant, key: UrlKey, url: UploadUrl) {
        let at = self.position(&key).unwrap_or_else(|| {
            self.free.push((key, Vec::new()));
            self.free.len() - 1
        });
        let free = &mut self.free[at].1;
        if free.len() < MAX_FREE {
            free.push((now, url));
        }
    }

    /// Removes all URLs of a destination.
    pub fn forget(&mut self, key: &UrlKey) {
        self.free.retain(|(known, _)| known != key);
    }

    fn position(&self, key: &UrlKey) -> Option<usize> {
        self.free.iter().position(|(known, _)| known == key)
    }
}
