//! Responses of something other than B2: a login page of the network, a proxy, a cache.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::body::{ApiError, tidy};
use super::target::Target;
use super::{Error, ErrorKind, Retry};
use crate::encoding::{encode, find, shown, shown_up_to, split_once};
use crate::http::names::CONTENT_TYPE;
use crate::http::{Headers, Url};
use crate::secret::Secret;

/// The number of bytes of a response that are read to classify it.
pub(crate) const PREVIEW: usize = 1024;

/// How much of a page a message shows.
const SHOWN_CHARS: usize = 160;

impl Error {
    /// Creates the error of a response that is not B2's. It is retried, and ambiguous.
    ///
    /// The message contains the status, the content type and the first words of the body, of which `start` is the
    /// beginning. `secrets` are texts in the request, which are removed from a page that repeats the request.
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
        if let Some(url) = headers.get("location").and_then(Url::parse) {
            message.push_str(", a redirect to ");
            message.push_str(&shown(url.host()));
        }
        if !words.is_empty() {
            message.push_str(": \"");
            message.push_str(&words);
            message.push('"');
        }
        let (retry, advice) = match status {
            407 => (
                Retry::Never,
                "the proxy demands a user name and a password; \
                 give them in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT",
            ),
            511 => (target.again(), "the network demands a login; open a web page to log in"),
            _ => (
                target.again(),
                "a login page of the network, a proxy or a cache may be in the way",
            ),
        };
        message.push_str("; ");
        message.push_str(advice);
        let mut error = Self::new(ErrorKind::ForeignResponse, message).with_retry(retry);
        error.0.api = Some(ApiError { status, code: None, message: words });
        error.0.ambiguous = status != 407;
        error
    }

    /// Removes a secret of the request, which the response may have repeated.
    #[must_use]
    pub(crate) fn without_secret(mut self, secret: &Secret) -> Self {
        // A text of a few letters is in every sentence, and no token.
        if self.0.kind == ErrorKind::ForeignResponse && secret.expose().len() >= 8 {
            let secrets = [secret.expose()];
            self.0.message = redacted(&self.0.message, &secrets);
            if let Some(api) = &mut self.0.api {
                api.message = redacted(&api.message, &secrets);
            }
        }
        self
    }
}

/// Returns whether a response with an error status is B2's: it is JSON with a code, or empty if it responds to a `HEAD`.
pub(super) fn is_of_b2(
    target: Target,
    status: u16,
    headers: &Headers,
    body: &[u8],
    api: &ApiError,
) -> bool {
    match status {
        407 | 511 => false,
        // B2 or a load balancer is busy. The status is enough to know what to do.
        408 | 416 | 429 | 500..600 => true,
        // Many login pages begin with a redirect without a body.
        300..400 => api.code.is_some(),
        // A token may have expired, although the body is missing.
        _ if body.is_empty() && (status == 401 || target == Target::Download) => {
            says_json(headers) != Some(false)
        }
        _ => api.code.is_some(),
    }
}

/// Returns whether the content type is JSON, or `None` if there is none.
pub(crate) fn says_json(headers: &Headers) -> Option<bool> {
    let content_type = headers.get(CONTENT_TYPE)?;
    Some(find(&content_type.to_ascii_lowercase(), "json").is_some())
}

/// The JSON keys of secrets in B2's responses.
const NAMES_OF_SECRETS: [&str; 3] = ["authorizationToken", "applicationKey", "uploadUrl"];

/// Returns the first words of a page, in one line, and nothing of JSON, which may contain a token.
fn first_words(start: &[u8], secrets: &[&str]) -> String {
    let begin = start.trim_ascii_start();
    let begin = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin).trim_ascii_start();
    let names_secret = |text: &str| NAMES_OF_SECRETS.iter().any(|name| find(text, name).is_some());
    if matches!(begin.first(), Some(b'{' | b'[' | b'"'))
        || names_secret(&String::from_utf8_lossy(start))
    {
        return String::new();
    }
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

/// Returns the text with each secret replaced, also where it is percent-encoded.
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

    fn foreign(target: Target, status: u16, headers: &[(&str, &str)], page: &str) -> Error {
        let mut list = Headers::new();
        for (name, value) in headers {
            list.push(name, value).unwrap();
        }
        Error::foreign_response(target, status, &list, page.as_bytes(), &[])
    }

    #[test]
    fn shows_nothing_of_json_that_was_cut() {
        for page in [
            r#" {"authorizationToken": "4_00secret"#,
            "\u{feff} {\"accountId\": \"secret\"}",
            ")]}',\n{\"authorizationToken\": \"4_00secret\"}",
            r#"<pre>{"applicationKey": "K00secret"}"#,
        ] {
            let error = foreign(Target::Api, 200, &[], page);
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(error.message().contains("with status 200 and no content type;"), "{error}");
        }
    }

    #[test]
    fn says_where_a_redirect_leads() {
        let location = [("location", "http://user:secret@login.example:8080/?token=secret")];
        let error = foreign(Target::Upload, 302, &location, "");
        assert!(error.message().contains("a redirect to login.example;"), "{error}");
        assert_eq!(error.retry(), Retry::NewUploadUrl);
    }

    #[test]
    fn a_redirect_without_a_body_is_not_of_b2() {
        let mut headers = Headers::new();
        headers.push("location", "http://login.example/").unwrap();
        for target in [Target::Authorize, Target::Api, Target::Upload, Target::Download] {
            for status in [301, 302, 303, 304, 307, 308] {
                let error = Error::from_reply(target, status, &headers, b"");
                assert_eq!(error.kind(), ErrorKind::ForeignResponse, "{target:?} {status}");
                assert_eq!(error.retry(), target.again());
            }
        }
    }

    #[test]
    fn a_proxy_that_demands_a_password_is_not_asked_again() {
        let error = foreign(Target::Api, 407, &[], "Proxy Authentication Required");
        assert_eq!((error.retry(), error.is_ambiguous()), (Retry::Never, false));
        assert!(error.message().contains("HTTPS_PROXY"), "{error}");
        let error = foreign(Target::Api, 511, &[], "<h1>Log in</h1>");
        assert_eq!(error.retry(), Retry::Backoff);
        assert!(error.message().contains("demands a login"), "{error}");
    }

    #[test]
    fn a_secret_can_be_taken_out_later() {
        let error = foreign(Target::Api, 200, &[], "authorization: 4_0123=secret");
        let error = error.without_secret(&"4_0123=secret".into());
        assert!(error.message().contains("\"authorization: ***\""), "{error}");
        assert!(!format!("{error:?}").contains("0123"), "{error:?}");
    }

    proptest::proptest! {
        #[test]
        fn is_total(status: u16, page: Vec<u8>) {
            let headers = Headers::new();
            let error = Error::foreign_response(Target::Api, status, &headers, &page, &["", "a"]);
            proptest::prop_assert!(!error.to_string().contains('\n'));
        }
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
