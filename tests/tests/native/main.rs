//! The native client over HTTP, with the simulator on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod answers;
mod api;
mod checklist;
mod composed;
mod failures;
mod faults;
mod files;
mod moves;
mod rate;
mod settings;

use std::path::Path;

use b2_native::proto::account::Credentials;
use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::BucketType;
use b2_native::proto::retry::RetryPolicy;
use b2_native::{Bucket, Client, ClientBuilder, NativeHost};
use b2_sim::server::{Server, ServerOptions};
use b2_tests::Rng;
use std::time::Duration;

/// Starts a simulator with small parts.
const PART: u64 = 100_000;

async fn server() -> Server {
    let mut options = ServerOptions::default();
    options.config.recommended_part_size = PART;
    options.config.absolute_minimum_part_size = 10_000;
    Server::bind(("127.0.0.1", 0), options).await.expect("a loopback port")
}

fn credentials(server: &Server) -> Credentials {
    Credentials {
        realm: server.realm().to_owned(),
        application_key_id: server.credentials().key_id.clone().into(),
        application_key: server.credentials().key.clone(),
    }
}

/// Returns a retry policy with short delays.
fn short_delays() -> RetryPolicy {
    RetryPolicy::default().base(Duration::from_millis(5)).cap(Duration::from_millis(50))
}

async fn client(server: &Server) -> Client {
    let host = NativeHost::new().expect("a host");
    ClientBuilder::new(host)
        .retry(short_delays())
        .credentials(credentials(server))
        .authorize()
        .await
        .expect("the key is right")
}

async fn bucket(server: &Server) -> Bucket {
    let client = client(server).await;
    client
        .create_bucket(CreateBucket::new("the-bucket", BucketType::AllPrivate))
        .await
        .expect("a new bucket");
    client.bucket("the-bucket").await.expect("it was just made")
}

/// Creates a file of bytes that do not repeat.
fn write(folder: &Path, name: &str, len: u64) -> (std::path::PathBuf, bytes::Bytes) {
    let bytes = Rng::new(len).bytes(len);
    let path = folder.join(name);
    std::fs::write(&path, &bytes).expect("a temporary file");
    (path, bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
