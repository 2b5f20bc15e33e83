//! File lock.

use serde_json::{Value, json};

use crate::client::{START, TestClient, client, text};

const DAY: u64 = 86_400_000;

fn locked_bucket(client: &mut TestClient) -> String {
    let body =
        json!({ "bucketName": "locked", "bucketType": "allPrivate", "fileLockEnabled": true });
    text(&client.ok("b2_create_bucket", body)["bucketId"]).to_owned()
}

fn delete(file: &Value, bypass: bool) -> Value {
    json!({ "fileName": file["fileName"], "fileId": file["fileId"], "bypassGovernance": bypass })
}

#[test]
fn a_default_retention_protects_new_files() {
    let mut client = client();
    let bucket = locked_bucket(&mut client);
    let retention = json!({ "mode": "governance", "period": { "duration": 2, "unit": "days" } });
    let set =
        client.ok("b2_update_bucket", json!({ "bucketId": bucket, "defaultRetention": retention }));
    assert_eq!(set["fileLockConfiguration"]["value"]["defaultRetention"], retention);
    let file = client.upload(&bucket, "f", b"x");
    let until = json!({ "mode": "governance", "retainUntilTimestamp": START + 2 * DAY });
    assert_eq!(file["fileRetention"]["value"], until);
    let (status, refused) = client.call("b2_delete_file_version", delete(&file, false));
    assert_eq!((status, text(&refused["code"])), (401, "access_denied"));
    assert_eq!(refused["message"], "Access Denied");
    client.ok("b2_delete_file_version", delete(&file, true));

    let file = client.upload(&bucket, "f", b"x");
    client.now += 2 * DAY;
    let master = client.service.credentials().clone();
    client.log_in(&master);
    client.ok("b2_delete_file_version", delete(&file, false));
}

#[test]
fn a_legal_hold_protects_from_every_key() {
    let mut client = client();
    let bucket = locked_bucket(&mut client);
    let file = client.upload(&bucket, "f", b"x");
    let hold = |on| json!({ "fileName": "f", "fileId": file["fileId"], "legalHold": on });
    let answer = client.ok("b2_update_file_legal_hold", hold("on"));
    assert_eq!(answer["legalHold"], "on");
    assert_eq!(client.refusal("b2_delete_file_version", delete(&file, true)).0, 401);
    client.ok("b2_update_file_legal_hold", hold("off"));
    client.ok("b2_delete_file_version", delete(&file, false));
}

#[test]
fn retention_changes_follow_the_rules() {
    let mut client = client();
    let bucket = locked_bucket(&mut client);
    let file = client.upload(&bucket, "f", b"x");
    let set = |mode: Value, until: Value, bypass| {
        json!({ "fileName": "f", "fileId": file["fileId"], "bypassGovernance": bypass,
            "fileRetention": { "mode": mode, "retainUntilTimestamp": until } })
    };
    let past = set(json!("governance"), json!(START), false);
    let (status, refused) = client.call("b2_update_file_retention", past);
    let code = "retain_until_timestamp_must_be_in_future";
    assert_eq!((status, text(&refused["code"])), (400, code));
    assert_eq!(refused["message"], "The retainUntilTimestamp must be in future");
    let half = set(json!("governance"), Value::Null, false);
    assert_eq!(client.refusal("b2_update_file_retention", half).0, 400);
    let answer =
        client.ok("b2_update_file_retention", set(json!("governance"), json!(START + DAY), false));
    assert_eq!(answer["fileRetention"]["mode"], "governance");
    let clear = |bypass| set(Value::Null, Value::Null, bypass);
    let denied = (403, "access_denied".to_owned());
    assert_eq!(client.refusal("b2_update_file_retention", clear(false)), denied);
    client.ok("b2_update_file_retention", clear(true));
}

