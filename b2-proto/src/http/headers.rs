//! Headers.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use super::names::{AUTHORIZATION, SSE_C_KEY, SSE_C_KEY_MD5};

/// Headers whose values grant access.
const SECRET: [&str; 4] = [AUTHORIZATION, SSE_C_KEY, SSE_C_KEY_MD5, "cookie"];

/// Names and values, in the order in which they were added.
///
/// Names are in lower case, and nothing is among them that HTTP cannot send. `Debug` does not show the values of
/// headers that grant access: authorizations, keys and cookies.
///
/// They are kept as HTTP writes them, in one text with a line for each. So they cross to a browser as they are.
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
pub struct Headers(String);

impl Headers {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Adds a header, beside others of that name.
    ///
    /// # Errors
    ///
    /// [`InvalidHeader`] if the name is none, or the value has control characters.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), InvalidHeader> {
        if !is_name(name) || !value.bytes().all(of_value) {
            return Err(InvalidHeader(name.to_owned()));
        }
        self.0.push_str(&name.to_ascii_lowercase());
        self.0.push(':');
        self.0.push_str(value);
        self.0.push('\n');
        Ok(())
    }

    /// Adds all of the others.
    pub fn append(&mut self, others: &Self) {
        self.0.push_str(&others.0);
    }

    /// The value of the first header of this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of all headers of this name, in any case.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.0)
    }

    /// All of them, a line `name:value` for each, secrets included. It is for whatever sends them.
    #[must_use]
    pub fn as_lines(&self) -> &str {
        &self.0
    }

    /// Reads lines as [`as_lines`](Self::as_lines) and HTTP write them. Whatever is no header is left out.
    #[must_use]
    pub fn from_lines(lines: &str) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs(lines) {
            let _ = headers.push(name, value.trim());
        }
        headers
    }
}

fn pairs(lines: &str) -> impl Iterator<Item = (&str, &str)> {
    lines.split('\n').filter_map(|line| line.split_once(':'))
}

/// Whether it is a token, as HTTP calls it.
fn is_name(name: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(of_name)
}

fn of_value(byte: u8) -> bool {
    byte == b'\t' || !byte.is_ascii_control()
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value)| (name, if is_secret(name) { "***" } else { value });
        f.debug_map().entries(self.iter().map(shown)).finish()
    }
}

/// Whether the value of this header, whose name is in lower case, must not show.
pub(super) fn is_secret(name: &str) -> bool {
    SECRET.contains(&name)
}

/// A header that HTTP cannot send, by its name.
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
    fn what_grants_access_never_shows() {
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
    fn what_cannot_be_sent_is_refused() {
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

    #[test]
    fn reads_what_a_server_writes() {
        let headers =
            Headers::from_lines("ETag: \"x\"\r\nA:b:c\nno header\nbad name: x\nx: \0\n\r\n");
        assert_eq!(headers.as_lines(), "etag:\"x\"\na:b:c\n");
    }

    proptest! {
        #[test]
        fn lines_are_read_as_they_were_written(pairs: Vec<(String, String)>, text: String) {
            let mut headers = Headers::new();
            let mut sent = Vec::new();
            for (name, value) in pairs.iter().map(|(name, value)| (name, value.trim())) {
                if headers.push(name, value).is_ok() {
                    sent.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
            let read: Vec<_> =
                headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(&read, &sent);
            prop_assert_eq!(Headers::from_lines(headers.as_lines()), headers);
            let _ = Headers::from_lines(&text);
        }
    }
}
