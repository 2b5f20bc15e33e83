//! Files made of others: copies, concatenations, mixes, incremental uploads.

use std::sync::{Arc, Mutex};

use b2_native::proto::ErrorKind;
use b2_native::proto::create::{CopySource, UploadEvent};
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::{EncryptionKey, EncryptionSetting, FileInfo, FileVersion};
use b2_native::{Bucket, CopyBuilder, Error, Piece};
use bytes::Bytes;
use futures::stream;

use super::{PART, bucket, server, write};

async fn read(bucket: &Bucket, name: &str) -> Bytes {
    bucket.download(name).await.unwrap().bytes(1 << 30).await.unwrap()
}

async fn put(bucket: &Bucket, name: &str, len: u64) -> (FileVersion, Bytes) {
    let bytes = b2_tests::Rng::new(len).bytes(len);
    let file = bucket.upload(bytes.clone(), name).content_type("text/plain");
    (file.info_entry("color", "red").await.unwrap(), bytes)
}

#[tokio::test]
async fn copies_keep_bytes_and_metadata_in_one_call_and_in_parts() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let (source, bytes) = put(&bucket, "source", 3 * PART + 5).await;
    let whole = bucket.copy(source.file_id.clone(), "whole").await.unwrap();
    assert_eq!((whole.size, whole.content_type.as_deref()), (source.size, Some("text/plain")));
    assert_eq!(read(&bucket, "whole").await, bytes);
    // In parts: the SHA-1 of the source is kept, if there is one.
    let parts = bucket.copy(source.clone(), "parts").max_part_size(PART).await.unwrap();
    assert_eq!(read(&bucket, "parts").await, bytes);
    assert_eq!(parts.file_info.get("color"), Some("red"));
    assert_eq!(parts.content_type.as_deref(), Some("text/plain"));
    let range = bucket.copy(source.file_id.clone(), "range").range(7..PART).await.unwrap();
    assert_eq!(range.size, PART - 7);
    assert_eq!(read(&bucket, "range").await, bytes.slice(7..usize::try_from(PART).unwrap()));
    let info = FileInfo::new().with("color", "blue");
    let other = bucket.copy(source.file_id, "other").content_type("text/html").info(info);
    let other = other.await.unwrap();
    assert_eq!(other.file_info.get("color"), Some("blue"));
    assert_eq!(other.content_type.as_deref(), Some("text/html"));
}

#[tokio::test]
async fn a_copied_range_has_no_sha1_of_its_source() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = b2_tests::Rng::new(1).bytes(2 * PART);
    let source = bucket.upload(bytes.clone(), "source").whole_sha1(true);
    let source = source.info_entry("color", "red").await.unwrap();
    assert!(source.file_info.get(FileInfo::LARGE_FILE_SHA1).is_some());
    for max_part_size in [2 * PART, PART] {
        let range = bucket.copy(source.file_id.clone(), "range").range(1..PART + 9);
        let range = range.max_part_size(max_part_size).await.unwrap();
        assert_eq!(range.file_info.get("color"), Some("red"));
        assert_eq!(range.file_info.get(FileInfo::LARGE_FILE_SHA1), None);
        assert_eq!(
            read(&bucket, "range").await,
            bytes.slice(1..usize::try_from(PART).unwrap() + 9)
        );
    }
}

#[tokio::test]
async fn a_copy_without_a_customer_key_has_no_id_of_one() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let key = EncryptionKey::new([1; 32]);
    let source = bucket.upload(Bytes::from(vec![7; 50_000]), "source");
    let with_id = EncryptionSetting::SseC(key.clone().with_id("one"));
    let source = source.encryption(with_id).await.unwrap();
    let copy = bucket.copy(source.file_id, "copy");
    let copy = copy.source_encryption(EncryptionSetting::SseC(key)).await.unwrap();
    assert_eq!(copy.file_info.get(FileInfo::SSE_C_KEY_ID), None);
}

