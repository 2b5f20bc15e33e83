//! The kinds of requests.

use alloc::string::String;

use crate::encoding::decode;
use crate::http::{Method, RequestHead, Url};

/// The kind of a request, by its path and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `b2_authorize_account`: ask the application for a grant, then
    /// [`authorize`](super::IncomingRequest::authorize) or [`refuse`](super::IncomingRequest::refuse).
    Authorize,
    /// Another call: [`respond`](super::IncomingRequest::respond) with its body.
    Call,
    /// An upload of a small file through the gateway: [`respond`](super::IncomingRequest::respond) with its body.
    Relay,
    /// A CORS preflight: [`respond`](super::IncomingRequest::respond) without a body.
    Preflight,
    /// A path that the gateway does not know. [`respond`](super::IncomingRequest::respond) results in a 404, unless the
    /// host has something else at this path.
    Unknown,
}

const API: &str = "/b2api/";
const VERSION: &str = "v4/";
pub(super) const UPLOAD: &str = "b2_upload_file";

impl Route {
    pub(super) fn of(head: &RequestHead) -> Self {
        let Some(call) = call_of(head.path()).filter(|_| is_web_target(&head.url)) else {
            return Self::Unknown;
        };
        let (name, rest) = call.split_once('/').unwrap_or((call, ""));
        match name {
            _ if head.method == Method::Options => Self::Preflight,
            "b2_authorize_account"
                if call == name && matches!(head.method, Method::Get | Method::Post) =>
            {
                Self::Authorize
            }
            UPLOAD if rest.split('/').count() != 2 => Self::Unknown,
            UPLOAD => Self::Relay,
            _ if name.starts_with("b2_") => Self::Call,
            _ => Self::Unknown,
        }
    }
}

/// Returns the part of the path after `/b2api/v4/`, if the path is written as clients write it.
pub(super) fn call_of(path: &str) -> Option<&str> {
    mount_and_call(path).map(|(_, call)| call)
}

/// Returns whether a web server can receive this target: a path, or an http(s) URL without credentials.
fn is_web_target(url: &str) -> bool {
    let whole = || Url::parse_web(url).is_some_and(|url| !url.authority.contains('@'));
    url.starts_with('/') || whole()
}

/// Splits a path into the path under which the gateway is mounted and the call.
///
/// Returns `None` for paths that other programs could read differently: with dot segments, empty segments, an encoded
/// separator, or a second `/b2api/`.
fn mount_and_call(path: &str) -> Option<(&str, &str)> {
    let (mount, call) = path.split_once(API)?;
    let call = call.strip_prefix(VERSION)?;
    let (root, mounted) = mount.split_once('/').unwrap_or((mount, "x"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_unambiguous = |segment: &str| {
        let segment = decode(segment);
        !matches!(segment.as_str(), "" | "." | "..") && !segment.contains(['/', '\\'])
    };
    let valid = root.is_empty()
        && mounted.split('/').all(is_unambiguous)
        && call.split('/').all(|segment| !segment.is_empty() && segment.bytes().all(is_plain))
        && !call.split('/').any(|segment| segment == "b2api");
    valid.then_some((mount, call))
}

/// Returns the URL of the gateway, given the URL of a request to it.
pub(super) fn base_of(url: &str) -> Option<String> {
    let url = Url::parse_web(url).filter(|url| !url.authority.contains('@'))?;
    let (mount, _) = mount_and_call(url.path)?;
    Some(format!("{}://{}{mount}", url.scheme, url.authority))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
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
            // Ambiguous paths.
            ("POST", "/b2api/v3/b2_x/b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/b2api/v4/b2_list_parts/b2api/v4/b2_authorize_account", Route::Unknown),
            ("POST", "/b2api/v4/b2_upload_file/b/0/x", Route::Unknown),
            ("POST", "/b2api/v4/b2_upload_file", Route::Unknown),
            ("POST", "/b2api/v4/b2_list_parts/", Route::Unknown),
            ("POST", "/b2api/v4//b2_list_parts", Route::Unknown),
            ("POST", "//b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/a//b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/a/../b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/%2e%2E/b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/a%2fb/b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "/b2api/v4/../v4/b2_list_parts", Route::Unknown),
            ("POST", "/b2api/v4/b2_list%5fparts", Route::Unknown),
            ("POST", "/b2api/v4/b2_list_parts%00", Route::Unknown),
            ("POST", "/B2API/v4/b2_list_parts", Route::Unknown),
            ("POST", "/b2api/v4/b2_list_parts;x", Route::Unknown),
            ("POST", "b2api/v4/b2_list_parts", Route::Unknown),
            ("POST", "https://a/b2api/v4/b2_list_parts", Route::Call),
            ("POST", "ftp://a/b2api/v4/b2_list_parts", Route::Unknown),
            ("GET", "ws://a/b2api/v4/b2_authorize_account", Route::Unknown),
            ("GET", "https://u:p@a/b2api/v4/b2_authorize_account", Route::Unknown),
            ("POST", "/caf%C3%A9/b2/b2api/v4/b2_list_parts", Route::Call),
            // Only GET and POST authorize.
            ("TRACE", "/b2api/v4/b2_authorize_account", Route::Call),
            ("HEAD", "/b2api/v4/b2_authorize_account", Route::Call),
            ("get", "/b2api/v4/b2_authorize_account", Route::Call),
            ("POST", "/b2api/v4/b2_authorize_account/x", Route::Call),
        ];
        for (method, path, route) in table {
            let head = RequestHead::new(Method::from(method), path);
            assert_eq!(Route::of(&head), route, "{method} {path}");
        }
    }
}
