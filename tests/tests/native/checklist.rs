//! The points of Backblaze's integration checklist, each as a test.
//!
//! The modes of `X-Bz-Test-Mode` are those that the checklist asks developers to test with.

use b2_client::proto::model::ContentSha1;
use b2_native::proto::ErrorKind;
use b2_native::proto::api::CreateKey;
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::Capability;
use b2_native::{Bucket, ClientBuilder, NativeHost};
use b2_sim::server::Server;
use futures::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{PART, bucket, credentials, server, short_delays, write};

/// Returns the bucket of a client that sends this test mode.
async fn bucket_in_mode(server: &Server, mode: &str) -> Bucket {
    bucket(server).await;
    let host = NativeHost::builder().test_mode(mode).build().unwrap();
    let client = ClientBuilder::new(host)
        .retry(short_delays())
        .credentials(credentials(server))
        .authorize()
        .await
        .unwrap();
    client.bucket("the-bucket").await.unwrap()
}

/// Returns how often a call was made.
fn calls(server: &Server, operation: &str) -> usize {
    server.with(|service| service.log().filter(|entry| entry.operation == operation).count())
}

#[tokio::test]
async fn the_account_id_is_that_of_the_response_and_not_the_key_id() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let key = CreateKey::new("one", [Capability::LIST_BUCKETS, Capability::LIST_FILES]);
    let key = bucket.client().create_key(key).await.unwrap();
    let mut credentials = credentials(&server);
    credentials.application_key_id = key.key.application_key_id.clone();
    credentials.application_key = key.application_key.clone();
    let host = NativeHost::new().unwrap();
    let client = ClientBuilder::new(host).credentials(credentials).authorize().await.unwrap();
    let account_id = client.authorization().await.unwrap().account_id.clone();
    assert_eq!(account_id.as_str(), server.with(|service| service.account_id().to_owned()));
    assert_ne!(account_id.as_str(), key.key.application_key_id.as_str());
    // Calls with the ID of the account succeed.
    client.bucket("the-bucket").await.unwrap();
}

#[tokio::test]
async fn a_failed_upload_is_repeated_with_a_new_url() {
    let server = server().await;
    let bucket = bucket_in_mode(&server, "fail_some_uploads").await;
    for number in 0..40 {
        bucket.upload(format!("content {number}"), format!("file-{number}")).await.unwrap();
    }
    let failed = server.with(|service| {
        let uploads = service.log().filter(|entry| entry.operation == "b2_upload_file");
        uploads.filter(|entry| entry.status == 503).count()
    });
    assert!(failed > 0, "the mode makes some uploads fail");
    // Each failed upload gives its URL up.
    assert_eq!(calls(&server, "b2_get_upload_url"), failed + 1);
    let content = bucket.download("file-39").await.unwrap().bytes(100).await.unwrap();
    assert_eq!(content, "content 39");
}

#[tokio::test]
async fn one_url_serves_many_uploads() {
    let server = server().await;
    let bucket = bucket(&server).await;
    for number in 0..10 {
        bucket.upload("content", format!("file-{number}")).await.unwrap();
    }
    assert_eq!(calls(&server, "b2_get_upload_url"), 1);
}

#[tokio::test]
async fn parallel_uploads_have_urls_of_their_own() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let uploads = (0..20).map(|number| bucket.upload("content", format!("file-{number}")));
    try_join_all(uploads.map(std::future::IntoFuture::into_future)).await.unwrap();
    server.with(|service| assert!(service.violations().is_empty(), "{:?}", service.violations()));
}

#[tokio::test]
async fn expired_tokens_are_replaced() {
    let server = server().await;
    let bucket = bucket_in_mode(&server, "expire_some_account_authorization_tokens").await;
    for number in 0..40 {
        let name = format!("file-{number}");
        let file = bucket.upload("content", &*name).await.unwrap();
        bucket.client().get_file_info(file.file_id).await.unwrap();
    }
    let expired = server.with(|service| {
        let code = |entry: &&b2_sim::LogEntry| entry.code.as_deref() == Some("expired_auth_token");
        service.log().filter(code).count()
    });
    assert!(expired > 0, "the mode makes some tokens expire");
    assert!(calls(&server, "b2_authorize_account") > 2);
}

