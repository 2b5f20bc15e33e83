//! A bucket in a simulated account, so that every example runs without one at B2.

use std::error::Error;

use b2_native::proto::account::Credentials;
use b2_native::proto::api::CreateBucket;
use b2_native::proto::model::BucketType;
use b2_native::{Bucket, ClientBuilder, NativeHost};
use b2_sim::server::{Server, ServerOptions};

pub(crate) async fn bucket() -> Result<(Server, Bucket), Box<dyn Error>> {
    let mut options = ServerOptions::default();
    options.config.recommended_part_size = 5_000_000;
    let server = Server::bind(("127.0.0.1", 0), options).await?;
    let credentials = Credentials {
        realm: server.realm().to_owned(),
        application_key_id: server.credentials().key_id.clone().into(),
        application_key: server.credentials().key.clone(),
    };
    let client =
        ClientBuilder::new(NativeHost::new()?).credentials(credentials).authorize().await?;
    client.create_bucket(CreateBucket::new("example-bucket", BucketType::AllPrivate)).await?;
    let bucket = client.bucket("example-bucket").await?;
    Ok((server, bucket))
}
