//! Uploads a large file in parts, prints its progress, and resumes it after an interruption.
//!
//! ```text
//! cargo run -p b2-native --example upload
//! ```

mod support;

use std::error::Error;

use b2_native::proto::create::{Checkpoint, UploadEvent};
use b2_native::proto::model::FileInfo;
use futures::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("movie.mp4");
    std::fs::write(&path, vec![7; 30_000_000])?;

    // An upload is a future. `start` returns a transfer, which is a future with events.
    let upload = bucket.upload_file(&path, "movies/1.mp4");
    let mut transfer = upload.parallel(2).info(FileInfo::default().with("title", "One")).start();
    let mut events = transfer.take_events().expect("events can be taken once");
    let mut checkpoint = None;
    let third_part = async {
        while let Some(event) = events.next().await {
            match event {
                UploadEvent::Checkpoint(latest) if latest.parts.len() == 3 => {
                    return Some(latest.to_json());
                }
                UploadEvent::Progress(progress) => println!("{} bytes accepted", progress.accepted),
                UploadEvent::Retrying(retrying) => println!("retrying: {}", retrying.error),
                _ => {}
            }
        }
        None
    };
    // The upload is dropped after three parts. A program would write the checkpoint to a file.
    tokio::select! {
        done = &mut transfer => println!("{} was complete before", done?.file_name),
        json = third_part => checkpoint = json,
    }
    drop(transfer);

    if let Some(json) = checkpoint {
        println!("interrupted; resuming");
        let upload = bucket.upload_file(&path, "movies/1.mp4");
        let upload = upload.info(FileInfo::default().with("title", "One"));
        let version = upload.resume_from(Checkpoint::from_json(&json)?).await?;
        println!("{} has {} bytes: {}", version.file_name, version.size, version.file_id);
    }
    server.shutdown().await?;
    Ok(())
}
