//! Letting pages of other origins talk to the gateway.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::http::names::{
    ACCEPT, AUTHORIZATION, CONTENT_SHA1, CONTENT_TYPE, FILE_NAME, INFO_PREFIX, SSE,
};
use crate::http::{Headers, Response, Url};

const HEADERS: [&str; 7] =
    [ACCEPT, AUTHORIZATION, CONTENT_TYPE, CONTENT_SHA1, FILE_NAME, SSE, "x-bz-test-mode"];

/// Whether browsers write an origin so.
pub(super) fn is_origin(text: &str) -> bool {
    // No asterisk stands for anything: origins are compared as they are.
    let other = |byte: u8| b"@*".contains(&byte) || byte.is_ascii_uppercase();
    let url = Url::parse(text).filter(|_| !text.bytes().any(other));
    url.is_some_and(|url| url.path.is_empty() && url.query.is_none())
}

/// The answer to a preflight, but for what is [`readable`]. To a page of another origin it says nothing, which means no.
pub(super) fn preflight(origins: &[String], request: &Headers) -> Response<Bytes> {
    let mut response = Response::new(204, Bytes::new());
    if allowed_origin(origins, request).is_some() {
        let asked = request.get_all("access-control-request-headers");
        let asked = asked.flat_map(|list| list.split(',')).map(str::trim);
        let allowed: Vec<_> = asked.filter(|name| may_send(name)).collect();
        response.headers = Headers::from_static(&[
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-max-age", "7200"),
        ]);
        // They came in a header, so they can be sent in one.
        let _ = response.headers.push("access-control-allow-headers", &allowed.join(", "));
    }
    response
}

/// What lets the page that has sent a request read the response to it, if it may.
pub(super) fn readable(origins: &[String], request: &Headers) -> Headers {
    let mut headers = Headers::from_static(&[("vary", "origin")]);
    if let Some(origin) = allowed_origin(origins, request) {
        // It came in a header, so it can be sent in one.
        let _ = headers.push("access-control-allow-origin", origin);
        headers.append(&Headers::from_static(&[("access-control-expose-headers", "retry-after")]));
    }
    headers
}

fn allowed_origin<'a>(origins: &[String], request: &'a Headers) -> Option<&'a str> {
    let mut shown = request.get_all("origin");
    let origin = shown.next().filter(|_| shown.next().is_none())?;
    origins.iter().any(|allowed| origin == allowed).then_some(origin)
}

fn may_send(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_name = || Headers::new().push(&name, "").is_ok();
    HEADERS.contains(&name.as_str()) || (name.starts_with(INFO_PREFIX) && is_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(origin: &str, asked: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push("origin", origin).unwrap();
        headers.push("access-control-request-headers", asked).unwrap();
        headers
    }

    fn vary() -> Headers {
        Headers::from_static(&[("vary", "origin")])
    }

    #[test]
    fn says_yes_to_its_own_origins_only() {
        let origins = ["https://app.example".to_owned()];
        let asked = "authorization, X-Bz-Info-color, cookie, x-bz-file-name";
        let own = request("https://app.example", asked);
        let answer = preflight(&origins, &own);
        assert_eq!(answer.status, 204);
        assert_eq!(
            answer.headers.get("access-control-allow-headers"),
            Some("authorization, X-Bz-Info-color, x-bz-file-name")
        );
        let readable = readable(&origins, &own);
        assert_eq!(readable.get("access-control-allow-origin"), Some("https://app.example"));
        for origin in ["https://app.example.evil", "http://app.example", "null", "https://app"] {
            let other = request(origin, asked);
            assert_eq!(preflight(&origins, &other).headers, Headers::new(), "{origin}");
            assert_eq!(super::readable(&origins, &other), vary(), "{origin}");
        }
    }

    #[test]
    fn two_origins_are_none() {
        let origins = ["https://app.example".to_owned()];
        for others in ["https://evil.example", "https://app.example"] {
            let mut request = request("https://app.example", "authorization");
            request.push("origin", others).unwrap();
            assert_eq!(readable(&origins, &request), vary());
            assert_eq!(preflight(&origins, &request).headers, Headers::new());
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        for good in
            ["https://app.example", "http://localhost:8080", "https://xn--bcher-kva.example"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "app.example",
            "https://app.example/",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "https://*.app.example",
            "https://*",
            "HTTPS://a",
            "https://App.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
