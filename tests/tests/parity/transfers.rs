//! Uploads and downloads through a client.

use std::time::Duration;

use b2_client::ClientBuilder;
use b2_native::proto::ErrorKind;
use b2_native::proto::download::Verification;
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::{BucketType, FileInfo};
use b2_native::proto::retry::RetryPolicy;
use b2_native::{MemorySink, NativeHost, NativeReader};
use futures::TryStreamExt;
use tokio::net::TcpListener;

use crate::{PART, bucket, credentials, server};

#[tokio::test]
async fn a_download_has_a_head_before_its_bytes() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    bucket.upload("bytes", "file").content_type("text/x-test").await.unwrap();
    let requests = || server.with(|service| service.log().count());
    let before = requests();
    let response = bucket.download("file").await.unwrap();
    assert_eq!(response.version().content_type.as_deref(), Some("text/x-test"));
    let chunks: Vec<_> = response.into_stream().try_collect().await.unwrap();
    assert_eq!((chunks.concat(), requests()), (b"bytes".to_vec(), before + 1));
}

#[tokio::test]
async fn the_sha1_of_a_reader_is_kept_and_checked() {
    let server = server().await;
    let bucket = bucket(&server, BucketType::AllPrivate).await;
    let bytes = vec![7; 3 * PART as usize];
    let upload = |sha1| {
        let reader = NativeReader::new(std::io::Cursor::new(bytes.clone()));
        bucket.upload_reader(reader, "file").part_size(PART).sha1(sha1)
    };
    let sha1 = Sha1Digest::of(&bytes);
    let file = upload(sha1).await.unwrap();
    assert_eq!(file.file_info.get(FileInfo::LARGE_FILE_SHA1), Some(&*sha1.to_hex()));
    let error = upload(Sha1Digest::of(b"others")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
}

#[tokio::test]
async fn a_client_sets_the_defaults_of_its_downloads() {
    let server = server().await;
    bucket(&server, BucketType::AllPrivate).await.upload("bytes", "file").await.unwrap();
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials(&server))
        .verify_downloads(false)
        .parallel_per_download(2)
        .build()
        .await
        .unwrap();
    let bucket = client.bucket("the-bucket").await.unwrap();
    let verified = async |download: b2_native::DownloadBuilder| {
        download.save(MemorySink::new(9).sink()).await.unwrap().verification
    };
    let sha1 = Sha1Digest::of(b"bytes");
    let download = || bucket.download("file");
    assert_eq!(verified(download()).await, Verification::Skipped);
    assert_eq!(verified(download().verify(true)).await, Verification::Verified(sha1));
    for (download, parallel) in [(download(), 2), (download().parallel(3), 3)] {
        let text = format!("{download:?}");
        assert!(text.contains(&format!("parallel: {parallel},")), "{text}");
    }
}

#[tokio::test]
async fn a_client_sets_the_timeout_of_its_requests() {
    let server = server().await;
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut credentials = credentials(&server);
    credentials.realm = format!("http://{}", silent.local_addr().unwrap());
    let client = ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials)
        .idle_timeout(Duration::from_millis(50))
        .retry(RetryPolicy::default().budget(Duration::ZERO));
    // The system accepts the connection, but no server responds.
    assert_eq!(client.authorize().await.unwrap_err().kind(), ErrorKind::Timeout);
}
