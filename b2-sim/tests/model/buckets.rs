//! Buckets and their settings.

use serde_json::json;

use crate::client::{TestClient, client};

#[test]
fn names_are_unique_ignoring_case() {
    let mut client = client();
    client.bucket("photos");
    let body = json!({ "bucketName": "PHOTOS", "bucketType": "allPublic" });
    let refused = client.refusal("b2_create_bucket", body);
    assert_eq!(refused, (400, "duplicate_bucket_name".to_owned()));
    client.service.config_mut().max_buckets = 1;
    let body = json!({ "bucketName": "videos", "bucketType": "allPublic" });
    assert_eq!(client.refusal("b2_create_bucket", body).1, "too_many_buckets");
}

#[test]
fn an_update_replaces_given_settings_and_increments_the_revision() {
    let mut client = client();
    let id = client.bucket("photos");
    let set = client.ok(
        "b2_update_bucket",
        json!({ "bucketId": id, "bucketInfo": { "a": "1" }, "bucketType": "allPublic",
            "lifecycleRules": [{ "fileNamePrefix": "", "daysFromHidingToDeleting": 1 }] }),
    );
    assert_eq!(set["lifecycleRules"][0]["daysFromUploadingToHiding"], json!(null));
    let cleared = client.ok("b2_update_bucket", json!({ "bucketId": id, "lifecycleRules": [] }));
    assert_eq!(
        (&cleared["bucketInfo"]["a"], &cleared["lifecycleRules"]),
        (&json!("1"), &json!([]))
    );
    assert_eq!(cleared["revision"], set["revision"].as_u64().map(|revision| revision + 1).unwrap());
    let stale = json!({ "bucketId": id, "ifRevisionIs": 1, "bucketType": "allPrivate" });
    assert_eq!(client.refusal("b2_update_bucket", stale), (409, "conflict".to_owned()));
    let bad = json!({ "bucketId": id, "bucketType": "allPrivate", "lifecycleRules": [{}] });
    assert_eq!(client.refusal("b2_update_bucket", bad).0, 400);
    let listed = client.ok("b2_list_buckets", json!({ "bucketId": id }));
    assert_eq!(listed["buckets"][0]["bucketType"], "allPublic", "a refused update changes nothing");
}

#[test]
fn only_empty_buckets_can_be_deleted() {
    let mut client = client();
    let id = client.bucket("photos");
    let file = client.start(&id, "unfinished");
    let refused = client.refusal("b2_delete_bucket", json!({ "bucketId": id }));
    assert_eq!(refused.1, "cannot_delete_non_empty_bucket");
    client.ok("b2_cancel_large_file", json!({ "fileId": file }));
    client.ok("b2_delete_bucket", json!({ "bucketId": id }));
    let refused = client.refusal("b2_delete_bucket", json!({ "bucketId": id }));
    assert_eq!(refused, (400, "bad_bucket_id".to_owned()));
}

#[test]
fn lists_are_sorted_and_filtered() {
    let mut client = client();
    for name in ["bucket-b", "bucket-a"] {
        client.bucket(name);
    }
    let all = client.ok("b2_list_buckets", json!({ "bucketTypes": ["all"] }));
    assert_eq!(all["buckets"][0]["bucketName"], "bucket-a");
    let none = client.ok("b2_list_buckets", json!({ "bucketTypes": ["allPublic"] }));
    assert_eq!(none["buckets"], json!([]));
    for types in [json!([]), json!(["all", "allPublic"]), json!(["purple"])] {
        assert_eq!(client.refusal("b2_list_buckets", json!({ "bucketTypes": types })).0, 400);
    }
}

#[test]
fn settings_are_withheld_from_keys_that_may_not_read_them() {
    let mut client = client();
    client.bucket("photos");
    let full = client.ok("b2_list_buckets", json!({}));
    let encryption = &full["buckets"][0]["defaultServerSideEncryption"];
    assert_eq!(encryption["value"], json!({ "mode": "SSE-B2", "algorithm": "AES256" }));
    client.become_key(json!({ "capabilities": ["listBuckets"] }));
    let narrow = client.ok("b2_list_buckets", json!({}));
    for field in
        ["defaultServerSideEncryption", "fileLockConfiguration", "replicationConfiguration"]
    {
        let hidden = json!({ "isClientAuthorizedToRead": false, "value": null });
        assert_eq!(narrow["buckets"][0][field], hidden);
    }
}

#[test]
fn notification_rules_are_replaced_as_a_whole() {
    let mut client = client();
    let id = client.bucket("photos");
    let rule = |name: &str| {
        json!({ "name": name, "eventTypes": ["b2:ObjectCreated:*"], "isEnabled": true,
            "objectNamePrefix": "", "targetConfiguration": { "targetType": "webhook", "url": "https://example.com" } })
    };
    let rules = json!({ "bucketId": id, "eventNotificationRules": [rule("two"), rule("one")] });
    client.ok("b2_set_bucket_notification_rules", rules);
    let got = client.ok("b2_get_bucket_notification_rules", json!({ "bucketId": id }));
    let first = &got["eventNotificationRules"][0];
    assert_eq!((&first["name"], &first["isSuspended"]), (&json!("one"), &json!(false)));
    for absent in ["customHeaders", "hmacSha256SigningSecret"] {
        assert_eq!(first["targetConfiguration"].get(absent), Some(&json!(null)), "{absent}");
    }
    let twice = json!({ "bucketId": id, "eventNotificationRules": [rule("one"), rule("one")] });
    assert_eq!(client.refusal("b2_set_bucket_notification_rules", twice).0, 400);
}

#[test]
fn a_notification_rule_is_suspended_until_it_is_set_again() {
    let mut client = client();
    let id = client.bucket("photos");
    let rule = json!({ "name": "one", "eventTypes": ["b2:ObjectCreated:*"], "isEnabled": true,
        "objectNamePrefix": "", "targetConfiguration": { "targetType": "webhook", "url": "https://example.com" } });
    let set = json!({ "bucketId": id, "eventNotificationRules": [rule] });
    client.ok("b2_set_bucket_notification_rules", set.clone());
    let suspended = |client: &mut TestClient| {
        let got = client.ok("b2_get_bucket_notification_rules", json!({ "bucketId": id }));
        let rule = &got["eventNotificationRules"][0];
        (rule["isSuspended"].clone(), rule["suspensionReason"].clone())
    };
    let why = "the target answers 500";
    assert!(client.service.suspend_notification_rule("photos", "one", Some(why)));
    assert!(!client.service.suspend_notification_rule("photos", "two", Some(why)));
    assert_eq!(suspended(&mut client), (json!(true), json!(why)));
    assert!(client.service.suspend_notification_rule("photos", "one", None));
    assert_eq!(suspended(&mut client), (json!(false), json!("")));
    client.service.suspend_notification_rule("photos", "one", Some(why));
    client.ok("b2_set_bucket_notification_rules", set);
    assert_eq!(suspended(&mut client), (json!(false), json!("")));
}

#[test]
fn names_may_contain_dots() {
    let mut client = client();
    for name in ["my.photos.example", "v1.0-photos"] {
        let bucket = client.bucket(name);
        client.upload(&bucket, "f", b"hello");
        let path = format!("/file/{name}/f");
        assert_eq!(client.fetch(http::Method::GET, &path, &[]).body(), "hello");
    }
    for name in [".photos", "photos.", "my..photos"] {
        let body = json!({ "bucketName": name, "bucketType": "allPrivate" });
        assert_eq!(client.refusal("b2_create_bucket", body), (400, "bad_request".to_owned()));
    }
}
