//! A client over HTTP, and what several tests store.

use b2_proto::hash::Sha1Digest;
use b2_sim::content::pattern;
use b2_sim::server::{Server, ServerOptions, Storage};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) type Client = SendRequest<Full<Bytes>>;
pub(crate) type TestResult<T> = Result<T, Box<dyn std::error::Error>>;

pub(crate) async fn connect(server: &Server) -> TestResult<Client> {
    let stream = TcpStream::connect(server.address()).await?;
    let (client, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) async fn send(
    client: &mut Client,
    request: Request<Full<Bytes>>,
) -> TestResult<Response<Bytes>> {
    client.ready().await?;
    let (head, body) = client.send_request(request).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// A client with an account token.
pub(crate) struct Account {
    pub(crate) client: Client,
    pub(crate) token: String,
}

impl Account {
    pub(crate) async fn open(server: &Server) -> TestResult<Self> {
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

    pub(crate) async fn call(&mut self, name: &str, body: Value) -> TestResult<Value> {
        let request = Request::post(format!("/b2api/v4/{name}"))
            .header("authorization", &self.token)
            .header("host", "b2")
            .body(Full::from(body.to_string()))?;
        let response = send(&mut self.client, request).await?;
        let answer: Value = serde_json::from_slice(response.body())?;
        assert_eq!(response.status(), 200, "{answer}");
        Ok(answer)
    }

    pub(crate) async fn upload(
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

    pub(crate) async fn get(
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

    pub(crate) async fn url(&mut self, bucket_id: &Value) -> TestResult<Value> {
        self.call("b2_get_upload_url", json!({ "bucketId": bucket_id })).await
    }
}

pub(crate) fn options(storage: Storage) -> ServerOptions {
    let mut options = ServerOptions { storage, ..ServerOptions::default() };
    options.config.absolute_minimum_part_size = 100;
    options
}

const LEN: u64 = 3_000_001;

pub(crate) fn sample() -> Bytes {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < LEN {
        let at = bytes.len() as u64;
        bytes.extend_from_slice(&pattern(at, LEN - at));
    }
    bytes.into()
}

/// Uploads a large file of two parts, copies it, and downloads both over the same connection.
pub(crate) async fn round_trip(server: &Server) -> TestResult<()> {
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
