//! Answers.

use super::Headers;

/// An answer: its head, and whatever is known of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<B> {
    /// How it went.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub body: B,
}

impl<B> Response<B> {
    /// An answer without headers.
    #[must_use]
    pub fn new(status: u16, body: B) -> Self {
        Self { status, headers: Headers::new(), body }
    }

    /// Whether the status is one of success (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The head, and the body.
    #[must_use]
    pub fn into_parts(self) -> (Response<()>, B) {
        (Response { status: self.status, headers: self.headers, body: () }, self.body)
    }

    /// The same answer, with another body.
    #[must_use]
    pub fn map<T>(self, change: impl FnOnce(B) -> T) -> Response<T> {
        Response { status: self.status, headers: self.headers, body: change(self.body) }
    }
}
