//! The settings of builders: none undoes another, and those that do not apply are refused.

use std::time::{Duration, UNIX_EPOCH};

use b2_client::{BoxFuture, CredentialProvider};
use b2_native::proto::ErrorKind;
use b2_native::proto::account::Credentials;
use b2_native::proto::create::Checkpoint;
use b2_native::proto::encoding::HeaderLimit;
use b2_native::proto::hash::Sha1Digest;
use b2_native::proto::model::{EncryptionSetting, FileInfo, LegalHold};
use b2_native::{ClientBuilder, Error, NativeHost};
use futures::TryStreamExt;

use crate::{PART, bucket, credentials, server, write};

#[tokio::test]
async fn no_setter_undoes_another() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let (path, _) = write(folder.path(), "source", 10);
    let modified = UNIX_EPOCH + Duration::from_millis(1_600_000_000_123);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let upload = bucket.upload_file(&path, "file").info_entry("color", "red");
    let file = upload.info(FileInfo::new().with("shape", "round")).await.unwrap();
    assert_eq!(file.file_info.get("color"), Some("red"));
    assert_eq!(file.file_info.get("shape"), Some("round"));
    assert_eq!(file.file_info.src_last_modified(), Some(modified.into()));
    let other = modified + Duration::from_secs(1);
    let file = bucket.upload_file(&path, "file").src_last_modified(other).await.unwrap();
    assert_eq!(file.file_info.src_last_modified(), Some(other.into()));
}

#[tokio::test]
async fn settings_that_do_not_apply_are_refused() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let sent = server.with(|service| service.log().count());
    let reader = || bucket.upload_reader(std::io::Cursor::new("bytes"), "file");
    let checkpoint = || {
        let json = r#"{"version": 1, "bucketId": "b", "fileId": "f", "fileName": "file", "len": 5, "partSize": 5, "parts": []}"#;
        Checkpoint::from_json(json).unwrap()
    };
    let bytes = || bucket.upload("bytes", "file");
    let refused = [
        reader().whole_sha1(true),
        reader().resume(true),
        reader().resume_from(checkpoint()),
        reader().resume_from(checkpoint()).resume(false),
        reader().part_size(PART).max_stream_part(PART - 1),
        bytes().max_stream_part(1),
        bytes().part_size(1),
        bytes().part_size(0),
        bytes().encryption(EncryptionSetting::None),
        bytes().encryption(EncryptionSetting::Unknown),
        bytes().legal_hold(LegalHold::Unknown),
    ];
    for upload in refused {
        let setting = format!("{upload:?}");
        assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::InvalidInput, "{setting}");
    }
    let refused = [
        bucket.list("").page_size(0).try_next().await,
        bucket.list("").page_size(10_001).try_next().await,
        bucket.list("").delimiter("").try_next().await,
        bucket.list_versions("").start_at_version("f").try_next().await,
        bucket.list_file_versions("a").page_size(0).try_next().await,
    ];
    for listed in refused {
        assert_eq!(listed.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let error = bucket.download("file").range(5..5).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(server.with(|service| service.log().count()), sent, "nothing was sent");
}

/// Zero ranges or workers at once, and ranges without bytes, are the least that is possible.
#[tokio::test]
async fn zero_parallelism_means_one() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = vec![7; 3 * usize::try_from(PART).unwrap()];
    let upload = || bucket.upload(bytes.clone(), "file").parallel(0);
    upload().await.unwrap();
    upload().sha1(Sha1Digest::of(&bytes)).whole_sha1(true).await.unwrap();
    let reader = bucket.upload_reader(std::io::Cursor::new(bytes.clone()), "file");
    reader.parallel(0).part_size(PART).await.unwrap();
    let download = || bucket.download("file").parallel(0).block_size(100_000);
    assert!(download().bytes(1_000_000).await.unwrap() == bytes);
    bucket.upload("bytes", "short").await.unwrap();
    let short = bucket.download("short").parallel(0).block_size(0).bytes(9).await.unwrap();
    assert_eq!(short, "bytes");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    download().save_to(&path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);
}

#[tokio::test]
async fn an_order_of_setters_does_not_matter() {
    let server = server().await;
    let bucket = bucket(&server).await;
    let bytes = vec![7; 3 * usize::try_from(PART).unwrap()];
    let sha1 = Sha1Digest::of(&bytes);
    let reader =
        || bucket.upload_reader(std::io::Cursor::new(bytes.clone()), "file").part_size(PART);
    // With its SHA-1, a reader has the SHA-1 of the whole.
    for upload in [reader().sha1(sha1).whole_sha1(true), reader().whole_sha1(true).sha1(sha1)] {
        assert_eq!(upload.await.unwrap().file_info.large_file_sha1(), Some(sha1));
    }
    let time = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let info = || FileInfo::new().with_src_last_modified(time(1).into());
    let upload = || bucket.upload("bytes", "file");
    for upload in [
        upload().info(info()).src_last_modified(time(2)),
        upload().src_last_modified(time(2)).info(info()),
    ] {
        let file = upload.await.unwrap();
        assert_eq!(file.file_info.src_last_modified(), Some(time(1).into()));
    }
}

#[tokio::test]
async fn a_check_says_what_the_upload_would() {
    let (server, folder) = (server().await, tempfile::tempdir().unwrap());
    let bucket = bucket(&server).await;
    let mut upload = bucket.upload_file(folder.path().join("missing"), "file");
    let kind = upload.check().await.unwrap_err().kind();
    assert_eq!(upload.check().await.unwrap_err().kind(), kind);
    assert_eq!(upload.await.unwrap_err().kind(), kind);

    // The time of the last modification counts among the headers.
    let (path, _) = write(folder.path(), "source", 10);
    let limit = (1..7_000).rev().find(|&len| {
        FileInfo::new().with("k", "v".repeat(len)).check("file", HeaderLimit::Ordinary).is_ok()
    });
    let mut upload = bucket.upload_file(&path, "file").info_entry("k", "v".repeat(limit.unwrap()));
    assert_eq!(upload.check().await.unwrap_err().kind(), ErrorKind::InvalidFileInfo);
    assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::InvalidFileInfo);
}

#[tokio::test]
async fn a_credential_provider_excludes_a_key_and_a_realm() {
    let server = server().await;
    let credentials = credentials(&server);
    let builder = || ClientBuilder::new(NativeHost::new().unwrap()).credential_provider(Fixed);
    for builder in [
        builder().realm("http://127.0.0.1:1"),
        builder().key(credentials.application_key_id.clone(), credentials.application_key.clone()),
        ClientBuilder::new(NativeHost::new().unwrap())
            .credentials(credentials.clone())
            .credential_provider(Fixed),
    ] {
        assert_eq!(builder.build().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    let error = builder().realm("production").authorize().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = builder().authorize().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoCredential);
}

/// Gives no credentials.
#[derive(Debug)]
struct Fixed;

impl CredentialProvider for Fixed {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, Error>> {
        let error = b2_native::proto::Error::new(ErrorKind::NoCredential, "there are none");
        Box::pin(std::future::ready(Err(error.into())))
    }
}
