//! The pool of upload URLs that have served well and are free.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::machine::{UploadUrl, UrlKey};
use crate::time::Instant;

/// An upload URL lives for 24 hours.
pub(super) const MAX_AGE: Duration = Duration::from_secs(23 * 3_600);

/// More than that is never in use at once, so more is never free.
const MAX_FREE: usize = 64;

/// Upload URLs that nobody uses right now, by what they upload to.
///
/// B2 lets one upload use a URL at a time, so a URL leaves the pool while it is in use and comes back only
/// after it served well. The last one to come back is the first to leave: its connection is warm.
#[derive(Debug, Default)]
pub struct UrlPool {
    free: BTreeMap<UrlKey, Vec<(Instant, UploadUrl)>>,
}

impl UrlPool {
    /// Takes a URL out, for exclusive use.
    pub fn take(&mut self, now: Instant, key: &UrlKey) -> Option<UploadUrl> {
        let free = self.free.get_mut(key)?;
        let taken = free.pop().filter(|(since, _)| now.saturating_since(*since) < MAX_AGE);
        // The one on top is the youngest, so when it is too old all are.
        if taken.is_none() || free.is_empty() {
            self.free.remove(key);
        }
        taken.map(|(_, url)| url)
    }

    /// Puts a URL back.
    pub fn keep(&mut self, now: Instant, key: UrlKey, url: UploadUrl) {
        let free = self.free.entry(key).or_default();
        if free.len() < MAX_FREE {
            free.push((now, url));
        }
    }

    /// Forgets all URLs under `key`.
    pub fn forget(&mut self, key: &UrlKey) {
        self.free.remove(key);
    }
}
