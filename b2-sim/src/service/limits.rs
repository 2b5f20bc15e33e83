//! What an account may use: requests per second, storage, downloads and transactions.

use std::collections::VecDeque;
use std::time::Duration;

use b2_proto::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;

use super::{Service, header_text};
use crate::state::{DAY_MILLIS, Key, Version};
use crate::wire::{Params, Refusal, Route};

const SECOND: Duration = Duration::from_secs(1);

/// What an account has used.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// The times of the requests within the last second that were not refused.
    recent: VecDeque<Timestamp>,
    /// The day of the following counts, since 1970.
    day: u64,
    downloaded: u64,
    transactions: u64,
}

/// Returns the number of the day since 1970.
pub(super) fn day_of(now: Timestamp) -> u64 {
    now.as_millis() / DAY_MILLIS
}

impl Service {
    /// Returns the account that a request counts for: that of its token, for an anonymous download that of the bucket, and
    /// otherwise the first one.
    pub(super) fn account_of(&self, route: &Route, head: &Parts) -> String {
        let query = Params::from_query(head.uri.query().unwrap_or_default());
        let token = header_text(head, "authorization")
            .or_else(|| query.optional_text("Authorization").ok().flatten());
        let by_token = token.and_then(|token| self.account_of_token(token));
        let by_bucket = || Some(self.bucket_of_route(route, head)?.account_id.clone());
        by_token.or_else(by_bucket).unwrap_or_else(|| self.account_id().to_owned())
    }

    /// Returns the account of a token, or of the key of a `Basic` authorization.
    pub(super) fn account_of_token(&self, token: &str) -> Option<String> {
        if let Some(encoded) = token.strip_prefix("Basic ") {
            let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
            let (key_id, _) = pair.split_once(':')?;
            return Some(self.state.keys.get(key_id)?.account_id.clone());
        }
        let account = self.tokens.account.get(token).map(|token| &token.key.account_id);
        let upload = || self.tokens.upload.get(token).map(|token| &token.key.account_id);
        let download = || {
            let bucket_id = &self.tokens.download.get(token)?.bucket_id;
            Some(&self.state.buckets.get(bucket_id)?.account_id)
        };
        account.or_else(upload).or_else(download).cloned()
    }

    /// Counts a request, or refuses it if the account has made as many as it may within the last second.
    pub(super) fn count_request(
        &mut self,
        now: Timestamp,
        account_id: &str,
    ) -> Result<(), Refusal> {
        let limit = self.config.requests_per_second;
        let recent = &mut self.usage_of(account_id).recent;
        let Some(most) = limit else {
            recent.clear();
            return Ok(());
        };
        let is_over = |at: &Timestamp| now.saturating_since(*at) >= SECOND;
        while recent.front().is_some_and(is_over) {
            recent.pop_front();
        }
        if recent.len() >= usize::try_from(most.get()).unwrap_or(usize::MAX) {
            let mut refusal = Refusal::new(429, "too_many_requests", "Too many requests");
            refusal.retry_after = Some(SECOND.as_secs().to_string());
            return Err(refusal);
        }
        recent.push_back(now);
        Ok(())
    }

    /// Counts a transaction, or refuses it if the account has made as many as it may on this day.
    pub(super) fn count_transaction(
        &mut self,
        now: Timestamp,
        account_id: &str,
    ) -> Result<(), Refusal> {
        let Some(cap) = self.config.caps.transactions else {
            return Ok(());
        };
        let usage = self.usage_today(now, account_id);
        usage.transactions += 1;
        if usage.transactions > cap {
            return Err(Refusal::transaction_cap_exceeded());
        }
        Ok(())
    }

    /// Checks that the account may store this number of bytes more.
    pub(super) fn require_storage(&self, key: &Key, more: u64) -> Result<(), Refusal> {
        if self.has_room(&key.account_id, more) {
            return Ok(());
        }
        Err(Refusal::new(403, "storage_cap_exceeded", "Storage cap exceeded"))
    }

    /// Returns whether the account may store this number of bytes more.
    pub(super) fn has_room(&self, account_id: &str, more: u64) -> bool {
        let Some(cap) = self.config.caps.storage else {
            return true;
        };
        let size = |version: &Version| {
            let parts = version.parts.values().map(|part| part.content.len());
            version.content.len() + parts.sum::<u64>()
        };
        let buckets = self.state.buckets.values().filter(|it| it.account_id == account_id);
        let used: u64 = buckets.flat_map(|bucket| bucket.files.iter()).map(size).sum();
        used < cap && used.saturating_add(more) <= cap
    }

    /// Counts the bytes of a download, or refuses it if the account may not send as many on this day.
    pub(super) fn count_download(
        &mut self,
        now: Timestamp,
        account_id: &str,
        bytes: u64,
    ) -> Result<(), Refusal> {
        let Some(cap) = self.config.caps.download else {
            return Ok(());
        };
        let usage = self.usage_today(now, account_id);
        if usage.downloaded >= cap || usage.downloaded.saturating_add(bytes) > cap {
            return Err(Refusal::download_cap_exceeded());
        }
        usage.downloaded += bytes;
        Ok(())
    }

    fn usage_of(&mut self, account_id: &str) -> &mut Usage {
        if !self.usage.contains_key(account_id) {
            self.usage.insert(account_id.to_owned(), Usage::default());
        }
        self.usage.entry(account_id.to_owned()).or_default()
    }

    /// Returns the usage, whose counts begin again at midnight UTC, as B2's caps do.
    fn usage_today(&mut self, now: Timestamp, account_id: &str) -> &mut Usage {
        let usage = self.usage_of(account_id);
        if usage.day != day_of(now) {
            (usage.day, usage.downloaded, usage.transactions) = (day_of(now), 0, 0);
        }
        usage
    }
}
