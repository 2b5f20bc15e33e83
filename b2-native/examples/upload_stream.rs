//! Uploads content of unknown length from a stream and from an `AsyncRead`.
//!
//! ```text
//! cargo run -p b2-native --example upload_stream
//! ```

mod support;

use std::error::Error;
use std::io;

use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::io::AsyncWriteExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;

    // A stream of results. An error of the stream ends the upload.
    let lines =
        stream::iter(0..1_000).map(|n| Ok::<_, io::Error>(Bytes::from(format!("line {n}\n"))));
    let file = bucket.upload_stream(lines, "lines.txt").content_type("text/plain").await?;
    println!("{} has {} bytes", file.file_name, file.size);

    // A `tokio::io::AsyncRead`, such as a socket or the output of a process; here one end of a pipe.
    let (mut writer, reader) = tokio::io::duplex(64 * 1024);
    let write = async move {
        for _ in 0..12 {
            writer.write_all(&[7; 1_000_000]).await?;
        }
        // Dropping the writer ends the content.
        io::Result::Ok(())
    };
    // Parts of 5 MB, two of which are buffered and sent at once.
    let upload = bucket.upload_reader(reader, "large.bin").part_size(5_000_000).parallel(2);
    let (written, file) = tokio::join!(write, upload.into_future());
    written?;
    let file = file?;
    println!("{} has {} bytes", file.file_name, file.size);
    server.shutdown().await?;
    Ok(())
}
