//! CORS: which pages of other origins may call the gateway.

use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::http::names::{
    ACCEPT, AUTHORIZATION, CONTENT_SHA1, CONTENT_TYPE, FILE_NAME, INFO_PREFIX, SSE,
};
use crate::http::{Headers, Response, Url};

/// The request headers that pages may send, besides `X-Bz-Info-*`.
const HEADERS: [&str; 7] =
    [ACCEPT, AUTHORIZATION, CONTENT_TYPE, CONTENT_SHA1, FILE_NAME, SSE, "x-bz-test-mode"];

/// Returns whether the text is an origin as browsers write it.
pub(super) fn is_origin(text: &str) -> bool {
    // Origins are compared byte by byte, so wildcards and upper case would never match.
    let is_wrong = |byte: u8| b"@*".contains(&byte) || byte.is_ascii_uppercase();
    let url = Url::parse(text).filter(|_| !text.bytes().any(is_wrong));
    url.is_some_and(|url| url.path.is_empty() && url.query.is_none())
}

/// Returns the response to a preflight, without [`response_headers`]. For other origins it has no CORS headers, so that
/// browsers refuse the request.
pub(super) fn preflight(origins: &[String], request: &Headers) -> Response<Bytes> {
    let mut response = Response::new(204, Bytes::new());
    if allowed_origin(origins, request).is_some() {
        let requested = request.get_all("access-control-request-headers");
        let requested = requested.flat_map(|list| list.split(',')).map(str::trim);
        let allowed: Vec<_> = requested.filter(|name| may_send(name)).collect();
        response.headers = Headers::from_static(&[
            ("access-control-allow-methods", "GET, POST"),
            ("access-control-max-age", "7200"),
        ]);
        // The names come from a header, so they are valid in one.
        let _ = response.headers.push("access-control-allow-headers", &allowed.join(", "));
    }
    response
}

/// Returns the headers of the response to a request that let the page read it, if its origin is allowed.
pub(super) fn response_headers(origins: &[String], request: &Headers) -> Headers {
    let mut headers = Headers::from_static(&[("vary", "origin")]);
    if let Some(origin) = allowed_origin(origins, request) {
        // The origin comes from a header, so it is valid in one.
        let _ = headers.push("access-control-allow-origin", origin);
        headers.append(&Headers::from_static(&[("access-control-expose-headers", "retry-after")]));
    }
    headers
}

fn allowed_origin<'a>(origins: &[String], request: &'a Headers) -> Option<&'a str> {
    let mut values = request.get_all("origin");
    let origin = values.next().filter(|_| values.next().is_none())?;
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

    fn request(origin: &str, requested: &str) -> Headers {
        let mut headers = Headers::new();
        headers.push("origin", origin).unwrap();
        headers.push("access-control-request-headers", requested).unwrap();
        headers
    }

    fn vary() -> Headers {
        Headers::from_static(&[("vary", "origin")])
    }

    #[test]
    fn only_configured_origins_are_allowed() {
        let origins = ["https://app.example".to_owned()];
        let requested = "authorization, X-Bz-Info-color, cookie, x-bz-file-name";
        let own = request("https://app.example", requested);
        let response = preflight(&origins, &own);
        assert_eq!(response.status, 204);
        assert_eq!(
            response.headers.get("access-control-allow-headers"),
            Some("authorization, X-Bz-Info-color, x-bz-file-name")
        );
        let headers = response_headers(&origins, &own);
        assert_eq!(headers.get("access-control-allow-origin"), Some("https://app.example"));
        for origin in ["https://app.example.evil", "http://app.example", "null", "https://app"] {
            let other = request(origin, requested);
            assert_eq!(preflight(&origins, &other).headers, Headers::new(), "{origin}");
            assert_eq!(response_headers(&origins, &other), vary(), "{origin}");
        }
    }

    #[test]
    fn two_origin_headers_are_refused() {
        let origins = ["https://app.example".to_owned()];
        for others in ["https://evil.example", "https://app.example"] {
            let mut request = request("https://app.example", "authorization");
            request.push("origin", others).unwrap();
            assert_eq!(response_headers(&origins, &request), vary());
            assert_eq!(preflight(&origins, &request).headers, Headers::new());
        }
    }

    #[test]
    fn origins_are_as_browsers_write_them() {
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
