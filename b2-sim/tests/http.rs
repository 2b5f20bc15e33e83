//! The server over loopback, with a minimal HTTP client.

#![cfg(feature = "server")]

use std::io;
use std::io::Write as _;

use b2_proto::hash::Sha1Digest;
use b2_sim::content::pattern;
use b2_sim::faults::Rates;
use b2_sim::server::{Server, ServerOptions, Storage};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Client = SendRequest<Full<Bytes>>;
type TestResult<T> = Result<T, Box<dyn std::error::Error>>;

async fn connect(server: &Server) -> TestResult<Client> {
    let stream = TcpStream::connect(server.address()).await?;
    let (client, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn send(client: &mut Client, request: Request<Full<Bytes>>) -> TestResult<Response<Bytes>> {
    client.ready().await?;
    let (head, body) = client.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// A client with an account token.
struct Account {
    client: Client,
    token: String,
}

impl Account {
    async fn open(server: &Server) -> TestResult<Self> {
        let mut client = connect(server).await?;
        let request = Request::get("/b2api/v4/b2_authorize_account")
            .header("authorization", server.credentials().basic())
            .header("host", "b2")
            .body(Full::default())?;
        let response = send(&mut client, request).await?;
        assert!(response.headers().contains_key("date"));
        let answer: Value = serde_json::from_slice(response.body())?;
        assert_eq!(answer["apiInfo"]["storageApi"]["apiUrl"], server.realm());
        let token = answer["authorizationToken"].as_str().unwrap_or_default().to_owned();
        Ok(Self { client, token })
    }

    async fn call(&mut self, name: &str, body: Value) -> TestResult<Value> {
        let request = Request::post(format!("/b2api/v4/{name}"))
            .header("authorization", &self.token)
            .header("host", "b2")
            .body(Full::from(body.to_string()))?;
        let response = send(&mut self.client, request).await?;
        let answer: Value = serde_json::from_slice(response.body())?;
        assert_eq!(response.status(), 200, "{answer}");
        Ok(answer)
    }

    async fn upload(
        &mut self,
        url: &Value,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> TestResult<Response<Bytes>> {
        let text = |name| url[name].as_str().unwrap_or_default();
        let path: http::Uri = text("uploadUrl").parse()?;
        let mut request = Request::post(path.path())
            .header("authorization", text("authorizationToken"))
            .header("host", "b2")
            .header("content-type", "b2/x-auto")
            .header("x-bz-content-sha1", Sha1Digest::of(&body).to_hex());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&mut self.client, request.body(Full::from(body))?).await
    }

    async fn get(
        &mut self,
        method: Method,
        path: &str,
        range: Option<&str>,
    ) -> TestResult<Response<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &self.token)
            .header("host", "b2");
        if let Some(range) = range {
            request = request.header("range", range);
        }
        send(&mut self.client, request.body(Full::default())?).await
    }

    async fn url(&mut self, bucket_id: &Value) -> TestResult<Value> {
        self.call("b2_get_upload_url", json!({ "bucketId": bucket_id })).await
    }
}

fn options(storage: Storage) -> ServerOptions {
    let mut options = ServerOptions { storage, ..ServerOptions::default() };
    options.config.absolute_minimum_part_size = 100;
    options
}

const LEN: u64 = 3_000_001;

fn sample() -> Bytes {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < LEN {
        let at = bytes.len() as u64;
        bytes.extend_from_slice(&pattern(at, LEN - at));
    }
    bytes.into()
}

/// Uploads a large file of two parts, copies it, and downloads both over the same connection.
async fn round_trip(server: &Server) -> TestResult<()> {
    let body = sample();
    let mut account = Account::open(server).await?;
    let bucket = json!({ "accountId": server.credentials().key_id, "bucketName": "photos", "bucketType": "allPrivate" });
    let bucket = account.call("b2_create_bucket", bucket).await?["bucketId"].clone();
    let start = json!({ "bucketId": bucket, "fileName": "big", "contentType": "x/y" });
    let file = account.call("b2_start_large_file", start).await?["fileId"].clone();
    let url = account.call("b2_get_upload_part_url", json!({ "fileId": file })).await?;
    let mut digests = Vec::new();
    for (number, part) in [("1", body.slice(..1_000_000)), ("2", body.slice(1_000_000..))] {
        digests.push(Sha1Digest::of(&part).to_hex());
        let response = account.upload(&url, &[("x-bz-part-number", number)], part).await?;
        assert_eq!(response.status(), 200);
    }
    account
        .call("b2_finish_large_file", json!({ "fileId": file, "partSha1Array": digests }))
        .await?;
    let copy = json!({ "sourceFileId": file, "fileName": "copy", "range": "bytes=999999-2000000" });
    let copy = account.call("b2_copy_file", copy).await?;
    assert_eq!(copy["contentSha1"], Sha1Digest::of(&body[999_999..=2_000_000]).to_hex());
    let whole = account.get(Method::GET, "/file/photos/big", None).await?;
    assert!(whole.body() == &body);
    let head = account.get(Method::HEAD, "/file/photos/big", None).await?;
    assert_eq!(head.headers()["content-length"], LEN.to_string().as_str());
    let range = account.get(Method::GET, "/file/photos/big", Some("bytes=999990-1000009")).await?;
    assert_eq!(range.body(), &body[999_990..1_000_010]);
    Ok(())
}

#[tokio::test]
async fn every_storage_returns_the_uploaded_content() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    for storage in [Storage::Memory, Storage::Discard, Storage::Disk(directory.path().to_owned())] {
        let server = Server::bind("127.0.0.1:0", options(storage)).await?;
        round_trip(&server).await?;
        assert_eq!(server.with(|service| service.violations().to_vec()), []);
        server.shutdown().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_directory_is_restored_after_a_restart() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    let storage = Storage::Disk(directory.path().to_owned());
    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    round_trip(&server).await?;
    server.shutdown().await?;

    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    let mut account = Account::open(&server).await?;
    assert!(account.get(Method::GET, "/file/photos/big", None).await?.body() == &sample());
    for version in server.with(|service| service.versions("photos")) {
        let body = json!({ "fileName": version.file_name, "fileId": version.file_id });
        account.call("b2_delete_file_version", body).await?;
    }
    server.shutdown().await?;
    assert_eq!(std::fs::read_dir(directory.path().join("blobs"))?.count(), 0);

    let mut other = options(storage);
    other.config.credentials.key_id = "ffffffffffff".to_owned();
    let refused = Server::bind("127.0.0.1:0", other).await;
    assert!(refused.is_err(), "the directory belongs to another account");
    Ok(())
}

#[tokio::test]
async fn a_directory_is_restored_from_its_journal() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    let storage = Storage::Disk(directory.path().to_owned());
    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    round_trip(&server).await?;
    let before = server.with(|service| service.save())?;
    // Without a shutdown, as when the process is killed.
    drop(server);
    let journal = directory.path().join("journal-1.jsonl");
    let mut torn = std::fs::OpenOptions::new().append(true).open(&journal)?;
    torn.write_all(b"[{\"versionDeleted\":")?;

    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    assert_eq!(server.with(|service| service.save())?, before);
    assert!(!journal.exists(), "the state was saved, with a journal of its own");
    drop(server);

    let journal = directory.path().join("journal-2.jsonl");
    std::fs::write(&journal, "[]\n{}\n")?;
    let refused = Server::bind("127.0.0.1:0", options(storage)).await.unwrap_err().to_string();
    assert!(refused.contains("journal-2.jsonl, line 2"), "{refused}");
    Ok(())
}

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