#[tokio::test]
async fn copies_to_another_key_change_its_id_and_keep_the_rest() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let key = |byte, id: &str| EncryptionSetting::SseC(EncryptionKey::new([byte; 32]).with_id(id));
    let bytes = Bytes::from(vec![7; 50_000]);
    let source = bucket.upload(bytes.clone(), "source").info_entry("color", "red");
    let source = source.encryption(key(1, "one")).await.unwrap();
    // The source is read with its key only.
    let error = bucket.copy(source.clone(), "copy").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("SSE-C"), "{error}");
    let error = bucket.copy(source.clone(), "copy").source_encryption(key(9, "one")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
    for (name, largest) in [("copy", 1 << 20), ("copy in parts", 20_000)] {
        let copy = bucket.copy(source.file_id.clone(), name).source_encryption(key(1, "one"));
        let copy = copy.encryption(key(2, "two")).max_part_size(largest).await.unwrap();
        assert_eq!(copy.file_info.get(FileInfo::SSE_C_KEY_ID), Some("two"));
        assert_eq!(copy.file_info.get("color"), Some("red"));
        let read = bucket.download(name).encryption(key(2, "two")).await.unwrap();
        assert_eq!(read.bytes(1 << 20).await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn pieces_become_one_file() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (large, large_bytes) = put(&bucket, "large", 2 * PART).await;
    let (small, small_bytes) = put(&bucket, "small", 100).await;
    let (path, file_bytes) = write(folder.path(), "local", PART + 17);
    let source = Bytes::from_static(b"in memory");
    let pieces = || {
        [
            Piece::source(source.clone()),
            Piece::remote(small.file_id.clone()),
            Piece::remote(large.clone()),
            Piece::file(&*path),
            Piece::file(&*path).range(3..10),
        ]
    };
    let mut expected = source.to_vec();
    expected.extend_from_slice(&small_bytes);
    expected.extend_from_slice(&large_bytes);
    expected.extend_from_slice(&file_bytes);
    expected.extend_from_slice(&file_bytes[3..10]);
    let plan = bucket.concatenate(pieces(), "joined").plan().await.unwrap();
    assert_eq!(plan.size(), expected.len() as u64);
    let cost = plan.cost();
    assert_eq!(cost.uploaded + cost.copied, plan.size());
    assert!(cost.copied > PART && cost.downloaded >= 100, "{cost}");
    let joined = bucket.concatenate(pieces(), "joined").content_type("text/plain").await.unwrap();
    assert_eq!(joined.size, plan.size());
    assert_eq!(read(&bucket, "joined").await, expected);
    let pieces = stream::iter(pieces().map(Ok::<_, Error>));
    bucket.concatenate_stream(pieces, "streamed").await.unwrap();
    assert_eq!(read(&bucket, "streamed").await, expected);
    // A later range in the middle of an earlier one: the copy is preferred.
    let base = Bytes::from(vec![1; 300_000]);
    let mixed = [Piece::source(base), Piece::remote(large).range(0..150_000).at(100_000)];
    bucket.create_file(mixed, "mixed").await.unwrap();
    let mixed = read(&bucket, "mixed").await;
    assert_eq!(mixed.len(), 300_000);
    assert_eq!(mixed[100_000..250_000], large_bytes[..150_000]);
    assert!(mixed[..100_000].iter().chain(&mixed[250_000..]).all(|byte| *byte == 1));
}

#[tokio::test]
async fn incremental_uploads_send_what_was_appended() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, before) = write(folder.path(), "log", 4 * PART);
    bucket.upload_file(&*path, "log").incremental(true).await.unwrap();
    let mut content = before.to_vec();
    content.extend_from_slice(b"one more line");
    std::fs::write(&path, &content).unwrap();
    let sent = Arc::new(Mutex::new(0));
    let most = sent.clone();
    let upload = bucket.upload_file(&*path, "log").incremental(true).on_event(move |event| {
        if let UploadEvent::Started { .. } = event {
            *most.lock().unwrap() += 1;
        }
    });
    let file = upload.await.unwrap();
    assert_eq!(*sent.lock().unwrap(), 1, "a large file of a copied and an uploaded part");
    assert_eq!(file.sha1(), Some(Sha1Digest::of(&content)));
    assert_eq!(read(&bucket, "log").await, content);
    // Unchanged: one call copies it. Changed at the start: everything is sent.
    bucket.upload_file(&*path, "log").incremental(true).await.unwrap();
    assert_eq!(read(&bucket, "log").await, content);
    content[0] ^= 1;
    std::fs::write(&path, &content).unwrap();
    bucket.upload_file(&*path, "log").incremental(true).await.unwrap();
    assert_eq!(read(&bucket, "log").await, content);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_before_anything_is_sent() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let (source, _) = put(&bucket, "source", 50_000).await;
    let requests = || server.with(|service| service.log().count());
    let before = requests();
    let memory = || Bytes::from_static(b"bytes");
    let refused = |error: Error| assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    refused(bucket.concatenate([], "x").await.unwrap_err());
    refused(bucket.create_file([Piece::source(memory()).at(5)], "x").await.unwrap_err());
    refused(bucket.create_file([Piece::source(memory()).range(3..9)], "x").await.unwrap_err());
    let beyond = Piece::remote(source.clone()).range(0..50_001);
    refused(bucket.concatenate([beyond], "x").await.unwrap_err());
    let half = |copy: CopyBuilder| async move { copy.await.unwrap_err() };
    refused(half(bucket.copy(source.clone(), "x").content_type("text/plain")).await);
    refused(half(bucket.copy(source.clone(), "x").info(FileInfo::new())).await);
    refused(half(bucket.copy(source.clone(), "x").range(9..50_001)).await);
    refused(half(bucket.copy(source.clone(), "x").range(9..9)).await);
    let pieces = [Piece::remote(source), Piece::source(memory())];
    refused(bucket.concatenate(pieces, "x").incremental(true).await.unwrap_err());
    assert_eq!(requests(), before, "nothing was sent");
    // The sizes of these are asked for, and nothing is created.
    let missing = Piece::remote(CopySource::new("4_z0"));
    let error = bucket.concatenate([missing, Piece::source(memory())], "x").await.unwrap_err();
    assert!(error.to_string().contains("4_z0"), "{error}");
}

