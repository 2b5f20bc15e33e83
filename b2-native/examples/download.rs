//! Downloads to a file, to memory and to a stream.
//!
//! ```text
//! cargo run -p b2-native --example download
//! ```

mod support;

use std::error::Error;

use b2_native::NativeSink;
use b2_native::proto::download::Verification;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    bucket.upload("Hello, B2!\n", "hello.txt").content_type("text/plain").await?;

    // To a file, which appears when it is complete and verified.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hello.txt");
    let downloaded = bucket.download("hello.txt").save_to(&path).await?;
    if let Verification::Verified(sha1) = downloaded.verification {
        println!("{} bytes with SHA-1 {sha1}", downloaded.bytes);
    }

    // A range of it, to memory.
    let bytes = bucket.download("hello.txt").range(0..5).bytes(1_000).await?;
    println!("{}", String::from_utf8_lossy(&bytes));

    // To any stream, in order.
    bucket.download("hello.txt").save(NativeSink::writer(tokio::io::stdout())).await?;
    server.shutdown().await?;
    Ok(())
}
