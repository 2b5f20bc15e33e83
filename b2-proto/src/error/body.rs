//! Reading the body of an error response.

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::encoding::{cut, find, from_json};

/// B2's description of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status code.
    pub status: u16,
    /// B2's error code, such as `bad_request`, if the body has one.
    pub code: Option<String>,
    /// B2's message, shortened and without control characters; empty if the body has none.
    pub message: String,
}

const MAX_MESSAGE_CHARS: usize = 300;

impl ApiError {
    /// Reads the body of a response with this status. HTML, truncated JSON, other JSON and an empty body give an error
    /// without a code.
    ///
    /// A different status in the body is ignored.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let (code, message) = match from_json::<Envelope<'_>>(body) {
            Ok(envelope) => (envelope.code(), envelope.message()),
            Err(error) if error.is_json() && body.trim_ascii_start().starts_with(b"[") => {
                (None, String::new())
            }
            Err(_) => (None, String::from_utf8_lossy(body).into_owned()),
        };
        Self { status, code, message: tidy(&message) }
    }
}

/// B2's error object. Both fields may be anything.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl Envelope<'_> {
    fn code(&self) -> Option<String> {
        let code: String = from_json(self.code?.get().as_bytes()).ok()?;
        is_code(&code).then_some(code)
    }

    /// Returns the message: a text, or the JSON of another value.
    fn message(&self) -> String {
        let Some(message) = self.message else { return String::new() };
        from_json(message.get().as_bytes()).unwrap_or_else(|_| message.get().to_owned())
    }
}

fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.len() <= 100 && text.bytes().all(plain)
}

/// Returns the text as one line of at most 300 characters. Removes upload tokens, which B2 repeats in one of its
/// messages.
pub(super) fn tidy(text: &str) -> String {
    const TOKEN_FOLLOWS: &str = "more than one upload using auth token";
    let text = match find(text, TOKEN_FOLLOWS) {
        Some(at) => cut(text, at + TOKEN_FOLLOWS.len()).0,
        None => text,
    };
    let mut line = String::new();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MAX_MESSAGE_CHARS * 4 {
            break;
        }
    }
    if let Some((end, _)) = line.char_indices().nth(MAX_MESSAGE_CHARS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> (Option<String>, String) {
        let error = ApiError::read(503, body);
        assert_eq!(error.status, 503);
        (error.code, error.message)
    }

    #[test]
    fn reads_the_envelope() {
        let body = br#"{"status": 400, "code": "bad_json", "message": "no\n such", "more": [1]}"#;
        assert_eq!(read(body), (Some("bad_json".to_owned()), "no such".to_owned()));
    }

    #[test]
    fn reads_anything_else() {
        assert_eq!(read(b""), (None, String::new()));
        assert_eq!(read(b"[]"), (None, String::new()));
        assert_eq!(read(br#"{"code": null, "message": null}"#), (None, String::new()));
        assert_eq!(read(br#"{"status": "x", "code": 400, "message": 7}"#), (None, "7".to_owned()));
        assert_eq!(read(br#"{"code": "cut"#), (None, r#"{"code": "cut"#.to_owned()));
        assert_eq!(
            read(b"<html>\r\n<h1>502</h1>\xff</html>"),
            (None, "<html> <h1>502</h1>\u{fffd}</html>".to_owned())
        );
        assert_eq!(read(&[b'{'; 500]).1.chars().count(), 301);
    }

    #[test]
    fn forgets_the_upload_token() {
        let body = br#"{"code": "auth_token_limit", "message": "more than one upload using auth token 4_00secret"}"#;
        assert!(!read(body).1.contains("secret"));
    }

    proptest::proptest! {
        #[test]
        fn is_total(status: u16, body: Vec<u8>) {
            let error = ApiError::read(status, &body);
            proptest::prop_assert!(error.message.chars().count() <= 301);
        }
    }
}
