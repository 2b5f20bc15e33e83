use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use b2_client::Sink;
use b2_native::proto::ErrorKind;
use b2_native::proto::create::{Checkpoint, UploadEvent};
use b2_native::proto::download::Verification;
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::list::LsOptions;
use b2_native::proto::machine::OnCancel;
use b2_native::{NativeReader, NativeSink, NativeSource};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use crate::{PART, bucket, names, server, write};

#[tokio::test]
async fn files_of_every_size_are_downloaded_unchanged() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    for len in [0, 1, 65_536, PART, PART + 10_000, 5 * PART + 17] {
        let (path, bytes) = write(folder.path(), "source", len);
        let modified = UNIX_EPOCH + Duration::from_millis(1_600_000_000_123);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        let name = format!("folder/{len} bytes +\u{e9}.bin");
        let version = bucket.upload_file(&path, &*name).await.unwrap();
        assert_eq!(version.size, len);
        assert_eq!(
            server.with(|service| service.read_file("the-bucket", &name)),
            Some(bytes.clone())
        );

        let target = folder.path().join("target");
        let downloaded = bucket.download(&*name).block_size(70_000).save_to(&target).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == bytes, "{len} bytes came back as others");
        assert_eq!(std::fs::metadata(&target).unwrap().modified().unwrap(), modified);
        match downloaded.verification {
            Verification::Verified(sha1) => assert_eq!(sha1, Sha1Digest::of(&bytes)),
            other => assert!(len > PART, "{other:?}"),
        }
        let by_id = bucket.client().download_by_id(version.file_id);
        let same = by_id.bytes(10 * 100_000).await.unwrap();
        assert!(same == bytes);
    }
    assert_eq!(names(folder.path()), ["source", "target"], "something was left behind");
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_range_is_downloaded() {
    let server = server().await;
    let bucket = bucket(&server).await;
    bucket.upload("abcdefghijklmnopqrs", "letters").await.unwrap();
    let range = |range| bucket.download("letters").range(range).bytes(100);
    assert_eq!(range(3..10).await.unwrap(), "defghij");
    assert_eq!(range(0..19).await.unwrap(), "abcdefghijklmnopqrs");
    assert_eq!(range(0..20).await.unwrap_err().kind(), ErrorKind::InvalidRange);
    assert_eq!(range(30..40).await.unwrap_err().kind(), ErrorKind::UnsatisfiableRange);
}

#[tokio::test]
async fn a_stream_of_unknown_length_is_uploaded_and_downloaded() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    for len in [0, PART, PART + 1, 4 * PART, 4 * PART + 3] {
        let (path, bytes) = write(folder.path(), "source", len);
        let reader = NativeReader::new(tokio::fs::File::open(&path).await.unwrap());
        let version = bucket.upload_reader(reader, "stream").part_size(PART).await.unwrap();
        assert_eq!(version.size, len);
        let (mut far, near) = tokio::io::duplex(1_000);
        let reading = tokio::spawn(async move {
            let mut all = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut far, &mut all).await.unwrap();
            all
        });
        bucket.download("stream").save(NativeSink::writer(near)).await.unwrap();
        assert!(reading.await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn an_interrupted_upload_resumes_in_another_process() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, bytes) = write(folder.path(), "source", 8 * PART);
    let mut upload = bucket.upload_file(&path, "large").parallel(1).start();
    let mut events = upload.take_events().unwrap();
    let mut last = None;
    // Dropping the upload at the third part has the same effect as the end of the process.
    tokio::select! {
        _ = &mut upload => panic!("it must not end"),
        () = async {
            while let Some(event) = events.next().await {
                if let UploadEvent::Checkpoint(checkpoint) = event {
                    let parts = checkpoint.parts.len();
                    last = Some(checkpoint.to_json());
                    if parts == 3 {
                        break;
                    }
                }
            }
        } => {}
    }
    drop(upload);
    let parts = |server: &b2_sim::server::Server| {
        server.with(|service| {
            service.log().filter(|e| e.operation == "b2_upload_part" && e.status == 200).count()
        })
    };
    let before = parts(&server);
    let checkpoint = Checkpoint::from_json(&last.unwrap()).unwrap();
    let other = crate::client(&server).await.bucket("the-bucket").await.unwrap();
    let upload = other.upload_file(&path, "large").resume_from(checkpoint.clone());
    let version = upload.await.unwrap();
    assert_eq!(version.file_id, checkpoint.file_id);
    assert!(parts(&server) - before <= 5, "a finished part was sent again");
    assert_eq!(server.with(|service| service.read_file("the-bucket", "large")), Some(bytes));
}

