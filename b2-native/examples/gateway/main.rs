//! A web application that hosts a B2 realm for its visitors, and a visitor who uploads to it.
//!
//! ```text
//! cargo run -p b2-native --features gateway --example gateway
//! ```

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use b2_native::gateway::{Application, ApplicationError, GatewayHost, Limits};
use b2_native::proto::account::Credentials;
use b2_native::proto::gateway::{Gateway, GatewayConfig, Grant, IncomingRequest, Names, Uploads};
use b2_native::proto::list::LsOptions;
use b2_native::proto::secret::Secret;
use b2_native::{ClientBuilder, NativeHost};
use futures::TryStreamExt;

const HOUR: Duration = Duration::from_secs(3_600);

/// The application's check: whose session a credential belongs to, and what that visitor may do.
struct Sessions {
    bucket_id: String,
    session: Secret,
}

impl Application for Sessions {
    async fn authorize(
        &self,
        incoming: &IncomingRequest,
    ) -> Result<Option<Grant>, ApplicationError> {
        let Some((visitor, session)) = incoming.credentials() else {
            return Ok(None);
        };
        if visitor != "ada" || !self.session.is(session.expose()) {
            return Ok(None);
        }
        let uploads = Uploads::new(100_000_000, ["video/*", "text/plain"]).names(Names::Unique);
        let grant = Grant::new("ada", &*self.bucket_id, "example-bucket", "visitors/ada/", HOUR);
        Ok(Some(grant.uploads(uploads.attachment()).list()))
    }
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
    let client = ClientBuilder::new(NativeHost::new()?).retry(gateway.retry());
    let sessions = Sessions { bucket_id: bucket.id().to_string(), session: "the session".into() };
    let limits = Limits::default();
    let host =
        GatewayHost::new(client.credentials(own).build().await?, gateway, sessions).limits(limits);
    // In a server with other routes, call `host.answer(request)` for requests under `/b2api/`.
    let serving = tokio::spawn(Arc::new(host).serve(listener));

    // A visitor: an ordinary client with the gateway as its realm.
    let visitor = Credentials {
        realm: url,
        application_key_id: "ada".into(),
        application_key: "the session".into(),
    };
    let client = ClientBuilder::new(NativeHost::new()?).credentials(visitor).authorize().await?;
    let bucket = client.bucket("example-bucket").await?;
    let folder = tempfile::tempdir()?;
    for (name, bytes) in [("small.txt", vec![1; 1_000]), ("large.txt", vec![2; 12_000_000])] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        let upload = bucket.upload_file(&path, format!("visitors/ada/{name}"));
        let version = upload.content_type("text/plain").await?;
        println!("{} has {} bytes", version.file_name, version.size);
    }
    let refused = bucket.upload_file(folder.path().join("small.txt"), "visitors/bob/x");
    println!("refused: {}", refused.await.expect_err("it is the folder of another visitor"));
    let options = LsOptions::new("visitors/ada/").recursive(true);
    let entries: Vec<_> = bucket.ls(options).try_collect().await?;
    println!("{} files are there", entries.len());
    serving.abort();
    server.shutdown().await?;
    Ok(())
}
