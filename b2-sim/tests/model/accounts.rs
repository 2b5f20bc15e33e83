//! Authorization, keys and tokens.

use b2_sim::Credentials;
use http::Method;
use serde_json::json;

use crate::client::{client, read, text};

#[test]
fn the_response_to_authorize_depends_on_the_version() {
    let mut client = client();
    let master = client.service.credentials().clone();
    let (_, v1) = client.authorize(1, &master);
    assert_eq!(v1["minimumPartSize"], v1["recommendedPartSize"]);
    assert!(v1["allowed"]["bucketId"].is_null() && v1["apiUrl"].is_string());
    let (_, v2) = client.authorize(2, &master);
    assert!(v2["minimumPartSize"].is_null());
    let (_, v3) = client.authorize(3, &master);
    assert_eq!(v3["apiInfo"]["storageApi"]["infoType"], "storageApi");
    let (_, v4) = client.authorize(4, &master);
    let storage = &v4["apiInfo"]["storageApi"];
    assert!(storage["allowed"]["buckets"].is_null() && storage.get("bucketId").is_none());
    assert_eq!(v4["accountId"], master.key_id);
}

#[test]
fn a_wrong_key_is_unauthorized() {
    let mut client = client();
    let wrong = Credentials::new(client.service.account_id(), "wrong");
    let response = client.fetch_anonymously(
        Method::GET,
        "/b2api/v4/b2_authorize_account",
        &[("authorization", &wrong.basic())],
    );
    assert_eq!(response.headers()["www-authenticate"], "BASIC realm=\"authorize_account\"");
    let (status, body) = read(&response);
    assert_eq!((status, text(&body["code"])), (401, "unauthorized"));
}

#[test]
fn tokens_expire_after_a_day() {
    let mut client = client();
    let body = json!({ "accountId": client.service.account_id() });
    assert_eq!(client.call_as("nonsense", 4, "b2_list_buckets", &body).1["code"], "bad_auth_token");
    client.now += 86_400_000 - 1;
    client.ok("b2_list_buckets", json!({}));
    client.now += 1;
    let refused = client.refusal("b2_list_buckets", json!({}));
    assert_eq!(refused, (401, "expired_auth_token".to_owned()));
}

#[test]
fn one_token_can_be_expired() {
    let mut client = client();
    let master = client.service.credentials().clone();
    let old = client.token.clone();
    client.log_in(&master);
    client.service.expire_account_token(&old);
    let body = json!({ "accountId": master.key_id });
    assert_eq!(client.call_as(&old, 4, "b2_list_buckets", &body).1["code"], "expired_auth_token");
    client.ok("b2_list_buckets", json!({}));
}

#[test]
fn tokens_of_a_deleted_key_are_invalid() {
    let mut client = client();
    let master = client.service.credentials().clone();
    let key = client.become_key(json!({ "capabilities": ["listBuckets"] }));
    let old = client.token.clone();
    client.log_in(&master);
    client.ok("b2_delete_key", json!({ "applicationKeyId": key.key_id }));
    let body = json!({ "accountId": master.key_id });
    assert_eq!(client.call_as(&old, 4, "b2_list_buckets", &body).1["code"], "bad_auth_token");
    assert_eq!(client.authorize(4, &key).0, 401);
}

#[test]
fn tokens_of_an_expired_key_are_invalid() {
    let mut client = client();
    let body = json!({ "capabilities": ["listBuckets"], "validDurationInSeconds": 60 });
    let key = client.become_key(body);
    client.now += 60_000;
    let refused = client.refusal("b2_list_buckets", json!({}));
    assert_eq!(refused.1, "expired_auth_token");
    let (status, body) = client.authorize(4, &key);
    assert_eq!((status, text(&body["code"])), (401, "unauthorized"));
}