#[tokio::test]
async fn a_cancelled_upload_can_leave_nothing() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, _) = write(folder.path(), "source", 8 * PART);
    let mut upload = bucket.upload_file(&path, "large").parallel(1).start();
    let controls = upload.controls();
    let mut events = upload.take_events().unwrap();
    let watch = async {
        while let Some(event) = events.next().await {
            if matches!(event, UploadEvent::Started { .. }) {
                controls.cancel(OnCancel::Discard);
            }
        }
    };
    let (result, ()) = futures::join!(upload, watch);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    let left: Vec<_> = bucket.list_unfinished_large_files().try_collect().await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn files_are_listed_hidden_and_deleted() {
    let server = server().await;
    let bucket = bucket(&server).await;
    for name in ["a", "b/1", "b/2/x", "c"] {
        bucket.upload("bytes", name).await.unwrap();
    }
    let ls = |options| {
        bucket.ls(options).map_ok(|entry| entry.name().to_owned()).try_collect::<Vec<_>>()
    };
    assert_eq!(ls(LsOptions::default()).await.unwrap(), ["a", "b/", "c"]);
    assert_eq!(ls(LsOptions::new("b")).await.unwrap(), ["b/1", "b/2/"]);
    assert_eq!(ls(LsOptions::default().recursive(true)).await.unwrap(), ["a", "b/1", "b/2/x", "c"]);
    bucket.hide_file("a").await.unwrap();
    assert_eq!(
        bucket.get_file_info_by_name("a").await.unwrap_err().kind(),
        ErrorKind::FileNotPresent
    );
    assert_eq!(bucket.hide_file("a").await.unwrap_err().kind(), ErrorKind::FileAlreadyHidden);
    bucket.unhide_file("a", false).await.unwrap();
    assert_eq!(bucket.get_file_info_by_name("a").await.unwrap().size, 5);
    let version = bucket.list_file_versions("a").try_next_once().await;
    bucket.client().delete_file_version(version, "a", false).await.unwrap();
    assert_eq!(ls(LsOptions::new("a")).await.unwrap(), [""; 0]);
    assert_eq!(
        bucket.client().delete_bucket(bucket.id()).await.unwrap_err().kind(),
        ErrorKind::BucketNotEmpty
    );
}

trait FirstVersion {
    async fn try_next_once(self) -> b2_native::proto::model::FileId;
}

impl<S: futures::Stream<Item = Result<b2_native::proto::model::FileVersion, b2_native::Error>>>
    FirstVersion for S
{
    async fn try_next_once(self) -> b2_native::proto::model::FileId {
        std::pin::pin!(self).try_next().await.unwrap().unwrap().file_id
    }
}

#[tokio::test]
async fn a_stream_that_can_be_opened_again_is_a_source() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = Bytes::from_iter((0..3 * PART + 17).map(|i| (i % 251) as u8));
    let opened = Arc::new(AtomicUsize::new(0));
    let source = |bytes: &Bytes| {
        let (bytes, opened) = (bytes.clone(), opened.clone());
        NativeSource::from_opener(bytes.len() as u64, move |offset| {
            opened.fetch_add(1, Ordering::Relaxed);
            Ok(std::io::Cursor::new(bytes.slice(usize::try_from(offset).unwrap()..)))
        })
    };
    let file = bucket.upload(source(&bytes), "large").whole_sha1(true).await.unwrap();
    assert_eq!(file.file_info.large_file_sha1(), Some(Sha1Digest::of(&bytes)));
    assert!(opened.load(Ordering::Relaxed) > 3);
    assert_eq!(bucket.download("large").bytes(bytes.len()).await.unwrap(), bytes);
    let range = source(&bytes).slice(10..20).unwrap();
    bucket.upload(range, "range").await.unwrap();
    assert_eq!(bucket.download("range").bytes(10).await.unwrap(), bytes[10..20]);
}

#[tokio::test]
async fn an_open_file_accepts_ranges_in_any_order() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = Bytes::from_iter((0..5 * PART).map(|i| (i % 251) as u8));
    bucket.upload(bytes.clone(), "file").whole_sha1(true).await.unwrap();
    let mut file = tempfile::tempfile().unwrap();
    let sink = NativeSink::file(file.try_clone().unwrap());
    assert!(sink.is_random_access());
    let download = bucket.download("file").block_size(30_000);
    let verification = download.save(sink).await.unwrap().verification;
    assert_eq!(verification, Verification::Verified(Sha1Digest::of(&bytes)));
    let mut saved = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut saved).unwrap();
    assert!(saved == bytes);
}
