//! Choices made by a seed.

use b2_proto::retry::Rng;
use bytes::Bytes;

/// Makes every choice of one run.
#[derive(Debug)]
pub struct Chance(Rng);

impl Chance {
    /// The choices of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        rng.next_u64();
        Self(rng)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound.max(1)
    }

    /// A number from a range, its end included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Yes in so many of a hundred cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A seed for something else.
    pub fn seed(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// So many bytes that do not repeat.
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
