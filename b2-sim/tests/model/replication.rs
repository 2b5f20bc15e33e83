//! Replication between the buckets of the account.

use std::time::Duration;

use b2_proto::time::Timestamp;
use b2_sim::Config;
use http::Method;
use serde_json::{Value, json};

use crate::client::{START, TestClient, client, text};

const READS: [&str; 3] = ["readFiles", "readFileRetentions", "readFileLegalHolds"];
const WRITES: [&str; 3] = ["writeFiles", "writeFileRetentions", "writeFileLegalHolds"];

fn key(client: &mut TestClient, bucket: &str, capabilities: &[&str]) -> String {
    let body = json!({ "keyName": "k", "bucketIds": [bucket], "capabilities": capabilities });
    text(&client.ok("b2_create_key", body)["applicationKeyId"]).to_owned()
}

fn rule(destination: &str, existing: bool) -> Value {
    json!({
        "destinationBucketId": destination, "fileNamePrefix": "a/", "includeExistingFiles": existing,
        "isEnabled": true, "priority": 1, "replicationRuleName": "all-of-a",
    })
}

fn source(key: &str, rules: &[Value]) -> Value {
    let source = json!({ "sourceApplicationKeyId": key, "replicationRules": rules });
    json!({ "asReplicationSource": source, "asReplicationDestination": null })
}

fn destination(keys: &Value) -> Value {
    let destination = json!({ "sourceToDestinationKeyMapping": keys });
    json!({ "asReplicationSource": null, "asReplicationDestination": destination })
}

fn set(client: &mut TestClient, bucket: &str, configuration: &Value) {
    let body = json!({ "bucketId": bucket, "replicationConfiguration": configuration });
    client.ok("b2_update_bucket", body);
}

/// Sets up the replication of the files below `a/` with keys of these capabilities.
fn connect(client: &mut TestClient, from: &str, to: &str, existing: bool, keys: [&[&str]; 2]) {
    let reads = key(client, from, keys[0]);
    let writes = key(client, to, keys[1]);
    set(client, to, &destination(&json!({ &reads: writes })));
    set(client, from, &source(&reads, &[rule(to, existing)]));
}

fn status(client: &mut TestClient, file: &Value) -> Value {
    client.ok("b2_get_file_info", json!({ "fileId": file["fileId"] }))["replicationStatus"].clone()
}

fn named(client: &mut TestClient, bucket: &str) -> Vec<Value> {
    let list = client.ok("b2_list_file_versions", json!({ "bucketId": bucket }));
    list["files"].as_array().unwrap().clone()
}

#[test]
fn new_files_of_the_prefix_are_replicated() {
    let mut client = TestClient::new(Config { replicate: true, ..Config::default() });
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    let old = client.upload(&from, "a/old", b"old");
    connect(&mut client, &from, &to, false, [&READS, &WRITES]);
    let url = client.upload_url(&from);
    let headers = [("x-bz-file-name", "a/1"), ("x-bz-info-color", "blue")];
    let (_, file) = client.upload_with(&url, &headers, b"hello");
    assert_eq!(file["replicationStatus"], "PENDING");
    assert_eq!(status(&mut client, &file), "COMPLETED");
    let other = client.upload(&from, "b/1", b"hello");
    for file in [&other, &old] {
        assert_eq!(status(&mut client, file), Value::Null);
    }
    let replicas = named(&mut client, &to);
    assert_eq!(replicas.len(), 1);
    let replica = &replicas[0];
    assert_eq!(replica["replicationStatus"], "REPLICA");
    for field in
        ["fileName", "contentSha1", "contentMd5", "contentType", "fileInfo", "uploadTimestamp"]
    {
        assert_eq!(replica[field], file[field], "{field}");
    }
    assert_ne!(replica["fileId"], file["fileId"]);
    assert_eq!(client.fetch(Method::GET, "/file/backup/a/1", &[]).body(), "hello");

    // Existing files, and only those that are not replicated yet.
    let existing = client.ok("b2_list_buckets", json!({ "bucketId": from }));
    let configuration = &existing["buckets"][0]["replicationConfiguration"]["value"];
    let reads = text(&configuration["asReplicationSource"]["sourceApplicationKeyId"]).to_owned();
    set(&mut client, &from, &source(&reads, &[rule(&to, true)]));
    assert_eq!(status(&mut client, &old), "COMPLETED");
    assert_eq!(named(&mut client, &to).len(), 2);

    // Nothing is hidden in the destination, and replicas are replicated nowhere.
    client.ok("b2_hide_file", json!({ "bucketId": from, "fileName": "a/1" }));
    assert_eq!(named(&mut client, &to).len(), 2);
    let third = client.bucket("archive");
    connect(&mut client, &to, &third, true, [&READS, &WRITES]);
    assert_eq!(named(&mut client, &third), [] as [Value; 0]);
}

