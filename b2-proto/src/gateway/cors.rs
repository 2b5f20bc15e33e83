//! Letting pages of other origins talk to the gateway.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{Response, StatusCode, Uri};

const HEADERS: [&str; 7] = [
    "accept",
    "authorization",
    "content-type",
    "x-bz-content-sha1",
    "x-bz-file-name",
    "x-bz-server-side-encryption",
    "x-bz-test-mode",
];
const INFO: &str = "x-bz-info-";

/// Whether browsers write an origin so.
pub(super) fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => {
            format!("{scheme}://{authority}") == text && !text.contains('@')
        }
        _ => false,
    }
}

/// The answer to a preflight, but for what [`allow`] adds. To a page of another origin it says nothing, which means no.
pub(super) fn preflight(origins: &[String], request: &HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if allowed_origin(origins, request).is_none() {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    let asked = request.get_all(ACCESS_CONTROL_REQUEST_HEADERS).into_iter();
    let asked = asked.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    let allowed: Vec<_> = asked.map(str::trim).filter(|name| may_send(name)).collect();
    if let Ok(list) = HeaderValue::from_str(&allowed.join(", ")) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, list);
    }
    response
}

/// Adds what lets the page that has sent a request read the response to it, if it may.
pub(super) fn allow(origins: &[String], request: &HeaderMap, response: &mut HeaderMap) {
    response.append(VARY, HeaderValue::from(ORIGIN));
    if let Some(origin) = allowed_origin(origins, request) {
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
}

fn allowed_origin<'a>(origins: &[String], request: &'a HeaderMap) -> Option<&'a HeaderValue> {
    let origin = request.get(ORIGIN)?;
    origins.iter().any(|allowed| origin == allowed.as_str()).then_some(origin)
}

fn may_send(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HeaderName::from_bytes(name.as_bytes()).is_ok()
        && (HEADERS.contains(&name.as_str()) || name.starts_with(INFO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(origin: &str, asked: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        headers.insert(ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_str(asked).unwrap());
        headers
    }

    #[test]
    fn says_yes_to_its_own_origins_only() {
        let origins = ["https://app.example".to_owned()];
        let asked = "authorization, X-Bz-Info-color, cookie, x-bz-file-name";
        let own = request("https://app.example", asked);
        let answer = preflight(&origins, &own);
        assert_eq!(answer.status(), 204);
        assert_eq!(
            answer.headers()[ACCESS_CONTROL_ALLOW_HEADERS],
            "authorization, X-Bz-Info-color, x-bz-file-name"
        );
        let mut readable = HeaderMap::new();
        allow(&origins, &own, &mut readable);
        assert_eq!(readable[ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.example");
        for origin in ["https://app.example.evil", "http://app.example", "null", "https://app"] {
            let other = request(origin, asked);
            assert!(preflight(&origins, &other).headers().is_empty(), "{origin}");
            let mut readable = HeaderMap::new();
            allow(&origins, &other, &mut readable);
            assert!(!readable.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
            assert_eq!(readable[VARY], "origin");
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
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
