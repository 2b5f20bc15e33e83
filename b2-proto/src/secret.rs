//! Secret values.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::hint::black_box;

use serde::{Deserialize, Serialize};

/// A value that grants access, such as an application key or a token.
///
/// `Debug` writes `***`, and there is no `Display`. [`expose`](Secret::expose) and `Serialize` return the plain text.
///
/// ```
/// use b2_proto::secret::Secret;
///
/// let secret = Secret::new("K001secret");
/// assert_eq!(format!("{secret:?}"), "***");
/// assert!(secret.is("K001secret"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret from its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the plain text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether `text` is the secret. The comparison takes the same time for any text of the same length.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), text.as_bytes());
        let differences =
            ours.iter().zip(theirs).fold(0, |found, (a, b)| black_box(found | (a ^ b)));
        ours.len() == theirs.len() && differences == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_text_only() {
        let secret = Secret::new("a secret");
        assert!(secret.is("a secret"));
        for other in ["", "a", "a secre", "a secreT", "a secret ", "b secret"] {
            assert!(!secret.is(other), "{other}");
        }
        assert!(Secret::default().is(""));
    }
}