#[test]
fn files_wait_until_they_are_replicated() {
    let mut client = client();
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    connect(&mut client, &from, &to, false, [&READS, &WRITES]);
    let file = client.upload(&from, "a/1", b"hello");
    assert_eq!(status(&mut client, &file), "PENDING");
    assert_eq!(client.service.replicate(Timestamp::from_millis(START)), 1);
    assert_eq!(status(&mut client, &file), "COMPLETED");
    assert_eq!(client.service.replicate(Timestamp::from_millis(START)), 0);
    // A version that failed is tried again, and not copied twice.
    let id = text(&file["fileId"]).to_owned();
    client.service.set_replication_status(&id, Some("FAILED"));
    assert_eq!(client.service.replicate(Timestamp::from_millis(START)), 0);
    assert_eq!(status(&mut client, &file), "COMPLETED");
}

#[test]
fn files_are_replicated_after_a_delay() {
    let replication_delay = Duration::from_secs(60);
    let config = Config { replicate: true, replication_delay, ..Config::default() };
    let mut client = TestClient::new(config);
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    let old = client.upload(&from, "a/old", b"old");
    connect(&mut client, &from, &to, true, [&READS, &WRITES]);
    client.now += 30_000;
    let new = client.upload(&from, "a/new", b"new");
    client.now += 29_999;
    for (file, expected) in [(&old, json!(null)), (&new, json!("PENDING"))] {
        assert_eq!(status(&mut client, file), expected);
    }
    client.now += 1;
    for (file, expected) in [(&old, "COMPLETED"), (&new, "PENDING")] {
        assert_eq!(status(&mut client, file), expected);
    }
    client.now += 30_000;
    assert_eq!(status(&mut client, &new), "COMPLETED");
}

#[test]
fn files_with_customer_keys_have_no_replication_status() {
    use base64::Engine;
    use md5::Digest;
    let encoded = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let (key, md5) = (encoded(&[7; 32]), encoded(&md5::Md5::digest([7; 32])));
    let mut client = TestClient::new(Config { replicate: true, ..Config::default() });
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    connect(&mut client, &from, &to, true, [&READS, &WRITES]);
    let url = client.upload_url(&from);
    let headers = [
        ("x-bz-file-name", "a/1"),
        ("x-bz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-bz-server-side-encryption-customer-key", &key),
        ("x-bz-server-side-encryption-customer-key-md5", &md5),
    ];
    let (_, file) = client.upload_with(&url, &headers, b"hello");
    assert_eq!(file.get("replicationStatus"), None, "{file}");
    assert_eq!(status(&mut client, &file), json!(null));
    assert_eq!(named(&mut client, &to), [] as [Value; 0]);
}

