//! Splits URLs into their parts, without decoding or normalizing them.

/// The parts of an absolute URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// Parses a URL that names a host, without a fragment; returns `None` for any other text.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = split_before(rest, '/');
        let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let is_authority_byte =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@[]".contains(&byte);
        let valid = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(is_scheme_byte)
            && authority.bytes().all(is_authority_byte);
        let host = authority.split_once('@').map_or(authority, |(_, host)| host);
        (valid && !host.is_empty() && !host.starts_with(':')).then_some(Self {
            scheme,
            authority,
            path,
            query,
        })
    }

    /// Returns the host, without user and port.
    pub(crate) fn host(&self) -> &'a str {
        let host = self.authority.rsplit_once('@').map_or(self.authority, |(_, host)| host);
        if host.starts_with('[') {
            host.split_inclusive(']').next().unwrap_or(host)
        } else {
            host.split_once(':').map_or(host, |(host, _)| host)
        }
    }

    /// Parses a URL with the scheme `http` or `https`.
    pub(crate) fn parse_web(text: &'a str) -> Option<Self> {
        let is_web =
            |url: &Self| ["http", "https"].iter().any(|web| url.scheme.eq_ignore_ascii_case(web));
        Self::parse(text).filter(is_web)
    }
}

/// Returns the path of a URL, or of a request target as a server receives it.
pub(super) fn path(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://").filter(|_| !url.starts_with('/')) {
        Some((_, rest)) => split_before(rest, '/').1,
        None => url,
    }
}

/// Splits a text before the first `separator`; the second part is empty where there is none.
fn split_before(text: &str, separator: char) -> (&str, &str) {
    text.split_at(text.find(separator).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts() {
        let url = Url::parse("https://[::1]:8443/b2/x//y?a=/b?c").unwrap();
        assert_eq!((url.scheme, url.authority), ("https", "[::1]:8443"));
        assert_eq!((url.path, url.query), ("/b2/x//y", Some("a=/b?c")));
        let url = Url::parse("app+x://u@host").unwrap();
        assert_eq!((url.scheme, url.authority, url.path, url.query), ("app+x", "u@host", "", None));
        assert_eq!(Url::parse_web("app+x://u@host"), None);
        assert!(Url::parse_web("HTTPS://Host").is_some());
        assert_eq!(Url::parse_web("http://h?x").map(|url| url.query), Some(Some("x")));
    }

    #[test]
    fn invalid_urls() {
        for text in [
            "",
            "no url",
            "/path",
            "h:80",
            "//h",
            "://h",
            "1http://h",
            "ht tp://h",
            "http://",
            "http:///x",
            "http://:80",
            "http://u@",
            "http://u@:1/",
            "http://a b",
            "http://a\\b",
            "http://h/\u{e9}",
            "http://h/ x",
            "http://h/\n",
            "http://h/#x",
            "http:// h",
        ] {
            assert_eq!(Url::parse(text), None, "{text}");
        }
    }

    #[test]
    fn paths() {
        for (url, expected) in [
            ("https://h/a/b?c=/d", "/a/b"),
            ("https://h", ""),
            ("https://h?x", ""),
            ("/a/b?x", "/a/b"),
            ("/a://b/c", "/a://b/c"),
            ("/a#b", "/a"),
            ("*", "*"),
            ("h:80", "h:80"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }

    proptest! {
        #[test]
        fn parsing_is_total(text: String, rest: String) {
            let _ = (Url::parse(&text), path(&text));
            let url = format!("http://{rest}");
            if let Some(parsed) = Url::parse(&url) {
                prop_assert_eq!(parsed.path, path(&url));
            }
        }
    }
}
