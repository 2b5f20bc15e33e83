//! HTTP headers.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::names::{AUTHORIZATION, SSE_C_KEY, SSE_C_KEY_MD5};

/// Headers whose values grant access.
const SECRET: [&str; 4] = [AUTHORIZATION, SSE_C_KEY, SSE_C_KEY_MD5, "cookie"];

/// Header names and values, in the order in which they were added.
///
/// Names are in lower case, and every name and value is valid in HTTP. `Debug` hides the values of headers that grant
/// access: authorizations, encryption keys and cookies.
///
/// ```
/// use b2_proto::http::Headers;
///
/// let mut headers = Headers::new();
/// headers.push("Accept", "application/json")?;
/// assert_eq!(headers.get("accept"), Some("application/json"));
/// assert!(headers.push("x-bz-info-color", "r\r\ned").is_err());
/// # Ok::<(), b2_proto::http::InvalidHeader>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Creates an empty list of headers.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Creates headers from constants, which must be valid in HTTP, with names in lower case.
    #[cfg(feature = "gateway")]
    pub(crate) fn from_static(headers: &[(&'static str, &'static str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(headers.iter().map(owned).collect())
    }

    /// Adds a header. Other headers of the same name remain.
    ///
    /// # Errors
    ///
    /// [`InvalidHeader`] if the name is not an HTTP token, or the value has control characters.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), InvalidHeader> {
        if !is_name(name) || !value.bytes().all(is_value_byte) {
            return Err(InvalidHeader(name.to_owned()));
        }
        self.0.push((name.to_ascii_lowercase(), value.to_owned()));
        Ok(())
    }

    /// Adds copies of all headers of `others`.
    pub fn append(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    /// Returns the value of the first header with this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// Returns the values of all headers with this name, in any case.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Returns all names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Returns whether the text is a token as HTTP defines it.
fn is_name(name: &str) -> bool {
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_name_byte)
}

fn is_value_byte(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| (name, if is_secret(name) { "***" } else { value });
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}

/// Returns whether the value of this header grants access. The name is in lower case.
pub(super) fn is_secret(name: &str) -> bool {
    SECRET.contains(&name)
}

/// A header that HTTP cannot carry, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHeader(pub String);

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header '{}' cannot be sent", crate::encoding::shown(&self.0))
    }
}

impl core::error::Error for InvalidHeader {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_have_no_case() {
        let mut headers = Headers::new();
        headers.push("X-Bz-File-Name", "a:b").unwrap();
        headers.push("accept", "").unwrap();
        headers.push("x-bz-file-name", "c").unwrap();
        assert_eq!(headers.get("X-BZ-FILE-NAME"), Some("a:b"));
        assert_eq!(headers.get_all("x-bz-file-name").collect::<Vec<_>>(), ["a:b", "c"]);
        assert_eq!((headers.get("accept"), headers.get("file")), (Some(""), None));
        let all: Vec<_> = headers.iter().collect();
        assert_eq!(all, [("x-bz-file-name", "a:b"), ("accept", ""), ("x-bz-file-name", "c")]);
    }

    #[test]
    fn secrets_are_hidden() {
        let mut headers = Headers::new();
        for name in SECRET.into_iter().chain(["X-Bz-Server-Side-Encryption-Customer-Key", "Cookie"])
        {
            headers.push(name, "a secret").unwrap();
        }
        headers.push("accept", "application/json").unwrap();
        let shown = format!("{headers:?}");
        assert!(!shown.contains("a secret"), "{shown}");
        assert!(shown.contains("authorization") && shown.contains("application/json"), "{shown}");
        let failed = headers.push("authorization", "a secret\n").unwrap_err();
        assert!(!format!("{failed:?} {failed}").contains("a secret"), "{failed}");
    }

    #[test]
    fn invalid_headers_are_refused() {
        let mut headers = Headers::new();
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:b", "x"),
            ("\u{e9}", "x"),
            ("a", "x\ny"),
            ("a", "\0"),
            ("a", "\x7f"),
        ] {
            assert_eq!(headers.push(name, value), Err(InvalidHeader(name.to_owned())));
        }
        assert_eq!(headers, Headers::new());
        headers.push("!#$%&'*+-.^_`|~0", "\t \u{e9}\u{81ea}").unwrap();
    }

    proptest! {
        #[test]
        fn pushed_headers_are_iterated_in_order(pairs: Vec<(String, String)>) {
            let mut headers = Headers::new();
            let mut pushed = Vec::new();
            for (name, value) in pairs {
                if headers.push(&name, &value).is_ok() {
                    pushed.push((name.to_ascii_lowercase(), value));
                }
            }
            let read: Vec<_> =
                headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(read, pushed);
        }
    }
}