#[test]
fn a_restricted_key_is_limited_to_its_prefix() {
    let mut client = client();
    let (mine, other) = (client.bucket("bucket-mine"), client.bucket("bucket-other"));
    client.become_key(json!({
        "capabilities": ["listBuckets", "listFiles", "writeFiles", "readFiles"],
        "bucketIds": [mine],
        "namePrefix": "in/",
    }));
    for (call, body) in [
        ("b2_list_buckets", json!({})),
        ("b2_list_buckets", json!({ "bucketId": other })),
        ("b2_list_buckets", json!({ "bucketName": "bucket-other" })),
        ("b2_list_file_names", json!({ "bucketId": mine })),
        ("b2_list_file_names", json!({ "bucketId": other, "prefix": "in/" })),
        ("b2_get_upload_url", json!({ "bucketId": other })),
        ("b2_hide_file", json!({ "bucketId": mine, "fileName": "out/x" })),
        ("b2_delete_file_version", json!({ "fileName": "in/x", "fileId": "x" })),
        ("b2_create_bucket", json!({ "bucketName": "bucket-new", "bucketType": "allPrivate" })),
    ] {
        assert_eq!(client.refusal(call, body), (401, "unauthorized".to_owned()), "{call}");
    }
    client.ok("b2_list_buckets", json!({ "bucketName": "bucket-mine" }));
    client.ok("b2_list_file_names", json!({ "bucketId": mine, "prefix": "in/" }));
    client.upload(&mine, "in/a", b"x");
    let url = client.upload_url(&mine);
    let (status, body) = client.upload_with(&url, &[("x-bz-file-name", "out/a")], b"x");
    assert_eq!((status, text(&body["code"])), (401, "unauthorized"));
    let body = json!({ "accountId": client.service.account_id() });
    let token = client.token.clone();
    let (_, v1) = client.call_as(&token, 1, "b2_list_buckets", &body);
    assert_eq!(
        v1["buckets"][0]["bucketName"], "bucket-mine",
        "only version 1 lists what is allowed"
    );
}

#[test]
fn a_key_for_several_buckets_needs_version_4() {
    let mut client = client();
    let ids = [client.bucket("bucket-1"), client.bucket("bucket-2")];
    let key = client.become_key(json!({ "capabilities": ["listFiles"], "bucketIds": ids }));
    let (_, v4) = client.authorize(4, &key);
    let allowed = &v4["apiInfo"]["storageApi"]["allowed"]["buckets"];
    assert_eq!(allowed[1], json!({ "id": ids[1], "name": "bucket-2" }));
    assert_eq!(client.authorize(3, &key).1["code"], "unsupported");
}

#[test]
fn keys_are_checked_and_listed() {
    let mut client = client();
    let bucket = client.bucket("photos");
    for body in [
        json!({ "keyName": "k", "capabilities": [] }),
        json!({ "keyName": "bad name", "capabilities": ["listFiles"] }),
        json!({ "keyName": "k", "capabilities": ["fly"] }),
        json!({ "keyName": "k", "capabilities": ["listFiles"], "validDurationInSeconds": 0 }),
        json!({ "keyName": "k", "capabilities": ["writeKeys"], "bucketIds": [bucket] }),
    ] {
        assert_eq!(client.refusal("b2_create_key", body).0, 400);
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        let key =
            client.ok("b2_create_key", json!({ "keyName": "k", "capabilities": ["listFiles"] }));
        ids.push(key["applicationKeyId"].clone());
    }
    let page = client.ok("b2_list_keys", json!({ "maxKeyCount": 2 }));
    assert_eq!(page["keys"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["nextApplicationKeyId"], ids[2]);
    assert!(page["keys"][0].get("applicationKey").is_none());
    let rest = client.ok("b2_list_keys", json!({ "startApplicationKeyId": ids[2] }));
    assert!(rest["nextApplicationKeyId"].is_null());
    assert_eq!(client.refusal("b2_delete_key", json!({ "applicationKeyId": "x" })).0, 400);
}
