//! Tokens, file IDs and their expiry.

use std::time::Duration;

use b2_proto::gateway::{Gateway, GatewayConfig};
use bytes::Bytes;
use serde_json::json;

use crate::realm::{BASE, SECRET};
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

const OLD: &[u8] = SECRET;
const NEW: &[u8] = b"another secret of this application";

/// A gateway with these secrets, of which the first signs.
fn with_secrets(secrets: [Option<&[u8]>; 2]) -> Gateway {
    let mut secrets = secrets.into_iter().flatten();
    let mut config = GatewayConfig::new(BASE, secrets.next().unwrap()).part_size(1_000);
    for other in secrets {
        config = config.previous_secret(other);
    }
    Gateway::new(config).unwrap()
}

/// Sessions and uploads that have begun continue with a new secret, and end when the old one is removed.
#[test]
fn a_new_secret_ends_no_session_and_no_upload() {
    let mut site = Site::new();
    let token = site.visitor();
    let (id, sha1s) = site.parts(&token, "u/42/a.png", &[100, 100]);
    let names = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/" });
    let unfinished = json!({ "bucketId": site.bucket_id.clone(), "namePrefix": "u/42/" });

    site.realm.gateway = with_secrets([Some(NEW), Some(OLD)]);
    assert_eq!(site.call(&token, "b2_list_file_names", &names).0, 200);
    // A visitor who comes back finds the unfinished file, which has the mark of the old secret.
    let renewed = site.visitor();
    let (_, _, found) = site.call(&renewed, "b2_list_unfinished_large_files", &unfinished);
    assert_eq!(found["files"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(site.finish(&renewed, &id, &sha1s).0, 200);

    site.realm.gateway = with_secrets([Some(NEW), None]);
    let said = site.call(&token, "b2_list_file_names", &names);
    assert_eq!((said.0, said.1.as_str()), (401, "bad_auth_token"));
    assert_eq!(site.call(&renewed, "b2_list_file_names", &names).0, 200);
    let said = site.finish(&renewed, &id, &sha1s);
    assert_eq!(said.0, 400, "the id was signed with the old secret: {}", said.2);
}

/// While instances get a new configuration one by one, each accepts the tokens of the others.
#[test]
fn instances_with_both_secrets_accept_each_other() {
    let mut site = Site::new();
    let names = json!({ "bucketId": site.bucket_id.clone(), "prefix": "u/42/" });
    let steps =
        [[Some(OLD), None], [Some(OLD), Some(NEW)], [Some(NEW), Some(OLD)], [Some(NEW), None]];
    for pair in steps.windows(2) {
        for (issuer, other) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            site.realm.gateway = with_secrets(issuer);
            let token = site.visitor();
            site.realm.gateway = with_secrets(other);
            assert_eq!(site.call(&token, "b2_list_file_names", &names).0, 200);
        }
    }
    // Without the step between, instances with the old configuration refuse the tokens of the new one.
    site.realm.gateway = with_secrets([Some(NEW), Some(OLD)]);
    let token = site.visitor();
    site.realm.gateway = with_secrets([Some(OLD), None]);
    assert_eq!(site.call(&token, "b2_list_file_names", &names).0, 401);
}
