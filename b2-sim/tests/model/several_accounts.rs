//! Several accounts of one service.

use http::Method;
use serde_json::{Value, json};

use crate::client::{TestClient, client, read, text};

/// A client in the first of two accounts, and the token and ID of the second.
struct Two {
    client: TestClient,
    second: (String, String),
}

impl Two {
    fn new() -> Self {
        let mut client = client();
        let credentials = client.service.add_account();
        let (status, answer) = client.authorize(4, &credentials);
        assert_eq!((status, &answer["accountId"]), (200, &json!(credentials.key_id)));
        let token = text(&answer["authorizationToken"]).to_owned();
        Self { client, second: (token, credentials.key_id) }
    }

    /// Sends a call of the second account.
    fn second(&mut self, name: &str, mut body: Value) -> (u16, Value) {
        let (token, account_id) = self.second.clone();
        body["accountId"] = json!(account_id);
        self.client.call_as(&token, 4, name, &body)
    }
}

#[test]
fn an_account_sees_its_own_buckets_files_and_keys_only() {
    let mut two = Two::new();
    let bucket = two.client.bucket("photos");
    let file = two.client.upload(&bucket, "f", b"hello");
    let key = json!({ "keyName": "k", "capabilities": ["listFiles"] });
    let key = two.client.ok("b2_create_key", key)["applicationKeyId"].clone();
    for list in ["b2_list_buckets", "b2_list_keys"] {
        let (status, answer) = two.second(list, json!({}));
        let entries = answer.get("buckets").or(answer.get("keys")).unwrap();
        assert_eq!((status, entries), (200, &json!([])), "{list}");
    }
    let id = &file["fileId"];
    for (call, body, code) in [
        ("b2_list_file_names", json!({ "bucketId": bucket }), "bad_bucket_id"),
        ("b2_get_upload_url", json!({ "bucketId": bucket }), "bad_bucket_id"),
        ("b2_update_bucket", json!({ "bucketId": bucket }), "bad_bucket_id"),
        ("b2_delete_bucket", json!({ "bucketId": bucket }), "bad_bucket_id"),
        ("b2_hide_file", json!({ "bucketId": bucket, "fileName": "f" }), "bad_bucket_id"),
        ("b2_get_file_info", json!({ "fileId": id }), "not_found"),
        ("b2_delete_file_version", json!({ "fileName": "f", "fileId": id }), "file_not_present"),
        ("b2_copy_file", json!({ "sourceFileId": id, "fileName": "g" }), "not_found"),
        ("b2_delete_key", json!({ "applicationKeyId": key }), "bad_request"),
        (
            "b2_create_bucket",
            json!({ "bucketName": "photos", "bucketType": "allPrivate" }),
            "duplicate_bucket_name",
        ),
    ] {
        let (_, answer) = two.second(call, body);
        assert_eq!(answer["code"], code, "{call}");
    }
    let token = two.second.0.clone();
    let get = |client: &mut TestClient, path: &str| {
        let headers = [("authorization", token.as_str())];
        client.fetch_anonymously(Method::GET, path, &headers).status().as_u16()
    };
    assert_eq!(get(&mut two.client, "/file/photos/f"), 401);
    two.client.ok("b2_update_bucket", json!({ "bucketId": bucket, "bucketType": "allPublic" }));
    assert_eq!(get(&mut two.client, "/file/photos/f"), 200, "everybody may read it");
}

#[test]
fn a_copy_stays_in_its_account() {
    let mut two = Two::new();
    let bucket = two.client.bucket("photos");
    let file = two.client.upload(&bucket, "f", b"hello");
    let other = json!({ "bucketName": "others", "bucketType": "allPrivate" });
    let other = two.second("b2_create_bucket", other).1["bucketId"].clone();
    let copy = json!({ "sourceFileId": file["fileId"], "fileName": "g",
        "destinationBucketId": other });
    let refused = (400, "bad_bucket_id".to_owned());
    assert_eq!(two.client.refusal("b2_copy_file", copy), refused);
}

