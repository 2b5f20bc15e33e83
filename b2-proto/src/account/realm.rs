//! The URLs of realms.

use alloc::format;
use alloc::string::String;

use super::without_slash;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::http::Url;

/// Returns the URL of a realm, without a slash at the end. The realm is `production`, `dev`, `staging`, or an `http` or
/// `https` URL.
///
/// ```
/// use b2_proto::account::realm_url;
///
/// assert_eq!(realm_url("production")?, "https://api.backblazeb2.com");
/// assert_eq!(realm_url("http://localhost:8180/")?, "http://localhost:8180");
/// assert!(realm_url("api.backblazeb2.com").is_err());
/// # Ok::<(), b2_proto::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for anything else.
pub fn realm_url(realm: &str) -> Result<String, Error> {
    let url = match realm.trim() {
        "production" => "https://api.backblazeb2.com",
        "dev" => "http://api.backblazeb2.xyz:8180",
        "staging" => "https://api.backblaze.net",
        url => url,
    };
    check_url(url).map(without_slash).ok_or_else(|| bad_realm(realm))
}

/// Returns the text if it is an `http` or `https` URL to which a path can be appended.
pub(crate) fn check_url(url: &str) -> Option<&str> {
    Url::parse_web(url)?.query.is_none().then_some(url)
}

fn bad_realm(realm: &str) -> Error {
    let shown = shown(realm);
    Error::new(
        ErrorKind::InvalidInput,
        format!(
            "'{shown}' is not a realm; give production, dev, staging, or a URL such as https://api.backblazeb2.com"
        ),
    )
}