#[test]
fn what_cannot_be_replicated_fails() {
    type Row =
        (&'static str, [&'static [&'static str]; 2], [(&'static str, String); 1], &'static str);
    let rows: [Row; 5] = [
        ("a/1", [&READS, &WRITES], [("x-bz-info-a", "x".repeat(100))], "COMPLETED"),
        ("a/2", [&READS[1..], &WRITES], [("x-bz-info-a", "x".to_owned())], "FAILED"),
        ("a/3", [&READS, &WRITES[1..]], [("x-bz-info-a", "x".to_owned())], "FAILED"),
        ("a/4", [&READS[..2], &WRITES], [("x-bz-file-legal-hold", "on".to_owned())], "FAILED"),
        ("a/5", [&READS, &WRITES], [("x-bz-file-legal-hold", "on".to_owned())], "FAILED"),
    ];
    for (name, keys, extra, expected) in rows {
        let mut client = TestClient::new(Config { replicate: true, ..Config::default() });
        let (from, to) = (client.bucket("photos"), client.bucket("backup"));
        client.ok("b2_update_bucket", json!({ "bucketId": from, "fileLockEnabled": true }));
        connect(&mut client, &from, &to, false, keys);
        let url = client.upload_url(&from);
        let headers = [("x-bz-file-name", name), (extra[0].0, extra[0].1.as_str())];
        let (code, file) = client.upload_with(&url, &headers, b"hello");
        assert_eq!(code, 200, "{file}");
        assert_eq!(status(&mut client, &file), expected, "{name}");
        assert_eq!(named(&mut client, &to).len(), usize::from(expected == "COMPLETED"));
    }
}

#[test]
fn a_dead_key_or_a_bucket_that_is_gone_fails() {
    let mut client = TestClient::new(Config { replicate: true, ..Config::default() });
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    set(&mut client, &from, &source("no-key", &[rule(&to, false)]));
    let first = client.upload(&from, "a/1", b"hello");
    assert_eq!(status(&mut client, &first), "FAILED");
    let reads = key(&mut client, &from, &READS);
    set(&mut client, &from, &source(&reads, &[rule("no-bucket", false)]));
    let second = client.upload(&from, "a/2", b"hello");
    assert_eq!(status(&mut client, &second), "FAILED");
    // Once it is set up, what failed is tried again.
    connect(&mut client, &from, &to, false, [&READS, &WRITES]);
    for file in [first, second] {
        assert_eq!(status(&mut client, &file), "COMPLETED");
    }
}

#[test]
fn locks_are_replicated_to_buckets_with_file_lock() {
    let mut client = TestClient::new(Config { replicate: true, ..Config::default() });
    let (from, to) = (client.bucket("photos"), client.bucket("backup"));
    for bucket in [&from, &to] {
        client.ok("b2_update_bucket", json!({ "bucketId": bucket, "fileLockEnabled": true }));
    }
    connect(&mut client, &from, &to, false, [&READS, &WRITES]);
    let url = client.upload_url(&from);
    let until = (START + 86_400_000).to_string();
    let headers = [
        ("x-bz-file-name", "a/1"),
        ("x-bz-file-retention-mode", "governance"),
        ("x-bz-file-retention-retain-until-timestamp", &until),
        ("x-bz-file-legal-hold", "on"),
    ];
    let (_, file) = client.upload_with(&url, &headers, b"hello");
    let replica = &named(&mut client, &to)[0];
    for field in ["fileRetention", "legalHold"] {
        assert_eq!(replica[field], file[field]);
    }
}

#[test]
fn invalid_configurations_are_refused() {
    let mut client = client();
    let bucket = client.bucket("photos");
    let with = |field: &str, value: Value| {
        let mut rule = rule("other", false);
        rule[field] = value;
        source("key", &[rule])
    };
    for configuration in [
        with("replicationRuleName", json!("a b")),
        with("replicationRuleName", json!("")),
        with("priority", json!(0)),
        with("priority", json!(0x8000_0000_u32)),
        with("destinationBucketId", json!("")),
        with("fileNamePrefix", json!(null)),
        with("isEnabled", json!("yes")),
        source("", &[rule("other", false)]),
        source("key", &[rule("other", false), rule("another", false)]),
        destination(&json!({ "a": "" })),
        destination(&json!({ "a": 1 })),
        destination(&json!({ "": "a" })),
        json!([]),
    ] {
        let body = json!({ "bucketId": bucket, "replicationConfiguration": configuration });
        assert_eq!(client.refusal("b2_update_bucket", body), (400, "bad_request".to_owned()));
    }
}
