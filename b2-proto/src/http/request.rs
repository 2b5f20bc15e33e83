//! Heads of requests.

use alloc::string::String;

use super::{Headers, Method, url};

/// A request without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// What is asked for.
    pub method: Method,
    /// Of what: a URL, as it is to be sent. A server may know no more of it than path and query.
    pub url: String,
    /// Its headers.
    pub headers: Headers,
}

impl RequestHead {
    /// A head without headers.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Headers::new() }
    }

    /// The path of the URL, as it is written.
    #[must_use]
    pub fn path(&self) -> &str {
        url::path(&self.url)
    }
}
