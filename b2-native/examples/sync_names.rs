//! Synchronizes a folder of generated names with a bucket of the same names, to measure memory and time:
//!
//! ```sh
//! b2 sim --generated-names 1000000        # prints variables to set
//! cargo run --release --example sync_names -- 1000000
//! ```
//!
//! It also shows how a folder of one's own is synchronized: [`LocalFolder`] is the whole interface.

use std::error::Error;

use b2_native::proto::api::CreateBucket;
use b2_native::proto::error::{TransportError, TransportErrorKind};
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::BucketType;
use b2_native::proto::sync::{LocalFile, LocalScan, ScanItem};
use b2_native::proto::time::Timestamp;
use b2_native::{
    BoxFuture, Client, Folder, HostError, LocalFolder, NativeHost, NativeSource, NewLocalFile,
    ScanStream,
};
use futures::StreamExt;

/// The number of entries of a page of the scan.
const PAGE: u64 = 1_000;

/// A folder whose files exist in its listing only.
#[derive(Debug)]
struct GeneratedFolder {
    files: u64,
}

impl LocalFolder<NativeHost> for GeneratedFolder {
    fn scan(&self, _: LocalScan) -> ScanStream {
        let files = self.files;
        let pages = (0..files.div_ceil(PAGE)).map(move |page| {
            let numbers = page * PAGE..files.min((page + 1) * PAGE);
            Ok(numbers.map(|number| ScanItem::File(file(number))).collect())
        });
        futures::stream::iter(pages).boxed()
    }

    fn open(
        &self,
        name: String,
    ) -> BoxFuture<'static, Result<(NativeSource, LocalFile), HostError>> {
        Box::pin(async move { Err(no_content(&name)) })
    }

    fn digest(&self, file: LocalFile) -> BoxFuture<'static, Result<Sha1Digest, HostError>> {
        Box::pin(async move { Err(no_content(&file.name)) })
    }

    fn create(
        &self,
        name: String,
        _: u64,
    ) -> BoxFuture<'static, Result<Box<dyn NewLocalFile<NativeHost>>, HostError>> {
        Box::pin(async move { Err(no_content(&name)) })
    }

    fn create_folder(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        Box::pin(async move { Err(no_content(&name)) })
    }

    fn remove(&self, name: String) -> BoxFuture<'static, Result<(), HostError>> {
        Box::pin(async move { Err(no_content(&name)) })
    }
}

fn file(number: u64) -> LocalFile {
    LocalFile {
        name: b2_sim::generated_name(number),
        size: 1_000,
        modified: Timestamp::from_millis(1_700_000_000_000),
    }
}

fn no_content(name: &str) -> HostError {
    TransportError::new(TransportErrorKind::Source, format!("{name} has no content")).into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let files = std::env::args().nth(1).unwrap_or_else(|| "10000".to_owned()).parse()?;
    let client = Client::from_env().await?;
    let bucket = match client.bucket("generated").await {
        Ok(bucket) => bucket,
        Err(_) => {
            let bucket = CreateBucket::new("generated", BucketType::AllPrivate);
            client.create_bucket(bucket).await?
        }
    };
    let start = std::time::Instant::now();
    let folder = Folder::local(GeneratedFolder { files });
    let report = client.sync(folder, bucket.folder("")).await?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{} names compared in {seconds:.1} s, peak memory {}", report.compared, peak());
    assert_eq!((report.compared, report.to_transfer, report.failed), (files, 0, 0));
    Ok(())
}

/// Returns the peak memory of this process, where the system says it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
