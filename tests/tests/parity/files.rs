//! Files: their properties, URLs, and unfinished ones.

use std::time::Duration;

use b2_client::ClientBuilder;
use b2_native::NativeHost;
use b2_native::proto::ErrorKind;
use b2_native::proto::api::{CreateKey, Download, StartLargeFile};
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::http::{Method, RequestHead};
use b2_native::proto::model::{
    BucketType, Capability, ContentSha1, EncryptionSetting, FileAction, FileInfo, FileRetention,
    LegalHold,
};
use b2_native::proto::time::Timestamp;
use futures::TryStreamExt;

use crate::calls::{fetch, upload_part};
use crate::{bucket, credentials, server};

#[tokio::test]
async fn an_upload_sets_every_property() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let modified = Timestamp::from_millis(1_600_000_000_123);
    let expires = Timestamp::from_millis(4_000_000_000_000);
    let info = FileInfo::new()
        .with("color", "red")
        .with_src_last_modified(modified)
        .with_cache_control("no-store")
        .with_expires(expires)
        .with_content_disposition("attachment")
        .with_content_encoding("zip")
        .with_content_language("de");
    let retention = FileRetention::compliance(Timestamp::from_millis(3_900_000_000_000));
    let uploaded = bucket
        .upload("bytes", "file")
        .content_type("text/x-test")
        .info(info.clone())
        .encryption(EncryptionSetting::SseB2)
        .file_retention(retention.clone())
        .legal_hold(LegalHold::On)
        .custom_upload_timestamp(Timestamp::from_millis(1_500_000_000_000))
        .await
        .unwrap();
    let file = bucket.client().get_file_info(uploaded.file_id.clone()).await.unwrap();
    assert_eq!(file, uploaded);
    assert_eq!(file.account_id, bucket.client().authorization().await.unwrap().account_id);
    assert_eq!((&file.bucket_id, &*file.file_name), (bucket.id(), "file"));
    assert_eq!((&file.action, file.size), (&FileAction::Upload, 5));
    assert_eq!(file.content_type.as_deref(), Some("text/x-test"));
    assert_eq!(file.content_sha1, ContentSha1::Verified(Sha1Digest::of(b"bytes")));
    assert_eq!(file.content_md5.as_deref(), Some("4b3a6218bb3e3a7303e8a171a60fcf92"));
    assert_eq!((&file.file_info, file.mod_time()), (&info, Some(modified)));
    assert_eq!(file.server_side_encryption, EncryptionSetting::SseB2);
    assert_eq!((&file.file_retention, file.legal_hold), (&retention, LegalHold::On));
    assert_eq!(file.upload_timestamp, Some(Timestamp::from_millis(1_500_000_000_000)));
    assert_eq!(file.file_info.cache_control(), Some("no-store"));
    assert_eq!(file.file_info.expires(), Some("Tue, 02 Oct 2096 07:06:40 GMT"));
    assert_eq!(file.file_info.expires_parsed(), Some(expires));
    assert_eq!(file.file_info.content_disposition(), Some("attachment"));
    assert_eq!(file.file_info.content_encoding(), Some("zip"));
    assert_eq!(file.file_info.content_language(), Some("de"));

    let head = bucket.get_file_info_by_name("file").await.unwrap();
    assert_eq!(head.file_id, Some(file.file_id));
    assert_eq!(head.cache_control.as_deref(), Some("no-store"));
    assert_eq!((head.file_retention, head.legal_hold), (retention, LegalHold::On));
}

#[tokio::test]
async fn urls_lead_to_files() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let file = bucket.upload("bytes", "folder/a file").await.unwrap();
    let get = |url: &str| fetch(client, RequestHead::new(Method::Get, url));
    let by_name = bucket.get_download_url("folder/a file").await.unwrap();
    assert!(by_name.ends_with("/file/the-bucket/folder/a%20file"), "{by_name}");
    assert_eq!(get(&by_name).await.response.status, 401);
    let hour = Duration::from_secs(3_600);
    let open = bucket.get_download_url_with_auth("folder/a file", hour).await.unwrap();
    assert_eq!(get(&open).await.response.body, "bytes");

    let token = bucket.get_download_authorization("folder/", hour).await.unwrap();
    let download = Download::by_name("the-bucket", "folder/a file");
    let base = &client.authorization().await.unwrap().download_url;
    assert_eq!(get(&download.url_with_token(base, &token)).await.response.body, "bytes");

    bucket.update(|update| update.bucket_type = Some(BucketType::AllPublic)).await.unwrap();
    assert_eq!(get(&by_name).await.response.body, "bytes");
    let by_id = client.get_download_url_for_file_id(file.file_id).await.unwrap();
    assert_eq!(get(&by_id).await.response.body, "bytes");
    for url in [by_name, by_id] {
        let download = client.download_by_url(&url).await.unwrap();
        assert_eq!(download.bytes(5).await.unwrap(), "bytes");
    }
    let error = client.download_by_url(&open).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn only_a_hidden_file_can_be_unhidden() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let kind = async |name| bucket.unhide_file(name, false).await.unwrap_err().kind();
    assert_eq!(kind("file").await, ErrorKind::FileNotPresent);
    bucket.upload("bytes", "file").await.unwrap();
    assert_eq!(kind("file").await, ErrorKind::FileNotHidden);
    bucket.hide_file("file").await.unwrap();
    bucket.unhide_file("file", false).await.unwrap();
    assert_eq!(kind("file").await, ErrorKind::FileNotHidden);

    // Settings that need capabilities are sent.
    let key = CreateKey::new("key", [Capability::LIST_FILES, Capability::DELETE_FILES]);
    let key = bucket.client().create_key(key).await.unwrap();
    bucket.hide_file("file").await.unwrap();
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials(&server))
        .key(key.key.application_key_id, key.application_key);
    let client = client.authorize().await.unwrap();
    client.save_bucket_name(bucket.id(), bucket.name()).await;
    let narrow = client.bucket(bucket.name()).await.unwrap();
    let error = narrow.unhide_file("file", true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("bypassGovernance"), "{error}");
    narrow.unhide_file("file", false).await.unwrap();
}

#[tokio::test]
async fn unfinished_files_and_their_parts() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let client = bucket.client();
    let mut started = Vec::new();
    for name in ["a/1", "b/1", "b/2"] {
        let file = client.call(StartLargeFile::new(bucket.id().clone(), name)).await.unwrap();
        started.push(file.file_id);
    }
    let unfinished = async |prefix: Option<&str>| {
        let files = bucket.list_unfinished_large_files().prefix(prefix.unwrap_or_default());
        let files: Vec<_> = files.try_collect().await.unwrap();
        files.into_iter().map(|file| file.file_id).collect::<Vec<_>>()
    };
    assert_eq!(unfinished(None).await, started);
    assert_eq!(unfinished(Some("b/")).await, started[1..]);

    for number in 1..=3 {
        upload_part(client, &started[0], number).await;
    }
    let parts: Vec<_> = client.list_parts(started[0].clone()).try_collect().await.unwrap();
    assert_eq!(parts.iter().map(|part| part.part_number).collect::<Vec<_>>(), [1, 2, 3]);

    let cancelled = client.cancel_large_file(started[0].clone()).await.unwrap();
    assert_eq!((&cancelled.file_id, &*cancelled.file_name), (&started[0], "a/1"));
    assert_eq!(unfinished(None).await, started[1..]);
}
