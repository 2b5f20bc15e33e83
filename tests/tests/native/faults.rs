use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use b2_sim::faults::Rates;
use b2_sim::server::Server;

use b2_native::proto::api::CreateBucket;
use b2_native::proto::create::UploadEvent;
use b2_native::proto::model::BucketType;
use b2_native::{ClientBuilder, NativeHost};
use b2_sim::server::{ServerOptions, Simulator};

use crate::{PART, bucket, names, server, short_delays, write};

fn heavy_faults() -> Rates {
    let mut rates = Rates::heavy();
    (rates.truncated_cleanly, rates.corrupted) = (0, 0);
    (rates.longest_delay_millis, rates.longest_retry_after) = (20, 0);
    rates
}

async fn through(server: &Server, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    server.set_faults(None);
    let bucket = bucket(server).await;
    server.set_faults(Some((seed, heavy_faults())));
    let retries = Arc::new(AtomicUsize::new(0));
    for len in [100, 3 * PART, 7 * PART + 1] {
        let (path, bytes) = write(folder.path(), "source", len);
        let counter = retries.clone();
        let upload = bucket.upload_file(&path, "through a heavy_faults");
        let upload = upload.on_event(move |event| {
            if matches!(event, UploadEvent::Retrying(_)) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        upload.await.unwrap();
        let target = folder.path().join("target");
        bucket.download("through a heavy_faults").block_size(PART).save_to(&target).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == bytes);
        assert_eq!(names(folder.path()), ["source", "target"]);
    }
    assert_eq!(server.with(|service| service.violations().to_vec()), []);
    retries.load(Ordering::Relaxed)
}

#[tokio::test]
async fn content_is_intact_despite_faults() {
    let mut retries = 0;
    for seed in 0..8 {
        let server = server().await;
        retries += through(&server, seed).await;
        server.shutdown().await.unwrap();
    }
    assert!(retries > 0, "there was no heavy_faults");
}

#[tokio::test]
async fn content_is_intact_despite_faults_in_the_process() {
    let mut options = ServerOptions::default();
    options.config.recommended_part_size = PART;
    options.config.absolute_minimum_part_size = 10_000;
    let b2 = Simulator::with_options(options).unwrap();
    let service = b2.clone();
    let host = NativeHost::with_service(move |request| service.respond(request));
    let key = b2.credentials().clone();
    let client = ClientBuilder::new(host).realm(b2.realm()).key(key.key_id, key.key);
    let client = client.retry(short_delays()).build().await.unwrap();
    let bucket = CreateBucket::new("in-process", BucketType::AllPrivate);
    let bucket = client.create_bucket(bucket).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..4 {
        b2.set_faults(Some((seed, heavy_faults())));
        let (path, bytes) = write(folder.path(), "source", 7 * PART + 1);
        bucket.upload_file(&path, "file").await.unwrap();
        let target = folder.path().join("target");
        bucket.download("file").block_size(PART).save_to(&target).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == bytes);
    }
    let failed = |status: u16| status == 0 || status >= 400;
    assert!(b2.requests().iter().any(|request| failed(request.status)), "there were no faults");
    assert_eq!(b2.with(|service| service.violations().to_vec()), []);
}
