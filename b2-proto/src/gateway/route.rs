//! What a request is about.

use http::request::Parts;
use http::{Method, Uri};

/// What a request is about, by its path and method alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `b2_authorize_account`: ask the application whether this visitor may, then
    /// [`admit`](super::Arrival::admit) or [`refuse`](super::Arrival::refuse) it.
    Authorize,
    /// A call: [`serve`](super::Arrival::serve) it.
    Call,
    /// A small file on its way through the gateway: [`serve`](super::Arrival::serve) it.
    Relay,
    /// A browser asks whether a page of another origin may: [`serve`](super::Arrival::serve) it.
    Preflight,
    /// Nothing of the gateway's. [`serve`](super::Arrival::serve) says so, unless the host knows better.
    Unknown,
}

const API: &str = "/b2api/v4/";
pub(super) const UPLOAD: &str = "b2_upload_file";

impl Route {
    pub(super) fn of(head: &Parts) -> Self {
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

/// Where the gateway is, as the URL of a request to it says.
pub(super) fn base_of(uri: &Uri) -> Option<String> {
    let (mounted, _) = uri.path().rsplit_once(API)?;
    Some(format!("{}://{}{mounted}", uri.scheme_str()?, uri.authority()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_where_the_gateway_is() {
        let base = |url: &'static str| base_of(&Uri::from_static(url));
        let url = "https://app.example:8443/b2/b2api/v4/b2_list_parts?x";
        assert_eq!(base(url).as_deref(), Some("https://app.example:8443/b2"));
        assert_eq!(base("http://a/b2api/v4/x").as_deref(), Some("http://a"));
        assert_eq!([base("/b2api/v4/x"), base("https://a/")], [None, None]);
    }

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
