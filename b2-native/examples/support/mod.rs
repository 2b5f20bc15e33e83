//! A bucket of a simulator, so that the examples run without an account.

use std::error::Error;

use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::BucketType;
use b2_native::{Bucket, Client};
use b2_sim::server::{Server, ServerOptions};

/// Starts a simulator with a bucket.
pub(crate) async fn bucket() -> Result<(Server, Bucket), Box<dyn Error>> {
    let mut options = ServerOptions::default();
    options.config.recommended_part_size = 5_000_000;
    let server = Server::bind(("127.0.0.1", 0), options).await?;
    let (key_id, key) = (server.credentials().key_id.clone(), server.credentials().key.clone());
    let client = Client::builder().realm(server.realm()).key(key_id, key).build().await?;
    let bucket = CreateBucket::new("example-bucket", BucketType::AllPrivate);
    let bucket = client.create_bucket(bucket).await?;
    Ok((server, bucket))
}
