//! CORS by the rules of a bucket.
//!
//! Rules exist for the two uploads and the two downloads only; other calls never have CORS headers.

use http::header::{self, HeaderMap, HeaderValue};

use crate::state::CorsRule;
use crate::wire::{Reply, ReplyBody};

/// The headers that let a page read a response.
#[derive(Clone, Debug, Default)]
pub(crate) struct CorsHeaders(Vec<(header::HeaderName, HeaderValue)>);

impl CorsHeaders {
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

/// Returns the response to a preflight, by the first rule that allows it.
pub(crate) fn preflight(rules: &[CorsRule], operation: &str, head: &HeaderMap) -> Reply {
    let text = |name| head.get(name).and_then(|value| value.to_str().ok());
    let methods = if operation.starts_with("b2_upload") { "POST" } else { "GET, HEAD" };
    let mut reply = Reply::new(ReplyBody::Empty);
    reply.headers_mut().insert(header::CONTENT_LENGTH, 0.into());
    let (Some(origin), Some(method)) =
        (text(header::ORIGIN), text(header::ACCESS_CONTROL_REQUEST_METHOD))
    else {
        *reply.status_mut() = http::StatusCode::FORBIDDEN;
        return reply;
    };
    let asked = text(header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let names = || asked.split(',').map(str::trim).filter(|name| !name.is_empty());
    let allows = |rule: &&CorsRule| {
        matches(rule, operation, origin) && names().all(|name| allows_header(rule, name))
    };
    let rule = rules.iter().find(allows);
    let Some(rule) = rule.filter(|_| methods.split(", ").any(|allowed| allowed == method)) else {
        *reply.status_mut() = http::StatusCode::FORBIDDEN;
        return reply;
    };
    let headers = reply.headers_mut();
    let mut set = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, shown_origin(rule, origin));
    set(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    if !asked.is_empty() {
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    set(header::ACCESS_CONTROL_MAX_AGE, &rule.max_age_seconds.to_string());
    set(header::VARY, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    reply
}

/// Returns the headers of the response to an actual request; none if no rule allows it. The request is executed in any
/// case.
pub(crate) fn actual(rules: &[CorsRule], operation: &str, head: &HeaderMap) -> CorsHeaders {
    let origin = head.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let Some(origin) = origin else {
        return CorsHeaders::default();
    };
    let Some(rule) = rules.iter().find(|rule| matches(rule, operation, origin)) else {
        return CorsHeaders::default();
    };
    let exposed = rule.expose_headers.as_ref().map(|names| names.join(", "));
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(shown_origin(rule, origin).to_owned())),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.filter(|names| !names.is_empty())),
        (header::VARY, Some("Origin".to_owned())),
    ];
    let value =
        |(name, text): (_, Option<String>)| Some((name, HeaderValue::from_str(&text?).ok()?));
    CorsHeaders(headers.into_iter().filter_map(value).collect())
}

fn shown_origin<'a>(rule: &CorsRule, origin: &'a str) -> &'a str {
    if rule.allowed_origins == ["*"] { "*" } else { origin }
}

fn matches(rule: &CorsRule, operation: &str, origin: &str) -> bool {
    rule.allowed_operations.iter().any(|allowed| allowed == operation)
        && rule.allowed_origins.iter().any(|allowed| allows_origin(allowed, origin))
}

fn allows_header(rule: &CorsRule, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    rule.allowed_headers.iter().flatten().any(|allowed| {
        let allowed = allowed.to_ascii_lowercase();
        match allowed.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == allowed,
        }
    })
}

/// Returns scheme, host and port. The default port is the scheme's.
fn split(origin: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = origin.split_once("://")?;
    let default = match scheme {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let port = rest
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let (host, port) = port.unwrap_or((rest, default));
    Some((scheme, host, port))
}

fn allows_origin(allowed: &str, origin: &str) -> bool {
    let Some((scheme, host, port)) = split(origin) else {
        return false;
    };
    match allowed {
        "*" => true,
        "https" => scheme == "https",
        _ => {
            let Some((want_scheme, want_host, want_port)) = split(allowed) else {
                return false;
            };
            let host_fits = match want_host.split_once('*') {
                None => host.eq_ignore_ascii_case(want_host),
                Some((before, after)) => {
                    host.len() >= before.len() + after.len()
                        && host.starts_with(before)
                        && host.ends_with(after)
                }
            };
            scheme == want_scheme && port == want_port && host_fits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        CorsRule {
            cors_rule_name: "uploads".to_owned(),
            allowed_origins: owned(origins),
            allowed_operations: owned(&["b2_upload_file"]),
            allowed_headers: Some(owned(headers)),
            expose_headers: Some(owned(&["x-bz-file-id"])),
            max_age_seconds: 600,
        }
    }

    fn head(origin: &'static str, headers: &'static str) -> HeaderMap {
        [
            (header::ORIGIN, HeaderValue::from_static(origin)),
            (header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST")),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static(headers)),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn origins_by_rule() {
        for (allowed, origin, fits) in [
            ("*", "http://localhost:3000", true),
            ("*", "file://x", false),
            ("https", "https://a.example:8443", true),
            ("https", "http://a.example", false),
            ("https://a.example", "https://a.example:443", true),
            ("https://*.example", "https://a.b.example", true),
            ("https://*.example", "https://example", false),
            ("https://*:8443", "https://x:8443", true),
            ("https://*", "https://x:8443", false),
            ("http://localhost:3000", "http://127.0.0.1:3000", false),
        ] {
            assert_eq!(allows_origin(allowed, origin), fits, "{allowed} {origin}");
        }
    }

    #[test]
    fn a_preflight_needs_a_rule_for_all_of_it() {
        let rules = [rule(&["https://a.example"], &["authorization", "X-Bz-*"])];
        let asked = head("https://a.example", "Authorization, x-bz-file-name");
        let reply = preflight(&rules, "b2_upload_file", &asked);
        assert_eq!(reply.status(), 200);
        assert_eq!(
            reply.headers()["access-control-allow-headers"],
            "Authorization, x-bz-file-name"
        );
        for (operation, head) in [
            ("b2_upload_part", asked),
            ("b2_upload_file", head("https://a.example", "x-other")),
            ("b2_upload_file", head("https://b.example", "authorization")),
        ] {
            let reply = preflight(&rules, operation, &head);
            assert_eq!(reply.status(), 403);
            assert!(!reply.headers().contains_key("access-control-allow-origin"));
        }
    }

    #[test]
    fn a_response_can_be_read_if_a_rule_allows_it() {
        let rules = [rule(&["*"], &[])];
        let mut headers = HeaderMap::new();
        let from = head("http://localhost:3000", "");
        actual(&rules, "b2_upload_file", &from).add_to(&mut headers);
        assert_eq!(headers["access-control-allow-origin"], "*");
        assert_eq!(headers["access-control-expose-headers"], "x-bz-file-id");
    }
}
