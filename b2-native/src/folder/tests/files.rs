//! Opening, creating and removing files.

use b2_client::{LocalFolder as _, Sink as _, Source as _};
use b2_proto::error::TransportErrorKind;
use b2_proto::hash::Sha1Digest;
use b2_proto::time::Timestamp;
use futures::TryStreamExt;

use super::super::NativeFolder;
use super::super::below::other_spelling;
use super::super::collisions::NameComparison;
use super::super::new_file::Claims;
use super::*;
use crate::NativeHost;

fn new_folder() -> (tempfile::TempDir, NativeFolder) {
    let parent = tempfile::tempdir().unwrap();
    create(parent.path(), &["root/", "outside/secret"]);
    let folder = NativeFolder::new(parent.path().join("root"));
    (parent, folder)
}

async fn save(folder: &NativeFolder, name: &str, text: &'static str) -> Result<(), String> {
    save_announced(folder, name, text, text.len() as u64).await
}

/// Saves a file whose length is announced as `len`.
async fn save_announced(
    folder: &NativeFolder,
    name: &str,
    text: &'static str,
    len: u64,
) -> Result<(), String> {
    let file = folder.create(name.to_owned(), len).await;
    let file = file.map_err(|error| error.failure.message.to_string())?;
    file.sink().write(0, vec![text.into()]).await.unwrap();
    let published = file.publish(Some(Timestamp::from_millis(1_234))).await;
    published.map_err(|error| error.failure.message.to_string())
}

#[tokio::test]
async fn files_are_created_opened_and_removed() {
    let (_parent, folder) = new_folder();
    save(&folder, "a/b/new", "text").await.unwrap();
    save(&folder, "a/b/new", "newer").await.unwrap();
    let (source, file) = folder.open("a/b/new".to_owned()).await.unwrap();
    assert_eq!((source.len(), file.size, file.modified.as_millis()), (5, 5, 1_234));
    assert_eq!(source.digest(0..5).await.unwrap(), Sha1Digest::of(b"newer"));
    let scanned: Vec<_> = folder.scan(scan()).try_concat().await.unwrap();
    assert_eq!(scanned, [ScanItem::File(file)]);
    for _ in 0..2 {
        folder.remove("a/b/new".to_owned()).await.unwrap();
        folder.remove("a/b/new/below".to_owned()).await.unwrap();
        folder.remove("x/y".to_owned()).await.unwrap();
    }
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
    assert!(folder.remove("a/b".to_owned()).await.is_err());
    assert!(folder.open("a/b".to_owned()).await.is_err());
}

