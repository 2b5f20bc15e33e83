//! The hosts that may receive an account's token, keys and files.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::realm_url;
use crate::encoding::shown;
use crate::error::{Error, ErrorKind};
use crate::http::Url;

/// Where all of Backblaze's API, upload and download URLs are.
const BACKBLAZE: [&str; 2] = ["backblazeb2.com", "backblaze.com"];

/// Returns whether requests of an account of `realm` may be sent to `url`.
///
/// With one of Backblaze's realms: hosts of Backblaze, over `https`. With any other realm: these, and the realm's own
/// host, at any port, over `https` or whatever the realm itself is reached by. Hosts and domains in `allowed` always.
///
/// # Errors
///
/// [`ErrorKind::UntrustedHost`], naming the host.
pub fn check_host(realm: &str, allowed: &[String], url: &str) -> Result<(), Error> {
    let to = HostAddress::of(url).ok_or_else(|| untrusted("an address that is no plain URL"))?;
    let realm = realm_url(realm)?;
    let own = HostAddress::of(&realm);
    let of_realm = own.as_ref().is_some_and(|own| {
        let of_backblaze = ["backblaze.net", "backblazeb2.xyz"].into_iter().chain(BACKBLAZE);
        let family = of_backblaze.into_iter().find(|domain| is_within(&own.host, domain));
        let same = match family {
            Some(domain) => is_within(&to.host, domain),
            None => {
                to.host == own.host || (is_this_machine(&to.host) && is_this_machine(&own.host))
            }
        };
        same && (to.secure || !own.secure)
    });
    let of_backblaze = to.secure && BACKBLAZE.iter().any(|domain| is_within(&to.host, domain));
    let is_allowed = || allowed.iter().any(|domain| is_within(&to.host, &plain(domain)));
    if of_realm || of_backblaze || is_allowed() {
        return Ok(());
    }
    let scheme = if to.secure { "" } else { "http://" };
    Err(untrusted(&format!("{scheme}{}", shown(&to.host))))
}

fn untrusted(host: &str) -> Error {
    Error::new(
        ErrorKind::UntrustedHost,
        format!(
            "the server names {host} to send requests to, which is no host of the realm; nothing was sent there. \
             Check the realm, or allow the host if it is yours"
        ),
    )
}

/// The host of a URL.
struct HostAddress {
    /// In lower case, without a dot at its end.
    host: String,
    /// Whether it is reached by `https`.
    secure: bool,
}

impl HostAddress {
    /// Parses a URL. Returns `None` if URL libraries could disagree about its host, or would send another path.
    fn of(url: &str) -> Option<Self> {
        let url = Url::parse_web(url)?;
        if url.path.contains('\\') || url.path.split('/').any(is_dots) {
            return None;
        }
        let (host, port) = match url.authority.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                (format!("[{address}]"), port)
            }
            None => {
                let end = url.authority.find(':').unwrap_or(url.authority.len());
                let (host, port) = url.authority.split_at_checked(end)?;
                (host.to_owned(), port)
            }
        };
        let port_is_plain = match port.strip_prefix(':') {
            Some(digits) => digits.parse::<u16>().is_ok() && !digits.starts_with('+'),
            None => port.is_empty(),
        };
        let of_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        let host = plain(&host);
        let good = port_is_plain && !host.is_empty() && host.bytes().all(of_host);
        good.then(|| Self { host, secure: url.scheme.eq_ignore_ascii_case("https") })
    }
}

/// Returns whether a segment of a path is resolved by HTTP clients: `a/../b` becomes `b`, which is another file at B2.
fn is_dots(segment: &str) -> bool {
    [".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"]
        .iter()
        .any(|dots| segment.eq_ignore_ascii_case(dots))
}

fn plain(host: &str) -> String {
    host.trim().strip_suffix('.').unwrap_or(host.trim()).to_ascii_lowercase()
}

/// Returns whether a host is this domain or in it.
fn is_within(host: &str, domain: &str) -> bool {
    match host.strip_suffix(domain) {
        Some(before) => !domain.is_empty() && (before.is_empty() || before.ends_with('.')),
        None => false,
    }
}

