//! The limit of requests per second, over HTTP.

use std::num::NonZeroU32;
use std::time::Instant;

use futures::future::try_join_all;

use crate::{ClientBuilder, Duration, NativeHost, bucket, credentials, server};

#[tokio::test]
async fn requests_are_spaced() {
    let server = server().await;
    let builder = ClientBuilder::new(NativeHost::new().unwrap()).credentials(credentials(&server));
    let client = builder.requests_per_second(20).build().await.unwrap();
    let begin = Instant::now();
    try_join_all((0..9).map(|_| client.list_buckets().into_future())).await.unwrap();
    // An authorization and nine calls.
    assert!(begin.elapsed() >= Duration::from_millis(9 * 50 - 10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn uploads_above_the_limit_of_the_account_succeed_with_few_refusals() {
    const UPLOADS: usize = 60;
    let server = server().await;
    let bucket = bucket(&server).await;
    server.with(|service| {
        service.clear_log();
        service.config_mut().requests_per_second = NonZeroU32::new(50);
    });
    let upload = |number| bucket.upload("a small file", format!("file {number}")).into_future();
    try_join_all((0..UPLOADS).map(upload)).await.unwrap();
    let (refused, stored) = server.with(|service| {
        let refused = service.log().filter(|entry| entry.status == 429).count();
        (refused, service.versions("the-bucket").len())
    });
    assert_eq!(stored, UPLOADS);
    // Those of the first burst, and hardly any of those that were repeated.
    assert!(refused > 0, "the limit was not reached");
    assert!(refused < 2 * UPLOADS, "{refused} refusals");
}
