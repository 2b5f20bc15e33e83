//! The limit of requests per second.

use std::time::Duration;

use b2_proto::time::Timestamp;

use super::Service;
use crate::wire::Refusal;

const SECOND: Duration = Duration::from_secs(1);

impl Service {
    /// Counts a request, or refuses it if the account has made as many as it may within the last second.
    pub(super) fn count_request(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let Some(most) = self.config.requests_per_second else {
            self.recent.clear();
            return Ok(());
        };
        let is_over = |at: &Timestamp| now.saturating_since(*at) >= SECOND;
        while self.recent.front().is_some_and(is_over) {
            self.recent.pop_front();
        }
        if self.recent.len() >= usize::try_from(most.get()).unwrap_or(usize::MAX) {
            let mut refusal = Refusal::new(429, "too_many_requests", "Too many requests");
            refusal.retry_after = Some(SECOND.as_secs().to_string());
            return Err(refusal);
        }
        self.recent.push_back(now);
        Ok(())
    }
}
