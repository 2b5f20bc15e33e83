//! Answers of something other than B2: a login page of the network, a proxy, a cache.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::body::{ApiError, tidy};
use super::{Error, ErrorKind, Target};
use crate::encoding::{encode, shown, shown_up_to, split_once};
use crate::http::Headers;
use crate::http::names::CONTENT_TYPE;

/// How many bytes of an answer are enough to tell what it is.
const PREVIEW: usize = 1024;

/// How much of a page a message shows.
const SHOWN_CHARS: usize = 160;

impl Error {
    /// An answer that did not come from B2. Worth asking again, and ambiguous.
    ///
    /// The message names the status, the content type and the first words of the body, of which `start` is the
    /// beginning. `secrets` are texts that the request held: a page that repeats the request must not show them.
    #[must_use]
    pub fn foreign_response(
        target: Target,
        status: u16,
        headers: &Headers,
        start: &[u8],
        secrets: &[&str],
    ) -> Self {
        let words = first_words(start, secrets);
        let content_type = match headers.get(CONTENT_TYPE) {
            Some(text) => shown(&redacted(text.trim(), secrets)),
            None => "no content type".to_owned(),
        };
        let mut message =
            format!("something other than B2 answered, with status {status} and {content_type}");
        if !words.is_empty() {
            message.push_str(": \"");
            message.push_str(&words);
            message.push('"');
        }
        message.push_str("; a login page of the network, a proxy or a cache may be in the way");
        let mut error = Self::new(ErrorKind::ForeignResponse, message).with_retry(target.again());
        error.0.api = Some(ApiError { status, code: None, message: words });
        error.0.ambiguous = true;
        error
    }
}

/// The first words of a page, in one line.
fn first_words(start: &[u8], secrets: &[&str]) -> String {
    let cut_off = start.len() >= PREVIEW;
    let text = String::from_utf8_lossy(&start[..start.len().min(PREVIEW)]);
    // The last word may be a part of a secret, which would not be recognized.
    let text = match text.rfind(char::is_whitespace) {
        Some(end) if cut_off => &text[..end],
        None if cut_off => "",
        _ => &text,
    };
    shown_up_to(&tidy(&redacted(text, secrets)), SHOWN_CHARS)
}

/// The text with each secret replaced, also where it is written as in a URL.
fn redacted(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = without(&without(&text, secret), &encode(secret));
    }
    text
}

fn without(text: &str, secret: &str) -> String {
    let (mut redacted, mut rest) = (String::new(), text);
    while let Some((before, after)) = split_once(rest, secret) {
        redacted.push_str(before);
        redacted.push_str("***");
        rest = after;
    }
    redacted.push_str(rest);
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Retry;

    fn message(content_type: &str, page: &[u8], secrets: &[&str]) -> String {
        let mut headers = Headers::new();
        headers.push("Content-Type", content_type).unwrap();
        let error = Error::foreign_response(Target::Download, 200, &headers, page, secrets);
        assert_eq!((error.kind(), error.status()), (ErrorKind::ForeignResponse, Some(200)));
        assert_eq!(error.retry(), Retry::Backoff);
        error.message().to_owned()
    }

    #[test]
    fn the_message_names_what_came() {
        let page = b"<html>\r\n  <title>Hotel</title>\x1b[2J Please log in</html>";
        let said = message("text/html; charset=utf-8", page, &[]);
        let what = "status 200 and text/html; charset=utf-8: \"<html> <title>Hotel</title> [2J Please log in</html>\"";
        assert!(said.contains(what), "{said}");
    }

    #[test]
    fn a_long_page_is_cut() {
        let page = "<p>word</p> ".repeat(10_000);
        let said = message("text/html", page.as_bytes(), &[]);
        assert!(said.chars().count() < 350 && said.contains("<p>word</p> <p>"), "{said}");
        let said = message("x/y", &[0xff; 100_000], &[]);
        assert!(said.chars().count() < 350, "{said}");
    }

    #[test]
    fn a_page_that_repeats_the_request_shows_no_secret() {
        let token = "4_0123=secret";
        let page = format!("GET /f?Authorization=4_0123%3Dsecret authorization: {token}");
        let said = message(token, page.as_bytes(), &[token]);
        assert!(said.contains("authorization: ***") && !said.contains("0123"), "{said}");
        // Also where the preview ends within it.
        for spaces in PREVIEW - token.len()..PREVIEW {
            let page = format!("{}{token}", " ".repeat(spaces));
            let said = message("x/y", page.as_bytes(), &[token]);
            assert!(!said.contains("0123"), "{spaces}: {said}");
        }
    }
}