#[tokio::test]
async fn a_given_sha1_of_a_file_of_one_part_is_compared() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let (source, bytes) = put(&bucket, "source", 5_000).await;
    let memory = Bytes::from_static(b"in memory");
    let wrong = Sha1Digest::of(b"other bytes");
    let mixed = [&memory[..], &bytes[..]].concat();
    let made = |kind: &str, sha1: Sha1Digest| {
        let upload = match kind {
            "copy" => bucket.concatenate([Piece::remote(source.clone())], kind),
            "mixed" => {
                let pieces = [Piece::source(memory.clone()), Piece::remote(source.clone())];
                bucket.concatenate(pieces, kind)
            }
            "local" => bucket.concatenate([Piece::source(memory.clone())], kind),
            _ => {
                let pieces = [Ok::<_, Error>(Piece::source(memory.clone()))];
                bucket.concatenate_stream(stream::iter(pieces), kind)
            }
        };
        upload.sha1(sha1)
    };
    for (kind, expected) in
        [("copy", &bytes[..]), ("mixed", &mixed), ("local", &memory), ("stream", &memory)]
    {
        let error = made(kind, wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{kind}: {error}");
        // B2 has made the copy when its SHA-1 is known; nothing else is stored.
        assert_eq!(bucket.get_file_info_by_name(kind).await.is_ok(), kind == "copy", "{kind}");
        made(kind, Sha1Digest::of(expected)).await.unwrap();
        assert_eq!(read(&bucket, kind).await, expected, "{kind}");
    }
}
