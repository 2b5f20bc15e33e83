//! Tokens, file IDs and their expiry.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::site::Site;

#[test]
fn invalid_tokens_are_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let body = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/" });
    let (claims, tag) = token.rsplit_once('.').unwrap();
    let grant = site.grant("43");
    let of_another = site.enter("43", grant);
    let other_claims = of_another.rsplit_once('.').unwrap().0;
    let relay = site.relay_url(&token).1;
    for forged in [
        String::new(),
        "x".to_owned(),
        format!("{claims}."),
        format!("{claims}.AAAA"),
        format!("{other_claims}.{tag}"),
        format!("{token}A"),
        // A token for small files only.
        relay,
    ] {
        let said = site.call(&forged, "b2_list_file_names", &body);
        assert_eq!((said.0, said.1.as_str()), (401, "bad_auth_token"), "{forged}");
    }
    // The reverse.
    let url = site.relay_url(&token).0;
    let said = site.relay(&(url, token.clone()), Bytes::new(), &[]);
    assert_eq!((said.0, said.1.as_str()), (401, "bad_auth_token"));
    // A token of a gateway with another secret.
    let mut elsewhere = Site::with(
        b2_proto::gateway::GatewayConfig::new(crate::realm::BASE, &[1; 32]).part_size(1_000),
    );
    let foreign = elsewhere.visitor();
    let said = site.call(&foreign, "b2_list_file_names", &body);
    assert_eq!((said.0, said.1.as_str()), (401, "bad_auth_token"));
}

#[test]
fn an_expired_grant_is_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let relay = site.relay_url(&token);
    site.wait(Duration::from_secs(3_599));
    let names = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/" });
    assert_eq!(site.call(&token, "b2_list_file_names", &names).0, 200);
    site.wait(Duration::from_secs(1));
    let said = site.call(&token, "b2_list_file_names", &names);
    assert_eq!((said.0, said.1.as_str()), (401, "expired_auth_token"));
    let said = site.relay(&relay, Bytes::new(), &[]);
    assert_eq!((said.0, said.1.as_str()), (401, "expired_auth_token"));
    // A new grant of the same visitor can continue the file.
    let token = site.visitor();
    assert_eq!(site.finish(&token, &id, &sha1s).0, 200);
}

#[test]
fn an_expired_file_id_is_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    site.wait(Duration::from_secs(7 * 86_400));
    let token = site.visitor();
    let (status, _, said) = site.call(&token, "b2_list_parts", &json!({ "fileId": id }));
    assert_eq!(status, 200, "{said}");
    site.wait(Duration::from_secs(86_400));
    let token = site.visitor();
    let said = site.finish(&token, &id, &sha1s);
    assert_eq!((said.0, said.1.as_str()), (400, "bad_request"));
    assert_eq!(site.count("upload"), 0);
}
