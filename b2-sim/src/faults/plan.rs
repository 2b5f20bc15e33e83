//! The rates of faults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Fault, RequestKind, RetryAfter};
use crate::random::SplitMix;

/// How many of a thousand requests have each fault. If the sum is a thousand or more, all have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Rates {
    /// 429, with and without `Retry-After`.
    pub too_many_requests: u16,
    /// 503, with and without `Retry-After`.
    pub unavailable: u16,
    /// 408.
    pub request_timeout: u16,
    /// 502 in HTML.
    pub bad_gateway: u16,
    /// 200 with HTML from a proxy.
    pub not_b2: u16,
    /// 200 with HTML from a proxy, for downloads only.
    pub not_b2_downloads: u16,
    /// The response to a download is of another file.
    pub other_file: u16,
    /// 401 because the account or upload token expires.
    pub expired_token: u16,
    /// The connection breaks before the service receives the request.
    pub cut_before: u16,
    /// The connection breaks within the body of an upload.
    pub cut_during: u16,
    /// The service executes the request, and the response is lost.
    pub cut_after: u16,
    /// A download is truncated and looks complete.
    pub truncated_cleanly: u16,
    /// The connection breaks within a download.
    pub truncated_broken: u16,
    /// A byte of a download is wrong.
    pub corrupted: u16,
    /// The response is slow.
    pub slow: u16,
    /// There is no response.
    pub never_answers: u16,
    /// The response has another message and unknown fields.
    pub reworded: u16,
    /// The longest delay of a slow response, in milliseconds.
    pub longest_delay_millis: u64,
    /// The longest `Retry-After`, in seconds.
    pub longest_retry_after: u16,
}

impl Rates {
    /// Returns rates without faults.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns rates with which about a quarter of all requests fail, with all faults but
    /// [`never_answers`](Self::never_answers).
    #[must_use]
    pub fn heavy() -> Self {
        Self {
            too_many_requests: 20,
            unavailable: 60,
            request_timeout: 15,
            bad_gateway: 15,
            not_b2: 20,
            not_b2_downloads: 0,
            other_file: 20,
            expired_token: 20,
            cut_before: 30,
            cut_during: 30,
            cut_after: 30,
            truncated_cleanly: 20,
            truncated_broken: 50,
            corrupted: 20,
            slow: 30,
            // Takes a client's whole timeout over real connections; tests with a virtual clock set it.
            never_answers: 0,
            reworded: 30,
            longest_delay_millis: 2_000,
            longest_retry_after: 5,
        }
    }

    /// Returns rates with 503 for this number of a thousand requests.
    #[must_use]
    pub fn unavailable(per_mille: u16) -> Self {
        Self { unavailable: per_mille, longest_retry_after: 1, ..Self::default() }
    }
}

/// Draws faults. The same seed, rates and requests give the same faults.
#[derive(Clone, Debug)]
pub struct Faults {
    random: SplitMix,
    rates: Rates,
}

impl Faults {
    /// Creates a generator of faults.
    #[must_use]
    pub fn new(seed: u64, rates: Rates) -> Self {
        Self { random: SplitMix::new(seed), rates }
    }

    /// Returns the fault of the next request.
    pub fn next(&mut self, kind: RequestKind) -> Fault {
        let rates = self.rates;
        // All numbers are always drawn, so that one rate does not influence other faults.
        let dice = self.random.below(1_000);
        let share = u16::try_from(self.random.below(1_000)).unwrap_or_default();
        let retry_after = self.retry_after();
        let delay = Duration::from_millis(self.random.below(rates.longest_delay_millis + 1));
        let upload = kind == RequestKind::Upload;
        let download = kind == RequestKind::Download;
        let possible = [
            (rates.too_many_requests, true, Fault::TooManyRequests(retry_after.clone())),
            (rates.unavailable, true, Fault::Unavailable(retry_after)),
            (rates.request_timeout, true, Fault::RequestTimeout),
            (rates.bad_gateway, true, Fault::BadGateway),
            (rates.not_b2, true, Fault::NotB2),
            (rates.not_b2_downloads, download, Fault::NotB2),
            (rates.other_file, download, Fault::OtherFile),
            (rates.expired_token, kind != RequestKind::Authorize, Fault::ExpiredToken),
            (rates.cut_before, true, Fault::CutBefore),
            (rates.cut_during, upload, Fault::CutDuring(share)),
            (rates.cut_after, true, Fault::CutAfter),
            (rates.truncated_cleanly, download, Fault::TruncatedCleanly(share)),
            (rates.truncated_broken, download, Fault::TruncatedBroken(share)),
            (rates.corrupted, download, Fault::Corrupted(share)),
            (rates.slow, true, Fault::Slow(delay)),
            (rates.never_answers, true, Fault::NeverAnswers { acts: share % 2 == 0 }),
            (rates.reworded, true, Fault::Reworded),
        ];
        let mut below = 0;
        for (rate, can_happen, fault) in possible {
            below += if can_happen { u64::from(rate) } else { 0 };
            if dice < below {
                return fault;
            }
        }
        Fault::None
    }

    fn retry_after(&mut self) -> RetryAfter {
        let longest = u64::from(self.rates.longest_retry_after);
        let seconds = u16::try_from(1 + self.random.below(longest)).unwrap_or(1);
        match self.random.below(5) {
            0 | 1 => RetryAfter::Absent,
            2 | 3 => RetryAfter::Seconds(seconds),
            _ => RetryAfter::Date(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let plan = |seed| {
            let mut faults = Faults::new(seed, Rates::heavy());
            (0..1_000).map(|_| faults.next(RequestKind::Upload)).collect::<Vec<_>>()
        };
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        let wrong = plan(3).iter().filter(|fault| **fault != Fault::None).count();
        assert!((150..350).contains(&wrong), "{wrong}");
    }

    #[test]
    fn faults_match_the_kind_of_request() {
        let mut faults = Faults::new(4, Rates { expired_token: 1_000, ..Rates::none() });
        assert_eq!(faults.next(RequestKind::Authorize), Fault::None);
        assert_eq!(faults.next(RequestKind::Call), Fault::ExpiredToken);
        let mut calm = Faults::new(4, Rates::none());
        assert_eq!(calm.next(RequestKind::Download), Fault::None);
    }
}
