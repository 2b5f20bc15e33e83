//! Heads of requests.

use alloc::string::String;

use super::{Headers, Method, url};

/// The head of a request: everything but its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method.
    pub method: Method,
    /// The URL, as it is sent. A server may know only its path and query.
    pub url: String,
    /// The headers.
    pub headers: Headers,
}

impl RequestHead {
    /// Creates a head without headers.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Headers::new() }
    }

    /// Returns the path of the URL, without decoding it.
    #[must_use]
    pub fn path(&self) -> &str {
        url::path(&self.url)
    }
}
