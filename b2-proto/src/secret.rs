//! Values that never show.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::hint::black_box;

use serde::{Deserialize, Serialize};

use crate::json::{AsJson, Json, read_text};

/// An application key, a token, or another value that grants access.
///
/// Its `Debug` is `***` and it has no `Display`; [`expose`](Secret::expose) is the one way to its text.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one header or file it belongs in.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this is the secret, compared in a time that does not tell how much of it is right.
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

read_text!(Secret);

/// In the clear: it is for the one body or file that the text belongs in.
impl AsJson for Secret {
    fn as_json(&self) -> Json<'_> {
        Json::text(&self.0)
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
