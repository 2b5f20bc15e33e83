//! The public API and its settings.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use b2_client::{AccountStore, BoxFuture, UploadUrlStore};
use b2_native::proto::ErrorKind;
use b2_native::proto::account::{Snapshot, UploadUrl, UrlKey};
use b2_native::proto::api::CreateBucket;
use b2_native::proto::download::Verification;
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::BucketType;
use b2_native::{
    BodyReader, Bucket, Client, ClientBuilder, Error, MemoryStore, NativeHost, NativeSource,
};
use bytes::Bytes;
use futures::TryStreamExt;
use tokio::io::AsyncReadExt;

use crate::{PART, bucket, credentials, server, write};

#[tokio::test]
async fn a_body_is_a_stream_of_the_bytes_in_order() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, bytes) = write(folder.path(), "source", 6 * PART);
    bucket.upload_file(&path, "file").whole_sha1(true).await.unwrap();
    for (parallel, block) in [(1, 50_000), (4, 50_000), (3, 7_000), (4, 10_000_000)] {
        let download = bucket.download("file").parallel(parallel).block_size(block);
        let response = download.await.unwrap();
        assert_eq!(response.version().size, 6 * PART);
        let mut body = response.into_stream();
        let mut all = Vec::new();
        while let Some(chunk) = body.try_next().await.unwrap() {
            all.extend_from_slice(&chunk);
        }
        assert!(all == bytes, "{parallel} ranges of {block} bytes");
        let downloaded = body.downloaded().unwrap();
        assert_eq!(downloaded.verification, Verification::Verified(Sha1Digest::of(&bytes)));
    }
    let body = bucket.download("file").range(10..PART).await.unwrap().into_stream();
    let mut part = Vec::new();
    BodyReader::new(body).read_to_end(&mut part).await.unwrap();
    assert!(part == bytes[10..usize::try_from(PART).unwrap()]);

    let copy = folder.path().join("copy");
    bucket.download("file").await.unwrap().save_to(&copy).await.unwrap();
    assert!(std::fs::read(&copy).unwrap() == bytes);
}

#[tokio::test]
async fn bytes_are_refused_beyond_the_limit_and_errors_come_before_the_body() {
    let server = server().await;
    let bucket = bucket(&server).await;
    bucket.upload("0123456789", "file").await.unwrap();
    assert_eq!(bucket.download("file").bytes(10).await.unwrap(), "0123456789");
    let error = bucket.download("file").bytes(9).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MaxFileSizeExceeded);
    bucket.upload("", "empty").await.unwrap();
    assert_eq!(bucket.download("empty").bytes(0).await.unwrap(), "");
    let error = bucket.download("missing").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileNotPresent);
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn a_sha1_of_a_stream_is_checked_and_stored() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = Bytes::from(vec![7; 3 * usize::try_from(PART).unwrap()]);
    let upload = |sha1| {
        let chunks: Vec<_> = bytes.chunks(999).map(Bytes::copy_from_slice).collect();
        let stream = futures::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
        bucket.upload_stream(stream, "stream").part_size(PART).sha1(sha1)
    };
    let file = upload(Sha1Digest::of(&bytes)).await.unwrap();
    assert_eq!(file.file_info.large_file_sha1(), Some(Sha1Digest::of(&bytes)));
    let error = upload(Sha1Digest::of(b"others")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    let reader = std::io::Cursor::new(bytes.clone());
    let error = bucket.upload_reader(reader, "reader").sha1(Sha1Digest::of(b"x")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ChecksumMismatch);
    assert_eq!(server.with(|service| service.read_file("the-bucket", "reader")), None);
}

#[tokio::test]
async fn a_directory_is_refused_in_the_same_way_everywhere() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let path = folder.path();
    let errors = [
        bucket.upload_file(path, "file").await.unwrap_err(),
        bucket.upload_file(path, "file").check().await.unwrap_err(),
        NativeSource::open(path).await.unwrap_err(),
        b2_native::LocalContent::open(path).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("a directory"), "{error}");
    }
    bucket.upload("bytes", "file").await.unwrap();
    for path in [path.to_owned(), path.join("new/")] {
        let error = bucket.download("file").save_to(path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DestinationIsDirectory);
    }
}

#[tokio::test]
async fn one_limit_holds_for_all_transfers_of_a_client() {
    let server = server().await;
    bucket(&server).await;
    let builder = ClientBuilder::new(NativeHost::new().unwrap()).credentials(credentials(&server));
    let client = builder.max_parallel_transfers(1).build().await.unwrap();
    let bucket = client.bucket("the-bucket").await.unwrap();
    let bytes = vec![7; 4 * usize::try_from(PART).unwrap()];
    let uploads = (0..4).map(|number| {
        let upload = bucket.upload(bytes.clone(), format!("file {number}")).parallel(4);
        async move { upload.await }
    });
    futures::future::try_join_all(uploads).await.unwrap();
    let downloads = (0..4).map(|number| {
        let download = bucket.download(format!("file {number}")).block_size(30_000);
        async move { download.bytes(10_000_000).await }
    });
    for downloaded in futures::future::try_join_all(downloads).await.unwrap() {
        assert!(downloaded == bytes);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    bucket.download("file 0").block_size(30_000).save_to(&path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);
}

/// A store that also keeps upload URLs.
#[derive(Debug, Default)]
struct Shared {
    account: MemoryStore,
    urls: Mutex<BTreeMap<UrlKey, Vec<UploadUrl>>>,
    taken: Mutex<usize>,
}

impl AccountStore for Shared {
    fn load(&self) -> BoxFuture<'_, Result<Option<Snapshot>, Error>> {
        self.account.load()
    }

    fn save<'a>(&'a self, account: &'a Snapshot) -> BoxFuture<'a, Result<(), Error>> {
        self.account.save(account)
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), Error>> {
        AccountStore::clear(&self.account)
    }

    fn location(&self) -> String {
        "the test".to_owned()
    }

    fn upload_urls(&self) -> Option<&dyn UploadUrlStore> {
        Some(self)
    }
}

