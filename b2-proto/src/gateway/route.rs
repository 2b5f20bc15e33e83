//! What a request is about.

use alloc::string::String;

use crate::http::{Method, RequestHead, Url};

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
    pub(super) fn of(head: &RequestHead) -> Self {
        let Some(call) = call_of(head.path()) else {
            return Self::Unknown;
        };
        match call {
            _ if head.method == Method::Options => Self::Preflight,
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
pub(super) fn base_of(url: &str) -> Option<String> {
    let url = Url::parse_web(url)?;
    let (mounted, _) = url.path.rsplit_once(API)?;
    Some(format!("{}://{}{mounted}", url.scheme, url.authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_where_the_gateway_is() {
        let url = "https://app.example:8443/b2/b2api/v4/b2_list_parts?x";
        assert_eq!(base_of(url).as_deref(), Some("https://app.example:8443/b2"));
        assert_eq!(base_of("http://a/b2api/v4/x").as_deref(), Some("http://a"));
        assert_eq!([base_of("/b2api/v4/x"), base_of("https://a/")], [None, None]);
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
            let head = RequestHead::new(Method::from(method), path);
            assert_eq!(Route::of(&head), route, "{method} {path}");
        }
    }
}
