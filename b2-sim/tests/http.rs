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

/// Sends a request to the control endpoint, and returns its status and JSON.
async fn control(
    server: &Server,
    method: &str,
    path: &str,
    body: &Value,
    headers: &[(&str, &str)],
) -> TestResult<(u16, Value)> {
    let mut client = connect(server).await?;
    let mut request = Request::builder().method(method).uri(path).header("host", "b2");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = send(&mut client, request.body(Full::from(body))?).await?;
    Ok((response.status().as_u16(), serde_json::from_slice(response.body())?))
}

async fn controlled() -> TestResult<Server> {
    let options = ServerOptions { control: true, ..options(Storage::Memory) };
    Ok(Server::bind("127.0.0.1:0", options).await?)
}

#[tokio::test]
async fn a_server_without_control_has_no_control_endpoint() -> TestResult<()> {
    let server = Server::bind("127.0.0.1:0", options(Storage::Memory)).await?;
    let (status, answer) = control(&server, "POST", "/sim/reset", &Value::Null, &[]).await?;
    assert_eq!((status, &answer["code"]), (404, &json!("not_found")));
    Ok(())
}

#[tokio::test]
async fn pages_and_bad_requests_are_refused_by_control() -> TestResult<()> {
    let server = controlled().await?;
    let page = [("origin", "http://example.com")];
    let (status, _) = control(&server, "POST", "/sim/reset", &Value::Null, &page).await?;
    assert_eq!(status, 403);
    for (method, path, body, expected) in [
        ("GET", "/sim/reset", json!(null), 404),
        ("POST", "/sim/nothing", json!(null), 404),
        ("POST", "/sim/clock", json!({}), 400),
        ("POST", "/sim/clock", json!({ "advanceSeconds": -1 }), 400),
        ("POST", "/sim/clock", json!({ "advance": 1 }), 400),
        ("POST", "/sim/faults", json!({ "next": [{ "operation": "*", "fault": "fire" }] }), 400),
        ("POST", "/sim/faults", json!({ "seed": 1, "rates": { "fire": 1 } }), 400),
        ("POST", "/sim/settings", json!({ "requestsPerSecond": 0 }), 400),
        ("POST", "/sim/notifications", json!({ "bucketName": "b", "ruleName": "r" }), 404),
        ("GET", "/sim", json!(null), 200),
    ] {
        let (status, answer) = control(&server, method, path, &body, &[]).await?;
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn control_reads_and_clears_requests_and_resets() -> TestResult<()> {
    let server = controlled().await?;
    let mut account = Account::open(&server).await?;
    let bucket = json!({ "accountId": server.credentials().key_id, "bucketName": "photos",
        "bucketType": "allPrivate" });
    account.call("b2_create_bucket", bucket).await?;
    let path = "/sim/requests?operation=b2_create_bucket";
    let (_, answer) = control(&server, "GET", path, &Value::Null, &[]).await?;
    let requests = answer["requests"].as_array().ok_or("no list")?;
    assert_eq!((requests.len(), &requests[0]["status"]), (1, &json!(200)), "{answer}");
    assert_eq!(answer["violations"], json!([]));
    assert!(!answer.to_string().contains(&account.token));
    control(&server, "DELETE", "/sim/requests", &Value::Null, &[]).await?;
    let (_, answer) = control(&server, "GET", "/sim/requests", &Value::Null, &[]).await?;
    assert_eq!(answer["requests"], json!([]));

    let (status, _) = control(&server, "POST", "/sim/reset", &Value::Null, &[]).await?;
    assert_eq!(status, 200);
    let list = Request::post("/b2api/v4/b2_list_buckets")
        .header("authorization", &account.token)
        .header("host", "b2")
        .body(Full::from("{}"))?;
    assert_eq!(send(&mut account.client, list).await?.status(), 401, "tokens are gone");
    let mut account = Account::open(&server).await?;
    let list = json!({ "accountId": server.credentials().key_id });
    assert_eq!(account.call("b2_list_buckets", list).await?["buckets"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_reset_and_other_accounts_survive_a_restart() -> TestResult<()> {
    let directory = tempfile::tempdir()?;
    let storage = Storage::Disk(directory.path().to_owned());
    let server = Server::bind("127.0.0.1:0", options(storage.clone())).await?;
    round_trip(&server).await?;
    server.simulator().reset();
    let added = server.with(b2_sim::Service::add_account);
    // Dropped, so that what was not in the journal is lost.
    drop(server);
    let server = Server::bind("127.0.0.1:0", options(storage)).await?;
    assert_eq!(server.with(|service| service.versions("photos")), []);
    let accounts = server.with(|service| service.accounts());
    assert!(accounts.len() == 2 && accounts.contains(&added), "{accounts:?}");
    round_trip(&server).await?;
    server.shutdown().await?;
    Ok(())
}

#[tokio::test]
async fn control_moves_the_clock_and_lifecycle_rules_act() -> TestResult<()> {
    let server = controlled().await?;
    let (_, before) = control(&server, "GET", "/sim/clock", &Value::Null, &[]).await?;
    let mut account = Account::open(&server).await?;
    let rule = json!({ "fileNamePrefix": "", "daysFromUploadingToHiding": 1 });
    let bucket = json!({ "accountId": server.credentials().key_id, "bucketName": "photos",
        "bucketType": "allPrivate", "lifecycleRules": [rule] });
    let bucket = account.call("b2_create_bucket", bucket).await?["bucketId"].clone();
    let url = account.url(&bucket).await?;
    account.upload(&url, &[("x-bz-file-name", "f")], Bytes::from_static(b"hello")).await?;
    let two_days = json!({ "advanceSeconds": 2 * 86_400 });
    let (_, after) = control(&server, "POST", "/sim/clock", &two_days, &[]).await?;
    let moved = after["now"].as_u64().zip(before["now"].as_u64()).map(|(to, from)| to - from);
    assert!(moved >= Some(172_800_000), "{moved:?}");
    let actions = |server: &Server| {
        let versions = server.with(|service| service.versions("photos")).into_iter();
        versions.map(|version| version.action).collect::<Vec<_>>()
    };
    assert_eq!(actions(&server), ["hide", "upload"]);
    // Clients compare the date of a response with their own clock.
    let response = account.get(Method::GET, "/file/photos/f", None).await?;
    assert_eq!(response.status(), 401, "the token has expired");
    let date = response.headers()["date"].to_str()?;
    let date = b2_proto::time::Timestamp::parse_http_date(date).ok_or("no date")?;
    let ahead = after["now"].as_u64().map(|now| now.saturating_sub(date.as_millis()));
    assert!(ahead >= Some(172_000_000), "{ahead:?}");

    let year_2030 = json!({ "now": 1_893_456_000_000_u64 });
    let (_, set) = control(&server, "POST", "/sim/clock", &year_2030, &[]).await?;
    assert_eq!(set["date"], "Tue, 01 Jan 2030 00:00:00 GMT");
    Ok(())
}

#[tokio::test]
async fn control_plans_faults_of_the_next_requests() -> TestResult<()> {
    let server = controlled().await?;
    let next = json!({ "next": [
        { "operation": "b2_authorize_account", "fault": "unavailable", "retryAfter": 3 },
        { "operation": "b2_list_keys", "fault": "badGateway" },
        { "operation": "*", "fault": "tooManyRequests" },
    ] });
    control(&server, "POST", "/sim/faults", &next, &[]).await?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut client = connect(&server).await?;
        let request = Request::get("/b2api/v4/b2_authorize_account")
            .header("authorization", server.credentials().basic())
            .header("host", "b2")
            .body(Full::default())?;
        let response = send(&mut client, request).await?;
        let wait = response.headers().get("retry-after").map(|it| it.to_str().map(str::to_owned));
        seen.push((response.status().as_u16(), wait.transpose()?));
    }
    assert_eq!(seen, [(503, Some("3".to_owned())), (429, None), (200, None)]);
    let all = json!({ "seed": 1, "rates": { "badGateway": 1_000 } });
    control(&server, "POST", "/sim/faults", &all, &[]).await?;
    let get = || Request::get("/file/photos/f").header("host", "b2").body(Full::default());
    let mut client = connect(&server).await?;
    assert_eq!(send(&mut client, get()?).await?.status(), 502);
    control(&server, "DELETE", "/sim/faults", &Value::Null, &[]).await?;
    let mut client = connect(&server).await?;
    assert_eq!(send(&mut client, get()?).await?.status(), 404);
    Ok(())
}

#[tokio::test]
async fn control_adds_accounts_and_changes_settings() -> TestResult<()> {
    let server = controlled().await?;
    let (_, added) = control(&server, "POST", "/sim/accounts", &Value::Null, &[]).await?;
    let (_, all) = control(&server, "GET", "/sim/accounts", &Value::Null, &[]).await?;
    assert_eq!(all["accounts"].as_array().map(Vec::len), Some(2));
    let text = |name: &str| added[name].as_str().unwrap_or_default().to_owned();
    let credentials = b2_sim::Credentials::new(text("applicationKeyId"), text("applicationKey"));
    let mut client = connect(&server).await?;
    let request = Request::get("/b2api/v4/b2_authorize_account")
        .header("authorization", credentials.basic())
        .header("host", "b2")
        .body(Full::default())?;
    assert_eq!(send(&mut client, request).await?.status(), 200);

    let changed = json!({ "caps": { "storage": 10 }, "requestsPerSecond": 100, "replicate": true,
        "replicationDelaySeconds": 1.5, "shortPages": true });
    let (status, settings) = control(&server, "POST", "/sim/settings", &changed, &[]).await?;
    let mut expected = changed;
    expected["caps"] = json!({ "storage": 10, "download": null, "transactions": null });
    assert_eq!((status, &settings), (200, &expected));
    let unlimited = json!({ "requestsPerSecond": null });
    expected["requestsPerSecond"] = Value::Null;
    let (_, settings) = control(&server, "POST", "/sim/settings", &unlimited, &[]).await?;
    assert_eq!(settings, expected, "what is not given stays");

    let mut account = Account::open(&server).await?;
    let all = json!({ "accountTokens": true });
    control(&server, "POST", "/sim/expire", &all, &[]).await?;
    assert_eq!(account.get(Method::GET, "/file/photos/f", None).await?.status(), 401);
    let (status, answer) = control(&server, "POST", "/sim/replicate", &Value::Null, &[]).await?;
    assert_eq!((status, answer), (200, json!({ "replicas": 0 })));
    Ok(())
}

#[tokio::test]
async fn a_simulator_can_be_used_in_process_and_served() -> TestResult<()> {
    let simulator = b2_sim::Simulator::new();
    assert_eq!(simulator.realm(), "http://b2.test");
    let server = simulator.serve().await?;
    assert_eq!(simulator.realm(), server.realm());
    let mut account = Account::open(&server).await?;
    simulator.with(|service| service.put_bucket("photos", "allPublic"));
    simulator.with(|service| {
        service.put_file(b2_proto::time::Timestamp::from_millis(1), "photos", "f", "hello")
    });
    assert_eq!(account.get(Method::GET, "/file/photos/f", None).await?.body(), "hello");
    let request = Request::get("/file/photos/f").body(Full::<Bytes>::default())?;
    let response = simulator.respond(request).await?;
    assert_eq!(response.into_body().collect().await?.to_bytes(), "hello");
    assert_eq!(simulator.requests().len(), 3);
    Ok(())
}
