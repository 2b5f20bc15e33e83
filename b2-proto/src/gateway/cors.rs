//! Letting pages of other origins talk to the gateway.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::{Response, StatusCode};

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

/// The origins whose pages may talk to the gateway. A page of the gateway's own origin needs none of this.
///
/// This is about the gateway itself. That pages may send bytes to B2 is said by the bucket's `corsRules`.
///
/// ```
/// use b2_proto::gateway::Cors;
///
/// let cors = Cors::new(["https://app.example"]);
/// let request = http::Request::options("/b2api/v4/b2_start_large_file")
///     .header("origin", "https://app.example")
///     .header("access-control-request-headers", "authorization,content-type")
///     .body(())?;
/// let answer = cors.preflight(request.headers());
/// assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Pages of these origins, written as browsers do: `https://app.example`, without a slash at the end.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { origins: origins.into_iter().map(Into::into).collect() }
    }

    /// The answer to a preflight. To a page of another origin it says nothing, which means no.
    #[must_use]
    pub fn preflight(&self, request: &HeaderMap) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if !self.apply(request, response.headers_mut()) {
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

    /// Adds what lets the page that has sent a request read the response to it; says whether it may.
    pub fn apply(&self, request: &HeaderMap, response: &mut HeaderMap) -> bool {
        response.append(VARY, HeaderValue::from(ORIGIN));
        let Some(origin) = request.get(ORIGIN) else {
            return false;
        };
        if !self.origins.iter().any(|allowed| origin == allowed.as_str()) {
            return false;
        }
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        true
    }
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
        let cors = Cors::new(["https://app.example"]);
        let asked = "authorization, X-Bz-Info-color, cookie, x-bz-file-name";
        let answer = cors.preflight(&request("https://app.example", asked));
        assert_eq!(answer.status(), 204);
        assert_eq!(
            answer.headers()[ACCESS_CONTROL_ALLOW_HEADERS],
            "authorization, X-Bz-Info-color, x-bz-file-name"
        );
        for origin in ["https://app.example.evil", "http://app.example", "null", "https://app"] {
            let answer = cors.preflight(&request(origin, asked));
            assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
            assert_eq!(answer.headers()[VARY], "origin");
        }
        let mut headers = HeaderMap::new();
        assert!(!cors.apply(&HeaderMap::new(), &mut headers));
        assert!(!Cors::default().apply(&request("null", ""), &mut headers));
    }
}
