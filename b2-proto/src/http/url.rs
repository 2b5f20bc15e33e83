//! A look at a URL, as it is written: nothing is decoded or tidied.

use crate::encoding::{cut, split_once};

/// The parts of an absolute URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// The parts of a URL that names a host; `None` for any other text.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = split_once(text, "://")?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = cut(rest, rest.find('/').unwrap_or(rest.len()));
        let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let of_authority =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@[]".contains(&byte);
        let good = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(of_scheme)
            && authority.bytes().all(of_authority);
        let host = authority.split_once('@').map_or(authority, |(_, host)| host);
        (good && !host.is_empty() && !host.starts_with(':')).then_some(Self {
            scheme,
            authority,
            path,
            query,
        })
    }

    /// The host, without user and port, as it is written.
    pub(crate) fn host(&self) -> &'a str {
        let host = self.authority.rsplit_once('@').map_or(self.authority, |(_, host)| host);
        match host.strip_prefix('[').and_then(|rest| rest.find(']')) {
            Some(end) => cut(host, end + 2).0,
            None => host.split_once(':').map_or(host, |(host, _)| host),
        }
    }

    /// The parts of a URL to which HTTP requests can be sent.
    pub(crate) fn parse_web(text: &'a str) -> Option<Self> {
        let web =
            |url: &Self| ["http", "https"].iter().any(|web| url.scheme.eq_ignore_ascii_case(web));
        Self::parse(text).filter(web)
    }
}

/// The path of a URL, or of what a server sees of one.
pub(super) fn path(url: &str) -> &str {
    let (url, _) = cut(url, url.find(['?', '#']).unwrap_or(url.len()));
    match split_once(url, "://").filter(|_| !url.starts_with('/')) {
        Some((_, rest)) => cut(rest, rest.find('/').unwrap_or(rest.len())).1,
        None => url,
    }
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
    fn what_is_no_url() {
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
        fn looking_is_total(text: String, rest: String) {
            let _ = (Url::parse(&text), path(&text));
            let url = format!("http://{rest}");
            if let Some(parsed) = Url::parse(&url) {
                prop_assert_eq!(parsed.path, path(&url));
            }
        }
    }
}
