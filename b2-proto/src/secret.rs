//! Values that never show.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use crate::json::{AsJson, Json, read_text, serde_write};

/// An application key, a token, or another value that grants access.
///
/// Its `Debug` is `***` and it has no `Display`; [`expose`](Secret::expose) is the one way to its text.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
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

serde_write!(Secret);