impl UploadUrlStore for Shared {
    fn put(&self, key: UrlKey, url: UploadUrl) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.urls.lock().unwrap().entry(key).or_default().push(url);
            Ok(())
        })
    }

    fn take<'a>(&'a self, key: &'a UrlKey) -> BoxFuture<'a, Result<Option<UploadUrl>, Error>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            let url = self.urls.lock().unwrap().get_mut(key).and_then(Vec::pop);
            *self.taken.lock().unwrap() += usize::from(url.is_some());
            Ok(url)
        })
    }

    fn clear<'a>(&'a self, key: Option<&'a UrlKey>) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut urls = self.urls.lock().unwrap();
            urls.retain(|known, _| key.is_some_and(|key| key != known));
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_custom_store_can_keep_upload_urls() {
    let server = server().await;
    bucket(&server).await;
    let store = Arc::new(Shared::default());
    let builder = ClientBuilder::new(NativeHost::new().unwrap()).credentials(credentials(&server));
    let client = builder.store(store.clone()).authorize().await.unwrap();
    let bucket = client.bucket("the-bucket").await.unwrap();
    let key = UrlKey::Bucket(bucket.id().clone());
    let url = UploadUrl { url: "https://pod.example/1".to_owned(), token: "token".into() };
    client.put_upload_url(key.clone(), url.clone()).await;
    assert_eq!(client.take_upload_url(&key).await, Some(url.clone()));
    client.put_upload_url(key.clone(), url).await;
    client.clear_upload_urls(&key).await.unwrap();
    assert_eq!(client.take_upload_url(&key).await, None);
    for _ in 0..3 {
        bucket.upload("bytes", "file").await.unwrap();
    }
    assert_eq!(*store.taken.lock().unwrap(), 3, "one by hand, and the two later uploads");
    let large = vec![1; 5 * usize::try_from(PART).unwrap()];
    bucket.upload(large, "large").await.unwrap();
}

#[tokio::test]
async fn handles_have_the_settings_that_the_call_returned() {
    let server = server().await;
    let client = ClientBuilder::new(NativeHost::new().unwrap()).credentials(credentials(&server));
    let client = client.build().await.unwrap();
    let create = CreateBucket::new("first.bucket", BucketType::AllPublic);
    let made = client.create_bucket(create).await.unwrap();
    assert_eq!(made.info().unwrap().bucket_type, BucketType::AllPublic);
    client.create_bucket(CreateBucket::new("other-bucket", BucketType::AllPrivate)).await.unwrap();
    let listed = client.list_buckets().name("other-bucket").await.unwrap();
    assert_eq!(listed.iter().map(Bucket::name).collect::<Vec<_>>(), ["other-bucket"]);
    let listed = client.list_buckets().id(made.id().clone()).await.unwrap();
    assert_eq!(listed.iter().map(Bucket::name).collect::<Vec<_>>(), ["first.bucket"]);
    let listed = client.list_buckets().bucket_types(["allPrivate"]).await.unwrap();
    assert_eq!(listed.iter().map(Bucket::name).collect::<Vec<_>>(), ["other-bucket"]);
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn assert_handle<T: Clone + Send + Sync>() {}

#[tokio::test]
async fn handles_and_futures_can_move_between_threads() {
    assert_handle::<Client>();
    assert_handle::<Bucket>();
    let client = Client::new("key id", "key");
    drop(assert_send(Client::from_env()));
    drop(assert_send(client.bucket("name")));
    drop(assert_send(client.list_buckets().into_future()));
    drop(assert_send(client.create_bucket(CreateBucket::new("name", BucketType::AllPrivate))));
    drop(assert_send(client.list_keys()));
    drop(assert_send(client.authorization()));
    let server = server().await;
    let bucket = bucket(&server).await;
    drop(assert_send(bucket.upload("bytes", "name").into_future()));
    drop(assert_send(bucket.upload_file("path", "name").start()));
    drop(assert_send(bucket.download("name").into_future()));
    drop(assert_send(bucket.download("name").save_to("path")));
    drop(assert_send(bucket.download("name").bytes(1)));
    drop(assert_send(bucket.download("name").head()));
    drop(assert_send(bucket.list("prefix")));
    drop(assert_send(bucket.unhide_file("name", true)));
    drop(assert_send(bucket.update(|_| {})));
    let sync = client.sync("photos", bucket.folder("photos"));
    drop(assert_send(sync.shards(NonZeroU32::MIN)));
    drop(assert_send(sync.into_future()));
}
