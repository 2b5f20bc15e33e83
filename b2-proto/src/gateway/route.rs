//! What a request is about.

use alloc::string::String;

use crate::encoding::decode;
use crate::http::{Method, RequestHead, Url};

/// What a request is about, by its path and method alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `b2_authorize_account`: ask the application whether this visitor may, then
    /// [`authorize`](super::IncomingRequest::authorize) or [`refuse`](super::IncomingRequest::refuse) it.
    Authorize,
    /// A call: [`respond`](super::IncomingRequest::respond) it.
    Call,
    /// A small file on its way through the gateway: [`respond`](super::IncomingRequest::respond) it.
    Relay,
    /// A browser asks whether a page of another origin may: [`respond`](super::IncomingRequest::respond) it.
    Preflight,
    /// Nothing of the gateway's. [`respond`](super::IncomingRequest::respond) says so, unless the host knows better.
    Unknown,
}

const API: &str = "/b2api/";
const VERSION: &str = "v4/";
pub(super) const UPLOAD: &str = "b2_upload_file";

impl Route {
    pub(super) fn of(head: &RequestHead) -> Self {
        let Some(call) = call_of(head.path()).filter(|_| is_of_the_web(&head.url)) else {
            return Self::Unknown;
        };
        let (name, of_url) = call.split_once('/').unwrap_or((call, ""));
        match name {
            _ if head.method == Method::Options => Self::Preflight,
            "b2_authorize_account"
                if call == name && matches!(head.method, Method::Get | Method::Post) =>
            {
                Self::Authorize
            }
            UPLOAD if of_url.split('/').count() != 2 => Self::Unknown,
            UPLOAD => Self::Relay,
            _ if name.starts_with("b2_") => Self::Call,
            _ => Self::Unknown,
        }
    }
}

/// Returns what follows `/b2api/v4/`, if the path is written in the one way in which clients write it.
pub(super) fn call_of(path: &str) -> Option<&str> {
    mount_and_call(path).map(|(_, call)| call)
}

/// Whether a web server can be asked for it: a path, or a URL of the web in which nobody logs in.
fn is_of_the_web(url: &str) -> bool {
    let whole = || Url::parse_web(url).is_some_and(|url| !url.authority.contains('@'));
    url.starts_with('/') || whole()
}

/// Splits a path into where the gateway is mounted and the call.
///
/// A path that others could read differently is none: one with dot segments, empty segments, an encoded separator, or
/// a second `/b2api/`.
fn mount_and_call(path: &str) -> Option<(&str, &str)> {
    let (mount, call) = path.split_once(API)?;
    let call = call.strip_prefix(VERSION)?;
    let (root, mounted) = mount.split_once('/').unwrap_or((mount, "x"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let one_way = |segment: &str| {
        let segment = decode(segment);
        !matches!(segment.as_str(), "" | "." | "..") && !segment.contains(['/', '\\'])
    };
    let good = root.is_empty()
        && mounted.split('/').all(one_way)
        && call.split('/').all(|segment| !segment.is_empty() && segment.bytes().all(plain))
        && !call.split('/').any(|segment| segment == "b2api");
    good.then_some((mount, call))
}

/// Where the gateway is, as the URL of a request to it says.
pub(super) fn base_of(url: &str) -> Option<String> {
    let url = Url::parse_web(url).filter(|url| !url.authority.contains('@'))?;
    let (mount, _) = mount_and_call(url.path)?;
    Some(format!("{}://{}{mount}", url.scheme, url.authority))
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
            // Two readings of one path.
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
            // Only these two methods let in.
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
