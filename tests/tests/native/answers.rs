//! Downloads with invalid responses over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use b2_native::proto::ErrorKind;
use b2_native::proto::retry::RetryPolicy;
use b2_native::{Client, ClientBuilder, DownloadBuilder, Error, NativeHost};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The content of the file `f`.
const BYTES: &str = "0123456789";
const SHA1: &str = "87acec17cd9dcd20a716cc2cf67417b71c8a7016";
const EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// Returns a client of a server that gives these responses to downloads in order, and repeats the last one.
async fn client(answers: Vec<String>) -> (Client, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let realm = format!("http://{}", listener.local_addr().unwrap());
    let authorized = format!(
        r#"{{"accountId": "a", "authorizationToken": "4_secret", "apiInfo": {{"storageApi": {{
            "apiUrl": "{realm}", "downloadUrl": "{realm}", "s3ApiUrl": "{realm}",
            "recommendedPartSize": 100000000, "absoluteMinimumPartSize": 5000000,
            "allowed": {{"capabilities": ["readFiles"], "buckets": null, "namePrefix": null}}}}}}}}"#
    );
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = [0; 8_192];
            let len = connection.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..len]).into_owned();
            let answer = if head.contains("b2_authorize_account") {
                let len = authorized.len();
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len}\r\n\
                     connection: close\r\n\r\n{authorized}"
                )
            } else {
                let number = count.fetch_add(1, Ordering::SeqCst);
                answers[number.min(answers.len() - 1)].clone()
            };
            let _ = connection.write_all(answer.as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    });
    let retry = RetryPolicy::default()
        .base(Duration::from_millis(2))
        .cap(Duration::from_millis(10))
        .budget(Duration::from_millis(200));
    let client = ClientBuilder::new(NativeHost::new().unwrap()).retry(retry);
    let credentials = b2_native::proto::account::Credentials {
        realm,
        application_key_id: "id".into(),
        application_key: "key".into(),
    };
    (client.credentials(credentials).authorize().await.unwrap(), asked)
}

/// Returns a response for `f` with additional headers.
fn answer(status: &str, sha1: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\nx-bz-file-id: f\r\nx-bz-file-name: a%20b\r\n\
         x-bz-content-sha1: {sha1}\r\ncontent-type: text/plain\r\n{headers}\r\n{body}"
    )
}

fn right() -> String {
    answer("200 OK", SHA1, "content-length: 10\r\n", BYTES)
}

async fn bytes(download: DownloadBuilder) -> Result<Vec<u8>, Error> {
    download.bytes(1_000).await.map(|bytes| bytes.to_vec())
}

async fn of(answers: &[String]) -> Result<Vec<u8>, Error> {
    let (client, _) = client(answers.to_vec()).await;
    bytes(client.download_by_id("f".into())).await
}

#[tokio::test]
async fn an_invalid_response_is_requested_again() {
    let page = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let wrong = [
        page.to_owned(),
        right().replace("file-id: f", "file-id: g"),
        right().replace("x-bz-file-name: a%20b\r\n", ""),
        // Compressed by a proxy.
        answer("200 OK", SHA1, "content-encoding: gzip\r\n", "\u{1f}8b"),
        answer("200 OK", SHA1, "", BYTES),
        answer("206 Partial Content", SHA1, "content-length: 10\r\n", BYTES),
        answer("206 Partial Content", SHA1, "content-range: bytes 0-9/*\r\n", BYTES),
        answer("206 Partial Content", SHA1, "content-range: bytes 0-4/10\r\n", "01234"),
        answer(
            "206 Partial Content",
            SHA1,
            "content-range: bytes 0-9/10\r\ncontent-length: 9\r\n",
            "012345678",
        ),
        answer("203 Non-Authoritative Information", SHA1, "content-length: 10\r\n", BYTES),
    ];
    for answer in wrong {
        let arrived = of(&[answer.clone(), answer.clone(), right()]).await;
        assert_eq!(arrived.unwrap(), BYTES.as_bytes(), "{answer}");
        let error = of(std::slice::from_ref(&answer)).await.unwrap_err();
        let kinds = [
            ErrorKind::ForeignResponse,
            ErrorKind::WrongFile,
            ErrorKind::InvalidResponse,
            ErrorKind::InvalidRange,
        ];
        assert!(kinds.contains(&error.kind()) && error.attempts() > 2, "{error}: {answer}");
    }
}

#[tokio::test]
async fn bytes_beyond_the_content_length_are_ignored() {
    let longer = answer("200 OK", SHA1, "content-length: 10\r\n", "0123456789 and more");
    assert_eq!(of(&[longer]).await.unwrap(), BYTES.as_bytes());
}

#[tokio::test]
async fn an_empty_file_needs_no_content_length() {
    let empty = answer("200 OK", EMPTY, "", "");
    assert_eq!(of(std::slice::from_ref(&empty)).await.unwrap(), b"");
    let (client, _) = client(vec![empty]).await;
    assert_eq!(client.download_by_id("f".into()).head().await.unwrap().size, 0);
}

#[tokio::test]
async fn a_server_without_ranges_is_reported() {
    let (client, _) = client(vec![right()]).await;
    let whole = client.download_by_id("f".into()).range(0..4);
    assert_eq!(bytes(whole).await.unwrap(), b"0123");
    let error = bytes(client.download_by_id("f".into()).range(2..4)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse, "{error}");
}

#[tokio::test]
async fn a_page_that_repeats_the_request_shows_no_token() {
    let page = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/html\r\n\r\n\
                <p>You sent authorization: 4_secret</p>\x1b[2J";
    let error = of(&[page.to_owned()]).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert_eq!(error.kind(), ErrorKind::ForeignResponse);
    assert!(text.contains("You sent authorization: ***") && !text.contains("4_secret"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

/// Redirects are not followed, so that no other host receives the token.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = listener.local_addr().unwrap();
    let (client, asked) = client(vec![format!(
        "HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n"
    )])
    .await;
    let error = bytes(client.download_by_id("f".into())).await.unwrap_err();
    assert_eq!(error.status(), Some(302), "{error}");
    assert!(asked.load(Ordering::SeqCst) > 0);
    let visited = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
    assert!(visited.is_err(), "the redirect was followed");
}

#[tokio::test]
async fn bytes_beyond_the_end_are_an_error_without_a_sha1() {
    let chunked = "content-range: bytes 0-9/10\r\ntransfer-encoding: chunked\r\n";
    for body in ["c\r\n0123456789AB\r\n0\r\n\r\n", "a\r\n0123456789\r\n2\r\nAB\r\n0\r\n\r\n"] {
        let longer = answer("206 Partial Content", "none", chunked, body);
        let (client, asked) = client(vec![longer]).await;
        let error = bytes(client.download_by_id("f".into())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert!(error.to_string().contains("more bytes came than it announced"), "{error}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
    let exact = answer("206 Partial Content", "none", chunked, "a\r\n0123456789\r\n0\r\n\r\n");
    let (client, _) = client(vec![exact]).await;
    let arrived = bytes(client.download_by_id("f".into())).await.unwrap();
    assert_eq!(arrived, BYTES.as_bytes());
}
