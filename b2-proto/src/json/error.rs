//! What is wrong with a piece of JSON.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// What is wrong with a piece of JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    /// From the outermost field to the innermost.
    path: String,
    /// Goes on from the path: `is missing`.
    what: Cow<'static, str>,
}

impl JsonError {
    /// `what` goes on from the name of what it is about: `is missing`.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { path: String::new(), what: what.into() }))
    }

    /// The same, of the field with this name.
    #[cold]
    #[inline(never)]
    pub(crate) fn of_field(mut self, name: &str) -> Self {
        let rest = &self.0.path;
        let separator = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
        self.0.path = format!("{name}{separator}{rest}");
        self
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.path.as_str() {
            "" => write!(f, "it {}", self.0.what),
            path => write!(f, "`{path}` {}", self.0.what),
        }
    }
}

impl core::error::Error for JsonError {}
