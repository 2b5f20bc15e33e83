//! The control endpoint.

use b2_sim::server::{Server, ServerOptions, Storage};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::{Account, TestResult, connect, options, round_trip, send};

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
