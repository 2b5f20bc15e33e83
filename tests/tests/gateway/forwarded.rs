//! The URL of a gateway behind a proxy.

use b2_proto::gateway::GatewayConfig;
use bytes::Bytes;
use http::Request;

use crate::realm::{PASSWORD, SECRET};
use crate::site::Site;

/// Authorizes at a host behind a proxy, and returns the status and the URL for further calls.
fn api_url(config: GatewayConfig, headers: &[(&str, &str)]) -> (u16, Option<String>) {
    let mut site = Site::with(config);
    let grant = site.grant("42");
    site.realm.grants.insert("42".to_owned(), grant);
    let mut request = Request::get("http://localhost:3000/b2/b2api/v4/b2_authorize_account")
        .header("authorization", b2_sim::Credentials::new("42", PASSWORD).basic());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (status, _, said) = site.answer(request.body(Bytes::new()).unwrap());
    (status, said["apiInfo"]["storageApi"]["apiUrl"].as_str().map(str::to_owned))
}

const HEADERS: [(&str, &str); 2] =
    [("x-forwarded-host", "app.example"), ("x-forwarded-proto", "https")];

#[test]
fn forwarded_headers_are_ignored_by_default() {
    let (status, url) = api_url(GatewayConfig::at_any_url(SECRET), &HEADERS);
    assert_eq!((status, url.as_deref()), (200, Some("http://localhost:3000/b2")));
}

#[test]
fn forwarded_headers_say_the_url_if_they_are_trusted() {
    let trusting = || GatewayConfig::at_any_url(SECRET).trust_forwarded();
    let (status, url) = api_url(trusting(), &HEADERS);
    assert_eq!((status, url.as_deref()), (200, Some("https://app.example/b2")));
    let (status, url) = api_url(trusting(), &[]);
    assert_eq!((status, url.as_deref()), (200, Some("http://localhost:3000/b2")));
    // Other texts than a host are refused.
    assert_eq!(api_url(trusting(), &[("x-forwarded-host", "app.example/x?")]), (400, None));
}

#[test]
fn a_configured_url_is_not_replaced() {
    let config = GatewayConfig::new("https://b2.app.example", SECRET).trust_forwarded();
    let (status, url) = api_url(config, &HEADERS);
    assert_eq!((status, url.as_deref()), (200, Some("https://b2.app.example")));
}