#[tokio::test]
async fn what_is_not_published_leaves_nothing() {
    let (_parent, folder) = new_folder();
    // A long file has a temporary name, and the first file of a folder; other short files are in memory.
    for (len, files) in [(1, 1), (1, 0), (100_000, 1)] {
        let file = folder.create("x".to_owned(), len).await.unwrap();
        file.sink().write(0, vec!["1".into()]).await.unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files);
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    #[cfg(target_os = "linux")]
    {
        let refused = folder.create("x".to_owned(), u64::MAX).await.err().unwrap();
        assert!(refused.failure.message.contains("free"), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn names_that_leave_the_folder_are_refused() {
    let (parent, folder) = new_folder();
    for name in
        ["../outside/secret", "/etc/passwd", "a/../../outside/secret", "", ".", "a//b", "a/"]
    {
        let name = || name.to_owned();
        assert!(folder.create(name(), 1).await.is_err(), "{}", name());
        assert!(folder.open(name()).await.is_err(), "{}", name());
        assert!(folder.remove(name()).await.is_err(), "{}", name());
    }
    assert!(parent.path().join("outside/secret").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_only_if_the_scan_follows_them() {
    use std::os::unix::fs::symlink;

    let (parent, folder) = new_folder();
    let outside = parent.path().join("outside");
    symlink(&outside, folder.path().join("away")).unwrap();
    symlink(outside.join("secret"), folder.path().join("link")).unwrap();
    let (before, _) = {
        let following = folder.clone().symlinks(Symlinks::Follow);
        following.open("away/secret".to_owned()).await.unwrap()
    };
    assert_eq!(before.len(), 14);
    for name in ["away/secret", "link"] {
        let error = folder.open(name.to_owned()).await.unwrap_err();
        assert!(error.failure.message.contains("is a link"), "{error:?}");
        for len in [1, 100_000] {
            let refused = save_announced(&folder, name, "x", len).await.unwrap_err();
            assert!(refused.contains("is a link"), "{refused}");
        }
    }
    assert!(folder.remove("away/secret".to_owned()).await.is_err());
    let followed: Vec<_> = folder.scan(scan()).try_concat().await.unwrap();
    assert_eq!(split(followed).0, ["away/secret", "link"]);
    folder.open("away/secret".to_owned()).await.unwrap();
    assert!(save(&folder, "away/secret", "x").await.unwrap_err().contains("is a link"));
    assert!(folder.remove("away/secret".to_owned()).await.is_err());
    // Removes the link itself.
    folder.remove("link".to_owned()).await.unwrap();
    assert_eq!(fs::read_to_string(outside.join("secret")).unwrap(), "outside/secret");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_becomes_a_link_is_not_read() {
    let (parent, folder) = new_folder();
    create(folder.path(), &["a/secret"]);
    let (source, _) = folder.open("a/secret".to_owned()).await.unwrap();
    fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
    std::os::unix::fs::symlink(parent.path().join("outside"), folder.path().join("a")).unwrap();
    let error = source.digest(0..source.len()).await.unwrap_err();
    assert!(error.failure.message.contains("is a link"), "{error:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn pipes_are_not_opened_and_files_of_unknown_size_are_read() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let (_parent, folder) = new_folder();
    mknodat(CWD, folder.path().join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let error = folder.open("pipe".to_owned()).await.unwrap_err();
    assert!(error.failure.message.contains("not a regular file"), "{error:?}");
    assert!(save(&folder, "pipe", "x").await.unwrap_err().contains("not a regular file"));
    let version = fs::read("/proc/version").unwrap();
    let (source, file) = NativeFolder::new("/proc").open("version".to_owned()).await.unwrap();
    assert_eq!((source.len(), file.size), (version.len() as u64, version.len() as u64));
    assert_eq!(source.digest(0..source.len()).await.unwrap(), Sha1Digest::of(&version));
}

#[tokio::test]
async fn folders_are_created_below_the_root() {
    let (_parent, folder) = new_folder();
    let missing = NativeFolder::new(folder.path().join("x"));
    missing.create_folder(String::new()).await.unwrap();
    assert!(missing.path().is_dir());
    for _ in 0..2 {
        missing.create_folder("a/b".to_owned()).await.unwrap();
    }
    assert!(missing.path().join("a/b").is_dir());
    save(&missing, "file", "x").await.unwrap();
    for name in ["../up", "a//b", "/a", "file", "file/below"] {
        assert!(missing.create_folder(name.to_owned()).await.is_err(), "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_missing_folder_can_be_a_destination() {
    let (_parent, folder) = new_folder();
    let missing = NativeFolder::new(folder.path().join("x/y"));
    let existing = NativeFolder::new(missing.path()).may_be_missing(false);
    assert!(existing.create("a".to_owned(), 1).await.is_err());
    let scan = LocalScan { may_be_missing: true, ..scan() };
    let listed: Vec<_> = missing.scan(scan.clone()).try_concat().await.unwrap();
    let names = Some(Arc::from(["a".to_owned()]));
    let found: Vec<_> = missing.scan(LocalScan { names, ..scan }).try_concat().await.unwrap();
    assert_eq!((listed, found), (vec![], vec![]));
    missing.remove("a".to_owned()).await.unwrap();
    assert!(!missing.path().exists());
    save(&missing, "a", "x").await.unwrap();
    assert!(missing.path().join("a").exists());
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn digests_are_of_the_file_that_was_listed() {
    let (parent, folder) = new_folder();
    let folder = folder.sha1_cache(parent.path().join("cache"));
    save(&folder, "a", "text").await.unwrap();
    let (_, file) = folder.open("a".to_owned()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(folder.digest(file.clone()).await.unwrap(), Sha1Digest::of(b"text"));
    }
    // The same size and the same time of modification.
    save(&folder, "a", "TEXT").await.unwrap();
    assert_eq!(folder.digest(file.clone()).await.unwrap(), Sha1Digest::of(b"TEXT"));
    save(&folder, "a", "longer").await.unwrap();
    let error = folder.digest(file).await.unwrap_err();
    assert_eq!(error.failure.kind, TransportErrorKind::SourceChanged);
}

/// Compares names as Windows and macOS do.
struct Folding;

impl NameComparison for Folding {
    fn is_same_name(&self, _: &Path, one: &str, other: &str) -> bool {
        one.eq_ignore_ascii_case(other)
    }
}

#[test]
fn names_that_are_the_same_are_not_written_at_once() {
    let claims = Arc::new(Claims::default());
    let claim = |name| claims.claim(&Folding, Path::new("."), name);
    let first = claim("A/x").unwrap();
    assert_eq!(claim("a/X").unwrap_err(), "A/x");
    let other = claim("a/y").unwrap();
    drop(first);
    let second = claim("a/X").unwrap();
    assert_eq!(claim("A/x").unwrap_err(), "a/X");
    drop((second, other));
    let (folder, root) = (Arc::new(Claims::default()), tempfile::tempdir().unwrap());
    let system = super::super::collisions::LocalFileSystem;
    let _one = folder.claim(&system, root.path(), "a").unwrap();
    let is_folding = system.is_same_name(root.path(), "a", "A");
    assert_eq!(folder.claim(&system, root.path(), "A").is_err(), is_folding);
}

#[tokio::test]
async fn twins_are_separate_files_or_refused() {
    let (_parent, folder) = new_folder();
    for (one, two) in [("Case/x", "case/x"), ("caf\u{e9}", "cafe\u{301}"), ("x.TXT", "x.txt")] {
        save(&folder, one, "1").await.unwrap();
        if folder.path().join(two).exists() {
            assert!(save(&folder, two, "2").await.unwrap_err().contains("distinguish"));
        } else {
            save(&folder, two, "2").await.unwrap();
            assert_eq!(other_spelling(folder.path(), two).unwrap(), None);
        }
        assert_eq!(fs::read_to_string(folder.path().join(one)).unwrap(), "1");
    }
}

#[test]
fn the_folder_is_a_local_side() {
    fn is_local_side(_: &dyn b2_client::LocalFolder<NativeHost>) {}
    is_local_side(&NativeFolder::new("."));
}
