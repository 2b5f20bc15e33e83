//! Buckets and their settings.

use b2_native::proto::ErrorKind;
use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::{
    BucketRetention, BucketType, CorsOperation, CorsRule, EncryptionSetting, EventType,
    LifecycleRule, NotificationRule, Readable, ReplicationConfiguration, ReplicationRule,
    RetentionPeriod,
};

use crate::{bucket, client, server};

#[tokio::test]
async fn a_bucket_has_settings_that_can_change() {
    let server = server().await;
    let client = client(&server).await;
    let mut create = CreateBucket::new("settings", BucketType::AllPublic);
    create.bucket_info = Some([("color".to_owned(), "red".to_owned())].into());
    let mut lifecycle = LifecycleRule::new("logs/");
    lifecycle.days_from_uploading_to_hiding = Some(7);
    create.lifecycle_rules = Some(vec![lifecycle]);
    let operations = [CorsOperation::DownloadFileByName];
    create.cors_rules = Some(vec![CorsRule::new("the-pages", ["https://example.com"], operations)]);
    create.default_server_side_encryption = Some(EncryptionSetting::SseB2);
    create.file_lock_enabled = Some(true);
    client.create_bucket(create.clone()).await.unwrap();

    let bucket = client.bucket("settings").await.unwrap();
    let state = bucket.get_fresh_state().await.unwrap();
    assert_eq!(state.bucket_type, BucketType::AllPublic);
    assert_eq!(Some(&state.bucket_info), create.bucket_info.as_ref());
    assert_eq!(Some(&state.cors_rules), create.cors_rules.as_ref());
    assert_eq!(Some(&state.lifecycle_rules), create.lifecycle_rules.as_ref());
    assert_eq!(state.default_server_side_encryption, Readable::Value(EncryptionSetting::SseB2));
    assert!(state.file_lock.value().unwrap().enabled);
    let listed = client.list_buckets().await.unwrap();
    assert_eq!(listed.iter().map(|bucket| bucket.info()).collect::<Vec<_>>(), [Some(&state)]);

    let retention = BucketRetention::governance(RetentionPeriod::days(3));
    let changed = bucket
        .update(|update| {
            update.if_revision_is = Some(state.revision);
            update.bucket_type = Some(BucketType::AllPrivate);
            update.bucket_info = Some([("color".to_owned(), "blue".to_owned())].into());
            update.default_retention = Some(retention.clone());
        })
        .await
        .unwrap();
    assert_eq!(changed.bucket_type, BucketType::AllPrivate);
    assert_eq!(changed.bucket_info.get("color").map(String::as_str), Some("blue"));
    assert_eq!(changed.file_lock.value().unwrap().default_retention, retention);
    let late = bucket
        .update(|update| {
            update.if_revision_is = Some(state.revision);
            update.bucket_type = Some(BucketType::AllPublic);
        })
        .await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn replication_is_configured() {
    let server = server().await;
    let client = client(&server).await;
    let create = |name| CreateBucket::new(name, BucketType::AllPrivate);
    let destination = client.create_bucket(create("destination")).await.unwrap();
    let key = client.authorization().await.unwrap().account_id.as_str().into();
    let mut source = create("source-bucket");
    let rule = ReplicationRule::new("everything", destination.id().clone());
    let replication = ReplicationConfiguration::source(key, vec![rule]);
    assert!(replication.is_source() && !replication.is_destination());
    source.replication_configuration = Some(replication.clone());
    let source = client.create_bucket(source).await.unwrap();
    assert_eq!(source.info().unwrap().replication, Readable::Value(replication));
}

#[tokio::test]
async fn notification_rules_are_replaced() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    assert!(bucket.get_notification_rules().await.unwrap().is_empty());
    let rule = |name: &str| {
        NotificationRule::new(name, [EventType::ObjectCreatedAny], "https://example.com/told")
    };
    bucket.set_notification_rules(vec![rule("one"), rule("two")]).await.unwrap();
    let set = bucket.set_notification_rules(vec![rule("three")]).await.unwrap();
    assert_eq!(bucket.get_notification_rules().await.unwrap(), set);
    assert_eq!((set.len(), &*set[0].name, set[0].is_suspended), (1, "three", false));
}
