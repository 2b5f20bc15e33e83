//! Caches of bucket names and upload URLs.

use std::sync::Arc;

use b2_client::{Cache, ClientBuilder, MemoryCache, NoCache};
use b2_native::NativeHost;
use b2_native::proto::account::{BucketNames, UploadUrl, UrlKey};
use b2_sim::server::Server;

use crate::{client, credentials, server};

fn builder(server: &Server) -> ClientBuilder<NativeHost> {
    ClientBuilder::new(NativeHost::new().unwrap()).credentials(credentials(server))
}

#[tokio::test]
async fn bucket_names_are_saved_removed_and_replaced() {
    let server = server().await;
    let client = client(&server).await;
    client.save_bucket_name(&"id-1".into(), "bucket-one").await;
    assert_eq!(client.bucket("bucket-one").await.unwrap().id().as_str(), "id-1");
    client.remove_bucket_name(&"id-1".into()).await;
    assert_eq!(client.cached_bucket_names().await, BucketNames::default());
    let names: BucketNames = [("id-2".into(), "bucket-two".to_owned())].into_iter().collect();
    client.replace_bucket_names(names.clone()).await;
    assert_eq!(client.cached_bucket_names().await, names);
}

#[tokio::test]
async fn the_caller_chooses_the_cache_of_bucket_names() {
    let server = server().await;
    server.with(|service| service.put_bucket("the-bucket", "allPrivate"));
    let lists = || {
        server.with(|service| {
            service.log().filter(|request| request.operation == "b2_list_buckets").count()
        })
    };
    let cache = Arc::new(MemoryCache::new());
    for _ in 0..2 {
        let client = builder(&server).cache(cache.clone()).build().await.unwrap();
        let bucket = client.bucket("the-bucket").await.unwrap();
        assert_eq!(cache.bucket_name(bucket.id()).await.unwrap().as_deref(), Some("the-bucket"));
        assert_eq!(cache.bucket_id("THE-bucket").await.unwrap().as_ref(), Some(bucket.id()));
    }
    assert_eq!((lists(), cache.bucket_names().await.unwrap().iter().count()), (1, 1));
    cache.clear().await.unwrap();
    assert_eq!(cache.bucket_names().await.unwrap(), BucketNames::default());

    let client = builder(&server).cache(NoCache).build().await.unwrap();
    for _ in 0..2 {
        client.bucket("the-bucket").await.unwrap();
    }
    assert_eq!(lists(), 3);
}

#[tokio::test]
async fn upload_urls_are_put_taken_and_cleared() {
    let server = server().await;
    let client = client(&server).await;
    for key in [UrlKey::Bucket("bucket".into()), UrlKey::LargeFile("file".into())] {
        assert_eq!(client.take_upload_url(&key).await, None);
        let url = UploadUrl { url: "https://example.com/1".to_owned(), token: "token".into() };
        client.put_upload_url(key.clone(), url.clone()).await;
        assert_eq!(client.take_upload_url(&key).await.as_ref(), Some(&url));
        assert_eq!(client.take_upload_url(&key).await, None, "one user at a time has it");
        client.put_upload_url(key.clone(), url).await;
        client.clear_upload_urls(&key).await.unwrap();
        assert_eq!(client.take_upload_url(&key).await, None);
    }
}
