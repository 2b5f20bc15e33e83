//! Connections: what is sent early, late, broken or not at all.

use b2_sim::faults::Rates;
use b2_sim::server::{Server, Storage};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Account, TestResult, connect, options, sample, send};

#[tokio::test]
async fn an_early_error_keeps_the_connection_open() -> TestResult<()> {
    let server = Server::bind("127.0.0.1:0", options(Storage::Memory)).await?;
    let bucket = json!(server.with(|service| service.put_bucket("photos", "allPrivate")));
    let mut account = Account::open(&server).await?;
    let mut url = account.url(&bucket).await?;
    let good = url.clone();
    url["authorizationToken"] = json!("nonsense");
    let named = [("x-bz-file-name", "f")];
    let refused = account.upload(&url, &named, sample()).await?;
    assert_eq!(refused.status(), 401);
    assert_eq!(account.upload(&good, &named, sample()).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_broken_upload_stores_nothing() -> TestResult<()> {
    let server = Server::bind("127.0.0.1:0", options(Storage::Memory)).await?;
    let bucket = json!(server.with(|service| service.put_bucket("photos", "allPrivate")));
    let mut account = Account::open(&server).await?;
    let url = account.url(&bucket).await?;
    let path: http::Uri = url["uploadUrl"].as_str().unwrap_or_default().parse()?;
    let token = url["authorizationToken"].as_str().unwrap_or_default();
    let answer = raw_upload(&server, path.path(), token, "").await?;
    assert!(!answer.contains(" 200 "), "{answer}");
    let named = [("x-bz-file-name", "f")];
    let again = account.upload(&url, &named, Bytes::from_static(b"hello")).await?;
    assert_eq!(again.status(), 401, "the URL is used up");
    assert_eq!(server.with(|service| service.versions("photos")), []);
    Ok(())
}

/// Sends five of ten bytes, then closes the sending half of the connection. Returns the response.
async fn raw_upload(server: &Server, path: &str, token: &str, extra: &str) -> TestResult<String> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: b2\r\nauthorization: {token}\r\nx-bz-file-name: f\r\n\
         content-type: x/y\r\ncontent-length: 10\r\nx-bz-content-sha1: do_not_verify\r\n{extra}\r\n"
    );
    let mut stream = TcpStream::connect(server.address()).await?;
    stream.write_all(head.as_bytes()).await?;
    if extra.is_empty() {
        stream.write_all(b"hello").await?;
        stream.shutdown().await?;
    }
    let mut answer = vec![0; 4_096];
    let len = stream.read(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer[..len]).into_owned())
}

#[tokio::test]
async fn a_client_can_wait_for_100_continue() -> TestResult<()> {
    let server = Server::bind("127.0.0.1:0", options(Storage::Memory)).await?;
    let bucket = json!(server.with(|service| service.put_bucket("photos", "allPrivate")));
    let mut account = Account::open(&server).await?;
    let url = account.url(&bucket).await?;
    let path: http::Uri = url["uploadUrl"].as_str().unwrap_or_default().parse()?;
    let token = url["authorizationToken"].as_str().unwrap_or_default();
    let call = "expect: 100-continue\r\n";
    let refused = raw_upload(&server, path.path(), "nonsense", call).await?;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let invited = raw_upload(&server, path.path(), token, call).await?;
    assert!(invited.starts_with("HTTP/1.1 100 "), "{invited}");
    Ok(())
}

#[tokio::test]
async fn faults_are_applied_to_connections() -> TestResult<()> {
    let server = Server::bind("127.0.0.1:0", options(Storage::Memory)).await?;
    let now = b2_proto::time::Timestamp::from_millis(1_700_000_000_000);
    let body = sample();
    server.with(|service| {
        service.put_bucket("photos", "allPublic");
        service.put_file(now, "photos", "f", body.clone());
    });
    let get = || Request::get("/file/photos/f").header("host", "b2").body(Full::default());
    for (rates, whole) in [
        (Rates { cut_before: 1_000, ..Rates::none() }, None),
        (Rates { cut_after: 1_000, ..Rates::none() }, None),
        (Rates { truncated_broken: 1_000, ..Rates::none() }, None),
        (Rates { truncated_cleanly: 1_000, ..Rates::none() }, Some(false)),
        (Rates { corrupted: 1_000, ..Rates::none() }, Some(false)),
        (Rates { not_b2: 1_000, ..Rates::none() }, Some(false)),
        (Rates { other_file: 1_000, ..Rates::none() }, Some(false)),
        (Rates::none(), Some(true)),
    ] {
        server.set_faults(Some((3, rates)));
        let mut client = connect(&server).await?;
        let got = send(&mut client, get()?).await.ok();
        assert_eq!(got.map(|response| *response.body() == body), whole, "{rates:?}");
    }
    server.set_faults(Some((3, Rates { bad_gateway: 1_000, ..Rates::none() })));
    let mut client = connect(&server).await?;
    let response = send(&mut client, get()?).await?;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (502, &"text/html".parse()?)
    );
    Ok(())
}

#[tokio::test]
async fn each_request_is_reported() -> TestResult<()> {
    use std::sync::{Arc, Mutex};

    let lines = Arc::new(Mutex::new(Vec::new()));
    let observed = Arc::clone(&lines);
    let mut options = options(Storage::Memory);
    options.on_request = Some(Arc::new(move |entry| {
        if let Ok(mut lines) = observed.lock() {
            lines.push(entry.to_string());
        }
    }));
    let server = Server::bind("127.0.0.1:0", options).await?;
    let mut account = Account::open(&server).await?;
    account.get(Method::GET, "/file/photos/f", None).await?;
    server.shutdown().await?;
    let lines = lines.lock().map_err(|_| io::Error::other("poisoned"))?;
    assert_eq!(
        *lines,
        ["GET b2_authorize_account 200", "GET b2_download_file_by_name 404 not_found f"]
    );
    Ok(())
}