#[test]
fn a_key_that_may_not_update_locks_is_denied() {
    let mut client = client();
    let (locked, plain) = (locked_bucket(&mut client), client.bucket("photos"));
    let files = [client.upload(&locked, "f", b"x"), client.upload(&plain, "f", b"x")];
    let until = json!({ "mode": "governance", "retainUntilTimestamp": START + DAY });
    let denied = (403, "access_denied".to_owned());
    client.become_key(json!({ "capabilities": ["writeFileRetentions", "deleteFiles"] }));
    let file = json!({ "fileName": "f", "fileId": files[0]["fileId"] });
    let with = |name: &str, value: Value| {
        let mut body = file.clone();
        body["fileRetention"] = until.clone();
        body[name] = value;
        body
    };
    let bypass = with("bypassGovernance", json!(true));
    assert_eq!(client.refusal("b2_update_file_retention", bypass.clone()), denied);
    // A deletion is refused as other calls are.
    let unauthorized = (401, "unauthorized".to_owned());
    assert_eq!(client.refusal("b2_delete_file_version", bypass), unauthorized);

    let master = client.service.credentials().clone();
    client.log_in(&master);
    client.become_key(json!({ "capabilities": ["writeFiles", "deleteFiles"] }));
    for file in &files {
        let mut body = with("legalHold", json!("on"));
        body["fileId"] = file["fileId"].clone();
        for call in ["b2_update_file_retention", "b2_update_file_legal_hold"] {
            assert_eq!(client.refusal(call, body.clone()), denied, "{call}");
        }
    }
}

#[test]
fn a_new_bucket_may_have_file_lock_and_be_a_replication_source() {
    let mut client = client();
    let rule = json!({ "destinationBucketId": "other", "fileNamePrefix": "", "priority": 1,
        "includeExistingFiles": false, "isEnabled": true, "replicationRuleName": "all" });
    let replication = json!({ "asReplicationDestination": null,
        "asReplicationSource": { "sourceApplicationKeyId": "key", "replicationRules": [rule] } });
    let both = json!({ "bucketName": "locked", "bucketType": "allPrivate",
        "fileLockEnabled": true, "replicationConfiguration": replication });
    let bucket = client.ok("b2_create_bucket", both);
    assert_eq!(bucket["fileLockConfiguration"]["value"]["isFileLockEnabled"], true);
    assert_eq!(bucket["replicationConfiguration"]["value"], replication);

    let source = json!({ "bucketName": "source", "bucketType": "allPrivate",
        "replicationConfiguration": replication });
    let id = client.ok("b2_create_bucket", source)["bucketId"].clone();
    let later = json!({ "bucketId": id, "fileLockEnabled": true });
    let conflict = (400, "source_replication_conflict".to_owned());
    assert_eq!(client.refusal("b2_update_bucket", later), conflict);
}

#[test]
fn file_lock_settings_need_a_bucket_with_file_lock() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let url = client.upload_url(&bucket);
    let headers = [("x-bz-file-name", "f"), ("x-bz-file-legal-hold", "on")];
    let (_, answer) = client.upload_with(&url, &headers, b"x");
    assert_eq!(answer["code"], "bucket_missing_file_lock");
    let retention = json!({ "bucketId": bucket, "defaultRetention":
        { "mode": "governance", "period": { "duration": 1, "unit": "years" } } });
    assert_eq!(client.refusal("b2_update_bucket", retention).1, "bucket_missing_file_lock");
    client.ok("b2_update_bucket", json!({ "bucketId": bucket, "fileLockEnabled": true }));
    let off = json!({ "bucketId": bucket, "fileLockEnabled": false });
    assert_eq!(client.refusal("b2_update_bucket", off).1, "file_lock_conflict");
}

#[test]
fn withheld_lock_headers_are_named() {
    let mut client = client();
    let bucket = locked_bucket(&mut client);
    client.upload(&bucket, "f", b"x");
    client.become_key(json!({ "capabilities": ["readFiles", "readFileLegalHolds"] }));
    let response = client.fetch(http::Method::HEAD, "/file/locked/f", &[]);
    assert_eq!(
        response.headers()["x-bz-client-unauthorized-to-read"],
        "X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp"
    );
}
