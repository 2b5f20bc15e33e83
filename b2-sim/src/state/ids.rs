//! Ids, keys and tokens from a seeded generator.

use std::fmt::Write;

use b2_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::random::SplitMix;

/// A random number generator, and a counter for unique ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ids {
    random: SplitMix,
    count: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: SplitMix::new(seed), count: 0 }
    }

    pub(crate) fn random(&mut self) -> u64 {
        self.random.next()
    }

    pub(crate) fn count(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            let _ = write!(text, "{:016x}", self.random());
        }
        text.truncate(digits);
        text
    }

    /// Returns 12 lower-case hex digits, which begin with a letter.
    pub(crate) fn account_id(&mut self) -> String {
        format!("a{}{:04x}", self.hex(7), self.count() & 0xffff)
    }

    /// Returns 24 lower-case hex digits.
    pub(crate) fn bucket_id(&mut self) -> String {
        format!("{}{:08x}", self.hex(16), self.count() & 0xffff_ffff)
    }

    /// Returns a file id, and the number that orders files with the same timestamp.
    pub(crate) fn file_id(&mut self, bucket_id: &str, large: bool, at: Timestamp) -> (String, u64) {
        let number = self.count();
        (file_id(bucket_id, large, at, number), number)
    }

    pub(crate) fn key_id(&mut self, account_id: &str) -> String {
        format!("001{account_id}{:010}", self.count())
    }

    pub(crate) fn key(&mut self) -> String {
        format!("K001{}", self.hex(27))
    }

    /// Returns a token. `kind` is `acct`, `upld` or `dnld`, as at B2.
    pub(crate) fn token(&mut self, account_id: &str, kind: &str) -> String {
        format!("4_{account_id}_{:08x}_{}_{kind}", self.count(), self.hex(32))
    }
}

/// Returns a file id in B2's format, which contains the bucket, the timestamp, and the number that orders files with the
/// same timestamp.
pub(crate) fn file_id(bucket_id: &str, large: bool, at: Timestamp, number: u64) -> String {
    let kind = if large { 2 } else { 1 };
    let moment: String = at.to_string();
    let digits = |text: &str| text.replace(['-', ':'], "");
    let (day, time) = moment.split_once(' ').unwrap_or((&moment, ""));
    format!(
        "4_z{bucket_id}_f{kind}{number:016x}_d{}_m{}_c001_v0001000_t0000_u{:014}",
        digits(day),
        digits(time),
        at.as_millis()
    )
}

/// Returns the bucket id in a file id of this format.
pub(crate) fn bucket_id_of(file_id: &str) -> Option<&str> {
    file_id.strip_prefix("4_z")?.get(..24)
}

/// Returns the timestamp and the number in a file id of this format.
pub(crate) fn position_of(file_id: &str) -> Option<(Timestamp, u64)> {
    let (_, kind_and_number) = file_id.split_once("_f")?;
    let number = u64::from_str_radix(kind_and_number.get(1..17)?, 16).ok()?;
    let (_, millis) = file_id.rsplit_once("_u")?;
    Some((Timestamp::from_millis(millis.parse().ok()?), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_id_contains_its_position() {
        let mut ids = Ids::new(7);
        let bucket = ids.bucket_id();
        let at = Timestamp::from_millis(1_700_000_000_123);
        let (id, number) = ids.file_id(&bucket, true, at);
        assert_eq!(bucket_id_of(&id), Some(bucket.as_str()));
        assert_eq!(position_of(&id), Some((at, number)));
        assert_eq!((bucket_id_of("nonsense"), position_of("nonsense")), (None, None));
    }
}
