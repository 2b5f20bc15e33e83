//! Moves, renamed prefixes, and copies between accounts.

use b2_native::proto::ErrorKind;
use b2_native::proto::create::MovedSource;
use b2_native::proto::hash::Sha1Digest;
use b2_native::{Bucket, proto::model::FileVersion};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::{PART, bucket, server};

async fn put(bucket: &Bucket, name: &str, len: u64) -> (FileVersion, Bytes) {
    let bytes = b2_tests::Rng::new(len).bytes(len);
    let file = bucket.upload(bytes.clone(), name).content_type("text/plain");
    (file.info_entry("color", "red").whole_sha1(true).await.unwrap(), bytes)
}

async fn read(bucket: &Bucket, name: &str) -> Bytes {
    bucket.download(name).await.unwrap().bytes(1 << 30).await.unwrap()
}

async fn names(bucket: &Bucket) -> Vec<String> {
    let files: Vec<_> = bucket.list("").try_collect().await.unwrap();
    files.into_iter().map(|file| file.file_name).collect()
}

#[tokio::test]
async fn a_file_is_moved_and_its_source_deleted_or_hidden() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let (source, bytes) = put(&bucket, "source", 3 * PART).await;
    let error = bucket.move_file(source.clone(), "source").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let moved = bucket.move_file(source.clone(), "moved").max_part_size(PART).await.unwrap();
    assert_eq!((moved.size, moved.sha1()), (source.size, Some(Sha1Digest::of(&bytes))));
    assert_eq!(moved.file_info.get("color"), Some("red"));
    assert_eq!(read(&bucket, "moved").await, bytes);
    assert_eq!(names(&bucket).await, ["moved"]);
    // The copy is known, so a move that is repeated with what is gone already succeeds.
    bucket.move_file(source, "moved").await.unwrap();
    let back = bucket.move_file(moved.file_id.clone(), "back").moved_source(MovedSource::Hide);
    back.await.unwrap();
    assert_eq!(names(&bucket).await, ["back"]);
    bucket.client().get_file_info(moved.file_id).await.unwrap();
}

#[tokio::test]
async fn a_prefix_is_renamed_file_by_file() {
    let server = server().await;
    let bucket = bucket(&server).await;
    for name in ["a/1", "a/2", "a/b/3", "b/4"] {
        put(&bucket, name, 100).await;
    }
    let error = bucket.rename_prefix("a/", "a/b/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mut renaming = bucket.rename_prefix("a/", "c/").parallel(2).start();
    while let Some(file) = renaming.next().await {
        let file = file.unwrap();
        assert_eq!(file.to, Some(file.from.replacen("a/", "c/", 1)));
        file.result.unwrap();
    }
    assert_eq!((renaming.report().moved, renaming.report().bytes), (3, 300));
    assert_eq!(names(&bucket).await, ["b/4", "c/1", "c/2", "c/b/3"]);
    let report = bucket.rename_prefix("a/", "c/").await.unwrap();
    assert_eq!((report.moved, report.failed), (0, 0));
}

#[tokio::test]
async fn a_file_is_copied_to_another_account() {
    let (ours, theirs) = (server().await, server().await);
    let (from, to) = (bucket(&ours).await, bucket(&theirs).await);
    let (source, bytes) = put(&from, "source", 3 * PART).await;
    let copy = from.client().copy_between(source.file_id.clone(), &to, "copy").await.unwrap();
    assert_eq!((copy.content_type.as_deref(), copy.sha1()), (Some("text/plain"), source.sha1()));
    assert_eq!(copy.file_info.get("color"), Some("red"));
    assert_eq!(read(&to, "copy").await, bytes);
    from.client().copy_between(source, &from, "copy").await.unwrap();
    assert_eq!(read(&from, "copy").await, bytes);
}
