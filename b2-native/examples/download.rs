//! Downloads as a stream, as an `AsyncRead`, to memory, to a file and to an `AsyncWrite`.
//!
//! ```text
//! cargo run -p b2-native --example download
//! ```

mod support;

use std::error::Error;

use b2_native::proto::download::Verification;
use b2_native::{BodyReader, NativeSink};
use futures::TryStreamExt;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    bucket.upload("Hello, B2!\nSecond line\n", "hello.txt").content_type("text/plain").await?;

    // As a stream of `Bytes`, after the head of the response.
    let response = bucket.download("hello.txt").await?;
    println!("{} bytes of {:?}", response.version().size, response.version().content_type);
    let mut body = response.into_stream();
    while let Some(chunk) = body.try_next().await? {
        println!("received {} bytes", chunk.len());
    }

    // As a `tokio::io::AsyncRead`, here line by line.
    let body = bucket.download("hello.txt").await?.into_stream();
    let mut lines = BufReader::new(BodyReader::new(body)).lines();
    while let Some(line) = lines.next_line().await? {
        println!("line: {line}");
    }

    // A range to memory. Content of more than 1,000 bytes would be an error.
    let bytes = bucket.download("hello.txt").range(0..5).bytes(1_000).await?;
    println!("{}", String::from_utf8_lossy(&bytes));

    // To a file, which appears when it is complete and verified.
    let folder = tempfile::tempdir()?;
    let downloaded = bucket.download("hello.txt").save_to(folder.path().join("hello.txt")).await?;
    if let Verification::Verified(sha1) = downloaded.verification {
        println!("{} bytes with SHA-1 {sha1}", downloaded.bytes);
    }

    // To any `tokio::io::AsyncWrite`.
    bucket.download("hello.txt").save(NativeSink::writer(tokio::io::stdout())).await?;
    server.shutdown().await?;
    Ok(())
}
