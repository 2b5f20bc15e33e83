//! The table of b2sdk's names, and tests of items that no other test covers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod buckets;
mod caches;
mod calls;
mod files;
mod host;
mod listings;
mod locks;
mod sources;
mod table;
mod transfers;

use b2_native::proto::account::Credentials;
use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::BucketType;
use b2_native::{Bucket, Client, NativeHost};
use b2_sim::server::{Server, ServerOptions};

/// The size of a part that the service recommends, in bytes.
const PART: u64 = 100_000;

async fn server() -> Server {
    let mut options = ServerOptions::default();
    options.config.recommended_part_size = PART;
    options.config.absolute_minimum_part_size = 10_000;
    Server::bind(("127.0.0.1", 0), options).await.unwrap()
}

fn credentials(server: &Server) -> Credentials {
    Credentials {
        realm: server.realm().to_owned(),
        application_key_id: server.credentials().key_id.clone().into(),
        application_key: server.credentials().key.clone(),
    }
}

async fn client(server: &Server) -> Client {
    b2_client::ClientBuilder::new(NativeHost::new().unwrap())
        .credentials(credentials(server))
        .authorize()
        .await
        .unwrap()
}

/// Creates a bucket named `the-bucket` with file lock.
async fn bucket(server: &Server, bucket_type: BucketType) -> Bucket {
    let client = client(server).await;
    let mut create = CreateBucket::new("the-bucket", bucket_type);
    create.file_lock_enabled = Some(true);
    client.create_bucket(create).await.unwrap();
    client.bucket("the-bucket").await.unwrap()
}