#[tokio::test]
async fn an_exceeded_cap_is_an_error_of_its_own_and_is_not_repeated() {
    let server = server().await;
    let bucket = bucket(&server).await;
    bucket.upload("content", "file").await.unwrap();
    let host = NativeHost::builder().test_mode("force_cap_exceeded").build().unwrap();
    let capped = ClientBuilder::new(host).credentials(credentials(&server)).authorize();
    let error = match capped.await {
        Err(error) => error,
        Ok(client) => client.bucket("the-bucket").await.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::TransactionCapExceeded, "{error}");
    let refused = server.with(|service| service.log().filter(|it| it.status == 403).count());
    assert_eq!(refused, 1, "a cap is not lifted by repeating");
}

#[tokio::test]
async fn requests_name_the_product_and_its_version() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let realm = format!("http://{}", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(connection.read_u8().await.unwrap());
        }
        connection.write_all(b"HTTP/1.1 401 \r\ncontent-length: 0\r\n\r\n").await.unwrap();
        String::from_utf8(request).unwrap().to_ascii_lowercase()
    });
    let host = NativeHost::builder().user_agent_suffix("my-backup/1.2").build().unwrap();
    let client = ClientBuilder::new(host).realm(realm).key("id", "key").authorize().await;
    client.unwrap_err();
    let request = request.await.unwrap();
    let agent = request.lines().find(|line| line.starts_with("user-agent: ")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(agent.contains(version) && agent.ends_with("my-backup/1.2"), "{agent}");
}

#[tokio::test]
async fn the_sha1_of_every_upload_is_verified() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let file = bucket.upload("content", "small").await.unwrap();
    assert_eq!(file.content_sha1, ContentSha1::Verified(Sha1Digest::of(b"content")));
    let reader = bucket.upload_reader(std::io::Cursor::new("content"), "read").await.unwrap();
    assert_eq!(reader.content_sha1, file.content_sha1);
    let (path, bytes) = write(folder.path(), "source", 3 * PART);
    bucket.upload_file(&path, "large").whole_sha1(true).await.unwrap();
    let large = bucket.get_file_info_by_name("large").await.unwrap();
    assert_eq!(large.file_info.large_file_sha1(), Some(Sha1Digest::of(&bytes)));
}

#[tokio::test]
async fn a_large_file_may_have_more_than_a_hundred_parts() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, bytes) = write(folder.path(), "source", 1_205_000);
    bucket.upload_file(&path, "recommended").await.unwrap();
    let recommended = calls(&server, "b2_upload_part");
    assert_eq!(recommended, 12, "parts of about the recommended size");
    bucket.upload_file(&path, "large").part_size(10_000).await.unwrap();
    assert!(calls(&server, "b2_upload_part") - recommended > 100);
    let content = bucket.download("large").await.unwrap().bytes(2_000_000).await.unwrap();
    assert_eq!(content, bytes);
}

#[tokio::test]
async fn names_and_info_are_encoded() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let printable: String =
        (b' '..0x7f).map(char::from).filter(|it| !"/\\".contains(*it)).collect();
    for name in [&*printable, "ü/é/日本語", "a+b c%20d", "🙂/🙂"] {
        bucket.upload(name.to_owned(), name).info_entry("note", name).await.unwrap();
        let downloaded = bucket.download(name).await.unwrap();
        assert_eq!(downloaded.version().file_info.get("note"), Some(name));
        assert_eq!(downloaded.bytes(1_000).await.unwrap(), name.as_bytes());
    }
}

#[tokio::test]
async fn the_time_of_modification_is_kept_in_milliseconds() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, _) = write(folder.path(), "source", 10);
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_600_000_000_123);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let file = bucket.upload_file(&path, "file").await.unwrap();
    assert_eq!(file.file_info.get("src_last_modified_millis"), Some("1600000000123"));
}
