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
use axum::http::{Response, StatusCode};
use b2_client::Host;
use b2_native::proto::account::Credentials;
use b2_native::proto::gateway::{Gateway, GatewayConfig, Grant, Names, Route, Uploads};
use b2_native::proto::list::LsOptions;
use b2_native::proto::secret::Secret;
use b2_native::{Client, NativeHost, UploadFiles};
use futures::TryStreamExt;

const HOUR: Duration = Duration::from_secs(3_600);

/// What the application knows of the world.
struct Site {
    /// The application's own account.
    client: Client,
    gateway: Gateway,
    bucket_id: String,
}

/// The application's own check: whose session is this, and what may she do?
fn check(site: &Site, credentials: Option<(String, Secret)>) -> Option<Grant> {
    let (visitor, session) = credentials?;
    if visitor != "ada" || session.expose() != "the session" {
        return None;
    }
    let uploads = Uploads::new(100_000_000, ["video/*", "text/plain"]).names(Names::Unique);
    let grant = Grant::new("ada", &*site.bucket_id, "example-bucket", "visitors/ada/", HOUR);
    Some(grant.uploads(uploads.attachment()).list())
}

/// The hosting: the same for every application.
async fn handle(
    State(site): State<Arc<Site>>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (head, body) = request.into_parts();
    let arrival = site.gateway.arrive(head);
    let (now, seed) = (site.client.host().timestamp(), site.client.host().seed());
    let answer = match arrival.route() {
        Route::Authorize => match check(&site, arrival.credentials()) {
            Some(grant) => arrival.admit(now, grant),
            None => arrival.refuse(),
        },
        _ => match to_bytes(body, arrival.body_limit()).await {
            Ok(body) => arrival.serve(now, seed, &body),
            Err(_) => arrival.too_long(),
        },
    };
    let response = site.client.run(answer, |event| eprintln!("{event:?}")).await;
    let response = response.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Response::from(response).map(Body::from))
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
    let config = GatewayConfig::new(&url, b"thirty-two random bytes of yours");
    let gateway = Gateway::new(config.origins(["https://app.example"]))?;
    let client = Client::builder(NativeHost::new()?).retry(gateway.retry());
    let site =
        Site { client: client.build_for(own).await, gateway, bucket_id: bucket.id().to_string() };
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
