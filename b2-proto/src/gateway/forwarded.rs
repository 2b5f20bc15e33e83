//! The URL that a browser has requested, as proxies report it.

use alloc::string::String;

use super::refusal::Refusal;
use super::route::base_of;
use crate::http::{Headers, RequestHead, Url};

const HOST: &str = "x-forwarded-host";
const PROTO: &str = "x-forwarded-proto";
const PREFIX: &str = "x-forwarded-prefix";

/// Returns the URL of the gateway by the headers `X-Forwarded-Host`, `X-Forwarded-Proto` and `X-Forwarded-Prefix`, or
/// `Forwarded`, of a request. What they do not contain is that of the request's URL. Of several values the first is used,
/// which the proxy next to the client has set.
pub(super) fn base_of_forwarded(head: &RequestHead) -> Result<String, Refusal> {
    let own = base_of(&head.url).ok_or_else(Refusal::internal)?;
    let headers = &head.headers;
    let host = first(headers, HOST).or_else(|| forwarded(headers, "host"));
    let proto = first(headers, PROTO).or_else(|| forwarded(headers, "proto"));
    let prefix = first(headers, PREFIX).unwrap_or_default().trim_end_matches('/');
    let Some(url) = Url::parse_web(&own) else {
        return Err(Refusal::internal());
    };
    let base = format!(
        "{}://{}{prefix}{}",
        proto.unwrap_or(url.scheme),
        host.unwrap_or(url.authority),
        url.path
    );
    // It must have the shape of a URL of a gateway, with this host.
    let valid = host.is_none_or(is_host)
        && (prefix.is_empty() || prefix.starts_with('/'))
        && base_of(&format!("{base}/b2api/v4/b2_x")).as_ref() == Some(&base);
    if valid {
        Ok(base)
    } else {
        Err(Refusal::bad_request("the forwarded host, protocol or prefix is invalid"))
    }
}

/// Returns whether this is a name or an address, with a port or without one.
fn is_host(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.bytes().all(is_plain)
}

/// Returns the first of the values of a header that are separated by commas.
fn first<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.split(',').next()?.trim();
    (!value.is_empty()).then_some(value)
}

/// Returns a parameter of the first element of `Forwarded` (RFC 7239).
fn forwarded<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let pairs = first(headers, "forwarded")?.split(';').filter_map(|pair| pair.split_once('='));
    let value = pairs
        .map(|(own, value)| (own.trim(), value.trim()))
        .find(|(own, _)| own.eq_ignore_ascii_case(name));
    value.map(|(_, value)| value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    fn base(url: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut head = RequestHead::new(Method::Get, url);
        for (name, value) in headers {
            head.headers.push(name, value).unwrap();
        }
        base_of_forwarded(&head).ok()
    }

    const URL: &str = "http://localhost:3000/b2/b2api/v4/b2_authorize_account";

    #[test]
    fn headers_of_proxies() {
        let table: [(&[(&str, &str)], &str); 7] = [
            (&[], "http://localhost:3000/b2"),
            (&[(HOST, "app.example"), (PROTO, "https")], "https://app.example/b2"),
            (
                &[(HOST, "app.example:8443, inner:80"), (PROTO, "https,http")],
                "https://app.example:8443/b2",
            ),
            (&[(PROTO, "https")], "https://localhost:3000/b2"),
            (&[(HOST, "[::1]:80"), (PREFIX, "/shop/")], "http://[::1]:80/shop/b2"),
            (
                &[("Forwarded", "for=\"[::2]\";Host=\"app.example:1\";proto=https, for=x")],
                "https://app.example:1/b2",
            ),
            (
                &[("forwarded", "host=other.example"), (HOST, "app.example")],
                "http://app.example/b2",
            ),
        ];
        for (headers, expected) in table {
            assert_eq!(base(URL, headers).as_deref(), Some(expected), "{headers:?}");
        }
    }

    #[test]
    fn invalid_headers_are_refused() {
        for (name, value) in [
            (HOST, "app.example/other"),
            (HOST, "user@app.example"),
            (HOST, "app.example?x"),
            (HOST, "app.example\\x"),
            (HOST, "app.example#x"),
            (HOST, "app example"),
            (PROTO, "javascript"),
            (PROTO, "https://evil.example/?"),
            (PREFIX, "/a/../b"),
            (PREFIX, "//evil.example"),
            (PREFIX, ".evil.example"),
            ("forwarded", "host=\"a/b\""),
        ] {
            assert_eq!(base(URL, &[(name, value)]), None, "{name}: {value}");
        }
    }
}
