//! The limit of requests per second.

use std::num::NonZeroU32;

use b2_sim::Config;
use bytes::Bytes;
use http::Request;
use serde_json::json;

use crate::client::TestClient;

#[test]
fn requests_above_the_limit_are_refused_until_a_second_has_passed() {
    let limit = NonZeroU32::new(5);
    let mut client = TestClient::new(Config { requests_per_second: limit, ..Config::default() });
    // The authorization was the first.
    client.ok("b2_list_buckets", json!({}));
    client.now += 400;
    for _ in 0..3 {
        client.ok("b2_list_buckets", json!({}));
    }
    for _ in 0..3 {
        let refusal = client.refusal("b2_list_buckets", json!({}));
        assert_eq!(refusal, (429, "too_many_requests".to_owned()));
    }
    // Downloads and uploads count as well.
    let response = client.send(Request::get("/file/no-bucket/name").body(Bytes::new()).unwrap());
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "1");
    client.now += 599;
    assert_eq!(client.refusal("b2_list_buckets", json!({})).0, 429);
    // Two requests are more than a second old; refused ones do not count.
    client.now += 1;
    client.ok("b2_list_buckets", json!({}));
    client.ok("b2_list_buckets", json!({}));
    assert_eq!(client.refusal("b2_list_buckets", json!({})).0, 429);
    client.service.config_mut().requests_per_second = None;
    client.ok("b2_list_buckets", json!({}));
}