#[test]
fn files_are_replicated_between_accounts() {
    let mut two = Two::new();
    two.client.service.config_mut().replicate = true;
    let from = two.client.bucket("photos");
    let to = json!({ "bucketName": "backup", "bucketType": "allPrivate" });
    let to = two.second("b2_create_bucket", to).1["bucketId"].clone();
    let reads = json!({ "keyName": "k", "capabilities": ["readFiles"] });
    let reads = two.client.ok("b2_create_key", reads)["applicationKeyId"].clone();
    let rule = json!({ "destinationBucketId": to, "fileNamePrefix": "", "priority": 1,
        "includeExistingFiles": false, "isEnabled": true, "replicationRuleName": "all" });
    let source = json!({ "bucketId": from, "replicationConfiguration": {
        "asReplicationSource": { "sourceApplicationKeyId": reads, "replicationRules": [rule] } } });
    two.client.ok("b2_update_bucket", source);
    let writes = json!({ "keyName": "k", "capabilities": ["writeFiles"] });
    let own = two.client.ok("b2_create_key", writes.clone())["applicationKeyId"].clone();
    let theirs = two.second("b2_create_key", writes).1["applicationKeyId"].clone();
    for (writes, expected) in [(own, "FAILED"), (theirs, "COMPLETED")] {
        let mapping = json!({ text(&reads): writes });
        let destination = json!({ "bucketId": to, "replicationConfiguration": {
            "asReplicationDestination": { "sourceToDestinationKeyMapping": mapping } } });
        assert_eq!(two.second("b2_update_bucket", destination).0, 200);
        let file = two.client.upload(&from, expected, b"hello");
        let info = two.client.ok("b2_get_file_info", json!({ "fileId": file["fileId"] }));
        assert_eq!(info["replicationStatus"], expected);
    }
    let (_, replicas) = two.second("b2_list_file_names", json!({ "bucketId": to }));
    assert_eq!(replicas["files"].as_array().map(Vec::len), Some(2), "failed ones are tried again");
    assert_eq!(replicas["files"][0]["accountId"], json!(two.second.1));
}

#[test]
fn limits_are_those_of_each_account() {
    let mut two = Two::new();
    two.client.service.config_mut().requests_per_second = std::num::NonZeroU32::new(2);
    for expected in [200, 200, 429] {
        assert_eq!(two.client.call("b2_list_buckets", json!({})).0, expected);
    }
    assert_eq!(two.second("b2_list_buckets", json!({})).0, 200);
    two.client.service.config_mut().requests_per_second = None;

    two.client.service.config_mut().caps.transactions = Some(1);
    for expected in [200, 403] {
        assert_eq!(two.client.call("b2_list_buckets", json!({})).0, expected);
        assert_eq!(two.second("b2_list_buckets", json!({})).0, expected);
    }
    two.client.now += 86_400_000;
    let master = two.client.service.credentials().clone();
    assert_eq!(two.client.authorize(4, &master).0, 200, "the count begins again each day");
}

#[test]
fn caps_count_bytes() {
    let mut client = client();
    let bucket = client.bucket("photos");
    client.service.config_mut().caps.storage = Some(10);
    client.upload(&bucket, "a", b"123456");
    let url = client.upload_url(&bucket);
    let (status, refused) = client.upload_with(&url, &[("x-bz-file-name", "b")], b"12345");
    assert_eq!((status, text(&refused["code"])), (403, "storage_cap_exceeded"));
    client.upload(&bucket, "b", b"1234");
    let refused = client.refusal("b2_get_upload_url", json!({ "bucketId": bucket }));
    assert_eq!(refused, (403, "storage_cap_exceeded".to_owned()));

    client.service.config_mut().caps.download = Some(8);
    let get = |client: &mut TestClient| read(&client.fetch(Method::GET, "/file/photos/a", &[]));
    assert_eq!(get(&mut client).0, 200);
    let (status, refused) = get(&mut client);
    assert_eq!((status, text(&refused["code"])), (403, "download_cap_exceeded"));
    let range = [("range", "bytes=0-1")];
    assert_eq!(client.fetch(Method::GET, "/file/photos/a", &range).status(), 206);
}

#[test]
fn saved_accounts_are_restored() {
    use b2_sim::{Config, Service};

    let mut service = Service::new(Config::default());
    let second = service.add_account();
    let saved = service.save().unwrap();
    let restored = Service::restore(Config::default(), &saved).unwrap();
    assert_eq!(restored.accounts().len(), 2);
    assert!(restored.accounts().contains(&second));
    // The first version of the format had one account, which neither keys nor buckets named.
    let mut old: Value = serde_json::from_slice(&saved).unwrap();
    old["state"].as_object_mut().unwrap().remove("lifecycle_day");
    let keys = old["state"]["keys"].as_object_mut().unwrap();
    keys.retain(|id, _| *id != second.key_id);
    keys.values_mut().for_each(|key| {
        key.as_object_mut().unwrap().remove("account_id");
    });
    let restored = Service::restore(Config::default(), old.to_string().as_bytes()).unwrap();
    assert_eq!(restored.accounts(), [restored.credentials().clone()]);
}
