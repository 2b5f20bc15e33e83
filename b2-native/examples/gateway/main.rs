//! A web application that hosts a B2 realm for its visitors, with axum; and a visitor.
//!
//! ```text
//! cargo run -p b2-native --example gateway
//! ```

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use b2_client::Host;
use b2_native::proto::account::Credentials;
use b2_native::proto::gateway::{Cors, Gateway, GatewayConfig, Grant, Names, Route, Uploads};
use b2_native::proto::list::LsOptions;
use b2_native::{Client, NativeHost, UploadFiles};
use futures::TryStreamExt;

const HOUR: Duration = Duration::from_secs(3_600);

/// What the application knows of the world.
struct Site {
    /// The application's own account.
    client: Client,
    gateway: Gateway,
    cors: Cors,
    bucket_id: String,
}

/// The application's own check. Here the visitor shows a session; a page would send what it has anyway.
fn check(site: &Site, headers: &HeaderMap) -> Option<Grant> {
    // `Basic`, and `ada:the session` in base64.
    let shown = headers.get("authorization")?;
    if shown != "Basic YWRhOnRoZSBzZXNzaW9u" {
        return None;
    }
    let uploads = Uploads::new(100_000_000, ["video/*", "text/plain"]).names(Names::Unique);
    let grant = Grant::new("ada", &*site.bucket_id, "example-bucket", "visitors/ada/", HOUR);
    Some(grant.uploads(uploads.attachment()).list())
}

async fn handle(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let route = Route::of(&head);
    let limit = usize::try_from(site.gateway.body_limit(route)).unwrap_or(usize::MAX);
    let Ok(body) = to_bytes(body, limit).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let headers = head.headers.clone();
    let (now, seed) = (site.client.host().timestamp(), site.client.host().seed());
    let serve = match route {
        Route::Preflight => return site.cors.preflight(&headers).map(Body::from),
        Route::Unknown => return empty(StatusCode::NOT_FOUND),
        Route::Authorize => match check(&site, &headers) {
            Some(grant) => site.gateway.authorize(now, grant),
            None => return site.gateway.refuse().map(Body::from),
        },
        _ => site.gateway.serve(now, seed, axum::http::Request::from_parts(head, body)),
    };
    match site.client.run(serve, |event| eprintln!("{event:?}")).await {
        Ok(mut response) => {
            site.cors.apply(&headers, response.headers_mut());
            response.map(Body::from)
        }
        Err(_) => empty(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);

    let own = Credentials {
        realm: server.realm().to_owned(),
        application_key_id: server.credentials().key_id.clone().into(),
        application_key: server.credentials().key.clone(),
    };
    // Thirty-two random bytes from the application's configuration.
    let gateway = Gateway::new(GatewayConfig::new(&url, b"thirty-two random bytes of yours"))?;
    let site = Site {
        client: Client::builder(NativeHost::new()?).build_for(own).await?,
        gateway,
        cors: Cors::new(["https://app.example"]),
        bucket_id: bucket.id().to_string(),
    };
    let router = Router::new().fallback(handle).with_state(Arc::new(site));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    // A visitor: an ordinary client, and the gateway is its realm.
    let visitor = Credentials {
        realm: url,
        application_key_id: "ada".into(),
        application_key: "the session".into(),
    };
    let client = Client::builder(NativeHost::new()?).authorize(visitor).await?;
    let bucket = client.get_bucket_by_name("example-bucket").await?;
    let folder = tempfile::tempdir()?;
    for (name, bytes) in [("small.txt", vec![1; 1_000]), ("large.txt", vec![2; 12_000_000])] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        let upload = bucket.upload_local_file(&path, format!("visitors/ada/{name}")).await?;
        let version = upload.content_type("text/plain").await?;
        println!("{} has {} bytes", version.file_name, version.size);
    }
    let refused =
        bucket.upload_local_file(folder.path().join("small.txt"), "visitors/bob/x").await?;
    println!("refused: {}", refused.await.expect_err("it is somebody else's folder"));
    let options = LsOptions::new("visitors/ada/").recursive(true);
    let entries: Vec<_> = bucket.ls(options).try_collect().await?;
    println!("{} files are there", entries.len());
    serving.abort();
    server.shutdown().await?;
    Ok(())
}
