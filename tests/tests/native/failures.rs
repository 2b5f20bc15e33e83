use std::time::Duration;

use b2_native::proto::ErrorKind;
use b2_native::proto::account::Credentials;
use b2_native::proto::error::Retry;
use b2_native::proto::retry::RetryPolicy;
use b2_native::proto::secret::Secret;
use b2_native::{Client, ClientBuilder, Error, NativeHost, NativeSource};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{PART, bucket, credentials, names, server, write};

async fn authorize(credentials: Credentials) -> Result<Client, Error> {
    let retry = RetryPolicy::default().budget(Duration::ZERO);
    ClientBuilder::new(NativeHost::new().unwrap())
        .retry(retry)
        .credentials(credentials)
        .authorize()
        .await
}

#[tokio::test]
async fn wrong_keys_and_realms_are_errors() {
    let server = server().await;
    let mut wrong = credentials(&server);
    wrong.application_key = Secret::new("K00wrong");
    let error = authorize(wrong).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::WrongKey, Retry::Never));
    assert!(!format!("{error} {error:?}").contains("K00wrong"));

    let mut slash = credentials(&server);
    slash.realm.push('/');
    authorize(slash).await.unwrap();

    let mut nowhere = credentials(&server);
    nowhere.realm = "http://127.0.0.1:1".to_owned();
    assert_eq!(authorize(nowhere).await.unwrap_err().kind(), ErrorKind::Connect);

    let mut unknown = credentials(&server);
    unknown.realm = "http://no-such-host.invalid".to_owned();
    assert_eq!(authorize(unknown).await.unwrap_err().kind(), ErrorKind::UnknownHost);

    let mut nonsense = credentials(&server);
    nonsense.realm = "elsewhere".to_owned();
    assert_eq!(authorize(nonsense).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

/// Starts a server that responds to every request with these bytes.
async fn other_server(answer: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 4_096]).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_server_that_is_not_b2_is_an_error() {
    let server = server().await;
    let rows = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>", ErrorKind::ForeignResponse),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", ErrorKind::InvalidResponse),
        (
            "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n",
            ErrorKind::ForeignResponse,
        ),
        (
            "HTTP/1.1 405 X\r\ncontent-length: 37\r\n\r\n<?xml version=\"1.0\"?><Error>s3</Error>",
            ErrorKind::PotentialS3Endpoint,
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", ErrorKind::ConnectionBroken),
    ];
    for (answer, kind) in rows {
        let mut other = credentials(&server);
        other.realm = other_server(answer).await;
        let error = authorize(other).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn invalid_sources_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = NativeSource::open(&path).await.unwrap_err();
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_shrinks_or_changes_is_not_uploaded() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    for len in [1_000, 4 * PART] {
        let (path, _) = write(folder.path(), "source", len);
        let upload = bucket.upload(NativeSource::open(&path).await.unwrap(), "changing");
        std::fs::write(&path, "shorter").unwrap();
        assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::SourceChanged);
    }
    assert_eq!(server.with(|service| service.read_file("the-bucket", "changing")), None);
}

#[tokio::test]
async fn names_that_b2_forbids_are_not_sent() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let sent = server.with(|service| service.log().count());
    for name in ["", "/a", "a//b", "a\u{1}"] {
        let error = bucket.upload("bytes", name).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFileName);
    }
    assert_eq!(server.with(|service| service.log().count()), sent);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_behind() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    bucket.upload(vec![7; 500_000], "file").await.unwrap();
    let error = bucket.download("file").save_to("/dev/full").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DestinationFull);
    assert!(error.data().ends_everything());
    let missing = folder.path().join("no/such/folder");
    let error = bucket.download("file").save_to(&missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DestinationDirectoryMissing);
    let target = folder.path().join("target");
    std::fs::write(&target, "old").unwrap();
    let error = bucket.download("missing").save_to(&target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileNotPresent);
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["target"]);
}
