//! Lists folders, versions and buckets, hides and deletes files.
//!
//! ```text
//! cargo run -p b2-native --example list
//! ```

mod support;

use std::error::Error;

use b2_native::proto::ErrorKind;
use b2_native::proto::list::{LsEntry, LsOptions};
use futures::{StreamExt, TryStreamExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, bucket) = support::bucket().await?;
    for name in ["read me.txt", "photos/1.jpg", "photos/2.jpg"] {
        bucket.upload(name.to_owned(), name).await?;
    }
    let mut entries = std::pin::pin!(bucket.ls(LsOptions::default()));
    while let Some(entry) = entries.next().await {
        match entry? {
            LsEntry::Folder(name) => println!("{name}"),
            LsEntry::File(version) => println!("{} ({} bytes)", version.file_name, version.size),
        }
    }

    bucket.hide_file("photos/1.jpg").await?;
    let hidden = bucket.get_file_info_by_name("photos/1.jpg").await;
    assert_eq!(hidden.expect_err("it is hidden").kind(), ErrorKind::FileNotPresent);

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
