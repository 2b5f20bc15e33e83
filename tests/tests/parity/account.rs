//! Data of an account.

use b2_client::{AccountStore, ClientBuilder, MemoryStore};
use b2_native::NativeHost;
use b2_native::proto::ErrorKind;
use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::{BucketType, Capability};

use crate::{PART, client, credentials, server};

#[tokio::test]
async fn what_an_authorization_says() {
    let server = server().await;
    let client = client(&server).await;
    let authorization = client.authorization().await.unwrap();
    assert_eq!(
        authorization.account_id.as_str(),
        server.with(|service| service.account_id().to_owned())
    );
    assert!(!authorization.token.expose().is_empty());
    let urls = [&authorization.api_url, &authorization.download_url, &authorization.s3_api_url];
    assert_eq!(urls, [server.realm(); 3]);
    assert_eq!(authorization.recommended_part_size, PART);
    assert_eq!(authorization.absolute_minimum_part_size, 10_000);
    assert!(authorization.allowed.restricted_to().is_empty());
    for capability in Capability::ALL {
        authorization.require(capability).unwrap();
    }
    let kept = client.account().unwrap();
    assert_eq!(kept.credentials, credentials(&server));
    assert_eq!(kept.authorization.as_ref(), Some(&*authorization));
}

#[tokio::test]
async fn a_client_can_be_authorized_later() {
    let server = server().await;
    let client = ClientBuilder::new(NativeHost::new().unwrap()).build().await.unwrap();
    let error = client.list_buckets().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingAccountData);
    client.authorize_account(credentials(&server)).await.unwrap();
    assert!(client.list_buckets().await.unwrap().is_empty());
}

#[tokio::test]
async fn bucket_names_are_found_both_ways() {
    let server = server().await;
    let client = client(&server).await;
    for name in ["bucket-one", "bucket-two"] {
        client.create_bucket(CreateBucket::new(name, BucketType::AllPrivate)).await.unwrap();
    }
    let names = client.account().unwrap().buckets;
    let id = names.id("bucket-one").unwrap().clone();
    assert_eq!(names.name(&id), Some("bucket-one"));
    assert_eq!(names.iter().count(), 2);

    let calls = || server.with(|service| service.log().count());
    let before = calls();
    let bucket = client.bucket_by_id(&id).await.unwrap();
    assert_eq!((bucket.id(), bucket.name(), calls()), (&id, "bucket-one", before));
    client.delete_bucket(&id).await.unwrap();
    assert_eq!(client.account().unwrap().buckets.id("bucket-one"), None);
    let error = client.bucket_by_id(&id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BucketIdNotFound);
}

#[tokio::test]
async fn a_memory_store_keeps_an_account() {
    let server = server().await;
    let account = client(&server).await.account().unwrap();
    let store = MemoryStore::new();
    assert_eq!(store.load().await.unwrap(), None);
    store.save(&account).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Some(account));
    let host = NativeHost::new().unwrap();
    let client = ClientBuilder::new(host).store(store).build().await.unwrap();
    assert!(client.list_buckets().await.unwrap().is_empty());
}
