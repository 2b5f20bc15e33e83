//! Responses.

use super::Headers;

/// A response: its head, and a body or a stand-in for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<B> {
    /// The HTTP status code.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body; `()` where it is read separately.
    pub body: B,
}

impl<B> Response<B> {
    /// Creates a response without headers.
    #[must_use]
    pub fn new(status: u16, body: B) -> Self {
        Self { status, headers: Headers::new(), body }
    }

    /// Returns whether the status is one of success (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Splits the response into its head and its body.
    #[must_use]
    pub fn into_parts(self) -> (Response<()>, B) {
        (Response { status: self.status, headers: self.headers, body: () }, self.body)
    }

    /// Replaces the body by what `convert` makes of it.
    #[must_use]
    pub fn map<T>(self, convert: impl FnOnce(B) -> T) -> Response<T> {
        Response { status: self.status, headers: self.headers, body: convert(self.body) }
    }
}
