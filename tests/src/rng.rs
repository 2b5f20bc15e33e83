//! A seeded random number generator.

use b2_proto::retry;
use bytes::Bytes;

/// The random numbers of one run. The same seed gives the same numbers.
#[derive(Debug)]
pub struct Rng(retry::Rng);

impl Rng {
    /// Creates a generator with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = retry::Rng::new(seed);
        rng.next_u64();
        Self(rng)
    }

    /// Returns a number below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// Returns a number of the range `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Returns true with a probability of `percent` percent.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Returns a seed for another generator.
    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Returns `len` random bytes.
    pub fn bytes(&mut self, len: u64) -> Bytes {
        let mut rng = self.0.fork();
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < len {
            bytes.extend_from_slice(&rng.next_u64().to_le_bytes());
        }
        bytes.truncate(usize::try_from(len).unwrap_or_default());
        bytes.into()
    }
}
