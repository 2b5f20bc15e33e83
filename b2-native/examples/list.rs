//! Lists files, folders, versions and buckets, and hides and deletes files.
//!
//! ```text
//! cargo run -p b2-native --example list
//! ```

mod support;

use std::error::Error;

use b2_native::proto::ErrorKind;
use b2_native::proto::list::{LsEntry, LsOptions};
use futures::{StreamExt, TryStreamExt, future};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    for name in ["read me.txt", "photos/1.jpg", "photos/2.jpg", "photos/notes.txt"] {
        bucket.upload(name.to_owned(), name).await?;
    }

    // B2 filters by prefix and start; other filters are those of streams.
    let photos = bucket.list("photos/").start_at("photos/2");
    let mut photos =
        photos.try_filter(|file| future::ready(file.content_type.as_deref() == Some("image/jpeg")));
    while let Some(file) = photos.try_next().await? {
        println!("{} ({} bytes)", file.file_name, file.size);
    }

    // Files and folders directly below a path.
    let mut entries = std::pin::pin!(bucket.ls(LsOptions::default()));
    while let Some(entry) = entries.next().await {
        match entry? {
            LsEntry::Folder(name) => println!("{name}"),
            LsEntry::File(version) => println!("{} ({} bytes)", version.file_name, version.size),
        }
    }

    bucket.hide_file("photos/1.jpg").await?;
    let hidden = bucket.get_file_info_by_name("photos/1.jpg").await;
    assert_eq!(hidden.expect_err("the file is hidden").kind(), ErrorKind::FileNotPresent);

    let versions: Vec<_> = bucket.list_file_versions("photos/1.jpg").try_collect().await?;
    for version in versions {
        println!("deleting {} of {}", version.action, version.file_name);
        bucket.client().delete_file_version(version.file_id, &version.file_name, false).await?;
    }
    for bucket in bucket.client().list_buckets().await? {
        println!("{} {}", bucket.id(), bucket.name());
    }
    server.shutdown().await?;
    Ok(())
}
