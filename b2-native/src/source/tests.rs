use std::fs::{self, File};
use std::time::Duration;

use b2_proto::hash::Sha1Digest;

use super::*;

fn file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[tokio::test]
async fn digests_any_range_of_a_file_and_of_memory() {
    let bytes: Vec<u8> = (0..CHUNK * 2 + 17).map(|i| (i % 251) as u8).collect();
    let (_folder, path) = file(&bytes);
    let sources =
        [NativeSource::open(&path).await.unwrap(), NativeSource::from(Bytes::from(bytes.clone()))];
    let len = bytes.len() as u64;
    for source in sources {
        for range in [0..len, 0..0, 1..CHUNK as u64 + 2, len - 1..len] {
            let expected = Sha1Digest::of(&bytes[range.start as usize..range.end as usize]);
            assert_eq!(source.hash(range, Sha1Hasher::new()).await.unwrap().finish(), expected);
        }
        let slice = source.slice(10..len - 10).unwrap();
        assert_eq!(slice.len(), len - 20);
        assert_eq!(
            slice.hash(5..25, Sha1Hasher::new()).await.unwrap().finish(),
            Sha1Digest::of(&bytes[15..35])
        );
        let slice = slice.slice(1..3).unwrap();
        assert_eq!(
            slice.hash(0..2, Sha1Hasher::new()).await.unwrap().finish(),
            Sha1Digest::of(&bytes[11..13])
        );
        assert_eq!(
            slice.hash(0..3, Sha1Hasher::new()).await.unwrap_err().failure.kind,
            TransportErrorKind::Source
        );
        for range in [0..3, 3..3] {
            assert_eq!(slice.slice(range).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}

#[tokio::test]
async fn a_changed_file_is_an_error() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("became shorter: 5 bytes, not 10", |path| {
            File::options().write(true).open(path).unwrap().set_len(5).unwrap();
        }),
        ("became longer: 12 bytes, not 10", |path| {
            fs::write(path, b"twelve bytes").unwrap();
        }),
        ("was written to", |path| {
            let file = File::options().write(true).open(path).unwrap();
            let then = file.metadata().unwrap().modified().unwrap();
            file.set_modified(then + Duration::from_secs(2)).unwrap();
        }),
        ("was removed", |path| fs::remove_file(path).unwrap()),
    ];
    for (how, change) in changes {
        let (_folder, path) = file(b"ten bytes!");
        let source = NativeSource::open(&path).await.unwrap();
        change(&path);
        let failed = source.hash(0..10, Sha1Hasher::new()).await.unwrap_err();
        assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged, "{how}");
        assert!(failed.failure.message.ends_with(&format!("a file {how}")), "{:?}", failed.failure);
    }
}

#[tokio::test]
async fn a_change_while_reading_is_detected_at_the_end() {
    let (_folder, path) = file(&[1; CHUNK]);
    let source = NativeSource::open(&path).await.unwrap();
    let mut reader = source.start(0..CHUNK as u64).unwrap();
    reader.read_into(&mut [0; 10]).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().set_len(CHUNK as u64 + 1).unwrap();
    reader.read_into(&mut [0; 10]).unwrap();
    let failed = reader.read_into(&mut vec![0; CHUNK - 20]).unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged);
}

#[tokio::test]
async fn only_regular_files_are_sources() {
    let (folder, path) = file(b"x");
    let at = |name: &str| folder.path().join(name);
    let missing = NativeSource::open(at("missing")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Source);
    assert!(missing.to_string().contains("missing"), "{missing}");
    let directory = NativeSource::open(folder.path()).await.unwrap_err();
    assert_eq!(directory.kind(), ErrorKind::InvalidInput);
    assert!(directory.to_string().contains("is a directory"), "{directory}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("missing"), at("dangling")).unwrap();
        std::os::unix::fs::symlink(&path, at("good")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let rows = [
            (at("dangling"), "a link to a missing file"),
            (at("socket"), "a socket"),
            ("/dev/null".into(), "a device"),
        ];
        for (path, what) in rows {
            let error = NativeSource::open(path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(what), "{error}");
        }
        assert_eq!(NativeSource::open(at("good")).await.unwrap().len(), 1);
    }
}

/// The metadata of generated files has a length of 0 or 4,096 bytes.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_of_unknown_length_are_streams() {
    use b2_client::Reader;

    let (_folder, path) = file(b"");
    assert!(
        matches!(LocalContent::open(&path).await, Ok(LocalContent::File(empty)) if empty.is_empty())
    );
    for path in ["/proc/version", "/sys/kernel/cpu_byteorder", "/dev/null"] {
        let path = Path::new(path);
        if !path.exists() {
            continue;
        }
        let error = NativeSource::open(path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let Ok(LocalContent::Stream(mut reader)) = LocalContent::open(path).await else {
            panic!("{path:?} is not a stream");
        };
        let (bytes, end) = reader.fill(1 << 20).await.unwrap();
        assert_eq!((bytes.to_vec(), end), (fs::read(path).unwrap(), true));
    }
    // With the length of a listing.
    let source = NativeSource::from_metadata("/proc/version", 0, None);
    let failed = source.hash(0..0, Sha1Hasher::new()).await.unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged);
    assert!(
        failed.failure.message.ends_with("has more than the 0 bytes of its metadata"),
        "{failed:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_replaced_by_a_pipe_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let source = NativeSource::from_metadata(&path, 4, None);
    let failed = source.hash(0..4, Sha1Hasher::default()).await.unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::SourceChanged);
    assert!(failed.failure.message.contains("film is a pipe now"), "{failed:?}");
}

/// Returns a source of a stream with these bytes, of which `len` is claimed to be the length.
fn stream(bytes: &Bytes, len: u64) -> NativeSource {
    let bytes = bytes.clone();
    NativeSource::from_opener(len, move |offset| {
        let offset = usize::try_from(offset).unwrap().min(bytes.len());
        Ok(io::Cursor::new(bytes.slice(offset..)))
    })
}

#[tokio::test]
async fn a_stream_is_opened_for_each_range() {
    let bytes = Bytes::from_iter((0..CHUNK * 2 + 17).map(|i| (i % 251) as u8));
    let len = bytes.len() as u64;
    let source = stream(&bytes, len);
    assert_eq!((source.len(), source.path(), source.modified()), (len, None, None));
    for range in [0..len, 0..0, 1..CHUNK as u64 + 2, len - 1..len] {
        let expected = Sha1Digest::of(&bytes[range.start as usize..range.end as usize]);
        assert_eq!(source.digest(range).await.unwrap(), expected);
    }
    let slice = source.slice(10..20).unwrap();
    assert_eq!(slice.digest(2..10).await.unwrap(), Sha1Digest::of(&bytes[12..20]));
}

#[tokio::test]
async fn a_stream_of_another_length_is_an_error() {
    let bytes = Bytes::from_static(b"0123456789");
    for (len, why) in [(9, "has more bytes, not 9"), (11, "has 10 bytes, not 11")] {
        let failed = stream(&bytes, len).digest(0..len).await.unwrap_err().failure;
        assert_eq!(failed.kind, TransportErrorKind::SourceChanged);
        assert!(failed.message.contains(why), "{failed:?}");
        stream(&bytes, len).digest(0..8).await.unwrap();
    }
    let closed = NativeSource::from_opener(3, |_| -> io::Result<io::Empty> {
        Err(io::ErrorKind::ConnectionRefused.into())
    });
    let failed = closed.digest(0..3).await.unwrap_err();
    assert_eq!(failed.failure.kind, TransportErrorKind::Source);
}
