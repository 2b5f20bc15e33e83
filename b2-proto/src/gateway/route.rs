//! What a request is about.

use http::Method;
use http::request::Parts;

/// What a request is about, by its path and method alone: which of the host's own checks it needs, and how
/// much of its body to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// A browser asks whether a page of another origin may: see [`Cors`](super::Cors).
    Preflight,
    /// `b2_authorize_account`: ask the application whether this visitor may, then call
    /// [`Gateway::authorize`](super::Gateway::authorize).
    Authorize,
    /// A call: [`Gateway::serve`](super::Gateway::serve).
    Call,
    /// A small file on its way through the gateway: [`Gateway::serve`](super::Gateway::serve).
    Relay,
    /// Nothing of the gateway's.
    Unknown,
}

const API: &str = "/b2api/v4/";
pub(super) const UPLOAD: &str = "b2_upload_file";

impl Route {
    /// The route of a request. What comes before `/b2api/` in its path does not matter, so a host may have
    /// stripped the path under which the gateway is mounted, or not.
    #[must_use]
    pub fn of(head: &Parts) -> Self {
        let Some(call) = call_of(head.uri.path()) else {
            return Self::Unknown;
        };
        match call {
            _ if head.method == Method::OPTIONS => Self::Preflight,
            "b2_authorize_account" => Self::Authorize,
            _ if call.split('/').next() == Some(UPLOAD) => Self::Relay,
            _ if call.starts_with("b2_") => Self::Call,
            _ => Self::Unknown,
        }
    }
}

/// What follows `/b2api/v4/`.
pub(super) fn call_of(path: &str) -> Option<&str> {
    path.rsplit_once(API).map(|(_, call)| call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_path_and_method() {
        let table = [
            ("GET", "/b2api/v4/b2_authorize_account", Route::Authorize),
            ("POST", "/b2/b2api/v4/b2_authorize_account?x", Route::Authorize),
            ("POST", "/b2api/v4/b2_start_large_file", Route::Call),
            ("POST", "/b2api/v4/b2_delete_bucket", Route::Call),
            ("POST", "/b2api/v4/b2_upload_file/bucket/0", Route::Relay),
            ("OPTIONS", "/b2api/v4/b2_start_large_file", Route::Preflight),
            ("POST", "/b2api/v3/b2_start_large_file", Route::Unknown),
            ("POST", "/b2api/v4/", Route::Unknown),
            ("GET", "/", Route::Unknown),
        ];
        for (method, path, route) in table {
            let (head, ()) =
                http::Request::builder().method(method).uri(path).body(()).unwrap().into_parts();
            assert_eq!(Route::of(&head), route, "{method} {path}");
        }
    }
}
