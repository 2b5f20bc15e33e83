//! SHA-1, with which B2 verifies uploaded bytes.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha1::Digest;

/// The number of hex digits of a SHA-1.
pub const HEX_LEN: usize = 40;

/// A SHA-1 digest. Its text and its JSON form are 40 lower-case hex digits.
///
/// ```
/// use b2_proto::hash::Sha1Digest;
///
/// let digest = Sha1Digest::of(b"hello world");
/// assert_eq!(digest.to_hex(), "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed");
/// assert_eq!("2AAE6C35C94FCFB415DBE95F408B9CE91EE846ED".parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha1Digest([u8; 20]);

impl Sha1Digest {
    /// Computes the digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Sha1Hasher::new();
        hasher.update(bytes);
        hasher.finish()
    }

    /// Returns the digest as 40 lower-case hex digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        String::from_utf8_lossy(&self.to_hex_bytes()).into_owned()
    }

    /// Returns the digest as 40 lower-case hex digits in ASCII, the trailer of a `hex_digits_at_end` body.
    #[must_use]
    pub fn to_hex_bytes(self) -> [u8; HEX_LEN] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut hex = [0; HEX_LEN];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }
}

impl From<[u8; 20]> for Sha1Digest {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

/// The error of parsing a text that is not 40 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASha1;

impl fmt::Display for NotASha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SHA-1 is forty hex digits")
    }
}

impl core::error::Error for NotASha1 {}

/// Parses 40 hex digits in upper or lower case.
impl FromStr for Sha1Digest {
    type Err = NotASha1;

    fn from_str(text: &str) -> Result<Self, NotASha1> {
        let text = text.as_bytes();
        if text.len() != HEX_LEN {
            return Err(NotASha1);
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(NotASha1);
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Sha1Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha1Digest({self})")
    }
}

impl Serialize for Sha1Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha1Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Computes a [`Sha1Digest`] incrementally.
#[derive(Clone, Default)]
pub struct Sha1Hasher {
    inner: sha1::Sha1,
    len: u64,
}

impl Sha1Hasher {
    /// Creates a hasher.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.inner.update(bytes);
        self.len += bytes.len() as u64;
    }

    /// Returns the number of bytes added.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether no bytes were added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the digest of all bytes added so far. More bytes can be added afterwards.
    #[must_use]
    pub fn finish(&self) -> Sha1Digest {
        Sha1Digest(self.inner.clone().finalize().into())
    }
}

impl fmt::Debug for Sha1Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sha1Hasher").field("len", &self.len).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests() {
        assert_eq!(Sha1Digest::of(b"").to_hex(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(
            Sha1Digest::of(b"hello world").to_hex(),
            "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"
        );
    }

    #[test]
    fn reads_either_case_and_nothing_else() {
        let digest = Sha1Digest::of(b"hello world");
        assert_eq!(digest.to_hex().to_uppercase().parse(), Ok(digest));
        for text in ["", "none", "unverified:2aae", &"g".repeat(40), &"a".repeat(41)] {
            assert_eq!(text.parse::<Sha1Digest>(), Err(NotASha1), "{text}");
        }
    }

    #[test]
    fn pieces_do_not_matter() {
        let mut hasher = Sha1Hasher::new();
        hasher.update(b"hello ");
        let _ = hasher.finish();
        hasher.update(b"world");
        assert_eq!((hasher.finish(), hasher.len()), (Sha1Digest::of(b"hello world"), 11));
    }
}
