//! Uploads a large file in parts, tells how far it is, and goes on after an interruption.
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

    // An upload is a future; as a transfer it also tells what it does.
    let upload = bucket.upload_file(&path, "movies/1.mp4");
    let mut transfer = upload.parallel(2).info(FileInfo::default().with("title", "One")).start();
    let mut events = transfer.take_events().expect("events can be taken once");
    let mut checkpoint = None;
    let watch = async {
        while let Some(event) = events.next().await {
            match event {
                UploadEvent::Checkpoint(latest) if latest.parts.len() == 3 => {
                    return Some(latest.to_json());
                }
                UploadEvent::Progress(progress) => println!("{} bytes accepted", progress.accepted),
                UploadEvent::Retrying(retrying) => println!("once more: {}", retrying.error),
                _ => {}
            }
        }
        None
    };
    // The process "dies" after three parts. A file would keep the checkpoint.
    tokio::select! {
        done = &mut transfer => println!("{} is there already", done?.file_name),
        json = watch => checkpoint = json,
    }
    drop(transfer);

    if let Some(json) = checkpoint {
        println!("interrupted; going on");
        let upload = bucket.upload_file(&path, "movies/1.mp4");
        let upload = upload.info(FileInfo::default().with("title", "One"));
        let version = upload.resume_from(Checkpoint::from_json(&json)?).await?;
        println!("{} has {} bytes: {}", version.file_name, version.size, version.file_id);
    }
    server.shutdown().await?;
    Ok(())
}