fn is_this_machine(host: &str) -> bool {
    let octets: Vec<_> = host.split('.').collect();
    let of_loopback = octets.len() == 4
        && octets.first() == Some(&"127")
        && octets.iter().all(|octet| octet.parse::<u8>().is_ok());
    host == "[::1]" || is_within(host, "localhost") || of_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(realm: &str, allowed: &[&str], url: &str) -> bool {
        let allowed: Vec<_> = allowed.iter().map(|host| (*host).to_owned()).collect();
        match check_host(realm, &allowed, url) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UntrustedHost);
                false
            }
        }
    }

    #[test]
    fn urls_whose_path_would_be_changed() {
        for path in [
            "",
            "/file/bucket/a%20b%2F/c%3F?x=%7B%22a%22%7D",
            "/b2api/v4/b2_list_file_names?a=../b&c='d'",
            "/a...b/.../c./{x}",
        ] {
            assert!(trusts("production", &[], &format!("https://backblaze.com{path}")), "{path}");
        }
        for path in ["/a/../b", "/a/%2E%2e/b", "/./b", "/a/.%2E", "/.?x", "/a\\b", "/a\\..\\b"] {
            assert!(!trusts("production", &[], &format!("https://backblaze.com{path}")), "{path}");
        }
    }

    #[test]
    fn realms_of_backblaze() {
        for url in [
            "https://api.backblazeb2.com",
            "https://api004.backblazeb2.com/b2api/v4/b2_list_buckets",
            "https://backblazeb2.com",
            "HTTPS://F004.BackblazeB2.com:443/file/b/a",
            "https://pod-000-1009-14.backblaze.com/b2api/v4/b2_upload_file?x=@",
            "https://f004.backblazeb2.com./file",
        ] {
            assert!(trusts("production", &[], url), "{url}");
            assert!(trusts("https://api.backblazeb2.com", &[], url), "{url}");
            assert!(trusts("http://localhost:8180", &[], url), "{url}");
        }
        for url in [
            "http://api.backblazeb2.com",
            "https://evilbackblaze.com",
            "https://backblazeb2.com.evil.com",
            "https://backblazeb2.com@evil.com",
            "https://evil.com/backblazeb2.com",
            "https://evil.com?.backblazeb2.com",
            "https://evil.com#.backblazeb2.com",
            "https://evil.com\\.backblazeb2.com",
            "https://evil.com\\@f.backblazeb2.com",
            "https://user:password@f.backblazeb2.com",
            "https://evil.com:443@f.backblazeb2.com",
            "https://f.backblazeb2.com:443@evil.com",
            "https://f.backblazeb2.com:x",
            "https://f.backblazeb2.com:99999",
            "https://f.backblazeb2.com..",
            "https://f.backblazeb2%2ecom",
            "https://f.backblazeb2.com%2eevil.com",
            "https://f.b\u{e4}ckblaze.com",
            "https://xn--bckblaze-0za.com",
            "https://f.backblazeb2.co",
            "https://127.0.0.1",
            "https://[::1]",
            "https://[f.backblazeb2.com",
            "https://.",
            "ftp://f.backblazeb2.com",
            "f.backblazeb2.com",
            "",
        ] {
            assert!(!trusts("production", &[], url), "{url}");
        }
        assert!(trusts("staging", &[], "https://f001.backblaze.net"));
        assert!(!trusts("production", &[], "https://f001.backblaze.net"));
        assert!(trusts("dev", &[], "http://f001.backblazeb2.xyz:8180"));
    }

    #[test]
    fn a_realm_of_ones_own() {
        let trusted = |realm, url| trusts(realm, &[], url);
        assert!(trusted("http://localhost:8180", "http://localhost:9999/file"));
        assert!(trusted("http://localhost:8180", "http://127.0.0.1:8180"));
        assert!(trusted("http://[::1]:8180", "http://localhost:1"));
        assert!(trusted("https://files.example.com/b2", "https://FILES.example.com:8443/b2"));
        assert!(!trusted("https://files.example.com", "http://files.example.com"));
        assert!(!trusted("https://files.example.com", "https://a.files.example.com"));
        assert!(!trusted("https://files.example.com", "https://example.com"));
        assert!(!trusted("http://localhost", "http://192.168.0.1"));
        assert!(!trusted("http://127.0.0.1", "http://127.0.0.1.evil.com"));
    }

    #[test]
    fn others_are_allowed_by_name() {
        assert!(trusts("production", &["cdn.example.com"], "https://cdn.example.com/file"));
        assert!(trusts("production", &["Example.com."], "http://a.example.com:80"));
        assert!(!trusts("production", &["example.com", ""], "https://evilexample.com"));
    }

    proptest::proptest! {
        #[test]
        fn is_total(realm: String, url: String, rest in "[a-z.@:\\\\/\\[\\]%-]{0,30}") {
            let _ = check_host(&realm, &[], &url);
            let _ = check_host("production", &[url], &format!("https://{rest}"));
        }
    }
}
