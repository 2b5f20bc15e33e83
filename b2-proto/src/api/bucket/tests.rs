use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::api::test::{refused, sent};
use crate::model::{EncryptionKey, RetentionPeriod};

#[test]
fn sends_only_what_is_given() {
    let mut create = CreateBucket::new("photos-2024", BucketType::AllPrivate);
    let least =
        json!({"accountId": "acc", "bucketName": "photos-2024", "bucketType": "allPrivate"});
    assert_eq!(sent(&create).unwrap(), least);
    create.default_server_side_encryption = Some(EncryptionSetting::SseB2);
    create.file_lock_enabled = Some(false);
    create.lifecycle_rules = Some(Vec::new());
    let sent = sent(&create).unwrap();
    assert_eq!(
        sent["defaultServerSideEncryption"],
        json!({"mode": "SSE-B2", "algorithm": "AES256"})
    );
    assert_eq!((&sent["fileLockEnabled"], &sent["lifecycleRules"]), (&json!(false), &json!([])));
}

#[test]
fn an_update_changes_something() {
    let mut update = UpdateBucket::new("b".into());
    update.if_revision_is = Some(3);
    assert_eq!(sent(&update).unwrap_err().kind(), ErrorKind::InvalidInput);
    update.default_retention = Some(BucketRetention::None);
    update.replication_configuration = Some(ReplicationConfiguration::default());
    assert_eq!(
        sent(&update).unwrap(),
        json!({
            "accountId": "acc", "bucketId": "b", "ifRevisionIs": 3, "defaultRetention": {"mode": null},
            "replicationConfiguration": {"asReplicationSource": null, "asReplicationDestination": null},
        })
    );
    let needs = [Capability::WRITE_BUCKET_RETENTIONS, Capability::WRITE_BUCKET_REPLICATIONS];
    assert_eq!(update.also_needs(), needs);
    assert_eq!(refused(&update, 409, "conflict", "").kind(), ErrorKind::Conflict);
}

#[test]
fn refuses_what_b2_would() {
    for name in ["", ".", "..", "with space", "under_score", "a/b", "\u{e9}t\u{e9}2024"] {
        let error = check_bucket_name(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
    }
    // What else is wrong with a name is the service's to say.
    for name in ["my.photos.example", "photos.", "...", "short", "b2-bucket", &"n".repeat(64)] {
        check_bucket_name(name).unwrap();
    }
    let kind = |change: fn(&mut UpdateBucket)| {
        let mut update = UpdateBucket::new("b".into());
        change(&mut update);
        sent(&update).unwrap_err().kind()
    };
    let rows: [fn(&mut UpdateBucket); 8] = [
        |update| update.default_server_side_encryption = Some(EncryptionSetting::None),
        |update| update.bucket_type = Some(BucketType::Snapshot),
        |update| {
            update.bucket_info = Some((0..11).map(|n| (n.to_string(), String::new())).collect());
        },
        |update| update.bucket_info = Some([("a b".to_owned(), String::new())].into()),
        |update| {
            update.default_retention = Some(BucketRetention::governance(RetentionPeriod::days(0)));
        },
        |update| update.default_server_side_encryption = Some(EncryptionSetting::Unknown),
        |update| {
            update.default_server_side_encryption =
                Some(EncryptionSetting::SseC(EncryptionKey::new([1; 32])));
        },
        |update| update.lifecycle_rules = Some(vec![LifecycleRule::new("a")]),
    ];
    for change in rows {
        assert_eq!(kind(change), ErrorKind::InvalidInput);
    }
}

#[test]
fn lists_by_type() {
    let named = sent(&ListBuckets::named("photos")).unwrap();
    assert_eq!(named, json!({"accountId": "acc", "bucketName": "photos", "bucketTypes": ["all"]}));
    let mut list = ListBuckets::all();
    list.bucket_types.push("allPublic".to_owned());
    assert_eq!(sent(&list).unwrap_err().kind(), ErrorKind::InvalidInput);
    list.bucket_types.clear();
    assert_eq!(sent(&list).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn one_bucket_that_cannot_be_read_does_not_hide_the_others() {
    let bucket = |name: Value| {
        json!({
            "accountId": "a", "bucketId": "b", "bucketName": name, "bucketType": "allPrivate",
            "bucketInfo": {}, "corsRules": [], "lifecycleRules": [], "options": [], "revision": 1,
        })
    };
    let mut odd = bucket("odd".into());
    odd["corsRules"] = 5.into();
    let list = json!({"buckets": [bucket("one".into()), odd, bucket(Value::Null), Value::Null]});
    let list: BucketsList = serde_json::from_value(list).unwrap();
    assert_eq!(list.buckets.len(), 1);
    assert_eq!(list.unreadable.len(), 3);
    assert_eq!(list.unreadable[0].subject(), Some("odd"));
}
